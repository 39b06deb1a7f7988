"""Images of text: PNG, JPEG and TIFF, each page of which is recognised. Knows no program that does it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ragsys.errors import FileTooLargeError, NoTextError, OcrMissingError
from ragsys.ingest.ocr import INSTALL
from ragsys.ingest.pages.scans import image_pixels
from ragsys.types import Extraction

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["ImageParser"]

# What it takes to hold an image follows its pixels and not its bytes; a camera's largest has some 100 million.
_MOST_PIXELS = 120_000_000


class ImageParser:
    """The text that `recognise` finds in an image; a TIFF of several pages keeps them."""

    name = "image"

    def __init__(self, recognise: Callable[[bytes], list[str]] | None = None) -> None:
        self._recognise = recognise

    def parse(self, data: bytes, *, name: str) -> Extraction:
        """The text of every page.

        Raises:
            OcrMissingError: nothing is there that recognises text.
            NoTextError: no text is told with confidence; a photograph, most often.
            FileTooLargeError: it has more pixels than can be held.
            OcrFailedError: it cannot be read.
        """
        if self._recognise is None:
            raise OcrMissingError(f"{name} is an image, and nothing is there to recognise text in it", hint=INSTALL)
        pixels = image_pixels(data)
        if pixels is None or pixels > _MOST_PIXELS:
            size = "says nothing about its size" if pixels is None else f"has {pixels} pixels"
            raise FileTooLargeError(f"{name} {size}; the limit is {_MOST_PIXELS}", hint="save it smaller")
        pages = [page.strip() for page in self._recognise(data)]
        if not any(pages):
            raise NoTextError(f"no text is recognised in {name}")
        starts, pieces, at = [], [], 0
        for page in pages:
            starts.append(at)
            pieces.append(page + "\n\n")
            at += len(pieces[-1])
        return Extraction(
            "".join(pieces),
            page_starts=tuple(starts) if len(pages) > 1 else (),
            metadata={"ocr_pages": sum(map(bool, pages))},
        )
