"""The characters of a PDF page and where each is, as pdfium has them, and the lines that pdfium makes of them.

A line is a run of characters with a box; where a gap in it is wide enough to lie between columns or cells is noted, not
judged. Coordinates are points from the lower left corner of the page. Knows nothing about columns or paragraphs.
"""

from __future__ import annotations

import ctypes
import re
from bisect import bisect_left
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = [
    "HYPHEN",
    "RIGHT_TO_LEFT",
    "Box",
    "Characters",
    "Gap",
    "Line",
    "characters",
    "common_size",
    "lines",
    "split",
    "stored",
    "text_of",
]

# A wider gap than this share of the line's height may lie between two columns.
_WIDE = 0.8
# pdfium misses some spaces. Letters touch where the usual space between them is at most the first share of the line's
# height; then more than the second one is a space. Told from so many letters.
_TOUCHING, _SPACED, _ENOUGH = 0.02, 0.1, 4
_LATIN = re.compile(r"[^\W\d_\u0530-\uffff]")
# pdfium breaks no line after a hyphen that it takes for one at the end of a line.
_LINE = re.compile(r"[^\r\n\x0b\x0c\u00ad]*\u00ad|[^\r\n\x0b\x0c\u00ad]+")
RIGHT_TO_LEFT = re.compile(r"[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
# One glyph for two letters, which pdfium turns round with the rest of the line.
_LAM_ALEF = re.compile("[\u0622\u0623\u0625\u0627]\u0644")
# Ends a line whose last word goes on in the next one; pdfium has a control character there.
HYPHEN = "\u00ad"
_MARKED = 0x02
_SPACES = frozenset({0x09, 0x0A, 0x0D, 0x20})
_LONGEST_NAME = 128
_DROPPED = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle, `bottom` below `top`."""

    left: float
    bottom: float
    right: float
    top: float

    def around(self, other: Box) -> Box:
        """The smallest box that holds both."""
        return Box(
            min(self.left, other.left),
            min(self.bottom, other.bottom),
            max(self.right, other.right),
            max(self.top, other.top),
        )


@dataclass(frozen=True, slots=True)
class Characters:
    """UTF-16 units of a page in pdfium's order; `boxes` (n, 4) holds left, top, right and bottom of each."""

    units: str
    boxes: NDArray[np.float32]
    inked: NDArray[np.bool_]


class Gap(NamedTuple):
    """White space before the unit `at`, from `left` to `right`."""

    at: int
    left: float
    right: float


@dataclass(frozen=True, slots=True)
class Line:
    """Units `start` to `end` of a page; `size` is their usual height, `gaps` are those between columns or cells.

    Before each of `spaces` a space is missing. `font` is the name of the font in which it begins and ends, "" where
    those are two.
    """

    start: int
    end: int
    box: Box
    size: float
    gaps: tuple[Gap, ...] = ()
    spaces: tuple[int, ...] = ()
    font: str = ""


def characters(text_page: Any, visible: tuple[float, float, float, float]) -> Characters:
    """Every character inside the `visible` box (left, bottom, right, top); the others become spaces."""
    from pypdfium2 import raw

    handle, count = text_page.raw, max(text_page.count_chars(), 0)
    unit, box_of = raw.FPDFText_GetUnicode, raw.FPDFText_GetLooseCharBox
    rectangles = (raw.FS_RECTF * max(count, 1))()
    codes = [unit(handle, index) for index in range(count)]
    for index, code in enumerate(codes):
        if code not in _SPACES:
            box_of(handle, index, rectangles[index])
    boxes = np.frombuffer(rectangles, np.float32).reshape(-1, 4)[:count]
    for index, code in enumerate(codes):
        if code == _MARKED and raw.FPDFText_IsHyphen(handle, index) == 1:
            codes[index] = ord(HYPHEN)
    units = _LAM_ALEF.sub(
        lambda match: match.group()[::-1] if (boxes[match.start()] == boxes[match.end() - 1]).all() else match.group(),
        "".join([chr(code & 0xFFFF) for code in codes]),
    )
    middle, centre = (boxes[:, 0] + boxes[:, 2]) / 2, (boxes[:, 1] + boxes[:, 3]) / 2
    left, bottom, right, top = visible
    inside = (middle >= left) & (middle <= right) & (centre >= bottom) & (centre <= top)
    inked = inside & np.fromiter((not unit.isspace() for unit in units), bool, count)
    return Characters(units, boxes, inked)


def lines(page: Characters, text_page: Any) -> list[Line]:
    """The lines of pdfium that show something, in its order; `text_page` is open still."""
    found = []
    for match in _LINE.finditer(page.units):
        start, end = match.span()
        at = np.flatnonzero(page.inked[start:end]) + start
        if at.size:
            first, last = (_font(text_page.raw, int(index)) for index in (at[0], at[-1]))
            found.append(_line(page, at, first if first == last else ""))
    return found


def _line(page: Characters, at: NDArray[np.intp], font: str) -> Line:
    """The line of the units `at`."""
    boxes = page.boxes[at]
    heights = np.sort(boxes[:, 1] - boxes[:, 3])
    size = max(float(heights[len(heights) // 2]), 1.0)
    box = Box(float(boxes[:, 0].min()), float(boxes[:, 3].min()), float(boxes[:, 2].max()), float(boxes[:, 1].max()))
    start, end = int(at[0]), int(at[-1]) + 1
    gaps: tuple[Gap, ...] = ()
    spaces: tuple[int, ...] = ()
    if len(at) > 1 and not RIGHT_TO_LEFT.search(page.units, start, end):
        between = boxes[1:, 0] - boxes[:-1, 2]
        wide = np.flatnonzero(between > _WIDE * size)
        gaps = tuple(Gap(int(at[i + 1]), float(boxes[i, 2]), float(boxes[i + 1, 0])) for i in wide)
        spaces = _missing_spaces(page.units, at, between / size)
    return Line(start, end, box, size, gaps, spaces, font)


def _missing_spaces(units: str, at: NDArray[np.intp], between: NDArray[np.float32]) -> tuple[int, ...]:
    """Units before which pdfium saw no space: letters apart in a line whose letters touch."""
    beside = np.diff(at) == 1
    if beside.sum() < _ENOUGH or np.median(np.abs(between[beside])) > _TOUCHING:
        return ()
    return tuple(
        int(at[i + 1])
        for i in np.flatnonzero(beside & (between > _SPACED))
        if _LATIN.match(units[at[i]]) and _LATIN.match(units[at[i + 1]])
    )


def _font(handle: Any, index: int) -> str:
    """The name of a character's font, where it has one."""
    from pypdfium2 import raw

    name = ctypes.create_string_buffer(_LONGEST_NAME)
    length = raw.FPDFText_GetFontInfo(handle, index, name, _LONGEST_NAME, None)
    return name.value.decode("latin-1") if 0 < length <= _LONGEST_NAME else ""


def split(page: Characters, line: Line, at: int) -> tuple[Line, Line]:
    """The line in two, before and from the unit `at`, which is one of its gaps."""
    inked = np.flatnonzero(page.inked[line.start : line.end]) + line.start
    cut = bisect_left(inked, at)
    first, second = (_line(page, part, line.font) for part in (inked[:cut], inked[cut:]))
    return replace(first, size=line.size), replace(second, size=line.size)


def text_of(page: Characters, line: Line) -> str:
    """What the line says, as it can be stored, with a space at each wide gap; a hyphen that ends it is U+00AD."""
    edges = [line.start, *sorted({*line.spaces, *(gap.at for gap in line.gaps)}), line.end]
    return " ".join(stored(page.units[a:b]).strip() for a, b in pairwise(edges)).strip()


def stored(units: str) -> str:
    """UTF-16 units as text without control characters or halves of characters."""
    whole = units.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return _DROPPED.sub("", whole)


def common_size(found: Sequence[Line]) -> float:
    """The height that most characters of these lines have, to half a point."""
    count: dict[float, int] = {}
    for line in found:
        size = round(line.size * 2) / 2
        count[size] = count.get(size, 0) + line.end - line.start
    return max(count, key=lambda size: (count[size], size), default=0.0)
