"""Page headers, footers and page numbers: the outermost lines that stand at the same height on several pages.

A line is one where nothing of the page's own lies between it and the edge, the same text (numbers aside) is there on at
least three pages, on a fair share of those between the first and the last of them, and numbers that differ rise with
the page. What is larger than the text, or stands elsewhere as well, is a heading and stays.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING

from ragsys.ingest.pages.characters import common_size

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ragsys.ingest.pages.characters import Line

    _Page = Sequence[tuple[str, Line]]

__all__ = ["running_heads"]

# How many lines from the edge are looked at, and how far apart (points) the same place may be.
_DEEP = 3
_PLACE = 4.0
# The least space between a running head and the text, in heights of its line.
_CLEAR = 0.4
# On so many pages, and on this share of the pages from the first to the last of them: left and right pages differ.
_LEAST, _SHARE = 3, 0.3
# What lies further in is more often the text's own: a heading, or the header of a table that goes on.
_LEAST_WITHIN = 5
# A heading stands elsewhere, too: the most that may, as a share of those at the edge.
_ELSEWHERE = 0.25
# A title is larger than the text, and so many letters are more than the title of a numbered section has.
_LARGEST, _WORDY = 1.15, 25
# One number in so many may be out of order: roman numbers end where the others begin.
_INTERRUPTED = 10
_NUMBERS = re.compile(r"\d{1,9}|\b[ivxlc]+\b", re.IGNORECASE)
_SPACES = re.compile(r"\s+")
_ROMAN = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}


def running_heads(pages: Sequence[_Page]) -> list[set[int]]:
    """For each page which of its lines (text and place) are running heads, by their number."""
    found: list[set[int]] = [set() for _ in pages]
    for at_top in (True, False):
        orders = [_from_edge(lines, at_top=at_top) for lines in pages]
        depths = _depths(pages, orders)
        for page, depth in depths.items():
            found[page].update(orders[page][: _apart(pages[page], orders[page], depth, at_top=at_top)])
    for page, lines in enumerate(pages):
        # A page of nothing else keeps what it says.
        if len(found[page]) == len(lines):
            found[page].clear()
    return found


def _from_edge(lines: _Page, *, at_top: bool) -> list[int]:
    """The numbers of the outermost lines, from the edge inwards; those beside each other from left to right."""
    order = sorted(
        range(len(lines)),
        key=lambda i: (
            round((-lines[i][1].box.top if at_top else lines[i][1].box.bottom) / _PLACE),
            lines[i][1].box.left,
        ),
    )
    return order[: _DEEP + 1]


def _depths(pages: Sequence[_Page], orders: Sequence[Sequence[int]]) -> dict[int, int]:
    """How many of the outermost lines of a page repeat, one after the other."""
    alike: dict[str, list[tuple[float, int, str]]] = defaultdict(list)
    for page, lines in enumerate(pages):
        for text, line in lines:
            alike[_shape(text)].append((line.box.bottom, page, text))
    depths: dict[int, int] = {}
    for page, (lines, order) in enumerate(zip(pages, orders, strict=True)):
        depths[page] = 0
        usual = common_size([line for _, line in lines])
        for number in order[:_DEEP]:
            text, line = lines[number]
            level = abs(line.box.bottom - lines[order[0]][1].box.bottom) <= _PLACE
            least = _LEAST if level else _LEAST_WITHIN
            if line.size > _LARGEST * usual or not _repeats(alike[_shape(text)], line.box.bottom, least):
                break
            depths[page] += 1
    return depths


def _apart(lines: _Page, order: Sequence[int], depth: int, *, at_top: bool) -> int:
    """The same depth, or less where what follows is as close as the next row of a table or line of a paragraph."""
    while 0 < depth < len(order):
        head, body = lines[order[depth - 1]][1], lines[order[depth]][1]
        space = head.box.bottom - body.box.top if at_top else body.box.bottom - head.box.top
        if space >= _CLEAR * head.size or space < -head.size / 2:
            break
        depth -= 1
    return depth


def _repeats(alike: Sequence[tuple[float, int, str]], height: float, least: int) -> bool:
    """Whether texts of one shape stand at this height on enough pages, and hardly anywhere else."""
    there = {page: text for at, page, text in alike if abs(at - height) <= _PLACE}
    if len(there) < max(least, _SHARE * (max(there) - min(there) + 1)):
        return False
    texts = [text for _, text in sorted(there.items())]
    letters = sum(map(str.isalpha, _NUMBERS.sub("", texts[0])))
    if letters and len(alike) > (1 + _ELSEWHERE) * len(there):
        return False
    same = letters and Counter(texts).most_common(1)[0][1] >= least
    return bool(same) or letters >= _WORDY or _rises(texts)


def _rises(texts: Sequence[str]) -> bool:
    """Whether the first or the last number of the texts rises from page to page, hardly ever interrupted."""
    numbers = [_NUMBERS.findall(text) for text in texts]
    if not all(numbers):
        return False
    for end in (0, -1):
        values = [_value(found[end]) for found in numbers]
        if sum(a >= b for a, b in pairwise(values)) * _INTERRUPTED <= len(values):
            return True
    return False


def _shape(text: str) -> str:
    return _SPACES.sub("", _NUMBERS.sub("0", text.casefold()))


def _value(number: str) -> int:
    """A number, Roman or not."""
    if number.isdecimal():
        return int(number)
    values = [_ROMAN[letter] for letter in number.lower()]
    return sum(-a if a < b else a for a, b in zip(values, [*values[1:], 0], strict=True))
