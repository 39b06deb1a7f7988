"""OpenDocument texts: the body in its order, with headings, lists, tables, notes and text boxes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ragsys.errors import NoTextError
from ragsys.ingest.parsers.odf import OdfWriter, open_odf

if TYPE_CHECKING:
    from ragsys.types import Extraction

__all__ = ["OdtParser"]


class OdtParser:
    """Walks the content; headers and footers of pages, which repeat, are no part of it."""

    name = "odt"

    def parse(self, data: bytes, *, name: str) -> Extraction:
        """The document. Raises `NoTextError`, and what `open_odf` raises."""
        package, body, title, metadata = open_odf(data, name, "text")
        writer = OdfWriter(package)
        writer.blocks(body)
        writer.notes()
        if not writer.pieces:
            raise NoTextError(f"{name} holds no text")
        first = writer.pieces.headings[0].title if writer.pieces.headings else None
        return writer.pieces.result(title or writer.title or first, metadata)
