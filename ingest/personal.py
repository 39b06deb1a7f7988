"""Personal data in a text: e-mail addresses, phone, card and Chinese resident numbers, IBANs, IP addresses, names.

What has a check digit counts only where it is right, so that dates, ISBNs and serial numbers are left alone. Phone
numbers have none: they are told by their shapes, with a country code, a separator where one belongs, or a word such as
"phone" before them. Names need a recogniser that somebody has installed. Every pattern is bounded, so time is linear in
the length of the text. Knows nothing about documents.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import TYPE_CHECKING

from ragsys.errors import ExtraMissingError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["KINDS", "Found", "find", "parse_kinds"]

# In the order in which they are looked for: what one has found is no other's.
KINDS = ("email", "iban", "id", "card", "ip", "phone", "name")
_ENTRY_POINTS = "ragsys.recognisers"


@dataclass(frozen=True, slots=True)
class Found:
    """A span of personal data, and what equal data have in common however they are written."""

    start: int
    end: int
    kind: str
    value: str


def parse_kinds(text: str) -> frozenset[str]:
    """Kinds as they are typed: names with commas between, or all (that is, all but names, which need a recogniser).

    Raises:
        UsageError: a kind that there is not.
        ExtraMissingError: names, and no recogniser is installed.
    """
    kinds: set[str] = set()
    for word in (part.strip().lower() for part in text.split(",")):
        if word == "all":
            kinds.update(KINDS[:-1])
        elif word in KINDS:
            kinds.add(word)
        elif word:
            raise UsageError(f"nothing is known of {word!r} to redact", hint=f"say all, or some of {', '.join(KINDS)}")
    if "name" in kinds and not _recognisers():
        raise ExtraMissingError(
            "no recogniser of names is installed", hint=f"install a package with an entry point {_ENTRY_POINTS}"
        )
    return frozenset(kinds)


def find(text: str, kinds: Iterable[str]) -> list[Found]:
    """What is found of these kinds, by where it starts; nothing overlaps."""
    wanted = frozenset(kinds)
    text = text.translate(_PLAIN)
    taken: list[Found] = []
    covered = bytearray(len(text))
    for kind in KINDS:
        for found in _FINDERS[kind](text) if kind in wanted else ():
            if not any(covered[found.start : found.end]):
                covered[found.start : found.end] = b"\1" * (found.end - found.start)
                taken.append(found)
    return sorted(taken, key=lambda found: found.start)


# Full-width forms, and the many spaces and hyphens, as ASCII has them; one character for one, so that offsets stay.
_PLAIN: dict[int, int | str] = {0xFF01 + at: 0x21 + at for at in range(94)}
_PLAIN |= dict.fromkeys((0xA0, 0x2007, 0x2009, 0x202F, 0x3000), " ") | dict.fromkeys(range(0x2010, 0x2016), "-")
_PLAIN |= {0x2212: "-"}

# Where a number or a code begins and ends: beside neither a letter nor a digit. Chinese words have no spaces between.
_BEGIN = r"(?<![0-9A-Za-z_])(?<!\d)(?<!\d[.,])"
_END = r"(?![0-9A-Za-z_])(?!\d)(?![.,]\d)"

_EMAIL = re.compile(
    r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9_%+-]{1,64}(?:\.[A-Za-z0-9_%+-]{1,64}){0,8}"
    r"@(?:[^\W_](?:[^\W_]|-){0,62}\.){1,8}(?:[A-Za-z]{2,24}|xn--[A-Za-z0-9-]{2,59}|中国|中國|公司|网络|香港|台灣|台湾)"
    r"(?![A-Za-z0-9])"
)


def _emails(text: str) -> Iterator[Found]:
    """RFC 5321's addresses in their dot-atom form: the local part of ASCII characters, domains of any letters."""
    for match in _EMAIL.finditer(text):
        yield Found(*match.span(), "email", match.group().lower())


# The length of an IBAN by country (ISO 13616, the registry of SWIFT).
_IBAN_LENGTHS = {
    code: length
    for length, codes in {
        15: "NO", 16: "BE", 18: "DK FI FO GL NL SD", 19: "MK SI", 20: "AT BA EE KZ LT LU MN XK", 21: "CH HR LI LV",
        22: "BG BH CR DE GB GE IE ME RS VA", 23: "AE GI IL IQ OM SO TL", 24: "AD CZ ES MD PK RO SA SE SK TN VG",
        25: "LY PT ST", 26: "IS TR", 27: "BI DJ FR GR IT MC MR SM", 28: "AL AZ BY CY DO GT HU LB NI PL SV",
        29: "BR EG PS QA UA", 30: "JO KW MU YE", 31: "MT SC", 32: "LC", 33: "RU",
    }.items()
    for code in codes.split()
}  # fmt: skip
# Looked for ahead, so that what only looks like one hides none that begins in it.
_IBAN = re.compile(r"(?<![0-9A-Za-z])(?=([A-Za-z]{2}[0-9]{2}(?:[ -]?[0-9A-Za-z]){11,30}))")


