"""Word documents: what a reader sees, in the order of the document, with headings, lists, tables and footnotes.

Left out: page headers and footers, which repeat; comments; what tracked changes deleted; hidden text and table rows.
Text boxes, charts and diagrams follow the paragraph that they are anchored to.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ragsys.errors import NoTextError
from ragsys.ingest.parsers.docx_styles import Numbering, Styles, W, is_on
from ragsys.ingest.parsers.docx_text import Notes, Paragraphs
from ragsys.ingest.parsers.office import Package, properties
from ragsys.ingest.parsers.pieces import Pieces
from ragsys.ingest.parsers.tables import grid_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ragsys.types import Extraction

__all__ = ["DocxParser"]

_INDENT = "  "
# Grids of more columns than a page could hold are damage.
_WIDEST = 256
_TYPEWRITERS = (
    "courier", "consolas", "menlo", "monaco", "lucida console", "source code", "dejavu sans mono", "cascadia",
)  # fmt: skip
_SIGNS = re.compile(r"[(){}\[\];=<>_#$]")
_CONTAINERS = frozenset({"sdt", "sdtContent", "customXml", "ins", "moveTo", "smartTag"})


class DocxParser:
    """Walks the body of the main part; styles say what a heading is, whatever language they are named in."""

    name = "docx"

    def parse(self, data: bytes, *, name: str) -> Extraction:
        """The document. Raises `NoTextError`, and what `Package` raises."""
        package = Package(data, name)
        main = package.main_part()
        root = package.xml(main)
        title, metadata = properties(package.xml("docProps/core.xml"))
        body = None if root is None else root.find(f"{W}body")
        writer = _Writer(package, main)
        if body is not None:
            writer.blocks(body)
        writer.footnotes()
        if not writer.pieces:
            raise NoTextError(f"{name} holds no text")
        first = writer.pieces.headings[0].title if writer.pieces.headings else None
        return writer.pieces.result(title or writer.title or first, metadata)


class _Writer:
    """The document as it is written: paragraphs, lists, code and tables."""

    def __init__(self, package: Package, main: str) -> None:
        self.pieces = Pieces()
        self.title: str | None = None
        self._styles = Styles(package.xml(package.related(main, "/styles")))
        self._numbering = Numbering(package.xml(package.related(main, "/numbering")))
        self._notes = Notes(package, main)
        self._paragraphs = Paragraphs(package, main, self._styles, self._notes)
        self._before = ""
        self._code: list[str] = []

    def blocks(self, container: Any) -> None:
        """Every paragraph and table in a body, a cell or a text box."""
        for element in _blocks(container):
            if element.tag == f"{W}tbl":
                self._flush()
                self._table(element)
            else:
                self._paragraph(element)
        self._flush()

    def footnotes(self) -> None:
        """The notes that were referred to, at the end."""
        for label, note in self._notes.referred():
            self._before = ""
            self.pieces.paragraph(f"{label}: {self._flat(note)}")

    def _paragraph(self, element: Any) -> None:
        style = element.find(f"{W}pPr/{W}pStyle")
        kind = self._styles.kind(None if style is None else style.get(f"{W}val"))
        text, boxes = self._paragraphs.read(element)
        label, depth = self._label(element, kind.num_id, kind.list_level) if text.strip() else (None, 0)
        level = _outline(element, kind.level)
        if text.strip() and (kind.is_code or (label is None and level is None and _is_typed(element, text))):
            self._code.append(text)
        else:
            self._flush()
            self._write(text.strip(), label, depth, 1 if kind.is_title else level)
            if kind.is_title and text.strip():
                self.title = self.title or " ".join(text.split())
        for box in boxes:
            self._flush()
            self._before = ""
            if isinstance(box, str):
                self.pieces.paragraph(box)
            else:
                self.blocks(box)

    def _write(self, text: str, label: str | None, depth: int, level: int | None) -> None:
        if not text:
            return
        if level is not None:
            number = "" if label in {None, "-"} else f"{label} "
            self.pieces.heading(level, number + text)
            self._before = "heading"
        elif label is not None:
            indent = _INDENT * depth
            mark = f"{label} " if label else ""
            item = indent + mark + text.replace("\n", "\n" + indent + " " * len(mark))
            self.pieces.line(item) if self._before == "list" else self.pieces.paragraph(item)
            self._before = "list"
        else:
            self.pieces.paragraph(text)
            self._before = ""

    def _flush(self) -> None:
        """Lines of code that follow one another are one block."""
        if self._code:
            self.pieces.paragraph("\n".join(["```", *self._code, "```"]))
            self._code = []
            self._before = ""

    def _label(self, element: Any, num_id: str | None, level: int | None) -> tuple[str | None, int]:
        """The number or bullet of a paragraph, and how deep its list is nested."""
        own_id, own_level = (element.find(f"{W}pPr/{W}numPr/{W}{name}") for name in ("numId", "ilvl"))
        num_id = num_id if own_id is None else own_id.get(f"{W}val")
        value = "" if own_level is None else own_level.get(f"{W}val", "")
        depth = int(value) if value.isdigit() else level or 0
        return self._numbering.label(num_id, depth), depth

    def _table(self, table: Any) -> None:
        rows = list(self._rows(table))
        if len(rows) == 1 and len(rows[0]) == 1:
            # A frame around text is no table: its headings and lists are those of the document.
            self.blocks(rows[0][0])
            return
        self._before = ""
        texts = {cell: self._flat(cell) for cell in dict.fromkeys(cell for row in rows for cell in row)}
        self.pieces.paragraph(grid_text([[(cell, texts[cell]) for cell in row] for row in rows]))

    def _rows(self, table: Any) -> Iterator[list[Any]]:
        """The cells of each row over the table's grid: a merged cell stands in every place that it covers."""
        above: dict[int, Any] = {}
        for row in _blocks(table, "tr"):
            row_properties = row.find(f"{W}trPr")
            if row_properties is not None and (
                is_on(row_properties.find(f"{W}hidden")) or row_properties.find(f"{W}del") is not None
            ):
                continue
            cells: list[Any] = []
            for cell in _blocks(row, "tc"):
                merge = cell.find(f"{W}tcPr/{W}vMerge")
                span = cell.find(f"{W}tcPr/{W}gridSpan")
                count = "" if span is None else span.get(f"{W}val", "")
                continues = merge is not None and merge.get(f"{W}val", "continue") == "continue"
                shown = above.get(len(cells), cell) if continues else cell
                for _ in range(min(int(count), _WIDEST) if count.isdigit() and int(count) else 1):
                    above[len(cells)] = shown
                    cells.append(shown)
            if cells:
                yield cells

    def _flat(self, container: Any) -> str:
        """Everything in a cell or a note on one line."""
        found: list[str] = []
        for element in _blocks(container):
            if element.tag == f"{W}tbl":
                found += [self._flat(cell) for row in self._rows(element) for cell in dict.fromkeys(row)]
                continue
            text, boxes = self._paragraphs.read(element)
            style = element.find(f"{W}pPr/{W}pStyle")
            kind = self._styles.kind(None if style is None else style.get(f"{W}val"))
            label = self._label(element, kind.num_id, kind.list_level)[0] if text.strip() else None
            found += [f"{label} {text}" if label else text]
            found += [box if isinstance(box, str) else self._flat(box) for box in boxes]
        return " ".join(" ".join(found).split())


