"""The cells of a table in XML: of XHTML's model (JATS, FB2), of CALS (DocBook), of DITA's and TEI's simple ones.

Knows neither what stands in a cell nor how a table is written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ragsys.ingest.parsers.tables import MOST_ACROSS
from ragsys.ingest.parsers.vocabularies import CELLS, ROWS, TABLES
from ragsys.ingest.parsers.xml_source import local

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

__all__ = ["AROUND_ROWS", "beside_rows", "cells_of"]

AROUND_ROWS = frozenset({"table", "tgroup", "simpletable"})
_IN_ROWS = CELLS | {"cell", "entry"}
_COLUMNS = frozenset({"col", "colgroup", "colspec"})
_GROUPS = TABLES - AROUND_ROWS
_FIGURES = 5


def cells_of(table: Element) -> list[list[tuple[Element, int, int]]]:
    """The cells of each row, each with the places that it covers down and across; nothing of what is no table."""
    if local(table) not in AROUND_ROWS:
        return []
    names = [child.get("colname", "") for child in table if local(child) == "colspec"]
    parts = [part for child in table for part in (child if local(child) in _GROUPS else (child,))]
    return [
        [(cell, _down(cell), _across(cell, names)) for cell in part if local(cell) in _IN_ROWS]
        for part in parts
        if local(part) in ROWS
    ]


def beside_rows(table: Element) -> list[Element]:
    """What stands in a table and is no part of its rows: a caption, most often."""
    return [child for child in table if local(child) not in ROWS | _GROUPS | _COLUMNS]


def _down(cell: Element) -> int:
    more = cell.get("morerows")
    return _number(cell.get("rowspan") or cell.get("rows")) if more is None else 1 + _number(more, least=0)


def _across(cell: Element, names: list[str]) -> int:
    first, last = cell.get("namest"), cell.get("nameend")
    if first in names and last in names:
        return max(names.index(last) - names.index(first) + 1, 1)
    return _number(cell.get("colspan") or cell.get("cols"))


def _number(written: str | None, least: int = 1) -> int:
    """A number of places; `least` where none is written."""
    value = (written or "").strip()
    if not (value.isascii() and value.isdigit() and len(value) < _FIGURES):
        return least
    return min(max(int(value), least), MOST_ACROSS)
