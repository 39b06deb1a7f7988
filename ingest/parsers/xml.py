"""XML: the text of its elements in order, with titles as headings and tables as rows.

Articles and books are laid out as they are read. Of other XML each value stands on a line after the name of its
element, since only that says what it is. What is not well-formed is read as a browser would read it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ragsys.errors import DocumentError, NoTextError
from ragsys.ingest.parsers.html import HtmlParser
from ragsys.ingest.parsers.layout import BLANK, NEWLINE, Page
from ragsys.ingest.parsers.tables import grid_text, spread
from ragsys.ingest.parsers.text import TextParser
from ragsys.ingest.parsers.vocabularies import (
    BLOCKS,
    CAPTIONS,
    CELLS,
    DOCUMENTS,
    DROPPED,
    FLOWING,
    INLINE,
    ITEMS,
    LABELS,
    LISTS,
    NUMBERED,
    PREFORMATTED,
    ROWS,
    TABLES,
    TITLES,
)  # fmt: skip
from ragsys.ingest.parsers.xml_metadata import metadata_of, person
from ragsys.ingest.parsers.xml_source import local, parse_xml, words
from ragsys.ingest.parsers.xml_tables import AROUND_ROWS, beside_rows, cells_of
from ragsys.types import Extraction

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

__all__ = ["XmlParser"]

_SPACE = re.compile(r"\s+")
# A table deeper in others is not looked at as one, because each of these looks at all that it holds.
_DEEPEST_TABLE = 10
# What follows another one inside a line without a space in the source.
_PARTS = frozenset({"surname", "given-names", "firstname", "lastname", "first-name", "last-name", "name", "kwd"})
# What a reader sees of an article's own description.
_SEEN = frozenset({"title-group", "contrib-group", "aff", "abstract", "trans-abstract", "kwd-group"})
_MARKUP = re.compile(r"</?(?:p|div|br|a|ul|ol|li|b|i|strong|em|img|span|table|h[1-6])\b[^<>]*>", re.IGNORECASE)


class XmlParser:
    """Any XML; a document's own title, authors and language are its metadata."""

    name = "xml"

    def parse(self, data: bytes, *, name: str) -> Extraction:
        """The text. Raises `NoTextError`, or `DocumentError` where it declares entities or is nested too deep."""
        root = parse_xml(data, name)
        if root is None:
            return _broken(data, name)
        page, data_like = Page(), local(root) not in DOCUMENTS
        _Walk(page, data_like=data_like).run(root)
        text = page.text()
        if not text.strip():
            raise NoTextError(f"{name} has no text in its elements")
        title = page.headings[0].title if page.headings else None
        return Extraction(text, title, headings=tuple(page.headings), metadata={} if data_like else metadata_of(root))


def _broken(data: bytes, name: str) -> Extraction:
    """XML that is none: what a browser would show of it, or its source."""
    try:
        return HtmlParser().parse(data, name=name)
    except DocumentError:
        return TextParser().parse(data, name=name)


@dataclass(frozen=True, slots=True)
class _Around:
    """What holds inside an element because of those around it."""

    level: int = 0
    inline: bool = False
    captioned: bool = False
    preformatted: bool = False
    in_row: bool = False
    plain: bool = False
    tables: int = 0