def _ibans(text: str) -> Iterator[Found]:
    """As long as the country has them, with the two check digits right (ISO 7064, MOD 97-10)."""
    for match in _IBAN.finditer(text):
        length = _IBAN_LENGTHS.get(match.group(1)[:2].upper())
        found = re.match(rf"(?:[0-9A-Za-z][ -]?){{{length}}}", match.group(1)) if length else None
        if found is None:
            continue
        end = match.start() + len(found.group().rstrip(" -"))
        value = re.sub("[ -]", "", found.group()).upper()
        digits = "".join(str(int(character, 36)) for character in value[4:] + value[:4])
        if int(digits) % 97 == 1 and not text[end : end + 1].isalnum():
            yield Found(match.start(), end, "iban", value)


_ID = re.compile(_BEGIN + r"[1-9]\d{16}[\dXx]" + _END)
_EARLIEST = date(1850, 1, 1)
# The first two digits of the places that are registered in (GB/T 2260).
_PROVINCES = frozenset(
    map(str, (*range(11, 16), *range(21, 24), *range(31, 38), *range(41, 47), *range(50, 55), *range(61, 66)))
) | {"71", "81", "82", "83", "91"}


def _residents(text: str) -> Iterator[Found]:
    """GB 11643: place, day of birth, serial number, and a check digit that is right (ISO 7064, MOD 11-2)."""
    for match in _ID.finditer(text):
        value = "".join(str(int(character)) if character.isdecimal() else "X" for character in match.group())
        total = sum(int(digit) * pow(2, 17 - place, 11) for place, digit in enumerate(value[:17]))
        if value[17] == "10X98765432"[total % 11] and value[:2] in _PROVINCES and _is_day(value[6:14]):
            yield Found(*match.span(), "id", value)


def _is_day(digits: str) -> bool:
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:])) >= _EARLIEST
    except ValueError:
        return False


_CARD = re.compile(
    _BEGIN
    + r"(?=(\d{14,19}|\d{4}([ -])\d{4}\2\d{4}\2\d{4}(?:\2\d{1,3})?|\d{4}([ -])\d{6}\3\d{4,5}|\d{6}[ -]\d{13})"
    + _END
    + ")"
)
# Issuers' first digits with their lengths (ISO/IEC 7812): Visa, Mastercard, American Express, Diners, JCB, Discover,
# UnionPay, Maestro.
_ISSUERS = re.compile(
    r"4(?:\d{15}|\d{18})|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}|3(?:0[0-5]|[68]\d)\d{11}"
    r"|35\d{14}|6(?:011|5\d\d|4[4-9]\d)\d{12}|62\d{14,17}|(?:50|5[6-9]|6\d)\d{14,17}"
)


def _cards(text: str) -> Iterator[Found]:
    """An issuer's numbers with Luhn's check digit (ISO/IEC 7812-1, annex B)."""
    for match in _CARD.finditer(text):
        value = _digits(match.group(1))
        if _ISSUERS.fullmatch(value) and _luhn(value):
            yield Found(*match.span(1), "card", value)


def _digits(text: str) -> str:
    """The decimal digits of a text, of whichever script, as ASCII."""
    return "".join(str(int(character)) for character in text if character.isdecimal())


