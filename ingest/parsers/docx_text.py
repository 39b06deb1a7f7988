"""The text of a Word paragraph, run by run, what is anchored to it, and the notes that it refers to."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ragsys.ingest.parsers.charts import chart_text, diagram_text
from ragsys.ingest.parsers.docx_styles import W, is_on
from ragsys.ingest.parsers.equations import latex

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ragsys.ingest.parsers.docx_styles import Styles
    from ragsys.ingest.parsers.office import Package

__all__ = ["Notes", "Paragraphs"]

_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_W14 = "{http://schemas.microsoft.com/office/word/2010/wordml}"
_BREAKS = {"br": "\n", "cr": "\n", "tab": "\t", "ptab": "\t", "noBreakHyphen": "\u2011"}
# Deleted or moved away, the reading of a ruby, properties, and comments.
_LEFT_OUT = frozenset({"del", "moveFrom", "rt", "rPr", "pPr", "sdtPr", "instrText", "delText", "commentReference"})
_SPACES = re.compile(r"[ \t\u00a0]+")
_SYMBOL_FONTS = range(0xF000, 0xF100)


class Notes:
    """Footnotes and endnotes, numbered in the order in which the text refers to them."""

    def __init__(self, package: Package, main: str) -> None:
        self._notes: dict[tuple[str, str], Any] = {}
        self._labels: dict[tuple[str, str], str] = {}
        for kind in ("footnote", "endnote"):
            root = package.xml(package.related(main, f"/{kind}s"))
            for note in [] if root is None else root.iter(f"{W}{kind}"):
                if note.get(f"{W}type", "normal") == "normal":
                    self._notes[kind, note.get(f"{W}id", "")] = note

    def label(self, kind: str, key: str) -> str:
        """The mark of a note where the text refers to it; "" where there is none."""
        if (kind, key) not in self._notes:
            return ""
        return self._labels.setdefault((kind, key), f"[^{len(self._labels) + 1}]")

    def referred(self) -> Iterator[tuple[str, Any]]:
        """Each mark and the note behind it; a note may refer to another."""
        done = 0
        while done < len(self._labels):
            key, label = list(self._labels.items())[done]
            yield label, self._notes[key]
            done += 1


class Paragraphs:
    """Reads paragraphs: their text, and the boxes, charts and diagrams that are anchored to them."""

    def __init__(self, package: Package, main: str, styles: Styles, notes: Notes) -> None:
        self._package, self._main, self._styles, self._notes = package, main, styles, notes

    def read(self, paragraph: Any) -> tuple[str, list[Any]]:
        """The text with its line breaks, and what is anchored: elements that hold blocks, or texts."""
        found: list[str] = []
        boxes: list[Any] = []
        self._inside(paragraph, found, boxes)
        lines = "".join(found).split("\n")
        if any(line.startswith("  ") for line in lines):
            # Indented by spaces: as it is, for code.
            return "\n".join(line.rstrip() for line in lines), boxes
        return "\n".join(_SPACES.sub(" ", line).strip() for line in lines), boxes

    def _inside(self, element: Any, found: list[str], boxes: list[Any]) -> None:
        for child in element:
            if not isinstance(child.tag, str):
                continue
            name = child.tag.rpartition("}")[2]
            if name in {"drawing", "pict", "object"}:
                self._drawing(child, boxes)
            elif name == "AlternateContent":
                self._alternative(child, found, boxes)
            elif name == "sdt":
                self._control(child, found, boxes)
            elif (piece := self._piece(child, name)) is not None:
                found.append(piece)
            elif not (name in _LEFT_OUT or (name == "r" and self._is_hidden(child))):
                self._inside(child, found, boxes)

    def _piece(self, child: Any, name: str) -> str | None:
        """The text of an element that is nothing else; None for one with others in it."""
        if name == "t":
            return child.text or ""
        if name in _BREAKS:
            return _BREAKS[name]
        if name in {"footnoteReference", "endnoteReference"}:
            return self._notes.label(name.removesuffix("Reference"), child.get(f"{W}id", ""))
        if name == "sym":
            return _symbol(child.get(f"{W}char", ""))
        return _equation(child, whole=name == "oMathPara") if name in {"oMath", "oMathPara"} else None

    def _is_hidden(self, run: Any) -> bool:
        own = run.find(f"{W}rPr/{W}vanish")
        if own is not None:
            return is_on(own)
        style = run.find(f"{W}rPr/{W}rStyle")
        return style is not None and self._styles.is_hidden(style.get(f"{W}val"))

    def _alternative(self, element: Any, found: list[str], boxes: list[Any]) -> None:
        """The first of several forms of the same thing that says anything."""
        for choice in element:
            text: list[str] = []
            anchored: list[Any] = []
            self._inside(choice, text, anchored)
            if text or anchored:
                found += text
                boxes += anchored
                return

    def _control(self, element: Any, found: list[str], boxes: list[Any]) -> None:
        """A content control; of a check box, whether it is checked."""
        checked = element.find(f"{W}sdtPr/{_W14}checkbox/{_W14}checked")
        if checked is not None:
            found.append("[x]" if checked.get(f"{_W14}val", "1").lower() not in {"0", "false"} else "[ ]")
        else:
            self._inside(element, found, boxes)

    def _drawing(self, element: Any, boxes: list[Any]) -> None:
        """Text boxes, not those inside other boxes; charts and diagrams as text."""
        for child in element:
            if not isinstance(child.tag, str):
                continue
            name = child.tag.rpartition("}")[2]
            if name == "txbxContent":
                boxes.append(child)
            elif name == "chart" and child.get(f"{_R}id"):
                boxes.append(chart_text(self._package.xml(self._package.target(self._main, child.get(f"{_R}id")))))
            elif name == "relIds" and child.get(f"{_R}dm"):
                boxes.append(diagram_text(self._package.xml(self._package.target(self._main, child.get(f"{_R}dm")))))
            elif name == "AlternateContent":
                self._alternative(child, [], boxes)
            else:
                self._drawing(child, boxes)


def _symbol(char: str) -> str:
    """A character of a symbol font; what only that font can show is left out."""
    try:
        code = int(char, 16)
        return "" if code in _SYMBOL_FONTS else chr(code)
    except (ValueError, OverflowError):
        return ""


def _equation(element: Any, *, whole: bool) -> str:
    formula = latex(element)
    return f"$${formula}$$" if formula and whole else f"${formula}$" if formula else ""
