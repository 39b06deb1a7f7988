"""CSV, TSV and their kin: rows as those of a Markdown table, each in its place.

The delimiter is the one that divides the rows most evenly; what a file is called proves nothing about it.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING

from ragsys.errors import NoTextError
from ragsys.ingest.encoding import decode
from ragsys.ingest.parsers.pieces import thinned
from ragsys.ingest.parsers.tables import separator, table_row
from ragsys.types import Extraction, Place

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["DelimitedParser"]

_DELIMITERS = ",;\t|"
_SAMPLE_LINES = 200
_SAMPLE = 64 * 1024
# The csv module's own limit is a quarter of this; a cell may hold a whole article.
_LONGEST_CELL = 512 * 1024


class DelimitedParser:
    """The first row is the header; rows are numbered as a spreadsheet numbers them, from it on."""

    name = "csv"

    def parse(self, data: bytes, *, name: str) -> Extraction:
        """The table. Raises `NoTextError` where no cell holds anything."""
        text = decode(data, name)
        pieces: list[str] = []
        places: list[Place] = []
        at = width = 0
        for number, cells in _rows(text):
            lines = [table_row(cells, width)]
            if not width:
                width = len(cells)
                lines.append(separator(width))
            places.append(Place(at, "row", str(number), str(number)))
            pieces += lines
            at += sum(map(len, lines)) + len(lines)
        if not pieces:
            raise NoTextError(f"{name} has no cell that holds anything")
        return Extraction("\n".join(pieces) + "\n", places=thinned(places))


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """The number and the cells of each row that holds anything."""
    delimiter = _delimiter(text)
    for number, cells in enumerate(_read(io.StringIO(text, newline=""), delimiter), 1):
        if any(cell.strip() for cell in cells):
            yield number, cells


def _read(lines: Iterable[str], delimiter: str | None) -> Iterator[list[str]]:
    """The rows; from one on that is no row, its lines as they are."""
    if delimiter is None:
        yield from ([line.strip("\n").strip('"')] for line in lines)
        return
    source = iter(lines)
    before = csv.field_size_limit(_LONGEST_CELL)
    try:
        yield from csv.reader(source, delimiter=delimiter)
    except csv.Error:
        yield from ([line] for line in source)
    finally:
        csv.field_size_limit(before)


def _delimiter(text: str) -> str | None:
    """The delimiter whose rows have the most equal numbers of cells, the more the better; None where there is none."""
    end = len(text) if len(text) <= _SAMPLE else text.rfind("\n", 0, _SAMPLE) + 1 or _SAMPLE
    sample = text[:end].split("\n")[:_SAMPLE_LINES]
    scores: dict[str, tuple[float, int]] = {}
    for delimiter in _DELIMITERS:
        widths = Counter(len(cells) for cells in islice(_read(sample, delimiter), _SAMPLE_LINES) if cells)
        if not widths:
            continue
        width, times = max(widths.items(), key=lambda found: (found[1], found[0]))
        divided = sum(n for w, n in widths.items() if w > 1) / widths.total()
        if divided:
            scores[delimiter] = (times / widths.total() * (width > 1) + divided, width)
    return max(scores, key=scores.__getitem__) if scores else None
