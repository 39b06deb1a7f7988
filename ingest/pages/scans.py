"""Pages as images: what a page without text looks like, for whoever recognises it, and how large an image is.

PNG is written here, in grey: a page needs no more of it. Knows nothing about recognition.
"""

from __future__ import annotations

import math
import struct
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["image_pixels", "is_drawn", "page_png", "png"]

_DPI, _POINTS = 300, 72
# An A2 page at 300 dpi has 35 million pixels; a larger page is rendered smaller.
_MOST_PIXELS = 40_000_000
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_FRAMES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})  # JPEG: start of frame, in all its kinds
_WIDTH, _HEIGHT = 256, 257  # TIFF: ImageWidth and ImageLength


def is_drawn(page: Any) -> bool:
    """Whether anything at all is drawn on a page of a PDF."""
    from pypdfium2 import raw

    return bool(raw.FPDFPage_CountObjects(page.raw) > 0)


def page_png(page: Any) -> bytes:
    """A page of a PDF as it is shown, at 300 dpi."""
    width, height = page.get_size()
    scale = min(_DPI / _POINTS, math.sqrt(_MOST_PIXELS / max(width * height, 1.0)))
    bitmap = page.render(scale=scale, grayscale=True)
    try:
        return png(bitmap.to_numpy().reshape(bitmap.height, -1)[:, : bitmap.width])
    finally:
        bitmap.close()


def png(grey: NDArray[np.uint8]) -> bytes:
    """A grey image, shape (height, width), as PNG (ISO 15948)."""
    height, width = grey.shape
    rows = np.zeros((height, width + 1), np.uint8)  # each row begins with its filter: none
    rows[:, 1:] = grey
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows.tobytes(), 1)), (b"IEND", b""))
    return _SIGNATURE + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in chunks
    )


def image_pixels(data: bytes) -> int | None:
    """How many pixels a PNG, a JPEG or the first page of a TIFF says that it has; None where it says nothing."""
    try:
        if data.startswith(_SIGNATURE):
            width, height = struct.unpack_from(">II", data, 16)
        elif data.startswith(b"\xff\xd8"):
            width, height = _jpeg_size(data)
        else:
            width, height = _tiff_size(data)
    except (struct.error, KeyError):
        return None
    return int(width * height)


def _jpeg_size(data: bytes) -> tuple[int, int]:
    at = 2
    while True:
        mark, kind, length = struct.unpack_from(">BBH", data, at)
        if mark != 0xFF:  # noqa: PLR2004 - every segment begins so
            raise struct.error
        if kind in _FRAMES:
            height, width = struct.unpack_from(">HH", data, at + 5)
            return width, height
        at += 1 if kind == 0xFF else 2 + length  # noqa: PLR2004 - a filler


def _tiff_size(data: bytes) -> tuple[int, int]:
    order = "<" if data.startswith(b"II") else ">"
    (at,) = struct.unpack_from(order + "I", data, 4)
    (count,) = struct.unpack_from(order + "H", data, at)
    sizes: dict[int, int] = {}
    for entry in range(at + 2, at + 2 + 12 * count, 12):
        tag, kind = struct.unpack_from(order + "HH", data, entry)
        if tag in (_WIDTH, _HEIGHT):
            (sizes[tag],) = struct.unpack_from(order + ("H" if kind == 3 else "I"), data, entry + 8)  # noqa: PLR2004 - SHORT
    return sizes[_WIDTH], sizes[_HEIGHT]
