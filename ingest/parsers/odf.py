"""OpenDocument: what text documents and presentations have in common, from styles to paragraphs, lists and tables.

Follows OASIS OpenDocument 1.3, part 3. Left out: comments, what tracked changes deleted, hidden text and sections.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ragsys.errors import OfficeDamagedError, OfficeEncryptedError
from ragsys.ingest.parsers.list_numbers import written
from ragsys.ingest.parsers.odf_text import DRAW, OFFICE, STYLE, TABLE, TEXT, Reader, embedded_text
from ragsys.ingest.parsers.office import Package, properties
from ragsys.ingest.parsers.pieces import Pieces
from ragsys.ingest.parsers.tables import grid_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ragsys.types import Scalar

__all__ = ["OdfWriter", "Styles", "open_odf"]

_INDENT = "  "
_DEEPEST = 10
_FORMATS = {"a": "lowerLetter", "A": "upperLetter", "i": "lowerRoman", "I": "upperRoman"}
_CHINESE = frozenset({"一, 二, 三, ...", "一", "壹, 贰, 叁, ...", "イ, ロ, ハ, ..."})
_CODE = re.compile(r"preformatted.text|source.?code|code", re.IGNORECASE)
_ENCODED = re.compile(r"_([0-9a-f]{1,4})_")
# Table grids repeat what is empty; a page holds no more columns than this.
_WIDEST = 256
_MOST_ROWS = 100_000
_GROUPS = frozenset({"table-header-rows", "table-rows", "table-row-group"})


def open_odf(data: bytes, name: str, body: str) -> tuple[Package, Any, str | None, dict[str, Scalar]]:
    """The package, the body of its content, its title and its metadata.

    Raises:
        OfficeDamagedError, OfficeEncryptedError, OfficeTooLargeError: as they say.
    """
    package = Package(data, name)
    if "META-INF/manifest.xml" in package and b"encryption-data" in package.read("META-INF/manifest.xml"):
        raise OfficeEncryptedError(f"{name} needs a password")
    root = package.xml("content.xml")
    found = None if root is None else root.find(f"{OFFICE}body/{OFFICE}{body}")
    if found is None:
        raise OfficeDamagedError(f"{name} is damaged: it has no content")
    return package, found, *properties(package.xml("meta.xml"))


class Styles:
    """The styles of a document, those of its content before those of the whole."""

    def __init__(self, package: Package) -> None:
        self._styles: dict[tuple[str, str], Any] = {}
        self._lists: dict[str, Any] = {}
        for part in ("styles.xml", "content.xml"):
            root = package.xml(part)
            for style in [] if root is None else root.iter(f"{STYLE}style", f"{TEXT}list-style"):
                key = style.get(f"{STYLE}name", "")
                if style.tag == f"{TEXT}list-style":
                    self._lists[key] = style
                else:
                    self._styles[style.get(f"{STYLE}family", ""), key] = style

    def chain(self, family: str, name: str | None) -> list[Any]:
        """A style and what it is based on, the nearest first."""
        found: list[Any] = []
        while (style := self._styles.get((family, name or ""))) is not None and style not in found:
            found.append(style)
            name = style.get(f"{STYLE}parent-style-name")
        return found

    def value(self, family: str, name: str | None, group: str, attribute: str) -> str | None:
        """What the nearest style says of an attribute of its properties ("text-properties")."""
        for style in self.chain(family, name):
            properties_of = style.find(f"{STYLE}{group}")
            if properties_of is not None and properties_of.get(attribute) is not None:
                return str(properties_of.get(attribute))
        return None

    def names(self, name: str | None) -> list[str]:
        """The names of a paragraph style and those that it is based on, as a user sees them."""
        shown = (style.get(f"{STYLE}name", "") for style in self.chain("paragraph", name))
        return [_ENCODED.sub(lambda match: chr(int(match.group(1), 16)), key) for key in shown]

    def list_level(self, name: str | None, level: int) -> Any:
        """The element that says how a list looks at a level from 1, None where none does."""
        style = self._lists.get(name or "")
        levels = [] if style is None else list(style)
        return next((one for one in levels if one.get(f"{TEXT}level") == str(level)), None)


class OdfWriter:
    """A text, or what is on a slide, as it is written."""

    def __init__(self, package: Package) -> None:
        self.pieces = Pieces()
        self.styles = Styles(package)
        self.title: str | None = None
        self._reader = Reader(package, self.styles)
        self._package = package
        self._counts: dict[str | None, list[int]] = {}
        self._before = ""
        self._code: list[str] = []

    def blocks(self, container: Any, *, headings: bool = True) -> None:
        """Everything in a body, a section, a cell or a text box."""
        for element in container:
            self._block(element, headings=headings)
        self._flush()

    def notes(self) -> None:
        """The footnotes and endnotes that were referred to, at the end."""
        for label, note in self._reader.referred():
            self.pieces.paragraph(f"{label}: {self.flat(note)}")

    def flat(self, container: Any) -> str:
        """Everything in a cell or a note on one line."""
        found: list[str] = []
        for element in container:
            if not isinstance(element.tag, str):
                continue
            if element.tag in {f"{TEXT}p", f"{TEXT}h"}:
                text, boxes = self._reader.read(element)
                found += [text, *(box if isinstance(box, str) else self.flat(box) for box in boxes)]
            elif element.tag == f"{TEXT}list":
                found += [text for _, _, text, _ in self._items(element, None, 0)]
            elif element.tag == f"{TABLE}table":
                found += [text for row in self._grid(element) for text in dict(row).values()]
            elif element.tag.startswith((f"{TEXT}section", DRAW)):
                found.append(self.flat(element))
        return " ".join(" ".join(found).split())

    def _block(self, element: Any, *, headings: bool) -> None:
        tag = element.tag
        if tag in {f"{TEXT}p", f"{TEXT}h"}:
            self._paragraph(element, headings=headings)
        elif tag == f"{TEXT}list":
            self._flush()
            self._list(element)
        elif tag == f"{TABLE}table":
            self._flush()
            self._table(element)
        elif tag == f"{TEXT}section":
            if element.get(f"{TEXT}display") != "none":
                self.blocks(element)
        elif isinstance(tag, str) and (tag.startswith(DRAW) or tag.endswith(("index-body", "table-of-content"))):
            self._drawn(element)

    def _drawn(self, element: Any) -> None:
        """Text boxes and shapes, tables and objects in frames."""
        self._flush()
        self._before = ""
        if element.tag == f"{DRAW}object":
            self.pieces.paragraph(embedded_text(self._package, element))
        elif element.tag.rpartition("}")[2] not in {"image", "object-ole", "plugin"}:
            self.blocks(element)

    def _paragraph(self, element: Any, *, headings: bool) -> None:
        text, boxes = self._reader.read(element)
        name = element.get(f"{TEXT}style-name")
        names = self.styles.names(name)
        level = element.get(f"{TEXT}outline-level", "1") if element.tag == f"{TEXT}h" else ""
        if text and any(map(_CODE.fullmatch, names)):
            self._code.append(text)
        elif text.strip():
            self._flush()
            self._before = ""
            is_title = "Title" in names and headings
            if (level or is_title) and headings:
                self.pieces.heading(int(level) if level.isdigit() else 1, text)
            else:
                self.pieces.paragraph(text)
            if is_title:
                self.title = self.title or " ".join(text.split())
        for box in boxes:
            if isinstance(box, str):
                self.pieces.paragraph(box)
            else:
                self._drawn(box)

    def _flush(self) -> None:
        if self._code:
            self.pieces.paragraph("\n".join(["```", *self._code, "```"]))
            self._code = []

    def _list(self, element: Any) -> None:
        # A list that begins further in goes on with the one before it.
        opening = True
        for depth, mark, text, heading in self._items(element, None, 0):
            if heading:
                self.pieces.heading(heading, text)
                self._before = ""
                continue
            indent = _INDENT * depth
            shown = text.removeprefix(mark)
            item = indent + mark + shown.replace("\n", "\n" + indent + " " * len(mark))
            if mark and self._before == "list" and (depth or not opening):
                self.pieces.line(item)
            else:
                self.pieces.paragraph(item)
            self._before = "list" if mark else ""
            opening = False

    def _items(self, element: Any, style: str | None, depth: int) -> Iterator[tuple[int, str, str, int]]:
        """Depth, mark, mark and words, and the level of a heading (0 for none) of each item of a list."""
        style = element.get(f"{TEXT}style-name") or style
        counts = self._counts.setdefault(style, [0] * _DEEPEST)
        if not depth and element.get(f"{TEXT}continue-numbering") != "true" and not element.get(f"{TEXT}continue-list"):
            counts[:] = [0] * _DEEPEST
        if depth >= _DEEPEST:
            return
        for item in element:
            fresh = item.tag == f"{TEXT}list-item"
            for child in item if isinstance(item.tag, str) else ():
                if child.tag == f"{TEXT}list":
                    yield from self._items(child, style, depth + 1)
                elif child.tag in {f"{TEXT}p", f"{TEXT}h"}:
                    text, boxes = self._reader.read(child)
                    text = " ".join([text, *(box if isinstance(box, str) else self.flat(box) for box in boxes)]).strip()
                    if not text:
                        continue
                    if child.tag == f"{TEXT}h":
                        level = child.get(f"{TEXT}outline-level", "1")
                        yield depth, "", text, int(level) if level.isdigit() else 1
                        continue
                    mark = self._mark(style, depth, counts, item) if fresh else ""
                    fresh = False
                    yield depth, mark, mark + text, 0

    def _mark(self, style: str | None, depth: int, counts: list[int], item: Any) -> str:
        """The number or bullet of the next item, with a space after it; "" for a list without."""
        level = self.styles.list_level(style, depth + 1)
        counts[depth + 1 :] = [0] * (_DEEPEST - depth - 1)
        if level is None:
            return "- "
        if level.tag != f"{TEXT}list-level-style-number":
            return "- " if level.get(f"{TEXT}bullet-char", "•").strip() else ""
        if not level.get(f"{STYLE}num-format"):
            return ""
        start = item.get(f"{TEXT}start-value") or ("" if counts[depth] else level.get(f"{TEXT}start-value", "1"))
        counts[depth] = int(start) if start.isdigit() else counts[depth] + 1
        shown = level.get(f"{TEXT}display-levels", "1")
        first = depth + 1 - (int(shown) if shown.isdigit() else 1)
        form = level.get(f"{STYLE}num-format")
        style_name = "chineseCounting" if form in _CHINESE else _FORMATS.get(form, "decimal")
        number = ".".join(written(max(counts[at], 1), style_name) for at in range(max(first, 0), depth + 1))
        return f"{level.get(f'{STYLE}num-prefix', '')}{number}{level.get(f'{STYLE}num-suffix', '')} ".lstrip()

    def _table(self, table: Any) -> None:
        self._before = ""
        rows = list(self._grid(table))
        if len(rows) == 1 and len(rows[0]) == 1:
            # A frame around text is no table.
            for cell in _rows(table):
                for inner in cell.iterchildren(f"{TABLE}table-cell"):
                    self.blocks(inner)
            return
        self.pieces.paragraph(grid_text(rows))

    def _grid(self, table: Any) -> Iterator[list[tuple[object, str]]]:
        """The cells of each row over the table's grid: a merged cell stands in every place that it covers."""
        below: dict[int, tuple[int, tuple[object, str]]] = {}
        for number, row in enumerate(_rows(table)):
            if number >= _MOST_ROWS:
                return
            cells: list[tuple[object, str]] = []
            for cell in row.iterchildren(f"{TABLE}table-cell", f"{TABLE}covered-table-cell"):
                repeated = min(_number(cell, "number-columns-repeated"), _WIDEST - len(cells))
                across, down = _number(cell, "number-columns-spanned"), _number(cell, "number-rows-spanned")
                text = self.flat(cell) if cell.tag == f"{TABLE}table-cell" else ""
                for _ in range(repeated):
                    at = len(cells)
                    until, above = below.get(at, (0, ((number, at), "")))
                    if cell.tag == f"{TABLE}covered-table-cell" and until > number:
                        cells.append(above)
                        continue
                    entry: tuple[object, str] = ((number, at), text)
                    cells.append(entry)
                    for column in range(at, min(at + across, _WIDEST)):
                        below[column] = (number + down, entry)
            if cells:
                yield cells


def _rows(table: Any) -> Iterator[Any]:
    for element in table:
        if element.tag == f"{TABLE}table-row":
            yield element
        elif isinstance(element.tag, str) and element.tag.removeprefix(TABLE) in _GROUPS:
            yield from _rows(element)


def _number(element: Any, name: str) -> int:
    value = element.get(f"{TABLE}{name}", "1")
    return max(int(value), 1) if value.isdigit() else 1
