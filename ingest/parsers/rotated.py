"""The text of a PDF page that is shown rotated, where pdfium alone joins lines or reverses them.

pdfium ends a line where the next character is lower on the unrotated page; lines of text that was drawn sideways (so
that the rotation sets it upright) are side by side there. Knows nothing about documents.
"""

from __future__ import annotations

import ctypes
import math
from typing import Any

__all__ = ["rotated_text"]

_LOOKED_AT = 200


def rotated_text(page: Any) -> str:
    """The text of a page whose rotation is not 0, in reading order."""
    text_page = page.get_textpage()
    try:
        turned = _quarter_turns(text_page)
        if turned % 2:
            return _by_lines(text_page)
        if turned:
            return str(text_page.get_text_bounded())
    finally:
        text_page.close()
    # The text lies on its side for the reader: it is read as it was drawn.
    page.set_rotation(0)
    text_page = page.get_textpage()
    try:
        return str(text_page.get_text_bounded())
    finally:
        text_page.close()


def _quarter_turns(text_page: Any) -> int:
    """By how many quarter turns most of the text is drawn rotated."""
    from pypdfium2 import raw

    counts = [0, 0, 0, 0]
    for index in range(min(text_page.count_chars(), _LOOKED_AT)):
        angle = raw.FPDFText_GetCharAngle(text_page.raw, index)
        if angle >= 0:
            counts[round(angle / (math.pi / 2)) % 4] += 1
    return counts.index(max(counts))


def _by_lines(text_page: Any) -> str:
    """Characters in pdfium's order, with a newline where the next one is beside the line and not on it."""
    from pypdfium2 import raw

    pieces: list[str] = []
    line: tuple[float, float] | None = None
    box = raw.FS_RECTF()
    for index in range(text_page.count_chars()):
        character = chr(raw.FPDFText_GetUnicode(text_page.raw, index))
        if character.isspace():
            line = None if character == "\n" else line
        elif raw.FPDFText_GetLooseCharBox(text_page.raw, index, ctypes.byref(box)):
            if line is not None and (box.right <= line[0] or box.left >= line[1]):
                pieces.append("\n")
            line = (box.left, box.right)
        pieces.append(character)
    # pdfium counts UTF-16 units.
    return "".join(pieces).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