def _blocks(container: Any, *names: str) -> Iterator[Any]:
    """The blocks in a container, also those inside content controls and insertions."""
    wanted = names or ("p", "tbl")
    for element in container:
        if not isinstance(element.tag, str):
            continue
        name = element.tag.rpartition("}")[2]
        if name in wanted and element.tag.startswith(W):
            yield element
        elif name in _CONTAINERS:
            yield from _blocks(element, *names)


def _outline(element: Any, level: int | None) -> int | None:
    """The heading's level; a paragraph's own outline level comes before its style's."""
    own = element.find(f"{W}pPr/{W}outlineLvl")
    value = "" if own is None else own.get(f"{W}val", "")
    if not value.isdigit():
        return level
    return int(value) + 1 if int(value) < 9 else None  # noqa: PLR2004  # nine is body text


def _is_typed(element: Any, text: str) -> bool:
    """Whether a paragraph is set in a typewriter's letters throughout, and looks like code."""
    runs = [run for run in element.iter(f"{W}r") if any((t.text or "").strip() for t in run.iter(f"{W}t"))]
    fonts = [run.find(f"{W}rPr/{W}rFonts") for run in runs]
    names = ["" if font is None else (font.get(f"{W}ascii") or "").lower() for font in fonts]
    fixed = bool(names) and all(name.startswith(_TYPEWRITERS) for name in names)
    return fixed and (_SIGNS.search(text) is not None or text.startswith("  "))
