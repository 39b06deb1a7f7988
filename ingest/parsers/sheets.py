"""Sheets of a workbook as sections: a heading, then tables whose rows know their cells.

What stands between two empty rows is a table of its own, except where it only goes on with the one above. Empty rows
and columns take no place, however many there are. Knows no file format.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ragsys.errors import OfficeTooLargeError
from ragsys.ingest.parsers.tables import separator, table_row

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ragsys.ingest.parsers.pieces import Pieces

    Rows = dict[int, dict[int, "Cell"]]

__all__ = ["Cell", "Sheet", "column_name", "write_sheet"]

_MOST_CELLS = 1_000_000
_PLAIN_NAME = re.compile(r"[^\W\d]\w*")
_LETTERS = 26


@dataclass(frozen=True, slots=True)
class Cell:
    """What a cell shows; `is_text` tells words from numbers, dates and switches."""

    text: str
    is_text: bool = True


@dataclass(slots=True)
class Sheet:
    """The cells of a sheet that show anything, by row and column from 1, and the ranges that are merged.

    A range is its first and last row and its first and last column, all included. `hidden` are the numbers of rows that
    are left out: what stands above and below them stands together.
    """

    name: str
    rows: dict[int, dict[int, Cell]] = field(default_factory=dict)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    hidden: set[int] = field(default_factory=set)
    cells: int = 0

    def put(self, row: int, column: int, cell: Cell) -> None:
        """Keep a cell that shows anything. Raises `OfficeTooLargeError` beyond a million."""
        if not cell.text.strip():
            return
        self.cells += 1
        if self.cells > _MOST_CELLS:
            raise OfficeTooLargeError(f"the sheet {self.name} has more than {_MOST_CELLS:,} cells that show something")
        self.rows.setdefault(row, {})[column] = cell


def column_name(column: int) -> str:
    """The letters of a column: 1 is "A", 27 is "AA"."""
    letters = ""
    while column > 0:
        column, letter = divmod(column - 1, _LETTERS)
        letters = chr(ord("A") + letter) + letters
    return letters


def write_sheet(sheet: Sheet, pieces: Pieces) -> None:
    """The sheet's name as a heading, and its tables, each row in its place."""
    _spread(sheet)
    unit = f"{sheet.name}!" if _PLAIN_NAME.fullmatch(sheet.name) else f"'{sheet.name}'!"
    if sheet.rows:
        top = min(sheet.rows)
        pieces.place(unit, *_ends(top, sheet.rows[top]))
    pieces.heading(1, sheet.name)
    columns: list[int] = []
    for region in _regions(sheet.rows, sheet.hidden):
        first = next(iter(region.values()))
        used = sorted({column for row in region.values() for column in row})
        goes_on = bool(columns) and set(used) <= set(columns) and not all(cell.is_text for cell in first.values())
        if not goes_on:
            region = _without_titles(region, unit, pieces)  # noqa: PLW2901  # what is left of it
            columns = used if region else []
        for at, (number, row) in enumerate(region.items()):
            pieces.place(unit, *_ends(number, row))
            line = table_row([row[column].text if column in row else "" for column in columns])
            if at or goes_on:
                pieces.line(line)
            else:
                pieces.paragraph(f"{line}\n{separator(len(columns))}")


def _without_titles(region: Rows, unit: str, pieces: Pieces) -> Rows:
    """A region without the rows at its beginning that say one thing only: these become paragraphs."""
    width = len({column for row in region.values() for column in row})
    left = dict(region)
    for number, row in region.items():
        texts = {cell.text for cell in row.values()}
        if len(texts) > 1 or (width == 1 and len(region) > 1):
            break
        pieces.place(unit, *_ends(number, row))
        pieces.paragraph(" ".join(texts.pop().split()))
        del left[number]
    return left


def _regions(rows: Rows, hidden: set[int]) -> Iterator[Rows]:
    """What stands together: divided by empty rows, and by empty columns where two tables overlap in height."""
    for block in _blocks(rows, hidden):
        used = sorted({column for number in block for column in rows[number]})
        groups: list[list[int]] = []
        for column in used:
            if groups and column == groups[-1][-1] + 1:
                groups[-1].append(column)
            else:
                groups.append([column])
        yield from _beside(rows, block, groups)


def _beside(rows: Rows, block: list[int], groups: list[list[int]]) -> Iterator[Rows]:
    """The parts of a block: one that reaches above or below the others is a table by itself, else it goes with them."""
    parts: list[Rows] = []
    for group in groups:
        part = _part(rows, block, group)
        wide = len(group) > 1 and len(part) > 1
        if parts and (not wide or parts[-1].keys() >= part.keys()):
            for number, row in part.items():
                parts[-1][number] = parts[-1].get(number, {}) | row
        else:
            parts.append(part)
    for part in parts:
        yield dict(sorted(part.items()))


def _part(rows: Rows, block: list[int], group: list[int]) -> Rows:
    cut = {number: {column: rows[number][column] for column in group if column in rows[number]} for number in block}
    return {number: row for number, row in cut.items() if row}


def _blocks(rows: Rows, hidden: set[int]) -> Iterator[list[int]]:
    """Runs of rows that follow one another; rows that have no column in common belong to two tables."""
    block: list[int] = []
    for number in sorted(rows):
        if block:
            above, here = rows[block[-1]].keys(), rows[number].keys()
            apart = above.isdisjoint(here) and min(len(above), len(here)) > 1
            if apart or not all(between in hidden for between in range(block[-1] + 1, number)):
                yield block
                block = []
        block.append(number)
    if block:
        yield block


def _spread(sheet: Sheet) -> None:
    """Give merged cells' words to every row and column that they cover and that shows anything else."""
    used = {column for row in sheet.rows.values() for column in row}
    numbers = sorted(sheet.rows)
    for top, bottom, left, right in sheet.merged:
        cell = sheet.rows.get(top, {}).get(left)
        if cell is None:
            continue
        for number in numbers if bottom - top > len(numbers) else range(top, bottom + 1):
            row = sheet.rows.get(number)
            if row is None or not top <= number <= bottom:
                continue
            for column in used if right - left > len(used) else range(left, right + 1):
                if column in used and left <= column <= right and column not in row:
                    sheet.put(number, column, cell)


def _ends(number: int, row: dict[int, Cell]) -> tuple[str, str]:
    """The first and the last cell of a row."""
    return f"{column_name(min(row))}{number}", f"{column_name(max(row))}{number}"
