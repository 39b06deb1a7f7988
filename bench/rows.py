"""The rows of bench/table.py: what and figure, in English and in Chinese, and the script that measures it."""

from __future__ import annotations

ROWS = (
    (
        (
            "writer killed by SIGKILL | {kills:,} kills, {acknowledged:,} acknowledged writes: {faults} lost, "
            "resurrected, half, wrong or damaged; recovery p50 {p50:.0f} ms, p99 {p99:.0f} ms; "
            "{caught} of {broken} broken protocols caught"
        ),
        (
            "写入进程被 SIGKILL | {kills:,} 次，{acknowledged:,} 次已确认写入："
            "丢失、复活、残缺、错误、损坏共 {faults} 次；"
            "恢复 p50 {p50:.0f} ms，p99 {p99:.0f} ms；{broken} 个错误协议查出 {caught} 个"
        ),
        "make crash",
    ),
    (
        (
            "the Rust book, {passages:,} passages: all of `add` against `SentenceTransformer.encode` alone, fp32 | "
            "{ours:.1f} against {theirs:.1f} passages/s: **{ratio:.1f} times**"
        ),
        (
            "Rust 书，{passages:,} 段：完整的 `add` 对比单独的 `SentenceTransformer.encode`（fp32） | "
            "每秒 {ours:.1f} 段对 {theirs:.1f} 段：**{ratio:.1f} 倍**"
        ),
        "bench/ingest.py",
    ),
    (
        "adding it again, unchanged | {embedded} embedded, {again:.0f} ms",
        "再次添加，没有变化 | 嵌入 {embedded} 段，{again:.0f} ms",
        "bench/ingest.py",
    ),
    (
        "peak memory, {large:,} passages against {small:,} | {large_mb:.0f} against {small_mb:.0f} MB: {growth:.2f} x",
        "内存峰值，{large:,} 段对 {small:,} 段 | {large_mb:.0f} 对 {small_mb:.0f} MB：{growth:.2f} 倍",
        "bench/memory.py",
    ),
    (
        "`ragsys search`, a whole fresh process, warm disk | {search:.2f} s",
        "`ragsys search`，全新进程从头到尾，磁盘已热 | {search:.2f} s",
        "bench/startup.py",
    ),
    (
        "`ragsys --help` | {help:.0f} ms, {help_ratio:.1f} times `python -c pass`",
        "`ragsys --help` | {help:.0f} ms，是 `python -c pass` 的 {help_ratio:.1f} 倍",
        "bench/startup.py",
    ),
    (
        (
            "a search less the query's embedding, {indexed:,} passages, p50 / p95 | {ours50:.1f} / {ours95:.1f} ms "
            "(plain FAISS on the same vectors: {plain50:.1f} / {plain95:.1f} ms)"
        ),
        (
            "一次检索减去查询嵌入，{indexed:,} 段，p50 / p95 | {ours50:.1f} / {ours95:.1f} ms"
            "（同样向量上单独的 FAISS：{plain50:.1f} / {plain95:.1f} ms）"
        ),
        "bench/overhead.py",
    ),
    (
        (
            "an answer of gemma-3-270m after the first of a session, {asked} questions, p50: first token and whole | "
            "{first:.2f} and {answer:.1f} s "
            "(plain `transformers.generate` with stop strings: {plain_first:.2f} and {plain_answer:.1f} s)"
        ),
        (
            "gemma-3-270m 作答（同一会话第一个问题之后），{asked} 个问题，p50：首个词元与全部 | "
            "{first:.2f} 与 {answer:.1f} 秒"
            "（单独的 `transformers.generate` 加停止串：{plain_first:.2f} 与 {plain_answer:.1f} 秒）"
        ),
        "bench/generation.py",
    ),
    (
        (
            "{attacks} attacks in retrieved text: the answer does what the attacker wants, generated / extracted | "
            "{followed_generate:.1%} / {followed_extract:.1%}, 95 % interval up to {most_generate:.1%} / "
            "{most_extract:.1%}; forged citations, escapes, hidden text, remote images: {structural}"
        ),
        (
            "检索文字中的 {attacks} 次攻击：答案照攻击者的意思做，生成 / 摘句 | "
            "{followed_generate:.1%} / {followed_extract:.1%}，95% 区间上限 {most_generate:.1%} / {most_extract:.1%}；"
            "伪造的引用、转义、隐藏文字、远程图片：{structural}"
        ),
        "bench/attacks.py",
    ),
    (
        (
            "`ask --schema`, numbers, English / Chinese, extracted | right {right_en:.0%} / {right_zh:.0%} "
            "of those that have a value ({filled_en} / {filled_zh} of {fields} have one); every quote verbatim"
        ),
        (
            "`ask --schema` 的数字字段，英文 / 中文，摘句 | 有值的字段中 {right_en:.0%} / {right_zh:.0%} 正确"
            "（{fields} 个中 {filled_en} / {filled_zh} 个有值）；引文逐字一致"
        ),
        "bench/fill.py",
    ),
    (
        (
            "server killed by SIGKILL at every stage, under load | {server_kills:,} kills, {power_lost} of them with "
            "what was not flushed taken away; {server_acknowledged:,} acknowledged uploads, {server_removed:,} "
            "removals, {server_turns:,} turns: {server_faults} lost, older, half, back, twice, not found or left over; "
            "{server_caught} of {server_broken} broken servers caught"
        ),
        (
            "服务器在每个阶段、负载之下被 SIGKILL | {server_kills:,} 次，其中 {power_lost} 次连同未落盘的一起去掉；"
            "已确认上传 {server_acknowledged:,} 次、删除 {server_removed:,} 次、对话 {server_turns:,} 轮："
            "丢失、较旧、残缺、复活、重复、搜不到、遗留共 {server_faults} 次；"
            "{server_broken} 个错误的服务器查出 {server_caught} 个"
        ),
        "make server-crash",
    ),
    (
        (
            "requests made of the OpenAPI document, valid and not, and bent ones | {fuzzed:,}: {fuzz_errors} server "
            "errors, {fuzz_failures} answers of another status, kind or shape than it tells of"
        ),
        (
            "按 OpenAPI 文档生成的请求（合法与不合法的）以及畸形请求 | {fuzzed:,} 个：服务器错误 {fuzz_errors} 个，"
            "状态、类型或形状与文档不符的答复 {fuzz_failures} 个"
        ),
        "make server-fuzz",
    ),
    (
        (
            "{clients} clients search `ragsys serve` for {searched:.0f} s, {served:,} passages, no model, clients on "
            "the same cores, load average before it {server_load} | {rate:.0f} answers/s of {cpu_each:.0f} ms of "
            "processor time, p50 / p95 / p99 {search50:.0f} / {search95:.0f} / {search99:.0f} ms, {search_errors} "
            "errors; p95 beside uploads {beside:.1f} x"
        ),
        (
            "{clients} 个客户端检索 `ragsys serve` {searched:.0f} 秒，{served:,} 段，不含模型，客户端占用同样的核心，"
            "此前平均负载 {server_load} | 每秒 {rate:.0f} 个答复，各用处理器 {cpu_each:.0f} ms，p50 / p95 / p99 "
            "{search50:.0f} / {search95:.0f} / {search99:.0f} ms，{search_errors} 个错误；"
            "同时上传时 p95 为 {beside:.1f} 倍"
        ),
        "bench/server.py",
    ),
    (
        (
            "{flood_times:.0f} times as many requests for {flooded:.0f} s | {goodput:.0f} answers/s, the others "
            "refused in {refused50:.0f} ms (p95 {refused95:.0f} ms), {flood_errors} errors; usual speed again after "
            "{recovered:.1f} s"
        ),
        (
            "{flood_times:.0f} 倍的请求，{flooded:.0f} 秒 | 每秒 {goodput:.0f} 个答复，其余在 {refused50:.0f} ms"
            "（p95 {refused95:.0f} ms）内被拒绝，{flood_errors} 个错误；{recovered:.1f} 秒后恢复平时速度"
        ),
        "bench/server.py",
    ),
    (
        (
            "that server: start to ready; memory when ready, at most; first byte of a streamed answer, p50 | "
            "{ready:.1f} s; {ready_mb:.0f}, {most_mb:.0f} MB; {first_byte:.0f} ms"
        ),
        (
            "该服务器：启动到就绪；就绪时与最高内存；流式答案的首字节，p50 | "
            "{ready:.1f} 秒；{ready_mb:.0f}、{most_mb:.0f} MB；{first_byte:.0f} ms"
        ),
        "bench/server.py",
    ),
    (
        (
            "{tree:,} small files, hashing embedder, load average before it {sync_load}: added; looked at unchanged; "
            "with {changed} changed and {moved} moved | {added:.0f} s; {unchanged:.1f} s; {synced:.1f} s, "
            "{reembedded} of {tree_passages:,} passages embedded"
        ),
        (
            "{tree:,} 个小文件，哈希嵌入，此前平均负载 {sync_load}：添加；没有变化时查看；"
            "{changed} 个改变、{moved} 个移动后 | {added:.0f} 秒；{unchanged:.1f} 秒；{synced:.1f} 秒，"
            "{tree_passages:,} 段中嵌入 {reembedded} 段"
        ),
        "bench/sync.py",
    ),
    (
        (
            "{kinds} kinds of hostile file (bombs, loops, traps) | at most {slowest:.1f} s and {most_mib:.0f} MiB "
            "each; beyond 2 s or 256 MiB: {beyond}"
        ),
        (
            "{kinds} 种恶意文件（炸弹、循环、陷阱） | 每个最多 {slowest:.1f} 秒、{most_mib:.0f} MiB；"
            "超过 2 秒或 256 MiB：{beyond}"
        ),
        "bench/hostile.py",
    ),
    (
        (
            "text of {pdfs} PDF files against their expected Markdown, F1 of words / in order / of sentences | "
            "{pdf_ours} (the best of {pdf_peers}: {pdf_best})"
        ),
        (
            "{pdfs} 个 PDF 的文字对照预期的 Markdown，F1：字词 / 按顺序 / 句子 | {pdf_ours}"
            "（{pdf_peers} 中最好的：{pdf_best}）"
        ),
        "bench/fidelity_pdf.py",
    ),
    (
        (
            "{compared} documents of {compared_formats} formats against their expected Markdown, words and table "
            "cells, beside {peers} | behind the best by more than .03: {ahead} ([why](docs/formats.md))"
        ),
        (
            "{compared_formats} 种格式的 {compared} 个文档对照预期的 Markdown（字词与表格单元格），"
            "与 {peers} 同时比较 | "
            "落后最好者超过 .03 的：{ahead}（[原因](docs/formats.zh-CN.md)）"
        ),
        "bench/fidelity.py",
    ),
    (
        (
            "{all_files} files of {suffixes} formats | {with_text} give text, {refused} documents refused by {codes} "
            "codes, {silent} without an outcome; characters that are no writing: {no_writing} of {characters:,}; in "
            "Chinese texts {chinese_no_writing} of {chinese:,}"
        ),
        (
            "{suffixes} 种格式的 {all_files} 个文件 | {with_text} 个给出文字，{refused} 个文档以 {codes} 种代码被拒绝，"
            "没有结果的 {silent} 个；不成文字的字符：{characters:,} 个中 {no_writing} 个，"
            "中文文本 {chinese:,} 个中 {chinese_no_writing} 个"
        ),
        "bench/outcomes.py",
    ),
    (
        (
            "reading and chunking against embedding, passages per second of one processor | "
            "{read_rate:.0f} (slowest of the larger formats: {slowest_format}, {slowest_rate:.0f}) against "
            "{embed_rate:.1f}"
        ),
        (
            "读取并切分对比嵌入，单个处理器每秒的段落数 | {read_rate:.0f}"
            "（较多的格式中最慢的 {slowest_format} 为 {slowest_rate:.0f}）对 {embed_rate:.1f}"
        ),
        "bench/outcomes.py",
    ),
    (
        (
            "ends of Chinese sentences, a sample of {boundaries} made by hand, beside the rules | precision "
            "{sentences_p}, recall {sentences_r}"
        ),
        "中文句子的结尾，手工样本 {boundaries} 处（与规则一同写成） | 精确率 {sentences_p}，召回率 {sentences_r}",
        "bench/outcomes.py",
    ),
    (
        (
            "{bent:,} bent files of {bent_formats} kinds | crashes, hangs, errors without a code: {bent_wrong}; at "
            "most {bent_slowest:.1f} s"
        ),
        (
            "{bent_formats} 类 {bent:,} 个改坏的文件 | 崩溃、卡死、没有代码的错误：{bent_wrong}；"
            "最长 {bent_slowest:.1f} 秒"
        ),
        "make fuzz",
    ),
)
