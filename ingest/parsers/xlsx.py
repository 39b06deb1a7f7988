"""Excel workbooks: a section for each sheet, cells as they are shown, formulas by the values kept with them.

Sheets are read as streams of the cells that are there. Left out: hidden sheets, rows and columns, which their author
took back (not rows that a filter hides: that is a view), and comments; `hidden` in the metadata counts them.
openpyxl's own reading by streams knows neither merged cells nor hidden rows, so the XML is read here.
"""

from __future__ import annotations

import io
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from ragsys.errors import NoTextError, OfficeDamagedError
from ragsys.ingest.parsers.charts import chart_text
from ragsys.ingest.parsers.number_formats import BUILT_IN, general, shown
from ragsys.ingest.parsers.office import Package, properties
from ragsys.ingest.parsers.pieces import Pieces
from ragsys.ingest.parsers.pptx_text import lines_of
from ragsys.ingest.parsers.sheets import Cell, Sheet, write_sheet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ragsys.types import Extraction

__all__ = ["XlsxParser"]

_S = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_XDR = "{http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing}"
_REFERENCE = re.compile(r"\$?([A-Z]{1,3})\$?(\d{1,7})")
_ON = frozenset({"1", "true"})
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\ufffe\uffff]")


class XlsxParser:
    """Reads the XML of each sheet; a place is the cells of a row."""

    name = "xlsx"

    def parse(self, data: bytes, *, name: str) -> Extraction:
        """Raises `NoTextError`, what `Package` raises, and `OfficeTooLargeError` beyond a million cells."""
        package = Package(data, name)
        main = package.main_part()
        root = package.xml(main)
        if root is None:
            raise OfficeDamagedError(f"{name} is damaged: it has no workbook")
        title, metadata = properties(package.xml("docProps/core.xml"))
        reader = _Reader(package, main, root)
        pieces = Pieces()
        shows = False
        for element in root.iter(f"{_S}sheet"):
            part = package.target(main, element.get(f"{_R}id", ""))
            if element.get("state", "visible") != "visible":
                reader.hidden["sheet"] += 1
            elif part:
                sheet = reader.sheet(part, element.get("name", ""))
                drawn = list(_drawn(package, part))
                if sheet.rows or drawn:
                    shows = True
                    write_sheet(sheet, pieces)
                    for text in drawn:
                        pieces.paragraph(text)
        if not shows:
            raise NoTextError(f"no sheet of {name} shows anything")
        hidden = ", ".join(f"{count} {kind}{'s' * (count > 1)}" for kind, count in reader.hidden.items())
        return pieces.result(title, {**metadata, "hidden": hidden} if hidden else metadata)


class _Reader:
    """What all sheets of a workbook share: its strings and the formats of its cells."""

    def __init__(self, package: Package, main: str, root: Any) -> None:
        self.hidden: Counter[str] = Counter()
        self._shut: set[int] = set()  # the hidden columns of the sheet at hand that hold anything
        self._package = package
        settings = root.find(f"{_S}workbookPr")
        self._since_1904 = settings is not None and settings.get("date1904") in _ON
        self._strings = list(_strings(package, package.related(main, "/sharedStrings")))
        self._formats = _formats(package.xml(package.related(main, "/styles")))

    def sheet(self, part: str, name: str) -> Sheet:
        """The cells of a sheet that are shown."""
        from lxml import etree

        sheet = Sheet(name)
        self._shut.clear()
        hidden_rows: dict[int, dict[int, Cell]] = {}
        hidden_columns: list[range] = []
        number = 0
        filtered: tuple[int, int, int, int] | None = None
        try:
            for element in _stream(self._package.read(part), "row", "col", "mergeCell", "autoFilter"):
                kind = element.tag.removeprefix(_S)
                if kind == "row":
                    value = element.get("r", "")
                    number = int(value) if value.isdigit() else number + 1
                    shows = sheet if element.get("hidden") not in _ON else Sheet(name)
                    self._row(element, number, shows, hidden_columns)
                    if shows is not sheet and shows.rows:
                        hidden_rows |= shows.rows
                elif kind == "col" and element.get("hidden") in _ON:
                    hidden_columns.append(range(int(element.get("min", "1")), int(element.get("max", "1")) + 1))
                elif kind == "mergeCell" and (span := _range(element.get("ref", ""))):
                    sheet.merged.append(span)
                elif kind == "autoFilter" and element.find(f"{_S}filterColumn") is not None:
                    filtered = _range(element.get("ref", ""))
        except (etree.XMLSyntaxError, ValueError) as error:
            raise OfficeDamagedError(f"the sheet {name} is damaged ({type(error).__name__})") from error
        for at, row in hidden_rows.items():
            if filtered is not None and filtered[0] <= at <= filtered[1]:
                sheet.rows[at] = row
            else:
                self.hidden["row"] += 1
                sheet.hidden.add(at)
        self.hidden.update({"column": len(self._shut)} if self._shut else {})
        return sheet

    def _row(self, row: Any, number: int, sheet: Sheet, hidden: list[range]) -> None:
        column = 0
        for element in row.iter(f"{_S}c"):
            match = _REFERENCE.fullmatch(element.get("r", ""))
            column = _column(match.group(1)) if match else column + 1
            cell = self._cell(element)
            if not any(column in columns for columns in hidden):
                sheet.put(number, column, cell)
            elif cell.text.strip():
                self._shut.add(column)

    def _cell(self, element: Any) -> Cell:
        """What a cell shows."""
        kind, value = element.get("t", "n"), element.findtext(f"{_S}v")
        if kind == "inlineStr":
            return Cell(_words(element.find(f"{_S}is")))
        if value is None:
            return Cell("")
        if kind == "s":
            return Cell(self._strings[int(value)] if value.isdigit() and int(value) < len(self._strings) else "")
        if kind == "n":
            return self._number(value, element.get("s", "0"))
        text = {"b": "TRUE" if value in _ON else "FALSE", "d": value.replace("T", " ")}.get(kind, value)
        return Cell(_clean(text), is_text=kind == "str")

    def _number(self, value: str, style: str) -> Cell:
        code = self._formats.get(int(style) if style.isdigit() else 0)
        try:
            number = float(value)
            text = general(number) if code is None else shown(number, code, since_1904=self._since_1904)
        except (ValueError, OverflowError):
            return Cell(_clean(value))
        return Cell(text, is_text=False)


