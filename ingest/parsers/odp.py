"""OpenDocument presentations: slide by slide as in `pptx`, shapes from top to bottom and from left to right.

Speaker notes follow their slide; hidden slides are left out and counted in `hidden` of the metadata.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ragsys.errors import NoTextError
from ragsys.ingest.parsers.odf import OdfWriter, open_odf
from ragsys.ingest.parsers.odf_text import DRAW, TEXT
from ragsys.ingest.parsers.slides import in_reading_order, with_pages

if TYPE_CHECKING:
    from ragsys.types import Extraction

__all__ = ["OdpParser"]

_PRESENTATION = "{urn:oasis:names:tc:opendocument:xmlns:presentation:1.0}"
_SVG = "{urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0}"
_REPEATED = frozenset({"page-number", "footer", "header", "date-time", "page", "handout"})
_LENGTH = re.compile(r"(-?\d+(?:\.\d+)?)(cm|mm|in|pt|pc|px)?")
_CENTIMETRES = {"cm": 1.0, "mm": 0.1, "in": 2.54, "pt": 2.54 / 72, "pc": 2.54 / 6, "px": 2.54 / 96}


class OdpParser:
    """A page is a slide, and a place as well."""

    name = "odp"

    def parse(self, data: bytes, *, name: str) -> Extraction:
        """The presentation. Raises `NoTextError`, and what `open_odf` raises."""
        package, body, title, metadata = open_odf(data, name, "presentation")
        writer = OdfWriter(package)
        slides = body.findall(f"{DRAW}page")
        hidden = 0
        for number, slide in enumerate(slides, 1):
            shown = writer.styles.value(
                "drawing-page", slide.get(f"{DRAW}style-name"), "drawing-page-properties", f"{_PRESENTATION}visibility"
            )
            if shown == "hidden":
                hidden += 1
            else:
                _slide(slide, number, writer)
        if not writer.pieces:
            raise NoTextError(f"none of the {len(slides)} slides of {name} shows text")
        first = writer.pieces.headings[0].title if writer.pieces.headings else None
        if hidden:
            metadata["hidden"] = f"{hidden} slide{'s' * (hidden > 1)}"
        return with_pages(writer.pieces.result(title or first, metadata), len(slides))


def _slide(slide: Any, number: int, writer: OdfWriter) -> None:
    shapes = [shape for shape in slide if isinstance(shape.tag, str) and shape.tag.startswith(DRAW)]
    shapes = [shape for shape in shapes if shape.get(f"{_PRESENTATION}class") not in _REPEATED]
    titles = [shape for shape in shapes if shape.get(f"{_PRESENTATION}class") == "title" and _words(shape)]
    others = [shape for shape in in_reading_order(shapes, _box) if shape not in titles and _says(shape)]
    notes = slide.find(f"{_PRESENTATION}notes")
    said = [] if notes is None else [
        frame for frame in notes.iter(f"{DRAW}frame") if frame.get(f"{_PRESENTATION}class") == "notes" and _words(frame)
    ]  # fmt: skip
    if not titles and not others and not said:
        return
    writer.pieces.place("slide", number)
    writer.pieces.heading(1, " ".join(_words(shape) for shape in titles) or f"Slide {number}")
    for shape in others:
        writer.blocks([shape], headings=False)
    if said:
        writer.pieces.paragraph("Notes:")
        writer.blocks(said, headings=False)


def _words(shape: Any) -> str:
    return " ".join(" ".join("".join(p.itertext()) for p in shape.iter(f"{TEXT}p", f"{TEXT}h")).split())


def _says(shape: Any) -> bool:
    return bool(_words(shape)) or next(shape.iter(f"{DRAW}object"), None) is not None


def _box(shape: Any) -> tuple[float, float, float] | None:
    """Top, left and height in centimetres."""
    top, left, height = (_length(shape.get(f"{_SVG}{name}")) for name in ("y", "x", "height"))
    return None if top is None else (top, left or 0.0, height or 0.0)


def _length(value: str | None) -> float | None:
    match = _LENGTH.fullmatch(value or "")
    return float(match.group(1)) * _CENTIMETRES[match.group(2) or "px"] if match else None
