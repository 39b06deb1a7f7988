"""Numbers as they stand in English and Chinese prose: their values and where they are; "3 million" is one.

What cannot be read for certain is no number: a decimal comma ("1,5"), an address, an "11-speed chain".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from ragsys.generate.han_numbers import HAN_DIGITS, figures, han_value

__all__ = ["Numeral", "numerals"]


@dataclass(frozen=True, slots=True)
class Numeral:
    """A number in a text: an int where it is whole."""

    value: int | float
    start: int
    end: int


_SCALES = {"hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9, "百": 100, "千": 1000, "万": 10**4}
_SCALES |= {"亿": 10**8, "万亿": 10**12}
_DIGITS = re.compile(
    r"(?<![A-Za-z0-9_.,/:])(?<![A-Za-z]-)[-\u2212]?(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)(?!\d|[.,/:]\d|-[A-Za-z])"
    r"(?:\s?(hundred|thousand|million|billion)\b|\s?(万亿|[百千万亿]))?",
    re.IGNORECASE,
)
# What may follow a single Chinese numeral: "三一堂" is a name. Of 一, which is mostly no number, units only.
_MEASURES = frozenset(
    "个米天年月日小时分秒人次座家只条张本名位层级元角克升吨里公斤度倍种台艘厘毫千百万岁届所件颗滴杯口户间辆头株周盏枚块片把组队章页行期"
)
_UNITS = frozenset("米天年月小时分秒元克升吨公斤度厘毫岁")
_CHINESE = re.compile(r"(?<!第)(?:百分之)?([零〇一二两三四五六七八九十百千万亿]+(?:点[零〇一二三四五六七八九]+)?)")
_WORDS = dict(
    zip(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "  # noqa: SIM905
        "seventeen eighteen nineteen".split(),
        range(20),
        strict=True,
    )
)
_WORD_TENS = {"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80}
_WORD_TENS["ninety"] = 90
_ENGLISH = re.compile(
    rf"\b(?:({'|'.join(_WORD_TENS)})(?:[- ]({'|'.join(list(_WORDS)[1:10])}))?|({'|'.join(_WORDS)}))\b"
    r"(?:[- ](hundred|thousand|million|billion)\b)?(?!-[a-z])",
    re.IGNORECASE,
)
_YEAR = 4
# "One of them", "一些": seldom a number.
_SLIGHT = {"one", "一", "两"}


def numerals(text: str) -> list[Numeral]:
    """The numbers of a text, in their order. "One" and "一" by themselves count only where there is no other.

    >>> [n.value for n in numerals("Use 1,240 kg, or two and a half million; 一百二十六个洞。")]
    [1240, 2, 126]
    """
    found = [_of_digits(match) for match in _DIGITS.finditer(text)]
    found += [_of_words(match) for match in _ENGLISH.finditer(text)]
    found += [numeral for match in _CHINESE.finditer(text) if (numeral := _of_han(match)) is not None]
    taken = sorted(found, key=lambda item: (item.start, -item.end))
    apart = [n for i, n in enumerate(taken) if not any(o.start <= n.start and n.end <= o.end for o in taken[:i])]
    heavy = [n for n in apart if text[n.start : n.end].lower() not in _SLIGHT]
    return heavy or apart


def _of_digits(match: re.Match[str]) -> Numeral:
    written = match.group(1).replace(",", "")
    scale = _SCALES.get((match.group(2) or match.group(3) or "").lower(), 1)
    value = _whole(Decimal(written) * scale) if "." in written else int(written) * scale
    return Numeral(-value if match.group()[0] in "-\u2212" else value, match.start(), match.end())


def _of_words(match: re.Match[str]) -> Numeral:
    tens, unit, small, scale = (group.lower() if group else "" for group in match.groups())
    value = _WORD_TENS.get(tens, 0) + _WORDS.get(unit, 0) + _WORDS.get(small, 0)
    return Numeral(value * _SCALES.get(scale, 1), match.start(), match.end())


def _of_han(match: re.Match[str]) -> Numeral | None:
    """一百二十六, 二〇二四, 三点五: None for what is no number, such as a 万 alone, or the 三 of a name."""
    whole, _, decimals = match.group(1).partition("点")
    following = match.string[match.end() : match.end() + 1]
    if len(match.group()) == 1 and following and following not in (_UNITS if match.group() == "一" else _MEASURES):
        return None
    value = _han_value(whole)
    if value is None:
        return None
    if decimals:
        return Numeral(float(f"{value}.{''.join(str(HAN_DIGITS[c]) for c in decimals)}"), match.start(1), match.end(1))
    return Numeral(value, match.start(1), match.end(1))


def _han_value(text: str) -> int | None:
    spelled = figures(text)
    if spelled is not None:
        # 二〇二四 is written figure by figure; 三五 is "three to five", and 一一 mostly "each".
        return spelled if len(text) == 1 or len(text) >= _YEAR else None
    return None if text[0] in "百千万亿" else han_value(text)


def _whole(value: Decimal) -> int | float:
    return int(value) if value == int(value) else float(value)
