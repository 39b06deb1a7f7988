"""Text to terms, the same at index and at query time.

Unicode words, folded and lightly stemmed for Latin script; whole identifiers and their parts; Chinese, Japanese and
Korean as single characters and pairs, so that a word of any length is found inside a sentence, and traditional
characters as simplified ones, so that both find each other. Does not know how terms are weighed.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

__all__ = ["VERSION", "passage_terms", "terms"]

VERSION = "2"

_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003134f"
# A run of CJK, or a word that may hold digits, underscores and inner dots, hyphens or apostrophes.
_TOKEN = re.compile(rf"(?P<cjk>[{_CJK}]+)|[^\W{_CJK}]+(?:[.'\u2019\-][^\W{_CJK}]+)*")
# The parts of an identifier: runs of digits, of capitals, and of other letters with one capital before them.
_PART = re.compile(r"\d+|[A-Z]+(?![^\W\d_A-Z])|[A-Z]?[^\W\d_A-Z]+")
_ASCII_WORD = re.compile(r"[a-z]+")
_LONGEST_WORD = 64


class _Stemmer(threading.local):
    """A Snowball English stemmer per thread: its C object holds state."""

    def __init__(self) -> None:
        from Stemmer import Stemmer

        self.stem: Callable[[str], str] = Stemmer("english", 0).stemWord


@lru_cache(maxsize=1)
def _stemmer() -> _Stemmer:
    return _Stemmer()


@lru_cache(maxsize=1)
def _simplified() -> dict[int, str]:
    """Each traditional character with its simplified one, by OpenCC, one character at a time.

    Not by words, as OpenCC can: what a character becomes must not depend on where a query or a passage ends.
    """
    from opencc import OpenCC

    traditional = [chr(code) for code in (*range(0x3400, 0x4DC0), *range(0x4E00, 0xA000))]
    simple = OpenCC("t2s").convert("\n".join(traditional)).split("\n")
    return {ord(old): new for old, new in zip(traditional, simple, strict=True) if old != new}


@lru_cache(maxsize=65_536)
def _fold(word: str) -> str:
    """A word as it is looked up: case folded, and stemmed where it is plain ASCII letters."""
    folded = word.casefold()
    return _stemmer().stem(folded) if _ASCII_WORD.fullmatch(folded) else folded


def _word_terms(word: str) -> Iterator[str]:
    """The word itself, and its parts where it is an identifier or a compound."""
    whole = _fold(word[:_LONGEST_WORD])
    yield whole
    parts = _PART.findall(word[:_LONGEST_WORD])
    if len(parts) > 1:
        yield from (_fold(part) for part in parts)


def terms(text: str) -> list[str]:
    """The terms of `text` in order, repeated as often as they occur. Never raises, whatever the string.

    CJK runs give unigrams and overlapping bigrams (Nie, Gao, Zhang and Zhou, "On the use of words and n-grams for
    Chinese information retrieval", IRAL 2000); Latin words are stemmed by Snowball's English algorithm.
    """
    found: list[str] = []
    for match in _TOKEN.finditer(unicodedata.normalize("NFKC", text)):
        run = match.group()
        if match.lastgroup == "cjk":
            run = run.translate(_simplified())
            found.extend(run)
            found.extend(run[i : i + 2] for i in range(len(run) - 1))
        else:
            found.extend(_word_terms(run))
    return found


def passage_terms(body: str, heading: Sequence[str]) -> list[str]:
    """The terms of a passage: its own, and those of the headings that it stands under."""
    return terms(f"{body}\n{' '.join(heading)}")