def _luhn(digits: str) -> bool:
    doubled = (sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return (sum(map(int, digits[-1::-2])) + sum(doubled)) % 10 == 0


_IPV4 = re.compile(r"(?<![\w.-])(?:\d{1,3}\.){3}\d{1,3}(?![\w-])(?!\.\d)", re.ASCII)
_IPV6 = re.compile(r"(?<![\w:.])(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{0,4}(?![\w:])", re.ASCII)
_VERSION_BEFORE = re.compile(r"(?:version|release|build|firmware|ver|rev|v|版本|[=<>~!]=)[\s.:：]{0,3}$", re.IGNORECASE)
_WIDEST = 16
_NOBODY = frozenset({0, 127, 255})  # this network, this machine, a netmask
_FEW = 3  # groups of an IPv6 address; a::b may be anything


def _addresses(text: str) -> Iterator[Found]:
    """IPv4 and IPv6 addresses of a machine: no version numbers, netmasks and loopback addresses."""
    for pattern in (_IPV4, _IPV6):
        for match in pattern.finditer(text):
            try:
                address = ipaddress.ip_address(match.group())
            except ValueError:
                continue
            if pattern is _IPV4:
                version = _VERSION_BEFORE.search(text, max(match.start() - _WIDEST, 0), match.start())
                nobody = int(address) >> 24 in _NOBODY or version is not None
            else:
                groups = [group for group in match.group().split(":") if group]
                nobody = address.is_loopback or (len(groups) < _FEW and not address.is_link_local)
            if not nobody:
                yield Found(*match.span(), "ip", str(address))


_CALLED = (
    r"(?:tel|telephone|phone|mobile|cell|fax|whatsapp|wechat|call|dial|"
    r"电话|電話|手机|手機|座机|传真|傳真|致电|联系方式)"
)
_PHONES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        # With a country code: +, or 00 and a separator.
        r"(?<![0-9A-Za-z_+])(?P<n>\+[1-9](?:[ ()./-]{0,3}\d){7,14})(?!\d)",
        r"(?<![0-9A-Za-z_.,+-])(?<!\d )(?P<n>00[1-9]\d{0,2}[ ./-]\(?\d(?:[ ()./-]{0,3}\d){6,12})(?!\d)",
        # China: mobile numbers, fixed lines with their area code, 400 and 800.
        _BEGIN + r"(?P<n>(?:(?:\(86\)|(?:00)?86)[ -]?)?1[3-9]\d([ -]?)\d{4}\2\d{4})" + _END,
        _BEGIN + r"(?P<n>(?:86[ -])?0(?:10|2\d|[3-9]\d\d)[ -]\d{3,4}[ -]?\d{4}(?:-\d{1,5})?)" + _END,
        r"(?<![0-9A-Za-z_])(?P<n>\(0(?:10|2\d|[3-9]\d\d)\)[ -]?\d{3,4}[ -]?\d{4})" + _END,
        _BEGIN + r"(?P<n>[48]00([ -])\d{3}\2\d{4}|[48]00[ -]\d{4}[ -]\d{3})" + _END,
        # North America: area code and exchange begin with 2 to 9.
        r"(?<![0-9A-Za-z_.,-])(?P<n>(?:1[ .-])?\([2-9]\d\d\) ?[2-9]\d\d[ .-]\d{4})" + _END,
        _BEGIN + r"(?<![-])(?P<n>(?:1([.-]))?[2-9]\d\d([.-])[2-9]\d\d\3\d{4})(?!-)" + _END,
        # Anywhere: a leading 0 and groups apart.
        _BEGIN + r"(?<![-./])(?<!\d )(?P<n>(?:\(0\d{2,4}\)|0\d{2,4})[ /]\d{3,4}[ -]?\d{3,4})(?![-./]\d)" + _END,
        # After a word that says so.
        _CALLED + r"(?:\s?(?:no|number|nr|号码|號碼))?[\s.:：#]{0,3}(?P<n>\(?\d(?:[ ()./-]{0,2}\d){5,14})" + r"(?!\d)",
    )
)
_DATE = re.compile(r"(?:19|20)\d\d[-/. ](?:0?[1-9]|1[0-2])[-/. ](?:0?[1-9]|[12]\d|3[01])(?!\d)")


def _phones(text: str) -> Iterator[Found]:
    """Numbers that are written as phone numbers are. The same number with and without +86 is the same."""
    for pattern in _PHONES:
        for match in pattern.finditer(text):
            number = match.group("n")
            if _DATE.match(number):
                continue
            bare = re.sub(r"^(?:00)?86(?=1[3-9]\d{9}$)", "", _digits(number))
            yield Found(*match.span("n"), "phone", bare.removeprefix("00"))


@cache
def _recognisers() -> tuple[Callable[[str], Iterable[tuple[int, int]]], ...]:
    """Installed recognisers of names: functions that take a text and give spans."""
    from importlib.metadata import entry_points

    return tuple(entry.load() for entry in entry_points(group=_ENTRY_POINTS))


def _names(text: str) -> Iterator[Found]:
    for recognise in _recognisers():
        for start, end in recognise(text):
            if 0 <= start < end <= len(text):
                yield Found(start, end, "name", " ".join(text[start:end].split()).casefold())


_FINDERS: dict[str, Callable[[str], Iterator[Found]]] = {
    "email": _emails,
    "iban": _ibans,
    "id": _residents,
    "card": _cards,
    "ip": _addresses,
    "phone": _phones,
    "name": _names,
}
