"""The tables in a text, and the header that a passage needs which begins below it.

A table is rows that begin with a pipe, the second of them a rule, as Markdown writes it and all parsers here. Knows
nothing about passages or tokens.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass

__all__ = ["Table", "Tables"]

_RULE = re.compile(r"^ {0,3}\|(?: *:?-+:? *\|)+[ \t]*(?:\n|\Z)", re.MULTILINE)
_ROWS = re.compile(r"(?: {0,3}\|[^\n]*(?:\n|\Z))*+")
_CELL_END = re.compile(r"(?<!\\)\|")
# A header is stored with every passage of its table, as a heading is; of a longer one the first cells.
_LONGEST = 300


@dataclass(frozen=True, slots=True)
class Table:
    """Where a table begins, its rows below the rule begin and end; `header` is the row above the rule."""

    start: int
    body: int
    end: int
    header: str


class Tables:
    """The tables of a text that have rows, in their order."""

    def __init__(self, text: str) -> None:
        self._tables: list[Table] = []
        for rule in _RULE.finditer(text):
            start = text.rfind("\n", 0, max(rule.start() - 1, 0)) + 1
            header = text[start : rule.start()].strip()
            rows = _ROWS.match(text, rule.end())
            inside = bool(self._tables) and start < self._tables[-1].end
            if header.startswith("|") and header.strip("| ") and rows is not None and rows.group() and not inside:
                self._tables.append(Table(start, rule.end(), rows.end(), _cut(header)))
        self._starts = [table.start for table in self._tables]

    def at(self, offset: int) -> Table | None:
        """The table that the character at `offset` is part of."""
        at = bisect_right(self._starts, offset) - 1
        return self._tables[at] if at >= 0 and offset < self._tables[at].end else None

    def over(self, offset: int) -> str:
        """The header over the row at `offset`; "" outside tables, and for the header itself."""
        table = self.at(offset)
        return table.header if table is not None and offset >= table.body else ""

    def within(self, start: int, end: int) -> list[Table]:
        """The tables that lie in `start` to `end` altogether."""
        first = bisect_right(self._starts, start - 1)
        last = bisect_right(self._starts, end - 1)
        return [table for table in self._tables[first:last] if table.end <= end]


def _cut(header: str) -> str:
    """A header row, of a long one as many cells as fit."""
    if len(header) <= _LONGEST:
        return header
    ends = [match.end() for match in _CELL_END.finditer(header, 1, _LONGEST)]
    return header[: ends[-1]] if ends else ""
