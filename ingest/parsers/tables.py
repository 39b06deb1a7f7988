"""Tables as Markdown rows: what every parser of tables writes, and one line of text is one row.

Knows nothing about formats. What reads such rows again is `ragsys.ingest.table_headers`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Cell", "grid_text", "markdown_table", "separator", "spread", "table_row"]

_SPACE = re.compile(r"\s+")
# What cells of several places make of a table: so many places, and so many times its own words. More is malice.
_MOST_CELLS, _SPREAD = 200_000, 20


@dataclass(frozen=True, slots=True)
class Cell:
    """The words of a cell, and how many places it covers down and across."""

    words: str
    down: int = 1
    across: int = 1


def spread(lines: Sequence[Sequence[Cell]]) -> list[list[tuple[object, str]]]:
    """The rows of a table whose cells are written once: as `grid_text` takes them, all equally wide.

    Nothing where cells cover so many places that the table would be many times what is written of it.
    """
    covered: dict[tuple[int, int], tuple[object, str]] = {}
    for number, line in enumerate(lines):
        column = 0
        for cell in line:
            while (number, column) in covered:
                column += 1
            for down in range(min(cell.down, len(lines) - number)):
                for across in range(cell.across):
                    covered.setdefault((number + down, column + across), ((number, column), cell.words))
            if len(covered) > _MOST_CELLS:
                return []
    width = 1 + max((column for _, column in covered), default=-1)
    own = sum(len(cell.words) + 1 for line in lines for cell in line)
    written = len(lines) * width + sum(len(words) for _, words in covered.values())
    if written > _SPREAD * (own + _SPREAD):
        return []
    numbers = range(len(lines))
    return [[covered.get((n, column), ((n, column), "")) for column in range(width)] for n in numbers]


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
