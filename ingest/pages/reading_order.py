"""The order in which the lines of a page are read: pdfium's, except where the page contradicts it.

pdfium's order is that of the drawing, which most programs make the order of reading. Two things contradict it. Lines
that were drawn straight across two columns are divided at the gutter. And of two blocks of lines that share a column,
the upper one is read first (the first rule of Breuel, "High Performance Document Layout Analysis", 2003), so a title or
a table that was drawn after the text around it goes back between. His second rule, left before right, is left out: it
reads a table whose cells are blocks by columns. Knows nothing about what the text says, footnotes' marks aside.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from ragsys.ingest.pages.characters import Box, common_size, split, text_of

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from ragsys.ingest.pages.characters import Characters, Line

__all__ = ["Block", "blocks", "in_columns", "in_reading_order"]

# A gutter: so many lines are divided there, and on each side this share of them fills this share of its column, which
# is at least so many line heights wide. Cells of a table are narrower, or leave most of theirs empty.
_DIVIDED = 6
_FILLING, _FILLED, _NARROWEST = 0.6, 0.6, 9.0
# Lines of a block are at most so many line heights apart, overlap by this share of the narrower one, and their sizes
# differ by no more than this.
_LETTERS = 0.6
_APART, _SHARED, _SIZES = 0.9, 0.4, 1.15
_BESIDE = 3.0
# What is taken for above and below may overlap by this share of a line.
_SLACK = 0.4
_MOST_BLOCKS = 500
# A footnote is smaller than the text and begins with its mark.
_SMALLER = 0.93
_FOOTNOTE = re.compile(r"(?:\d{1,3}|[*†‡§¶]{1,3})[.)]?\s*(?![\d\s])\S")


@dataclass(slots=True)
class Block:
    """Lines that follow one another down a column, and the box around them; a table's rows are written already."""

    lines: list[Line]
    box: Box
    table: str | None = None

    @property
    def size(self) -> float:
        """The height that most of its characters have."""
        return common_size(self.lines)

    def without(self, starts: Container[int]) -> Block:
        """The block without the lines that start there."""
        if self.table is not None:
            return self
        return Block([line for line in self.lines if line.start not in starts], self.box)


def in_columns(page: Characters, lines: Sequence[Line]) -> list[Line]:
    """Lines with those across a gutter divided there, what is left of it before what is right."""
    gutter = _gutter(lines, page)
    if gutter is None:
        return list(lines)
    found: list[Line] = []
    sides: tuple[list[Line], list[Line]] = ([], [])

    def close() -> None:
        for side in sides:
            found.extend(in_columns(page, side))
            side.clear()

    for line in lines:
        at = _gap_at(line, gutter)
        if at is not None:
            for side, part in zip(sides, split(page, line, at), strict=True):
                side.append(part)
        elif line.box.right <= gutter or line.box.left >= gutter:
            sides[line.box.left >= gutter].append(line)
        else:
            close()
            found.append(line)
    close()
    return found


def _gap_at(line: Line, x: float) -> int | None:
    """The unit after the gap of a line in which `x` lies."""
    return next((gap.at for gap in line.gaps if gap.left <= x <= gap.right), None)


def _gutter(lines: Sequence[Line], page: Characters) -> float | None:
    """Where most lines have a gap, if both sides of it are columns of running text."""
    edges = sorted((x, after) for line in lines for gap in line.gaps for x, after in ((gap.left, 0), (gap.right, 1)))
    depth, deepest, x = 0, 0, 0.0
    for (edge, after), (following, _) in pairwise([*edges, (0.0, 0)]):
        depth += -1 if after else 1
        if depth > deepest:
            deepest, x = depth, (edge + following) / 2
    if deepest < _DIVIDED:
        return None
    divided = [(line, at) for line in lines if (at := _gap_at(line, x)) is not None]
    ends = min(line.box.left for line, _ in divided), max(line.box.right for line, _ in divided)
    narrowest = _NARROWEST * common_size([line for line, _ in divided])
    if len(divided) < _DIVIDED or x - ends[0] < narrowest or ends[1] - x < narrowest:
        return None
    both = [_filled(page, line, at, x, ends) for line, at in divided]
    enough = all(sum(side) >= _FILLED * len(both) for side in zip(*both, strict=True))
    return x if enough else None


