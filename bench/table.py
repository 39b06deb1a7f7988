"""The figures of both READMEs, written from the JSON in bench/results: run it after a benchmark; a test checks it.

python bench/table.py            # rewrite what stands between the two marks
python bench/table.py --check    # exit code 1 where a README says something else
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "bench" / "results"
BEGIN, END = "<!-- figures: written by bench/table.py -->", "<!-- end of figures -->"
READMES = {"README.md": 0, "README.zh-CN.md": 1}
_HEAD = ("| what | figure | script |", "| 内容 | 数字 | 脚本 |")
_SETS_HEAD = (
    "| nDCG@10 | questions | dense | lexical | fused | to the better leg |",
    "| nDCG@10 | 问题数 | 语义 | 词汇 | 融合 | 与较好一路之差 |",
)
_ANSWERS_HEAD = (
    (
        "| answers | questions | answered of the answerable | F1 of these | answered of the others | AUROC | "
        "citations P / R | verbatim | seconds p50 / p95 |"
    ),
    "| 答案 | 问题数 | 有答案者答出 | 其 F1 | 无答案者误答 | AUROC | 引用 P / R | 逐字 | 秒 p50 / p95 |",
)

_SUMMARIES_HEAD = (
    "| ROUGE-1 / 2 / L (F1) | documents | lead-k | extract | difference in ROUGE-1 (95 %) |",
    "| ROUGE-1 / 2 / L（F1） | 文档数 | 开头若干句 | 摘录 | ROUGE-1 之差（95 %） |",
)


def load(name: str) -> dict[str, Any]:
    """The figures of a benchmark."""
    content: dict[str, Any] = json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8"))
    return content


# what | figure, in English and in Chinese, and the script
_ROWS = (
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
)


def values() -> dict[str, float]:
    """Every figure that a row names."""
    crash, ingest, memory = load("crash"), load("ingest")["figures"], load("memory")["figures"]
    startup, overhead = load("startup")["figures"], load("overhead")["figures"]
    generation = load("generation")
    here, there = (generation["figures"]["gemma-3-270m"][how] for how in ("ours", "plain"))
    attacks, fill = load("attacks"), load("fill")["figures"]
    modes = attacks["figures"]["modes"]
    english, chinese = fill["squad_v2_dev, extract"], fill["cmrc2018_dev, extract"]
    small, large = memory["runs"]
    ours, plain = overhead["search_less_embedding_ms"], overhead["plain_faiss_ms"]["1 threads"]
    return {
        "kills": crash["kills"],
        "acknowledged": crash["acknowledged"],
        "faults": sum(crash[name] for name in ("lost", "resurrected", "half", "wrong", "damaged")),
        "p50": crash["recovery_ms"]["p50"],
        "p99": crash["recovery_ms"]["p99"],
        "caught": sum(found["caught"] for found in crash["broken"].values()),
        "broken": len(crash["broken"]),
        "passages": ingest["passages"],
        "ours": ingest["ragsys_passages_per_second"],
        "theirs": ingest["sentence_transformers_passages_per_second"],
        "ratio": ingest["ratio"],
        "embedded": ingest["unchanged_embedded"],
        "again": ingest["unchanged_seconds"] * 1000,
        "large": large["passages"],
        "small": small["passages"],
        "large_mb": large["peak_mb"],
        "small_mb": small["peak_mb"],
        "growth": memory["ratio"],
        "search": startup["search_ms"] / 1000,
        "help": startup["help_ms"],
        "help_ratio": startup["help_ratio"],
        "indexed": overhead["passages"],
        "ours50": ours["p50"],
        "ours95": ours["p95"],
        "plain50": plain["p50"],
        "plain95": plain["p95"],
        "asked": generation["n"],
        "first": here["first_token_ms_p50"] / 1000,
        "answer": here["answer_seconds_p50"],
        "plain_first": there["first_token_ms_p50"] / 1000,
        "plain_answer": there["answer_seconds_p50"],
        "attacks": attacks["n"],
        "structural": sum(mode["all"][name] for mode in modes.values() for name in ("foreign", "raw")),
        **{f"followed_{name}": mode["all"]["followed"]["share"] for name, mode in modes.items()},
        **{f"most_{name}": mode["all"]["followed"]["high"] for name, mode in modes.items()},
        "right_en": english["right_of_answered"]["share"],
        "right_zh": chinese["right_of_answered"]["share"],
        "filled_en": english["right_of_answered"]["n"],
        "filled_zh": chinese["right_of_answered"]["n"],
        "fields": english["fields"],
    }


def retrieval(language: int) -> list[str]:
    """The table of the development sets."""
    figures = load("retrieval")["figures"]
    lines = [_SETS_HEAD[language], "|---|---|---|---|---|---|"]
    for name, row in figures["sets"].items():
        dense, lexical, fused = (row[leg]["nDCG@10"] for leg in ("dense", "lexical", "fused"))
        gain = fused - max(dense, lexical)
        shown = [f"{value:.3f}".removeprefix("0") for value in (dense, lexical, fused)]
        lines.append(f"| {name} | {row['questions']:,} | {shown[0]} | {shown[1]} | **{shown[2]}** | {gain:+.3f} |")
    return lines


def answers(language: int) -> list[str]:
    """The table of answers on the development sets."""
    lines = [_ANSWERS_HEAD[language], "|---|---|---|---|---|---|---|---|---|"]
    for name, row in load("qa")["figures"].items():
        answered, wrong, cited = row["answered_of_answerable"], row["answered_of_unanswerable"], row["citations"]
        shown = [
            f"{answered['share']:.0%}",
            f"{row['F1_of_answered']:.3f}".removeprefix("0"),
            _share(wrong),
            _share(row["unanswerable"]["AUROC"]),
            f"{_share(cited['precision'])} / {_share(cited['recall'])}",
            _share(cited["verbatim"]),
            f"{row['seconds_p50']:.1f} / {row['seconds_p95']:.1f}",
        ]
        lines.append(f"| {name} | {row['questions']:,} | {' | '.join(shown)} |")
    return lines


def _share(value: Any) -> str:
    """A share, with its interval where it has one; a dash where there is none."""
    if value is None:
        return "-"
    if isinstance(value, dict):
        return f"{value['share']:.0%} [{value['low'] * 100:.0f}, {value['high'] * 100:.0f}]"
    return "1.0" if value == 1 else f"{value:.3f}".removeprefix("0")


def summaries(language: int) -> list[str]:
    """The table of summaries: extracts against the first sentences."""
    lines = [_SUMMARIES_HEAD[language], "|---|---|---|---|---|"]
    for name, row in load("summaries")["figures"]["extractive"].items():
        measures = ("ROUGE-1", "ROUGE-2", "ROUGE-L")
        lead, ours = (
            " / ".join(f"{found[measure]:.3f}".removeprefix("0") for measure in measures)
            for found in (row["lead"], row)
        )
        gain, low, high = row["ROUGE-1 to lead"]
        lines.append(f"| {name} | {row['documents']} | {lead} | {ours} | {gain:+.3f} ({low:+.3f} to {high:+.3f}) |")
    return lines


def block(language: int) -> str:
    """What stands between the marks."""
    figures = values()
    lines = [_HEAD[language], "|---|---|---|"]
    lines += [f"| {row[language].format(**figures)} | `{row[2]}` |" for row in _ROWS]
    tables = [*retrieval(language), "", *answers(language), "", *summaries(language)]
    return "\n".join([BEGIN, "", *lines, "", *tables, "", END])


def main() -> int:
    """Rewrite or check both READMEs."""
    stale = []
    for name, language in READMES.items():
        path = ROOT / name
        text = path.read_text(encoding="utf-8")
        before, rest = text.split(BEGIN, 1)
        wanted = before + block(language) + rest.split(END, 1)[1]
        if wanted == text:
            continue
        stale.append(name)
        if "--check" not in sys.argv:
            path.write_text(wanted, encoding="utf-8")
    print(f"{', '.join(stale) or 'nothing'} {'is stale' if '--check' in sys.argv else 'rewritten'}")
    return int(bool(stale) and "--check" in sys.argv)


if __name__ == "__main__":
    raise SystemExit(main())
