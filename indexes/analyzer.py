"""Text to terms, the same at index and at query time.

Unicode words, folded and stemmed by the language of their document; whole identifiers and their parts; Chinese,
Japanese and Korean as single characters and pairs, so that a word of any length is found inside a sentence, and
traditional characters as simplified ones, so that both find each other. The language of a query of three words cannot
be told: it is stemmed by every language of the index. Does not know how terms are weighed.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

__all__ = ["VERSION", "passage_terms", "stemming_of", "terms"]

VERSION = "3"

_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003134f"
# A run of CJK, or a word that may hold digits, underscores and inner dots, hyphens or apostrophes.
_TOKEN = re.compile(rf"(?P<cjk>[{_CJK}]+)|[^\W{_CJK}]+(?:[.'\u2019\-][^\W{_CJK}]+)*")
# The parts of an identifier: runs of digits, of capitals, and of other letters with one capital before them.
_PART = re.compile(r"\d+|[A-Z]+(?![^\W\d_A-Z])|[A-Z]?[^\W\d_A-Z]+")
_ASCII_WORD = re.compile(r"[a-z]+")
_LONGEST_WORD = 64
_ENGLISH = "en"
# Snowball's algorithms by language. In one that has none, words of plain ASCII letters are stemmed as English ones.
_LATIN = {
    "ca": "catalan", "da": "danish", "de": "german", "es": "spanish", "eu": "basque", "fi": "finnish", "fr": "french",
    "ga": "irish", "hu": "hungarian", "id": "indonesian", "it": "italian", "lt": "lithuanian", "nl": "dutch",
    "no": "norwegian", "pt": "portuguese", "ro": "romanian", "sv": "swedish", "tr": "turkish",
}  # fmt: skip
_OTHER = {
    "ar": "arabic", "el": "greek", "hi": "hindi", "hy": "armenian", "ne": "nepali", "ru": "russian", "sr": "serbian",
    "ta": "tamil",
}  # fmt: skip


class _Stemmers(threading.local):
    """A Snowball stemmer per thread and algorithm: its C object holds state."""

    def __init__(self) -> None:
        self._made: dict[str, Callable[[str], str]] = {}

    def stem(self, word: str, algorithm: str) -> str:
        """The stem of a folded word."""
        if algorithm not in self._made:
            from Stemmer import Stemmer

            self._made[algorithm] = Stemmer(algorithm, 0).stemWord
        return self._made[algorithm](word)


@lru_cache(maxsize=1)
def _stemmers() -> _Stemmers:
    return _Stemmers()


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
def _fold(word: str, language: str) -> str:
    """A word as it is looked up: case folded, and stemmed where it is letters only.

    A language of another script leaves plain ASCII words to English: that is what they mostly are in it.
    """
    folded = word.casefold()
    if _ASCII_WORD.fullmatch(folded):
        return _stemmers().stem(folded, _LATIN.get(language, "english"))
    algorithm = _LATIN.get(language) or _OTHER.get(language)
    return _stemmers().stem(folded, algorithm) if algorithm and folded.isalpha() else folded


def _word_terms(word: str, languages: Sequence[str]) -> Iterator[str]:
    """The word itself, and its parts where it is an identifier or a compound, in each language where they differ."""
    parts = _PART.findall(word[:_LONGEST_WORD])
    for piece in (word[:_LONGEST_WORD], *(parts if len(parts) > 1 else ())):
        yield from dict.fromkeys(_fold(piece, language) for language in languages)


def stemming_of(languages: Iterable[str]) -> tuple[str, ...]:
    """The languages among some (tags such as "de" or "de-AT") by which words are stemmed; English is always one."""
    bases = {re.split(r"[-_]", tag.strip().lower(), maxsplit=1)[0] for tag in languages}
    return (_ENGLISH, *sorted(bases & (_LATIN.keys() | _OTHER.keys())))


def terms(text: str, languages: Sequence[str] = (_ENGLISH,)) -> list[str]:
    """The terms of `text` in order, repeated as often as they occur. Never raises, whatever the string.

    CJK runs give unigrams and overlapping bigrams (Nie, Gao, Zhang and Zhou, "On the use of words and n-grams for
    Chinese information retrieval", IRAL 2000); words are stemmed by Snowball's algorithms for `languages`.
    """
    found: list[str] = []
    for match in _TOKEN.finditer(unicodedata.normalize("NFKC", text)):
        run = match.group()
        if match.lastgroup == "cjk":
            run = run.translate(_simplified())
            found.extend(run)
            found.extend(run[i : i + 2] for i in range(len(run) - 1))
        else:
            found.extend(_word_terms(run, languages))
    return found


def passage_terms(body: str, heading: Sequence[str], language: object = None) -> list[str]:
    """The terms of a passage of a document in `language`: its own, and those of the headings that it stands under."""
    return terms(f"{body}\n{' '.join(heading)}", stemming_of([str(language)])[-1:])
