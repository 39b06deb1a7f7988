"""The text of an OpenDocument paragraph, what is anchored to it, the notes it refers to, and embedded objects."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ragsys.ingest.parsers.tables import markdown_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ragsys.ingest.parsers.odf import Styles
    from ragsys.ingest.parsers.office import Package

__all__ = ["DRAW", "OFFICE", "STYLE", "TABLE", "TEXT", "Reader", "embedded_text"]

_NS = "{urn:oasis:names:tc:opendocument:xmlns:"
DRAW = f"{_NS}drawing:1.0}}"
OFFICE = f"{_NS}office:1.0}}"
STYLE = f"{_NS}style:1.0}}"
TABLE = f"{_NS}table:1.0}}"
TEXT = f"{_NS}text:1.0}}"
_CHART = f"{_NS}chart:1.0}}"
_XLINK = "{http://www.w3.org/1999/xlink}"
_MATH = "{http://www.w3.org/1998/Math/MathML}"
_SPACES = re.compile(r"[ \t\n\r]+")
_SPACE_RUN = re.compile(r"[ \t\u00a0]+")
_MOST_SPACES = 100
_LEFT_OUT = frozenset({
    f"{OFFICE}annotation", f"{OFFICE}annotation-end", f"{TEXT}tracked-changes", f"{TEXT}ruby-text",
    f"{TEXT}hidden-text", f"{TEXT}bookmark", f"{TEXT}note-citation",
})  # fmt: skip
_PICTURES = frozenset({"image", "object-ole", "plugin", "glue-point"})


class Reader:
    """Reads paragraphs and keeps the notes that they refer to, numbered in that order."""

    def __init__(self, package: Package, styles: Styles) -> None:
        self._package, self._styles = package, styles
        self._notes: list[Any] = []
        self._done = 0

    def read(self, paragraph: Any) -> tuple[str, list[Any]]:
        """The text with its line breaks, and what is anchored: elements that hold blocks, or texts."""
        found: list[str] = []
        boxes: list[Any] = []
        if (
            self._styles.value("paragraph", paragraph.get(f"{TEXT}style-name"), "text-properties", f"{TEXT}display")
            != "none"
        ):
            self._inside(paragraph, found, boxes)
        lines = "".join(found).split("\n")
        if any(line.startswith("  ") for line in lines):
            return "\n".join(line.rstrip() for line in lines), boxes
        return "\n".join(_SPACE_RUN.sub(" ", line).strip() for line in lines).strip("\n"), boxes

    def referred(self) -> Iterator[tuple[str, Any]]:
        """Each mark and the body of the note behind it, once."""
        while self._done < len(self._notes):
            self._done += 1
            yield f"[^{self._done}]", self._notes[self._done - 1]

    def _inside(self, element: Any, found: list[str], boxes: list[Any]) -> None:
        found.append(_SPACES.sub(" ", element.text or ""))
        for child in element:
            if isinstance(child.tag, str) and child.tag not in _LEFT_OUT:
                self._child(child, found, boxes)
            found.append(_SPACES.sub(" ", child.tail or ""))

    def _child(self, child: Any, found: list[str], boxes: list[Any]) -> None:
        name = child.tag.rpartition("}")[2]
        if child.tag == f"{TEXT}s":
            count = child.get(f"{TEXT}c", "1")
            found.append(" " * min(int(count) if count.isdigit() else 1, _MOST_SPACES))
        elif child.tag == f"{TEXT}tab":
            found.append("\t")
        elif child.tag == f"{TEXT}line-break":
            found.append("\n")
        elif child.tag == f"{TEXT}note":
            body = child.find(f"{TEXT}note-body")
            if body is not None:
                self._notes.append(body)
                found.append(f"[^{len(self._notes)}]")
        elif child.tag.startswith(DRAW) and name != "a":
            boxes += self._anchored(child)
        elif not (child.tag == f"{TEXT}span" and self._is_hidden(child)):
            self._inside(child, found, boxes)

    def _is_hidden(self, span: Any) -> bool:
        return self._styles.value("text", span.get(f"{TEXT}style-name"), "text-properties", f"{TEXT}display") == "none"

    def _anchored(self, element: Any) -> Iterator[Any]:
        """A frame's text box or object, or a shape with text in it."""
        name = element.tag.rpartition("}")[2]
        if name == "object":
            yield embedded_text(self._package, element)
        elif name == "frame":
            for child in element:
                if isinstance(child.tag, str) and child.tag.startswith((DRAW, TABLE)):
                    yield from self._anchored(child)
                    if child.tag == f"{DRAW}object":
                        break  # what follows is a picture of it
        elif name not in _PICTURES:
            yield element


def embedded_text(package: Package, element: Any) -> str:
    """What an embedded chart or formula says; "" for anything else."""
    formula = element.find(f"{_MATH}math")
    if formula is None:
        folder = (element.get(f"{_XLINK}href") or "").removeprefix("./").rstrip("/")
        root = package.xml(f"{folder}/content.xml") if folder else None
        if root is None:
            return ""
        formula = root if root.tag == f"{_MATH}math" else None
        if formula is None:
            return _chart(root.find(f"{OFFICE}body/{OFFICE}chart/{_CHART}chart"))
    source = formula.find(f".//{_MATH}annotation")
    words = formula.itertext() if source is None else [source.text or ""]
    return f"${' '.join(' '.join(words).split())}$"


def _chart(chart: Any) -> str:
    """The titles of a chart, and the table that it shows."""
    if chart is None:
        return ""
    titles = [
        " ".join(" ".join(title.itertext()).split()) for title in chart.iter(f"{_CHART}title", f"{_CHART}subtitle")
    ]
    rows = []
    for row in chart.iter(f"{TABLE}table-row"):
        cells = row.iterchildren(f"{TABLE}table-cell")
        rows.append([" ".join("".join(p.itertext()) for p in cell.iterchildren(f"{TEXT}p")) for cell in cells])
    return "\n\n".join(part for part in (*titles, markdown_table(rows)) if part)
