"""The numbers of a text by their value, in digits or words, English or Chinese: did a translation keep them?

Knows no grammar. "3 million", "300万" and "三百万" are one value; a month's name is its number.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal

from ragsys.generate.han_numbers import HAN_DIGITS, HAN_GREAT, HAN_UNITS, figures, han_value

__all__ = ["Numbers", "numbers_of", "same_numbers"]

_SCALES = {
    "hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9, "trillion": 10**12,
    "十": 10, "百": 100, "千": 1000, "万": 10**4, "萬": 10**4, "百万": 10**6, "千万": 10**7, "亿": 10**8, "億": 10**8,
    "十亿": 10**9, "万亿": 10**12,
}  # fmt: skip
_WRITTEN = re.compile(
    r"(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
    r"(?:[\s-]*(?P<scale>" + "|".join(sorted(_SCALES, key=len, reverse=True)) + r"))?",
    re.IGNORECASE,
)
_WORDS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
)
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_ORDINALS = "zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth"
_MONTHS = "- january february march april may june july august september october november december"
_WORD_VALUES = {
    **{word: value for names in (_WORDS, _ORDINALS, _MONTHS) for value, word in enumerate(names.split())},
    **{word: 10 * value for value, word in enumerate(_TENS.split(), start=2)},
    "once": 1, "twice": 2, "a": 1, "an": 1, "half": 2, "both": 2, "pair": 2, "dozen": 12,
}  # fmt: skip
_WORD = re.compile(r"[a-z]+")
_HAN = re.compile("[" + "".join((*HAN_DIGITS, *HAN_UNITS, *HAN_GREAT)) + "]+")

# "20世纪80年代": the 1980s.
_CENTURY = re.compile(r"(\d{1,2})\s*世[纪紀]\s*(\d0)\s*年代")


@dataclass(frozen=True, slots=True)
class Numbers:
    """The values of a text: those in digits, which a translation must keep, and all that it can be taken to name."""

    digits: frozenset[Decimal]
    every: frozenset[Decimal]


def same_numbers(source: str, target: str) -> bool:
    """Whether each number in digits of either text is in the other, in digits or words.

    >>> same_numbers("About 1.2 million people, two ships", "约120万人，2艘船")
    True
    >>> same_numbers("in 1984", "1948年")
    False
    """
    there, here = numbers_of(source), numbers_of(target)
    return there.digits <= here.every and here.digits <= there.every


def numbers_of(text: str) -> Numbers:
    """The numbers of a text by their values."""
    flat = _CENTURY.sub(_year, unicodedata.normalize("NFKC", text))
    digits, every = set(), set()
    for match in _WRITTEN.finditer(flat):
        plain = Decimal(match["digits"].replace(",", ""))
        scale = match["scale"]
        value = plain * _SCALES[scale.lower()] if scale else plain
        digits.add(value.normalize())
        every |= {value.normalize(), plain.normalize()}
    every |= {Decimal(value).normalize() for value in (*_english(flat), *_chinese(flat))}
    return Numbers(frozenset(digits), frozenset(every))


def _year(match: re.Match[str]) -> str:
    return str((int(match[1]) - 1) * 100 + int(match[2]))


def _english(text: str) -> set[int]:
    """Values of English words: single ones, tens with ones ("twenty-five"), and either with a scale."""
    found: set[int] = set()
    before = 0
    for word in _WORD.findall(text.lower()):
        if word in _WORD_VALUES:
            value = _WORD_VALUES[word]
            found.add(value)
            if 20 <= before < 100 and value < 10 and before % 10 == 0:  # noqa: PLR2004 - a ten and a one
                value += before
                found.add(value)
            before = value
        elif word in _SCALES and before:
            before *= _SCALES[word]
            found.add(before)
        else:
            before = 0
    return found


def _chinese(text: str) -> set[int]:
    """Values of runs of Chinese numerals, read as a number ("三百二十") and digit by digit ("一九八四")."""
    found: set[int] = set()
    for run in _HAN.findall(text):
        spelled = figures(run)
        found |= {han_value(run)} | (set() if spelled is None else {spelled})
    return found
