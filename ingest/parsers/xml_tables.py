"""Tables in XML: those of XHTML and JATS, of DocBook (CALS), DITA and TEI, as Markdown. Knows no text around them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ragsys.ingest.parsers.tables import Cell, grid_text, markdown_table, spread
from ragsys.ingest.parsers.vocabularies import CELLS, CELLS_OF_ROWS, ROWS
from ragsys.ingest.parsers.xml_source import local

if TYPE_CHECKING:
    from collections.abc import Callable
    from xml.etree.ElementTree import Element

__all__ = ["is_part", "table_text"]

_GROUPS = frozenset({"thead", "tbody", "tfoot"})
_WIDEST, _FIGURES = 50, 5


def is_part(element: Element) -> bool:
    """Whether an element of a table is one of its rows or holds some of them."""
    return local(element) in ROWS or (local(element) in _GROUPS and any(local(child) in ROWS for child in element))


def table_text(table: Element, words: Callable[[Element], str]) -> str:
    """The rows right in `table` as Markdown, `words` giving those of a cell; "" for rows of one cell, which are lines.

    Where cells say that they cover more places than anybody reads, each stands in one.
    """
    parts = [part for child in table if is_part(child) for part in ((child,) if local(child) in ROWS else child)]
    rows = [[cell for cell in part if _is_cell(cell)] for part in parts if local(part) in ROWS]
    if max(map(len, rows), default=0) <= 1:
        return ""
    columns = [spec.get("colname") or "" for spec in table if local(spec) == "colspec"]
    lines = [[Cell(words(cell), _down(cell), _across(cell, columns)) for cell in row] for row in rows]
    grid = spread(lines)
    return grid_text(grid) if grid else markdown_table([[cell.words for cell in line] for line in lines])


def _is_cell(element: Element) -> bool:
    return local(element) in CELLS | CELLS_OF_ROWS


def _down(cell: Element) -> int:
    """How many rows a cell covers: CALS counts those after its own."""
    return _number(cell.get("rowspan") or cell.get("rows"), 1 + _number(cell.get("morerows"), 0))


def _across(cell: Element, columns: list[str]) -> int:
    """How many columns a cell covers: CALS names the first and the last."""
    first, last = cell.get("namest"), cell.get("nameend")
    if first in columns and last in columns:
        return min(max(columns.index(last) - columns.index(first) + 1, 1), _WIDEST)
    return _number(cell.get("colspan") or cell.get("cols"), 1)


def _number(value: str | None, other: int) -> int:
    value = (value or "").strip()
    return min(max(int(value), 1), _WIDEST) if value.isascii() and value.isdigit() and len(value) < _FIGURES else other
