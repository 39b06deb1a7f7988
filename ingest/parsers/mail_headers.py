"""The headers of a message as its reader sees them: encoded words (RFC 2047), raw bytes of any encoding, dates.

The standard library's own header objects raise on some broken headers and replace raw bytes; nothing here does. Knows
nothing about bodies.
"""

from __future__ import annotations

import base64
import binascii
import quopri
import re
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from ragsys.ingest.encoding import decode_part

if TYPE_CHECKING:
    from email.message import Message

__all__ = ["header", "iso_date", "readable"]

_WORD = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?([^?]*)\?=")
# White space between lines, and what no text of a header has.
_FOLD = re.compile(r"[\s\x00-\x1f\x7f]+")
_NOT_BASE64 = re.compile(r"[^A-Za-z0-9+/]")


def header(message: Message, name: str) -> str:
    """All values of a header as one line of text, encoded words decoded; "" where there is none."""
    values = [value for key, value in message.raw_items() if key.lower() == name.lower()]
    return ", ".join(filter(None, (readable(str(value)) for value in values)))


def readable(value: str) -> str:
    """A header's value with its encoded words and raw bytes decoded, on one line."""
    pieces: list[str] = []
    pending, charset, at = b"", "", 0
    value = decode_part(value.encode("ascii", "surrogateescape")) if _is_raw(value) else value
    for match in _WORD.finditer(value):
        between = value[at : match.start()]
        # White space between two encoded words is none; a character may be divided among words of one encoding.
        apart = bool(between.strip()) or not at
        if pending and (apart or match.group(1).lower() != charset):
            pieces.append(_decoded(pending, charset))
            pending = b""
        if apart:
            pieces.append(between)
        charset = match.group(1).lower()
        pending += _word(match.group(2), match.group(3))
        at = match.end()
    pieces += [_decoded(pending, charset), value[at:]]
    return _FOLD.sub(" ", "".join(pieces)).strip()


def iso_date(value: str) -> str:
    """A date of RFC 5322 as ISO 8601; "" where it is none."""
    try:
        return parsedate_to_datetime(value).isoformat()
    except (ValueError, TypeError, IndexError, OverflowError):
        return ""


def _is_raw(value: str) -> bool:
    return any("\udc80" <= character <= "\udcff" for character in value)


def _word(how: str, text: str) -> bytes:
    """The bytes of an encoded word; what is broken in it costs no more than itself."""
    if how in "qQ":
        return quopri.decodestring(text.replace("_", " ").encode("utf-8", "replace"), header=False)
    digits = _NOT_BASE64.sub("", text)
    digits = digits[: len(digits) - 1] if len(digits) % 4 == 1 else digits
    try:
        return base64.b64decode(digits + "=" * (-len(digits) % 4))
    except binascii.Error:
        return b""


def _decoded(data: bytes, charset: str) -> str:
    """Bytes of encoded words; RFC 2231 has the language after a star."""
    return decode_part(data, charset.partition("*")[0])
