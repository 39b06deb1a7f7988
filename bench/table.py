"""The figures of both READMEs and of docs/formats, out of the JSON in bench/results: a test checks them.

python bench/table.py            # rewrite what stands between the two marks
python bench/table.py --check    # exit code 1 where one of them says something else
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import formats
from rows import ROWS

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "bench" / "results"
_MANY = 100  # passages of a format before its speed says anything
BEGIN, END = "<!-- figures: written by bench/table.py -->", "<!-- end of figures -->"
READMES = {"README.md": 0, "README.zh-CN.md": 1}
FORMATS = {"docs/formats.md": 0, "docs/formats.zh-CN.md": 1}
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


def values() -> dict[str, float | str]:
    """Every figure that the rows about an index and about answers name."""
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


def of_the_server() -> dict[str, float | str]:
    """The figures of the rows about the server, at the first size that was measured."""
    crash, fuzz, figures = load("server_crash"), load("server_fuzz"), load("server")["figures"]
    size, found = next((name, row) for name, row in figures.items() if name.endswith(" passages"))
    searches, flood = found["searches"], found["overload"]
    return {
        "server_kills": crash["kills"],
        "server_acknowledged": crash["acknowledged"],
        "server_removed": crash["removed"],
        "server_turns": crash["turns"],
        "power_lost": crash["power_lost"]["kills"],
        "server_faults": sum(crash["faults"].values()),
        "server_caught": sum(found["caught"] for found in crash["broken"].values()),
        "server_broken": len(crash["broken"]),
        "fuzzed": fuzz["requests"],
        "fuzz_errors": fuzz["server_errors"],
        "fuzz_failures": fuzz["failures"],
        "clients": searches["clients"],
        "searched": figures["seconds"],
        "served": int(size.split()[0].replace(",", "")),
        "server_load": figures["load_average_before"],
        "rate": searches["answered_per_second"],
        **{f"search{share}": searches["answered_ms"][f"p{share}"] for share in (50, 95, 99)},
        "cpu_each": searches["server_cpu_ms_each"],
        "search_errors": searches["errors"] + searches["refused"],
        "beside": found["searches_beside_uploads"]["p95_change"],
        "flood_times": flood["times"],
        "flooded": figures["beside_seconds"],
        "goodput": flood["answered_per_second"],
        "refused50": flood["refused_ms"]["p50"],
        "refused95": flood["refused_ms"]["p95"],
        "flood_errors": flood["errors"],
        "recovered": flood["seconds_to_recover"],
        "ready": found["ready_seconds"],
        "ready_mb": found["mb_when_ready"],
        "most_mb": found["mb_most"],
        "first_byte": found["streamed_answer"]["first_byte_ms"]["p50"],
    }


def of_reading() -> dict[str, float | str]:
    """The figures of the rows about files: looked at again, hostile, and PDF."""
    sync, hostile = load("sync")["figures"], load("hostile")["figures"]
    pdf = load("fidelity_pdf")
    means = {side: found["mean"] for side, found in pdf["figures"].items()}
    ours = means.pop("ragsys")
    measures = ("words", "order", "sentences")
    return {
        "tree": sync["files"],
        "sync_load": sync["load_average_before"],
        "changed": sync["changed"],
        "moved": sync["moved"],
        "added": sync["add"]["seconds"],
        "unchanged": sync["unchanged"]["seconds"],
        "synced": sync["sync"]["seconds"],
        "reembedded": sync["sync"]["embedded"],
        "tree_passages": sync["add"]["embedded"],
        "kinds": hostile["kinds"],
        "slowest": hostile["slowest_seconds"],
        "most_mib": hostile["most_mib"],
        "beyond": len(hostile["beyond"]),
        "pdfs": pdf["n"],
        "pdf_ours": " / ".join(_share(ours[measure]) for measure in measures),
        "pdf_best": " / ".join(_share(max(mean[measure] for mean in means.values())) for measure in measures),
        "pdf_peers": ", ".join(means),
    }


def of_all_files() -> dict[str, float | str]:
    """The figures of the rows about formats: fidelity, outcomes, Chinese, bent files."""
    fidelity, outcomes, fuzz = load("fidelity"), load("outcomes")["figures"], load("fuzz")
    read, every = fidelity["figures"]["formats"], outcomes["all"]
    chinese, sentences = outcomes["chinese"].values(), outcomes["chinese_sentences"]
    speeds = {
        name: row["passages_per_second"]
        for name, row in outcomes["formats"].items()
        if row["passages"] >= _MANY and name != "zip"
    }
    return {
        "compared": fidelity["n"],
        "compared_formats": len(read),
        "peers": " / ".join(fidelity["figures"]["others"]),
        "ahead": ", ".join(fidelity["figures"]["below the best"]),
        "all_files": every["files"],
        "suffixes": len(outcomes["formats"]),
        "with_text": every["with_text"],
        "refused": sum(every["failures"].values()),
        "codes": len(every["failures"]),
        "silent": len(outcomes["without_outcome"]),
        "no_writing": every["no_writing"],
        "characters": every["characters"],
        "chinese": sum(row["characters"] for row in chinese),
        "chinese_no_writing": sum(row["no_writing"] for row in chinese),
        "boundaries": sentences["boundaries"],
        "sentences_p": _share(sentences["precision"]),
        "sentences_r": _share(sentences["recall"]),
        "bent": fuzz["files"],
        "bent_formats": len(fuzz["codes"]),
        "bent_wrong": sum(len(fuzz[name]) for name in ("crashes", "hangs", "untyped", "parser_died")),
        "bent_slowest": fuzz["slowest_seconds"],
        "read_rate": every["passages"] / (every["reading_seconds"] + every["chunking_seconds"]),
        "slowest_format": min(speeds, key=lambda name: speeds[name]),
        "slowest_rate": min(speeds.values()),
        "embed_rate": outcomes["embedding_passages_per_second"],
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
    figures = values() | of_the_server() | of_reading() | of_all_files()
    lines = [_HEAD[language], "|---|---|---|"]
    lines += [f"| {row[language].format(**figures)} | `{row[2]}` |" for row in ROWS]
    tables = [*retrieval(language), "", *answers(language), "", *summaries(language)]
    return "\n".join([BEGIN, "", *lines, "", *tables, "", END])


def formats_block(language: int) -> str:
    """The tables by format."""
    fidelity, outcomes = load("fidelity")["figures"], load("outcomes")["figures"]
    tables = [*formats.fidelity(fidelity, language), "", *formats.outcomes(outcomes, language)]
    return "\n".join([BEGIN, "", *tables, "", END])


def main() -> int:
    """Rewrite or check both READMEs and both tables of formats."""
    stale = []
    blocks = {name: block(language) for name, language in READMES.items()}
    blocks |= {name: formats_block(language) for name, language in FORMATS.items()}
    for name, shown in blocks.items():
        path = ROOT / name
        text = path.read_text(encoding="utf-8")
        before, rest = text.split(BEGIN, 1)
        wanted = before + shown + rest.split(END, 1)[1]
        if wanted == text:
            continue
        stale.append(name)
        if "--check" not in sys.argv:
            path.write_text(wanted, encoding="utf-8")
    print(f"{', '.join(stale) or 'nothing'} {'is stale' if '--check' in sys.argv else 'rewritten'}")
    return int(bool(stale) and "--check" in sys.argv)


if __name__ == "__main__":
    raise SystemExit(main())