class _Walk:
    """Writes a tree onto a page, with a stack of its own."""

    def __init__(self, page: Page, *, data_like: bool, tables: bool = True) -> None:
        self._page = page
        self._data_like, self._tables = data_like, tables and not data_like
        self._stack: list[tuple[str, Element, str, int, _Around]] = []

    def run(self, root: Element) -> None:
        """All of it."""
        self._stack.append(("enter", root, "", 0, _Around()))
        while self._stack:
            what, element, text, mark, around = self._stack.pop()
            if what == "text":
                self._text(text, around)
            elif what == "leave":
                self._leave(element, mark, around)
            elif what == "rows":
                self._page.add_block(text)
            else:
                self._enter(element, text, around)

    def _enter(self, element: Element, label: str, around: _Around) -> None:
        """Begin an element; `label` is the number before a title."""
        tag, page = local(element), self._page
        if tag in DROPPED and not self._data_like:
            return
        if _is_heading(tag, around):
            page.separate(BLANK)
            self._stack.append(("leave", element, "", page.mark(), around))
            self._push(element, replace(around, inline=True))
            self._stack.append(("text", element, f"{label} ", 0, replace(around, inline=True)))
            return
        if tag == "contrib-group":
            names = [person(name) for name in element.iter() if local(name) in {"name", "string-name", "collab"}]
            page.separate(BLANK)
            page.add(", ".join(names))
            page.separate(BLANK)
        looked_at = self._tables and not around.inline and around.tables < _DEEPEST_TABLE
        if looked_at and (rows := _rows(element)):
            self._stack.append(("rows", element, rows, 0, around))
            captions = [("enter", child, "", 0, replace(around, captioned=True)) for child in beside_rows(element)]
            self._stack.extend(reversed(captions))
            return
        named_inline = not self._data_like and tag in INLINE
        separates = not (around.inline or named_inline)
        if separates:
            self._separate(element, tag, around)
            if self._data_like and not len(element):
                self._value(element, tag)
                return
        self._stack.append(("leave", element, "", page.mark(), replace(around, inline=not separates)))
        titled = any(local(child) in TITLES for child in element)
        self._push(
            element,
            _Around(
                level=around.level + (titled and tag not in CAPTIONS),
                inline=around.inline or named_inline or self._flows(tag) or _is_mixed(element),
                captioned=around.captioned or (tag in CAPTIONS and not self._data_like),
                preformatted=around.preformatted or tag in PREFORMATTED,
                in_row=tag in ROWS,
                tables=around.tables + (tag in AROUND_ROWS),
            ),
        )

    def _flows(self, tag: str) -> bool:
        return tag in FLOWING and not self._data_like

    def _push(self, element: Element, inside: _Around) -> None:
        """Leave what is inside an element to be walked, in order; labels flow into what they label."""
        tag, tags = local(element), {local(child) for child in element}
        # In data, a title is one where it comes first, and else a value like any other.
        plain = self._data_like and len(element) > 0 and local(element[0]) not in TITLES
        inside = replace(inside, plain=plain)
        titled = bool(tags & TITLES) and not inside.captioned
        label = next((words(child) for child in element if titled and local(child) in LABELS), "")
        flows = self._flows(tag) and not _is_mixed(element)
        coming: list[tuple[str, Element, str, int, _Around]] = [("text", element, element.text or "", 0, inside)]
        for child in element:
            own = local(child)
            if (tag == "article-meta" and own not in _SEEN) or (tag == "contrib-group" and own != "aff"):
                continue
            # A label that stands in its title, a formula that is there as TeX, a summary of what follows in full.
            if (label and own in LABELS) or (own, True) in {
                ("math", "tex-math" in tags),
                ("description", "encoded" in tags),
            }:
                continue
            around = replace(inside, inline=True) if own in LABELS else inside
            coming.append(("enter", child, label if own in TITLES else "", 0, around))
            apart = (
                " "
                if flows or own in LABELS or (inside.inline and own in _PARTS and not (child.tail or "").strip())
                else ""
            )
            coming.append(("text", element, (child.tail or "") + apart, 0, inside))
        self._stack.extend(reversed(coming))

    def _separate(self, element: Element, tag: str, around: _Around) -> None:
        page = self._page
        if self._data_like:
            page.separate(BLANK if len(element) else NEWLINE)
        elif tag in LISTS:
            page.open_list(numbered=tag in NUMBERED or element.get("list-type") == "order")
        elif tag in ITEMS:
            page.separate(NEWLINE)
            page.open_item()
        elif tag in ROWS:
            page.separate(NEWLINE)
            page.open_row()
        elif _is_cell(tag, around):
            page.open_cell()
        else:
            page.separate(_blank(element, tag))

    def _leave(self, element: Element, mark: int, around: _Around) -> None:
        tag, page = local(element), self._page
        if _is_heading(tag, around):
            page.close_heading(mark, max(around.level, 1))
            page.separate(BLANK)
        elif around.inline:
            return
        elif self._data_like:
            page.separate(BLANK)
        elif tag in LISTS:
            page.close_list()
        elif tag in ROWS:
            page.close_row()
        elif _is_cell(tag, around):
            page.close_cell()
        else:
            page.separate(_blank(element, tag))

    def _value(self, element: Element, tag: str) -> None:
        """A value of data: after its name; attributes where it has nothing else."""
        text = _shown(element.text or "")
        if not text and element.attrib:
            text = ", ".join(f"{key.rpartition('}')[2]}={value}" for key, value in element.attrib.items())
        if text:
            self._page.add(f"{tag}: {text}")
            self._page.separate(NEWLINE)

    def _text(self, text: str, around: _Around) -> None:
        if around.preformatted:
            self._page.add(text)
        elif text.strip():
            self._page.add_flowing(_SPACE.sub(" ", _shown(text) if _MARKUP.search(text) else text))
        elif text and around.inline:
            self._page.add_flowing(" ")


def _rows(table: Element) -> str:
    """A table of more than one row and column as Markdown, what is inside its cells as words; "" of anything else."""
    lines = []
    for line in cells_of(table):
        row = []
        for cell, down, across in line:
            inside = Page()
            _Walk(inside, data_like=False, tables=False).run(cell)
            row.append((inside.text().strip(), down, across))
        lines.append(row)
    rows = spread(lines)
    return grid_text(rows) if len(rows) > 1 and len(rows[0]) > 1 else ""


def _is_heading(tag: str, around: _Around) -> bool:
    return tag in TITLES and not (around.captioned or around.inline or around.plain)


def _is_cell(tag: str, around: _Around) -> bool:
    """DocBook's cells are called as a feed's items are."""
    return tag in CELLS or (tag == "entry" and around.in_row)


def _blank(element: Element, tag: str) -> int:
    """What separates an element from others: lines of tables and short values are no paragraphs."""
    return BLANK if tag in BLOCKS or tag in PREFORMATTED or (len(element) and tag not in TABLES) else NEWLINE


def _is_mixed(element: Element) -> bool:
    """Whether text and elements stand side by side in it."""
    parts = [element.text, *(child.tail for child in element)]
    return len(element) > 0 and any(part and part.strip() for part in parts)


def _shown(text: str) -> str:
    """A value as text: what a browser would show of it where it holds markup, as feeds do."""
    if _MARKUP.search(text):
        try:
            return HtmlParser().parse(text.encode(), name="a value").text.strip()
        except DocumentError:
            return ""
    return text.strip()
