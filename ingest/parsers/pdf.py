"""PDF, through pdfium: the text of each page, where each page starts, and the document's own metadata."""

from __future__ import annotations

import re
import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from ragsys.errors import PdfDamagedError, PdfEncryptedError, PdfNoTextError
from ragsys.types import Extraction

if TYPE_CHECKING:
    from ragsys.types import Scalar

__all__ = ["PdfParser"]

_PDFIUM = threading.Lock()  # pdfium is not safe to call from two threads
_LOCKED = frozenset({4, 5})  # FPDF_ERR_PASSWORD, and FPDF_ERR_SECURITY: a scheme that pdfium does not know
_HYPHEN = re.compile(r"[\ufffe\u00ad]\n?")
_BREAK = re.compile(r"\r\n?|[\x0b\x0c]")
_DROPPED = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\ufffe\uffff]")
_FIELDS = {"Author": "author", "Subject": "subject", "Keywords": "keywords"}


class PdfParser:
    """Pages in order, a blank line between them."""

    name = "pdf"

    def parse(self, data: bytes, *, name: str) -> Extraction:
        """The text of every page; a page without text is an empty page, not an error."""
        with _PDFIUM:
            document = _open(data, name)
            try:
                pages = [_page_text(document, number) for number in range(len(document))]
                properties = document.get_metadata_dict(skip_empty=True)
            finally:
                document.close()
        if not any(page.strip() for page in pages):
            raise PdfNoTextError(f"none of the {len(pages)} pages of {name} carries text")
        starts, pieces, at = [], [], 0
        for page in pages:
            starts.append(at)
            pieces.append(page.rstrip() + "\n\n")
            at += len(pieces[-1])
        title = str(properties.get("Title", "")).strip() or None
        metadata: dict[str, Scalar] = {ours: str(properties[key]) for key, ours in _FIELDS.items() if key in properties}
        return Extraction("".join(pieces), title, tuple(starts), (), metadata)


def _open(data: bytes, name: str) -> Any:
    import pypdfium2

    try:
        return pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if getattr(error, "err_code", None) in _LOCKED or "password" in str(error).lower():
            raise PdfEncryptedError(f"{name} needs a password") from None
        raise PdfDamagedError(f"{name} cannot be opened as a PDF") from None


def _page_text(document: Any, number: int) -> str:
    """The text of a page; a page that cannot be read is empty rather than the end of the document."""
    import pypdfium2

    with ExitStack() as opened:
        try:
            page = document[number]
            opened.callback(page.close)
            text_page = page.get_textpage()
            opened.callback(text_page.close)
            text = str(text_page.get_text_bounded())
        except pypdfium2.PdfiumError:
            return ""
    # pdfium marks a word that is broken over a line; join it as it was.
    text = _HYPHEN.sub("", _BREAK.sub("\n", text))
    return _DROPPED.sub("", text).encode("utf-8", "replace").decode("utf-8")
