"""Numbers as documents write them before the items of a list: letters, Roman and Chinese numerals, digits."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["written"]

_ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"),
    (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip
_DIGITS = "零一二三四五六七八九"
_STEMS, _BRANCHES = "甲乙丙丁戊己庚辛壬癸", "子丑寅卯辰巳午未申酉戌亥"
_CIRCLED = 0x2460
_MOST_CIRCLED = 20
_MOST = 3999
_LETTERS = 26
_CHINESE = frozenset({
    "chineseCounting", "chineseCountingThousand", "ideographDigital", "japaneseCounting", "taiwaneseCounting",
    "taiwaneseCountingThousand", "koreanDigital2",
})  # fmt: skip


def written(value: int, style: str) -> str:
    """A number in a style as Open XML names it ("lowerRoman"); digits for one that is not known here."""
    if not 0 < value <= _MOST:
        return str(value)
    if style in _WRITERS:
        found = _WRITERS[style](value)
    elif style in _CHINESE:
        found = _chinese(value)
    elif style.startswith("decimalEnclosedCircle") and value <= _MOST_CIRCLED:
        found = chr(_CIRCLED + value - 1)
    else:
        found = f"0{value}" if style == "decimalZero" and value < len(_DIGITS) else str(value)
    return found


def _letters(value: int) -> str:
    """Word goes on after z with aa, then bb."""
    return chr(ord("a") + (value - 1) % _LETTERS) * ((value - 1) // _LETTERS + 1)


def _roman(value: int) -> str:
    out = ""
    for size, letters in _ROMAN:
        out += letters * (value // size)
        value %= size
    return out


def _chinese(value: int) -> str:
    out = ""
    rest = value
    for size, unit in ((1000, "千"), (100, "百"), (10, "十")):
        digit, rest = divmod(rest, size)
        if digit:
            out += _DIGITS[digit] + unit
        elif out and rest and not out.endswith("零"):
            out += "零"
    out += _DIGITS[rest] if rest else ""
    return out.removeprefix("一") if 10 <= value < 20 else out  # noqa: PLR2004  # ten to nineteen


_WRITERS: dict[str, Callable[[int], str]] = {
    "lowerLetter": _letters,
    "upperLetter": lambda value: _letters(value).upper(),
    "lowerRoman": _roman,
    "upperRoman": lambda value: _roman(value).upper(),
    "ideographTraditional": lambda value: _STEMS[(value - 1) % len(_STEMS)],
    "ideographZodiac": lambda value: _BRANCHES[(value - 1) % len(_BRANCHES)],
}
