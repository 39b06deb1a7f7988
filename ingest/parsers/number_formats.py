"""Numbers as a spreadsheet shows them: by the codes of their formats (ECMA-376, part 1, section 18.8.31).

Dates and times come out in ISO's order whatever the code's: so they sort, and mean the same to every reader. Fractions
and what else is not known here come out as plain numbers.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

__all__ = ["BUILT_IN", "general", "shown"]

# The codes that have a number and no text in the file; 27 to 36 and 50 to 58 are dates of East Asian versions.
BUILT_IN = {
    1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 5: "#,##0", 6: "#,##0", 7: "#,##0.00", 8: "#,##0.00", 9: "0%",
    10: "0.00%", 11: "0.00E+00", 14: "yyyy-mm-dd", 15: "yyyy-mm-dd", 16: "mm-dd", 17: "yyyy-mm", 18: "h:mm",
    19: "h:mm:ss", 20: "h:mm", 21: "h:mm:ss", 22: "yyyy-mm-dd h:mm", 37: "#,##0", 38: "#,##0",
    39: "#,##0.00", 40: "#,##0.00",
    45: "mm:ss", 46: "[h]:mm:ss", 47: "mm:ss.0", 48: "0.0E+0",
}  # fmt: skip
BUILT_IN |= dict.fromkeys((*range(27, 32), 36, *range(50, 59)), "yyyy-mm-dd")
BUILT_IN |= dict.fromkeys((32, 33, 34, 35), "h:mm:ss")
_TOKEN = re.compile(r'"([^"]*)"|\\(.)|_.|\*.|\[([^\]]*)\]|([^"\\_*\[])')
_CURRENCY = re.compile(r"\$([^-]*)")
_ELAPSED = re.compile(r"h+|m+|s+", re.IGNORECASE)
_DIGITS = re.compile(r"[#0?][#0?,]*(?:\.[#0?]+)?,*|\.[#0?]+")
_DATE_LETTERS = frozenset("ymdhsYMDHS")
_EPOCH, _EPOCH_1904 = datetime(1899, 12, 30), datetime(1904, 1, 1)  # noqa: DTZ001  # a sheet knows no time zone
_LAST_DAY = 2_958_466
_PRECISION = 15
_HUGE = 1e15
_LITERAL, _CODE = 0, 1


def shown(value: float, code: str, *, since_1904: bool = False) -> str:
    """A number as a cell with this format code shows it."""
    sections = _sections(code)
    if any(_is_date(section) for section in sections[:1]):
        return _moment(value, sections[0], since_1904=since_1904)
    section = sections[0]
    if value < 0 and len(sections) > 1:
        section, value = sections[1], -value
    elif value == 0 and len(sections) > 2:  # noqa: PLR2004  # positive, negative, zero
        section = sections[2]
    return _number(value, section)


def general(value: float) -> str:
    """A number without a format: no digits beyond those that a spreadsheet keeps."""
    if value == int(value) and abs(value) < _HUGE:
        return str(int(value))
    return f"{value:.{_PRECISION}g}"


def _sections(code: str) -> list[list[tuple[int, str]]]:
    """Each section of a code as literals and letters that mean something."""
    sections: list[list[tuple[int, str]]] = [[]]
    for match in _TOKEN.finditer(code):
        quoted, escaped, bracket, letter = match.groups()
        if letter == ";":
            sections.append([])
        elif letter is not None:
            sections[-1].append((_CODE, letter))
        elif bracket is not None:
            currency = _CURRENCY.match(bracket)
            if currency:
                sections[-1].append((_LITERAL, currency.group(1)))
            elif _ELAPSED.fullmatch(bracket):
                sections[-1].append((_CODE, f"[{bracket.lower()[0]}]"))
        else:
            sections[-1].append((_LITERAL, quoted or escaped or ""))
    return sections


def _is_date(section: list[tuple[int, str]]) -> bool:
    letters = "".join(text for kind, text in section if kind == _CODE)
    if letters.strip().lower() == "general":
        return False
    return any(text in _DATE_LETTERS or text.startswith("[") for kind, text in section if kind == _CODE)


def _moment(value: float, section: list[tuple[int, str]], *, since_1904: bool) -> str:
    """A date, a time or both, as far as the code shows them."""
    letters = "".join(text for kind, text in section if kind == _CODE).lower()
    if abs(value) >= _LAST_DAY:
        return general(value)
    if "[" in letters:
        seconds = round(value * 86400)
        hours, rest = divmod(abs(seconds), 3600)
        return f"{'-' if seconds < 0 else ''}{hours}:{rest // 60:02}:{rest % 60:02}"
    if value < 0:
        return general(value)
    moment = (_EPOCH_1904 if since_1904 else _EPOCH) + timedelta(seconds=round(value * 86400))
    if not since_1904 and value < 60:  # noqa: PLR2004  # the 29th of February 1900, which there was not
        moment += timedelta(days=1)
    has_time = "h" in letters or "s" in letters
    has_day, has_year = "d" in letters, "y" in letters
    if has_time and not has_day and not has_year:
        return moment.strftime("%H:%M:%S" if "s" in letters else "%H:%M")
    day = moment.strftime("%Y-%m-%d" if has_day and has_year else "%Y-%m" if has_year and "m" in letters else "%Y")
    if not has_year:
        day = moment.strftime("%m-%d" if has_day else "%m")
    return day + (moment.strftime(" %H:%M:%S" if "s" in letters else " %H:%M") if has_time else "")


def _number(value: float, section: list[tuple[int, str]]) -> str:
    codes = "".join(text for kind, text in section if kind == _CODE)
    if (
        "/" in codes
        or "E" in codes.upper().replace("GENERAL", "")
        or codes.strip().lower() == "general"
        or codes.strip() == "@"
    ):
        plain = general(value)
        literal = "".join(text for kind, text in section if kind == _LITERAL).strip()
        return (
            f"{plain} {literal}".strip()
            if "/" not in codes and "E" not in codes.upper().replace("GENERAL", "")
            else plain
        )
    match = _DIGITS.search(codes)
    if match is None:
        return "".join(text for _, text in section).strip()
    pattern = match.group()
    body = _rounded(value, pattern, percent=codes.count("%"))
    out: list[str] = []
    written = False
    for kind, text in section:
        if kind == _LITERAL or text not in "#0?,.":
            out.append(text)
        elif not written:
            out.append(body)
            written = True
    return "".join(out).strip()


def _rounded(value: float, pattern: str, *, percent: int) -> str:
    """The digits: as many decimals as the pattern has, groups of three where it has a comma between digits."""
    # Each comma after the last digit stands for three digits that are not shown.
    digits_of = pattern.rstrip(",")
    scale = len(pattern) - len(digits_of)
    whole, _, fraction = digits_of.partition(".")
    try:
        exact = Decimal(repr(value)).scaleb(2 * percent - 3 * scale)
        rounded = exact.quantize(Decimal(1).scaleb(-len(fraction)), rounding=ROUND_HALF_UP)
    except InvalidOperation:
        return general(value)
    digits = f"{rounded:,f}" if "," in whole else f"{rounded:f}"
    optional = len(fraction) - len(fraction.rstrip("#"))
    while optional and digits.endswith("0") and "." in digits:
        digits, optional = digits[:-1], optional - 1
    digits = digits.rstrip(".") if fraction else digits
    width = whole.count("0")
    sign, bare = ("-", digits[1:]) if digits.startswith("-") else ("", digits)
    before, dot, after = bare.partition(".")
    return f"{sign}{before.zfill(width)}{dot}{after}" if "," not in before else digits
