"""What can be seen to be wrong with a translated sentence, without knowing either language well.

Each check can fail a good translation and pass a bad one: a sentence without a problem is not thereby right. The share
of good translations that each fails is measured by bench/translation.py.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ragsys.generate.numbers import same_numbers
from ragsys.language import UNDETERMINED, base, detect, script_shares

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["LEAST_SIMILARITY", "has_words", "problems_of"]

# Below this cosine a sentence and its translation do not mean the same, by embedder; DECISIONS.md has the figures.
LEAST_SIMILARITY = {"multilingual-e5-small": 0.80}

_DENSE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_LETTER = re.compile(r"[^\W\d_]")
_LETTERS_PER_CHARACTER = 3
_SHORTEST, _LONGEST = 0.4, 2.5
_FEW = 24
_RUN = re.compile(r"(.{1,40}?)\1{3,}", re.DOTALL)
_GRAM = 4
_LEAST_FRESH = 0.4
_COPIED = 0.5
_SURE = 0.8
_FOREIGN = 0.5


def has_words(text: str) -> bool:
    """Whether there is anything to translate: a rule, a number or a mark stays as it is."""
    return _LETTER.search(text) is not None


def problems_of(source: str, target: str, *, to: str, similarity: float | None, least: float | None) -> tuple[str, ...]:
    """The names of the checks that a translation of `source` into the language `to` fails; none if all is well.

    "empty", "copy" (much of it is the source), "language" (another than `to`), "repetition", "numbers" (one is missing
    or new), "length" (much shorter or longer than the source), "meaning" (`similarity`, a cosine, is below `least`).
    """
    if not target.strip():
        return ("empty",)
    found = []
    if _copied(source, target):
        found.append("copy")
    if not _is_in(target, to):
        found.append("language")
    if _repeats(target) and not _repeats(source):
        found.append("repetition")
    if not same_numbers(source, target):
        found.append("numbers")
    size, other = _size(source), _size(target)
    if max(size, other) > _FEW and not _SHORTEST <= other / size <= _LONGEST:
        found.append("length")
    if similarity is not None and least is not None and similarity < least:
        found.append("meaning")
    return tuple(found)


def _size(text: str) -> int:
    """The length in letters of an alphabet, for which a Chinese character counts threefold."""
    return max(1, len(text.strip()) + (_LETTERS_PER_CHARACTER - 1) * len(_DENSE.findall(text)))


def _copied(source: str, target: str) -> bool:
    """Whether half of the translation's words, names and numbers aside, stand in the source in the same order."""
    if source.strip().lower() == target.strip().lower():
        return True
    grams = _grams(_words(target), _GRAM)
    there = set(_grams(_words(source), _GRAM))
    return bool(grams) and sum(gram in there for gram in grams) > _COPIED * len(grams)


def _is_in(text: str, language: str) -> bool:
    """Whether a text may be in a language: its script fits, and nothing else is likely."""
    wanted = base(language)
    found = detect(text)
    if found.code in {wanted, UNDETERMINED}:
        return True
    east = {"zh", "ja", "ko"}
    if (found.code in east) != (wanted in east):
        return max(script_shares(text).values(), default=0.0) < _FOREIGN
    return found.probability < _SURE


def _repeats(text: str) -> bool:
    """Whether it goes round in circles: something four times in a row, or mostly words that were there before."""
    if any(has_words(match.group(1)) for match in _RUN.finditer(text)):
        return True
    grams = _grams(_words(text), 2)
    return len(grams) > _FEW // 2 and len(set(grams)) < _LEAST_FRESH * len(grams)


def _words(text: str) -> list[str]:
    """Words in lower case; each Chinese character is one."""
    return re.findall(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W\u3040-\u30ff\u3400-\u9fff]+", text.lower())


def _grams(words: Sequence[str], n: int) -> list[tuple[str, ...]]:
    return [tuple(words[at : at + n]) for at in range(len(words) - n + 1)]
