"""OpenDocument spreadsheets: a section for each sheet, cells as they are shown.

Left out: hidden sheets and rows, which their author took back, and comments; `hidden` in the metadata counts them.
Rows that a filter hides are kept. Dates come out in ISO's order, as those of `xlsx` do.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from ragsys.errors import NoTextError
from ragsys.ingest.parsers.odf import Styles, open_odf
from ragsys.ingest.parsers.odf_text import DRAW, OFFICE, TABLE, TEXT, Reader, embedded_text
from ragsys.ingest.parsers.pieces import Pieces
from ragsys.ingest.parsers.sheets import Cell, Sheet, write_sheet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ragsys.types import Extraction

__all__ = ["OdsParser"]

_GROUPS = frozenset({"table-header-rows", "table-rows", "table-row-group", "table-columns", "table-header-columns"})
# More hidden rows on end are as good as empty ones.
_MOST_HIDDEN = 10_000
_WORDS = frozenset({"string", ""})


class OdsParser:
    """Empty rows and columns are repeated by number in the file, and skipped by it here."""

    name = "ods"

    def parse(self, data: bytes, *, name: str) -> Extraction:
        """Raises `NoTextError`, what `open_odf` raises, and `OfficeTooLargeError` beyond a million cells."""
        package, body, title, metadata = open_odf(data, name, "spreadsheet")
        styles = Styles(package)
        reader = Reader(package, styles)
        pieces = Pieces()
        hidden: Counter[str] = Counter()
        shows = False
        for table in body.iterchildren(f"{TABLE}table"):
            display = styles.value("table", table.get(f"{TABLE}style-name"), "table-properties", f"{TABLE}display")
            if display == "false":
                hidden["sheet"] += 1
                continue
            sheet = _sheet(table, reader, hidden)
            drawn = [embedded_text(package, one) for one in table.iter(f"{DRAW}object")]
            if sheet.rows or any(drawn):
                shows = True
                write_sheet(sheet, pieces)
                for text in drawn:
                    pieces.paragraph(text)
        if not shows:
            raise NoTextError(f"no sheet of {name} shows anything")
        if hidden:
            metadata["hidden"] = ", ".join(f"{count} {kind}{'s' * (count > 1)}" for kind, count in hidden.items())
        return pieces.result(title, metadata)


def _sheet(table: Any, reader: Reader, hidden: Counter[str]) -> Sheet:
    sheet = Sheet(table.get(f"{TABLE}name", ""))
    shut = {
        at
        for first, column in _counted(table, "table-column", "number-columns-repeated")
        if column.get(f"{TABLE}visibility") == "collapse"
        for at in range(first, first + min(_number(column, "number-columns-repeated"), 16_384))
    }
    held: set[int] = set()
    for number, row in _counted(table, "table-row", "number-rows-repeated"):
        cells = list(_cells(row, number, sheet, reader))
        held.update(first for first, _, _ in cells if first in shut)
        cells = [(first, last, cell) for first, last, cell in cells if first not in shut]
        if not cells:
            continue
        if row.get(f"{TABLE}visibility") == "collapse":
            hidden["row"] += _number(row, "number-rows-repeated")
            sheet.hidden.update(range(number, number + min(_number(row, "number-rows-repeated"), _MOST_HIDDEN)))
            continue
        for at in range(number, number + _number(row, "number-rows-repeated")):
            for first, last, cell in cells:
                for column in range(first, last):
                    sheet.put(at, column, cell)
    hidden.update({"column": len(held)} if held else {})
    return sheet


def _cells(row: Any, number: int, sheet: Sheet, reader: Reader) -> Iterator[tuple[int, int, Cell]]:
    """The first column, the one after the last, and what is shown, of each cell that shows anything."""
    column = 1
    for element in row.iterchildren(f"{TABLE}table-cell", f"{TABLE}covered-table-cell"):
        repeated = _number(element, "number-columns-repeated")
        cell = _cell(element, reader)
        if cell.text.strip() and element.tag == f"{TABLE}table-cell":
            across, down = _number(element, "number-columns-spanned"), _number(element, "number-rows-spanned")
            if across > 1 or down > 1:
                sheet.merged.append((number, number + down - 1, column, column + across - 1))
            yield column, column + repeated, cell
        column += repeated


def _cell(element: Any, reader: Reader) -> Cell:
    kind = element.get(f"{OFFICE}value-type", "")
    day = element.get(f"{OFFICE}date-value")
    if kind == "date" and day:
        return Cell(day.removesuffix("T00:00:00").replace("T", " "), is_text=False)
    shown = " ".join(reader.read(paragraph)[0] for paragraph in element.iterchildren(f"{TEXT}p"))
    return Cell(shown or element.get(f"{OFFICE}value", ""), is_text=kind in _WORDS)


def _counted(table: Any, name: str, repeated: str) -> Iterator[tuple[int, Any]]:
    """Each row or column that is there, with its number from 1; those in groups as well."""
    number = 1
    for element in _flattened(table, name):
        yield number, element
        number += _number(element, repeated)


def _flattened(table: Any, name: str) -> Iterator[Any]:
    for element in table:
        if element.tag == f"{TABLE}{name}":
            yield element
        elif isinstance(element.tag, str) and element.tag.removeprefix(TABLE) in _GROUPS | {"table-column-group"}:
            yield from _flattened(element, name)


def _number(element: Any, name: str) -> int:
    value = element.get(f"{TABLE}{name}", "1")
    return max(int(value), 1) if value.isdigit() else 1