def _stream(data: bytes, *names: str) -> Iterator[Any]:
    """Elements as they end, each emptied after it was looked at, with those before it."""
    from lxml import etree

    tags = [f"{_S}{name}" for name in names]
    parsing = etree.iterparse(io.BytesIO(data), tag=tags, resolve_entities=False, no_network=True, load_dtd=False)
    for _, element in parsing:
        yield element
        element.clear()
        while element.getprevious() is not None:
            del element.getparent()[0]


def _strings(package: Package, part: str) -> Iterator[str]:
    """The strings that cells refer to by their numbers."""
    from lxml import etree

    try:
        for element in _stream(package.read(part), "si") if part in package else ():
            yield _words(element)
    except etree.XMLSyntaxError as error:
        raise OfficeDamagedError(f"the strings of the workbook are damaged ({type(error).__name__})") from error


def _words(element: Any) -> str:
    """A string in pieces of different looks, without the readings of its characters."""
    if element is None:
        return ""
    return _clean("".join(piece.text or "" for piece in element.iter(f"{_S}t") if piece.getparent().tag != f"{_S}rPh"))


def _clean(text: str) -> str:
    """A string with its escaped characters (section 22.9.2.19) as they are."""
    return (
        _UNPRINTABLE.sub(" ", _ESCAPED.sub(lambda match: chr(int(match.group(1), 16)), text))
        .encode("utf-8", "replace")
        .decode()
    )


def _formats(root: Any) -> dict[int, str]:
    """The format code of each style of cells; none for those that show numbers as they are."""
    if root is None:
        return {}
    codes = dict(BUILT_IN)
    for element in root.iter(f"{_S}numFmt"):
        if element.get("numFmtId", "").isdigit():
            codes[int(element.get("numFmtId"))] = element.get("formatCode", "")
    styles = root.find(f"{_S}cellXfs")
    numbers = [] if styles is None else [style.get("numFmtId", "0") for style in styles.iter(f"{_S}xf")]
    return {at: codes[int(number)] for at, number in enumerate(numbers) if number.isdigit() and int(number) in codes}


def _drawn(package: Package, part: str) -> Iterator[str]:
    """The charts and text boxes that lie on a sheet."""
    drawing = package.related(part, "/drawing")
    root = package.xml(drawing)
    for element in [] if root is None else root.iter("{*}chart", f"{_XDR}txBody"):
        if element.tag == f"{_XDR}txBody":
            yield from lines_of(element, ())
        elif text := chart_text(package.xml(package.target(drawing, element.get(f"{_R}id", "")))):
            yield text


def _range(reference: str) -> tuple[int, int, int, int] | None:
    """The first and last row, the first and last column of "A1:C3"."""
    first, _, last = reference.partition(":")
    start, end = _REFERENCE.fullmatch(first), _REFERENCE.fullmatch(last or first)
    if start is None or end is None:
        return None
    return int(start.group(2)), int(end.group(2)), _column(start.group(1)), _column(end.group(1))


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number
