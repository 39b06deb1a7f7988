"""The tables of docs/formats.md and its Chinese twin: what is read of each format. bench/table.py writes them."""

from __future__ import annotations

from typing import Any

_FIDELITY_HEAD = (
    "| F1 of words / of table cells | documents (with tables) | ragsys | {peers} |",
    "| F1：字词 / 表格单元格 | 文档数（含表格） | ragsys | {peers} |",
)
_OUTCOMES_HEAD = (
    "| format | files | with text | refused, by code | passages | seconds (passages/s) | pages (blank) |",
    "| 格式 | 文件 | 有文字 | 被拒绝，按代码 | 段落 | 秒（段/秒） | 页（空白） |",
)


def fidelity(figures: dict[str, Any], language: int) -> list[str]:
    """Of each format with expected Markdown: ours, and the others'. What is more than .03 behind is marked."""
    peers = list(figures["others"])
    shown = " | ".join(f"{name} {version}" for name, version in figures["others"].items())
    lines = [_FIDELITY_HEAD[language].format(peers=shown), "|---|---|---|" + "---|" * len(peers)]
    for name, row in figures["formats"].items():
        cells = []
        for side in ("ragsys", *peers):
            refused = row[side]["refused"] == row["documents"]
            cells.append(
                "-"
                if refused
                else " / ".join(_f1(row[side][what]) for what in ("words", "cells") if row[side][what] is not None)
            )
        mark = " \\*" if any(f"{name} {what}" in figures["below the best"] for what in ("words", "cells")) else ""
        lines.append(f"| {name}{mark} | {row['documents']} ({row['tables']}) | {' | '.join(cells)} |")
    return lines


def outcomes(figures: dict[str, Any], language: int) -> list[str]:
    """Of each suffix: what became of its files."""
    lines = [_OUTCOMES_HEAD[language], "|---|---|---|---|---|---|---|"]
    for name, row in [*figures["formats"].items(), (("all", "全部")[language], figures["all"])]:
        refused = ", ".join(f"`{code}` {count}" for code, count in row["failures"].items())
        seconds = row["reading_seconds"] + row["chunking_seconds"]
        speed = f"{seconds:.1f}" + (f" ({row['passages_per_second']:,.0f})" if row["passages"] else "")
        pages = f"{row['pages']:,} ({row['blank_pages']})" if row["pages"] else ""
        counts = f"{row['files']:,} | {row['with_text']:,} | {refused} | {row['passages']:,}"
        lines.append(f"| {name} | {counts} | {speed} | {pages} |")
    return lines


def _f1(value: float) -> str:
    return "1.0" if value == 1 else f"{value:.3f}".removeprefix("0")
