"""Dates as they stand in English and Chinese prose, as ISO 8601. A date of three parts only, and never a guess."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from ragsys.generate.numerals import numerals

__all__ = ["Dated", "dates"]

_MONTHS = "january february march april may june july august september october november december".split()  # noqa: SIM905
_MONTH = rf"({'|'.join(f'{name[:3]}(?:{name[3:]})?' if len(name) > 3 else name for name in _MONTHS)}|sept)\.?"  # noqa: PLR2004
_HAN = "零〇一二三四五六七八九十"
_PATTERNS = (
    (re.compile(r"(?<!\d)(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)"), "ymd"),
    (re.compile(r"(?<![\d.])(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})(?!\d|\.\d)"), "dmy"),
    (re.compile(r"(?<![\d/])(\d{1,2})/(\d{1,2})/(\d{4})(?!\d)"), "either"),
    (re.compile(rf"(?<!\d)(\d{{1,2}})(?:st|nd|rd|th)?(?:\s+of)?\s+{_MONTH},?\s+(\d{{4}})(?!\d)", re.IGNORECASE), "dmy"),
    (re.compile(rf"\b{_MONTH}\s+(\d{{1,2}})(?:st|nd|rd|th)?,?\s+(\d{{4}})(?!\d)", re.IGNORECASE), "mdy"),
    (re.compile(r"(?<!\d)(\d{4})\s?年\s?(\d{1,2})\s?月\s?(\d{1,2})\s?[日号]"), "ymd"),
    (re.compile(rf"([{_HAN}]{{4}})年([{_HAN}]{{1,3}})月([{_HAN}]{{1,3}})[日号]"), "ymd"),
)


@dataclass(frozen=True, slots=True)
class Dated:
    """A date in a text, as YYYY-MM-DD."""

    value: str
    start: int
    end: int


def dates(text: str) -> list[Dated]:
    """The dates of a text, in their order. One that can be read in two ways (3/5/2024) is none.

    >>> [date.value for date in dates("From 5 March 2024 to 2024年4月1日, not 3/5/2024.")]
    ['2024-03-05', '2024-04-01']
    """
    found = []
    for pattern, order in _PATTERNS:
        for match in pattern.finditer(text):
            value = _iso([_part(group) for group in match.groups()], order)
            if value is not None:
                found.append(Dated(value, match.start(), match.end()))
    return sorted(found, key=lambda item: item.start)


def _part(text: str) -> int:
    """A number, a month's name, or Chinese figures."""
    if text.isascii() and text.isdigit():
        return int(text)
    if text.isascii():
        return next(i for i, name in enumerate(_MONTHS, 1) if name.startswith(text.lower().rstrip(".")[:3]))
    return int(numerals(text)[0].value)


def _iso(parts: list[int], order: str) -> str | None:
    if order == "either":
        first, second, _ = parts
        fits = [o for o, month in (("mdy", first), ("dmy", second)) if month <= 12]  # noqa: PLR2004 - months
        if len(fits) != 1 and first != second:
            return None
        order = fits[0] if fits else "dmy"
    values = dict(zip(order, parts, strict=True))
    try:
        return dt.date(values["y"], values["m"], values["d"]).isoformat()
    except ValueError:
        return None
