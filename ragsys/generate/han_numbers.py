"""Chinese numerals by their characters: what each stands for, and the value of a run of them."""

from __future__ import annotations

__all__ = ["HAN_DIGITS", "HAN_GREAT", "HAN_UNITS", "figures", "han_value"]

HAN_DIGITS = {character: value for value, character in enumerate("零一二三四五六七八九")} | {
    "\u3007": 0,
    "两": 2,
    "兩": 2,
}
HAN_UNITS = {"十": 10, "百": 100, "千": 1000}
HAN_GREAT = {"万": 10**4, "萬": 10**4, "亿": 10**8, "億": 10**8}


def figures(run: str) -> int | None:
    """The value of a run that is written figure by figure, as years are; None where it holds a unit.

    >>> figures("一九八四"), figures("三十")
    (1984, None)
    """
    if not all(character in HAN_DIGITS for character in run):
        return None
    return int("".join(str(HAN_DIGITS[character]) for character in run))


def han_value(run: str) -> int:
    """The value of a run of digits and units; a unit that no digit comes before counts once.

    >>> han_value("三百二十"), han_value("十二万五千"), han_value("百")
    (320, 125000, 100)
    """
    total = section = digit = 0
    for character in run:
        if character in HAN_DIGITS:
            digit = HAN_DIGITS[character]
        elif character in HAN_UNITS:
            section += (digit or 1) * HAN_UNITS[character]
            digit = 0
        else:
            total = (total + section + digit or 1) * HAN_GREAT[character]
            section = digit = 0
    return total + section + digit
