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


def load(name: str) -> dict[str, Any]:
    """The figures of a benchmark."""
    content: dict[str, Any] = json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8"))
    return content


def rows() -> list[tuple[str, str, str]]:
    """Each row of the first table: in English, in Chinese, and the script that makes it."""
    crash, ingest, memory = load("crash"), load("ingest")["figures"], load("memory")["figures"]
    startup, overhead = load("startup")["figures"], load("overhead")["figures"]
    broken = sum(found["caught"] for found in crash["broken"].values())
    faults = [crash[name] for name in ("lost", "resurrected", "half", "wrong", "damaged")]
    numbers = f"{crash['kills']:,} | {crash['acknowledged']:,} | {' / '.join(map(str, faults))}".split(" | ")
    recovery = crash["recovery_ms"]
    search, plain = overhead["search_less_embedding_ms"], overhead["plain_faiss_ms"]["1 threads"]
    return [
        (
            (
                f"writer killed with SIGKILL | {numbers[0]} kills, {numbers[1]} acknowledged writes: lost / resurrected / half "
                f"/ wrong / damaged {numbers[2]}; recovery p50 {recovery['p50']:.0f} ms, p99 {recovery['p99']:.0f} ms; "
                f"{broken} of {len(crash['broken'])} broken protocols caught"
            ),
            (
                f"写入进程被 SIGKILL | {numbers[0]} 次，{numbers[1]} 次已确认写入：丢失 / 复活 / 残缺 / 错误 / 损坏 "
                f"{numbers[2]}；恢复 p50 {recovery['p50']:.0f} ms，p99 {recovery['p99']:.0f} ms；"
                f"{len(crash['broken'])} 个错误协议中查出 {broken} 个"
            ),
            "make crash",
        ),
        (
            (
                f"the Rust book, {ingest['passages']:,} passages, all of `add` against `SentenceTransformer.encode` alone "
                f"(fp32) | {ingest['ragsys_passages_per_second']:.1f} against "
                f"{ingest['sentence_transformers_passages_per_second']:.1f} passages/s: **{ingest['ratio']:.1f} times**"
            ),
            (
                f"Rust 书，{ingest['passages']:,} 段，完整的 `add` 对比单独的 `SentenceTransformer.encode`（fp32） | "
                f"每秒 {ingest['ragsys_passages_per_second']:.1f} 段对 "
                f"{ingest['sentence_transformers_passages_per_second']:.1f} 段：**{ingest['ratio']:.1f} 倍**"
            ),
            "bench/ingest.py",
        ),
        (
            (
                f"adding it again, unchanged | {ingest['unchanged_embedded']} embedded, "
                f"{ingest['unchanged_seconds'] * 1000:.0f} ms"
            ),
            f"再次添加，没有变化 | 嵌入 {ingest['unchanged_embedded']} 段，{ingest['unchanged_seconds'] * 1000:.0f} ms",
            "bench/ingest.py",
        ),
        (
            (
                f"peak memory, {memory['runs'][1]['passages']:,} passages against {memory['runs'][0]['passages']:,} | "
                f"{memory['runs'][1]['peak_mb']:.0f} against {memory['runs'][0]['peak_mb']:.0f} MB: "
                f"{memory['ratio']:.2f} times"
            ),
            (
                f"内存峰值，{memory['runs'][1]['passages']:,} 段对 {memory['runs'][0]['passages']:,} 段 | "
                f"{memory['runs'][1]['peak_mb']:.0f} 对 {memory['runs'][0]['peak_mb']:.0f} MB：{memory['ratio']:.2f} 倍"
            ),
            "bench/memory.py",
        ),
        (
            f"`ragsys search`, a whole fresh process, warm disk | {startup['search_ms'] / 1000:.2f} s",
            f"`ragsys search`，全新进程从头到尾，磁盘已热 | {startup['search_ms'] / 1000:.2f} s",
            "bench/startup.py",
        ),
        (
            f"`ragsys --help` | {startup['help_ms']:.0f} ms, {startup['help_ratio']:.1f} times `python -c pass`",
            f"`ragsys --help` | {startup['help_ms']:.0f} ms，是 `python -c pass` 的 {startup['help_ratio']:.1f} 倍",
            "bench/startup.py",
        ),
        (
            (
                f"a search less the query's embedding, {overhead['passages']:,} passages, p50 / p95 | {search['p50']:.1f} / "
                f"{search['p95']:.1f} ms (plain FAISS on the same vectors: {plain['p50']:.1f} / {plain['p95']:.1f} ms)"
            ),
            (
                f"一次检索减去查询嵌入的时间，{overhead['passages']:,} 段，p50 / p95 | {search['p50']:.1f} / "
                f"{search['p95']:.1f} ms（同样向量上单独的 FAISS：{plain['p50']:.1f} / {plain['p95']:.1f} ms）"
            ),
            "bench/overhead.py",
        ),
    ]


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


def block(language: int) -> str:
    """What stands between the marks."""
    lines = [_HEAD[language], "|---|---|---|"]
    lines += [f"| {row[language]} | `{row[2]}` |" for row in rows()]
    return "\n".join([BEGIN, "", *lines, "", *retrieval(language), "", END])


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
