"""Prose: which pieces of a text are sentences that can stand in a summary, and how long a text is in words.

Headings, tables, code, lists of links, front matter and what repeats from page to page say nothing by themselves. Told
by the shape of a line or a sentence alone, so it holds for every format whose text is kept as it was written. Knows
nothing of which sentence matters.
"""

from __future__ import annotations

import operator
import re
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ragsys.sentences import iter_sentence_spans

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Piece", "count_words", "prose_of"]

_HAN = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003134f"
# A character of Chinese counts as a word; of other scripts, a run between spaces that holds a letter or a digit.
_WORD = re.compile(rf"[{_HAN}]|[^\s{_HAN}]*[^\W_{_HAN}][^\s{_HAN}]*")
_IS_HAN = re.compile(f"[{_HAN}]")
_END = re.compile(r"[.!?。！？…][\"'”’」』）》)\]]*$")
_FENCE = re.compile(r"[ \t]*(`{3,}|~{3,})")
# What begins a line that is no part of a running sentence: a heading, a table, a rule, a definition of a link, a tag.
_STRUCTURE = re.compile(
    r"[ \t]*(?:#{1,6}(?:[ \t]|$)|\||[-=*_]{3,}[ \t]*$|\[[^\]\n]+\]:[ \t]|</?[A-Za-z!][^>\n]*>[ \t]*$)"
    r"|[^|\n]+\|[^|\n]*\|"
)
_ITEM = re.compile(r"[ \t]*(?:[-*+•·▪]|\(?\d{1,3}[.)、]|\(?[a-z][.)])[ \t]+|[ \t]*(?:>[ \t]?)+")
_INDENTED = re.compile(r"(?: {4}|\t)")
_FRONT = re.compile(r"---[ \t]*\n(?:.*\n){0,200}?(?:---|\.\.\.)[ \t]*\n")
_CODE = re.compile(r"`[^`]+`")
_MARKUP = re.compile(r"</?[A-Za-z][^>\n]{0,200}>|<[A-Za-z]+\s[^<>]*=|<!--|-->|&[a-z]+;|https?://|www\.")

_FEWEST, _MOST = 5, 80
_FEWEST_HAN, _MOST_HAN = 8, 200
# Prose is words, and words are letters: the least share of letters and digits, and of letters, beside the spaces.
_WORDS, _LETTERS = 0.75, 0.5
# More words in a row without a small first letter are a heading or the cells of a table that ran into a sentence.
_CAPITALS = 6
# A sentence that stands this often in one text is a running head, a licence or a refrain.
_REPEATED = 3


@dataclass(frozen=True, slots=True)
class Piece:
    """A sentence of a text at its place, without the white space around it.

    `whole` says that it reads as a sentence.
    """

    start: int
    end: int
    text: str
    whole: bool


def count_words(text: str) -> int:
    """The words of a text; each Chinese, Japanese or Korean character counts as one.

    >>> count_words("Two words, 三个字。")
    5
    """
    return len(_WORD.findall(text))


def prose_of(text: str) -> list[Piece]:
    """The pieces of a text that are not structure, in order.

    Those that repeat too often are not `whole`, unless most do: then it is the text that stands there several times.
    """
    pieces = [piece for start, end in _blocks(text) for piece in _pieces(text, start, end)]
    keys = [_key(piece.text) for piece in pieces]
    times = Counter(keys)
    repeats = [times[key] >= _REPEATED for key in keys]
    if 2 * sum(map(operator.and_, repeats, (piece.whole for piece in pieces))) > sum(piece.whole for piece in pieces):
        return pieces
    return [replace(piece, whole=piece.whole and not again) for piece, again in zip(pieces, repeats, strict=True)]


def _key(text: str) -> str:
    return re.sub(r"[\W\d_]+", "", text).casefold()


def _blocks(text: str) -> Iterator[tuple[int, int]]:
    """Runs of lines that can hold sentences: paragraphs, the items of a list, each without its mark."""
    front = _FRONT.match(text)
    at = front.end() if front else 0
    begun: int | None = None
    fence, blank = "", True
    while at < len(text):
        end = text.find("\n", at)
        end = len(text) if end < 0 else end
        line = text[at:end]
        mark = _FENCE.match(line)
        item = _ITEM.match(line)
        code = bool(fence) or mark is not None or (blank and begun is None and item is None and _INDENTED.match(line))
        if mark is not None:
            fence = "" if fence and mark.group(1).startswith(fence) else fence or mark.group(1)
        if code or item is not None or not line.strip() or _STRUCTURE.match(line):
            if begun is not None:
                yield begun, at
            begun = at + item.end() if item is not None and not code and line.strip() else None
        elif begun is None:
            begun = at
        blank = not line.strip() or bool(code)
        at = end + 1
    if begun is not None:
        yield begun, len(text)


def _pieces(text: str, start: int, end: int) -> Iterator[Piece]:
    for a, b in iter_sentence_spans(text, start, end):
        body = text[a:b].strip()
        if not body:
            continue
        at = a + len(text[a:b]) - len(text[a:b].lstrip())
        yield Piece(at, at + len(body), body, _is_whole(body))


def _is_whole(sentence: str) -> bool:
    """Whether a piece reads as a sentence: it begins and ends as one, and is made of words."""
    if not _END.search(sentence) or sentence[0].islower() or _MARKUP.search(_CODE.sub("", sentence)):
        return False
    words = count_words(sentence)
    chinese = 2 * len(_IS_HAN.findall(sentence)) > words
    if not (_FEWEST_HAN if chinese else _FEWEST) <= words <= (_MOST_HAN if chinese else _MOST):
        return False
    if _longest_run_of_capitals(sentence) > _CAPITALS:
        return False
    marks = sum(not character.isspace() for character in sentence)
    return sum(map(str.isalnum, sentence)) >= _WORDS * marks and sum(map(str.isalpha, sentence)) >= _LETTERS * marks


def _longest_run_of_capitals(sentence: str) -> int:
    """The most words in a row that begin with no small letter; a comma ends a row. Chinese has none."""
    longest = run = 0
    for word in sentence.split():
        first = next(filter(str.isalnum, word), "")
        run = run + 1 if first and not first.islower() and not _IS_HAN.search(word) else 0
        longest = max(longest, run)
        if word.endswith((",", ";", ":")):
            run = 0
    return longest
