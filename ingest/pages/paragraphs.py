"""Blocks of lines to running text: paragraphs apart, their lines joined, words that were divided whole again.

A line goes on in the next one where its next word would not have fitted any more; lines that end early (verse, code,
lists, cells) stay lines. Knows nothing about pages.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from ragsys.ingest.pages.characters import HYPHEN, RIGHT_TO_LEFT, text_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ragsys.ingest.pages.characters import Characters, Line
    from ragsys.ingest.pages.reading_order import Block

__all__ = ["running_text"]

# Lines whose distance is larger than usual by this share are two paragraphs; so are an indent of so many line heights.
_LOOSE, _INDENT = 1.25, 0.7
# The room at the end of a line in which nothing fits, in line heights: a space, and a character of Chinese.
_SPACE, _WIDE = 0.2, 1.1
# A column of text has lines of at least so many characters; so many where they are Chinese.
_FEW, _FEW_WIDE = 30, 12
_ENDS = re.compile(r"[.!?。！？…][\"'”’」』）)\]]*$")
_ITEM = re.compile(r"(?:[•●▪■◦○‣\u2013\u2014*·➢✓-]|\(?(?:\d{1,3}(?:\.\d{1,2})*|[a-zA-Z]|[ivx]{1,4})[.)])\s")
_DIVIDED = re.compile(r"[^\W\d_]-$")
_CJK = r"\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef"
_CJK_END, _CJK_START = re.compile(f"[{_CJK}]$"), re.compile(f"^[{_CJK}]")


def running_text(page: Characters, found: Sequence[Block]) -> str:
    """The blocks in their order, a blank line between paragraphs; a divided word keeps a U+00AD where it was."""
    pieces: list[str] = []
    before: tuple[Block, Line, str] | None = None
    for block in found:
        if block.table is not None:
            pieces += ["\n\n" if pieces else "", block.table]
            before = None
            continue
        usual = _usual_distance(block.lines)
        for line in block.lines:
            text = text_of(page, line)
            if not text:
                continue
            if before is None:
                pieces.append("\n\n" if pieces else "")
            else:
                divided = before[2].endswith(HYPHEN)
                separator = "" if divided else _separator(page, before, (block, line, text), usual)
                if separator == " " and _DIVIDED.search(before[2]) and text[0].islower():
                    # pdfium marks no hyphen at the end of a line that was divided at a gutter.
                    pieces[-1], separator = before[2][:-1] + HYPHEN, ""
                pieces.append(separator)
            pieces.append(text)
            before = (block, line, text)
    return "".join(pieces)


def _separator(page: Characters, before: tuple[Block, Line, str], after: tuple[Block, Line, str], usual: float) -> str:
    """What stands between two lines that are read one after the other."""
    (block, last, text), (following, line, next_text) = before, after
    joined = "" if _CJK_END.search(text) and _CJK_START.match(next_text) else " "
    full = _is_full(page, block, last, line)
    ended = _ENDS.search(text)
    if following is not block:
        # A sentence may go on at the top of the next column.
        alike = last.font == line.font or "" in {last.font, line.font}
        goes_on = full and alike and not ended and line.box.top > last.box.top
        return joined if goes_on and (next_text[0].islower() or not joined) else "\n\n"
    if min(last.box.top, line.box.top) - max(last.box.bottom, line.box.bottom) > line.size / 2:
        return " "
    emphasised = last.font != line.font and last.font and not full
    if emphasised or last.box.bottom - line.box.bottom > _LOOSE * usual:
        return "\n\n"
    if _ITEM.match(next_text):
        return "\n"
    indented = line.box.left - last.box.left > _INDENT * line.size and not _ITEM.match(text)
    if full and not (indented and ended):
        return joined
    return "\n\n" if ended else "\n"


def _is_full(page: Characters, block: Block, last: Line, line: Line) -> bool:
    """Whether the first word of the next line would not have fitted behind the last one, in a column of text."""
    wide = _CJK_START.match(page.units[line.start])
    if max(each.end - each.start for each in block.lines) < (_FEW_WIDE if wide else _FEW):
        return False
    if wide:
        word = _WIDE * line.size
    else:
        inked = page.inked[line.start : line.end]
        end = line.start + (int(inked.argmin()) or len(inked))
        boxes = page.boxes[line.start : end]
        word = float(boxes[:, 2].max() - boxes[:, 0].min()) + _SPACE * line.size
    backwards = RIGHT_TO_LEFT.search(page.units, last.start, last.end)
    room = last.box.left - block.box.left if backwards else block.box.right - last.box.right
    return room < word


def _usual_distance(lines: Sequence[Line]) -> float:
    """The usual distance from one line to the next."""
    distances = sorted(distance for a, b in pairwise(lines) if (distance := a.box.bottom - b.box.bottom) > a.size / 2)
    return distances[len(distances) // 3] if distances else lines[0].size * 2