def _filled(page: Characters, line: Line, at: int, x: float, ends: tuple[float, float]) -> tuple[bool, bool]:
    """Whether words fill most of the column left of the gutter `x`, and right of it."""
    filled = []
    for start, end, left, right in ((line.start, at, ends[0], x), (at, line.end, x, ends[1])):
        inked = page.inked[start:end]
        boxes = page.boxes[start:end][inked]
        width = float((boxes[:, 2] - boxes[:, 0]).sum())
        letters = sum(map(str.isalpha, page.units[start:end]))
        filled.append(width >= _FILLING * (right - left) and letters >= _LETTERS * len(boxes))
    return filled[0], filled[1]


def blocks(lines: Sequence[Line]) -> list[Block]:
    """Lines that follow one another down a column, together."""
    found: list[Block] = []
    for line in lines:
        if found and _continues(found[-1], line):
            found[-1].lines.append(line)
            found[-1].box = found[-1].box.around(line.box)
        else:
            found.append(Block([line], line.box))
    return found


def _continues(block: Block, line: Line) -> bool:
    last = block.lines[-1]
    size = min(last.size, line.size)
    if max(last.size, line.size) > _SIZES * size:
        return False
    box = line.box
    shared = min(last.box.top, box.top) - max(last.box.bottom, box.bottom)
    if shared > size / 2:
        # Beside the last line: what pdfium took off it, such as a cell or a word in another font.
        return -size <= box.left - last.box.right <= _BESIDE * size
    common = min(block.box.right, box.right) - max(block.box.left, box.left)
    narrower = min(block.box.right - block.box.left, box.right - box.left)
    return -_SLACK * size <= last.box.bottom - box.top <= _APART * size and common >= _SHARED * narrower


def in_reading_order(page: Characters, found: Sequence[Block]) -> list[Block]:
    """Blocks in their order, except that nothing is read before what is above it in its column.

    Footnotes of a column come after the page's other text.
    """
    if not 1 < len(found) <= _MOST_BLOCKS:
        return list(found)
    above = _above(found)
    leading = {i for each in above for i in each}
    order: list[int] = []
    done: set[int] = set()
    # What lies at the foot of the page and was drawn before most of what is above it is read last.
    early = [i for i, each in enumerate(above) if i not in leading and sum(j > i for j in each) * 2 > len(each)]
    late = [*_footnotes(page, found, above, early), *early]
    for first in [*(i for i in range(len(found)) if i not in late), *late]:
        waiting = [first]
        while waiting:
            block = waiting[-1]
            coming = [i for i in above[block] if i not in done and i not in waiting]
            if coming:
                waiting.append(coming[0])
                continue
            waiting.pop()
            if block not in done:
                done.add(block)
                order.append(block)
    return [found[i] for i in order]


def _footnotes(
    page: Characters, found: Sequence[Block], above: Sequence[Sequence[int]], early: Sequence[int]
) -> list[int]:
    """Blocks at the foot of a column that are smaller than the text and begin with a mark."""
    body = common_size([line for block in found for line in block.lines])
    notes: list[int] = []
    for i in range(len(found) - 1, -1, -1):
        block = found[i]
        small = block.size <= _SMALLER * body and _FOOTNOTE.match(text_of(page, block.lines[0]))
        if small and all(j in notes or j in early for j, each in enumerate(above) if i in each):
            notes.insert(0, i)
    return notes


def _above(found: Sequence[Block]) -> list[list[int]]:
    """For each block those that end where it begins, or higher, in the same column."""
    left, bottom, right, top = np.array([(b.box.left, b.box.bottom, b.box.right, b.box.top) for b in found]).T
    size = np.array([block.size for block in found])
    shared = np.minimum(right[:, None], right) - np.maximum(left[:, None], left)
    # Row: the lower block, column: the upper one.
    is_above = (shared > size[:, None] / 2) & (bottom >= (top - _SLACK * size)[:, None]) & (top > top[:, None])
    return [np.flatnonzero(row).tolist() for row in is_above]
