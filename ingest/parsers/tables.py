"""Tables as Markdown rows: what every parser of tables writes, and one line of text is one row.

Knows nothing about formats. What reads such rows again is `ragsys.ingest.table_headers`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["MOST_ACROSS", "grid_text", "markdown_table", "separator", "spread", "table_row"]

_SPACE = re.compile(r"\s+")
# A cell that covers more places is a mistake or malice.
MOST_ACROSS = 50
_MOST_CELLS = 200_000
# How often what is written may be repeated by cells that span.
_TIMES = 20


def markdown_table(rows: Sequence[Sequence[str]], header: bool = True) -> str:  # noqa: FBT001, FBT002  # reads well
    """Rows of cells as lines, all as wide as the widest; with `header`, the first is the header and a rule follows it.

    Rows and columns of nothing but empty cells are left out; a table of nothing else is "".
    """
    shown = [[_shown(cell) for cell in row] for row in rows]
    shown = [row for row in shown if any(row)]
    width = max(map(len, shown), default=0)
    kept = [at for at in range(width) if any(at < len(row) and row[at] for row in shown)]
    lines = [_line([row[at] if at < len(row) else "" for at in kept]) for row in shown]
    if header and lines:
        lines.insert(1, separator(len(kept)))
    return "\n".join(lines)


def grid_text(rows: Sequence[Sequence[tuple[object, str]]]) -> str:
    """A table whose cells are merged: each place has the cell that covers it, by identity, and the cell's words.

    A merged cell says its words in every place that it covers, so that each row can be understood by itself. One that
    is as wide as the table says them once: before the table where rows begin with it, else in the first column.
    """
    width = max(map(len, rows), default=0)
    titles: list[str] = []
    written: list[list[str]] = []
    for row in rows:
        words = [text for _, text in row]
        if width > 1 and len(row) == width and len({cell for cell, _ in row}) == 1:
            if not written:
                titles.append(_SPACE.sub(" ", words[0]).strip())
                continue
            words[1:] = [""] * (width - 1)
        written.append(words)
    return "\n\n".join(part for part in (*titles, markdown_table(written)) if part)


def spread(lines: Sequence[Sequence[tuple[str, int, int]]]) -> list[list[tuple[object, str]]]:
    """What `grid_text` takes, of rows of cells as they are written: words, and how many places down and across.

    Nothing where the places are out of all proportion to the words.
    """
    covered: dict[tuple[int, int], tuple[object, str]] = {}
    for number, line in enumerate(lines):
        column = 0
        for words, down, across in line:
            if len(covered) > _MOST_CELLS:
                return []
            while (number, column) in covered:
                column += 1
            for row in range(number, min(number + down, len(lines))):
                for place in range(column, column + min(across, MOST_ACROSS)):
                    covered.setdefault((row, place), ((number, column), words))
    own = sum(len(words) + 1 for line in lines for words, _, _ in line)
    width = 1 + max((column for _, column in covered), default=0)
    if len(lines) * width + sum(len(words) for _, words in covered.values()) > _TIMES * (own + _TIMES):
        return []
    return [[covered.get((n, column), ((n, column), "")) for column in range(width)] for n in range(len(lines))]


def table_row(cells: Sequence[str], width: int = 0) -> str:
    """One row, of at least `width` cells: pipes escaped, every run of white space a single space."""
    shown = [_shown(cell) for cell in cells]
    return _line(shown + [""] * (width - len(shown)))


def separator(width: int) -> str:
    """The line below a header of `width` cells."""
    return "|" + " --- |" * width


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _shown(cell: str) -> str:
    return _SPACE.sub(" ", cell).strip().replace("|", r"\|")
