"""Messages as they are mailed (RFC 5322 and MIME): the parts that a mail program shows, and the attachments.

The standard library finds the parts under its oldest policy, the one that never interprets a header while it parses.
"""

from __future__ import annotations

import mimetypes
from email import policy
from email.message import Message
from email.parser import BytesParser
from typing import TYPE_CHECKING

from ragsys.errors import NestedTooDeeplyError, NoTextError, TooManyMembersError
from ragsys.ingest.encoding import decode_part
from ragsys.ingest.parsers.mail import SHOWN, Letter, file_name, html_text, plain_text
from ragsys.ingest.parsers.mail_headers import header, iso_date, readable

if TYPE_CHECKING:
    from ragsys.types import Extraction

__all__ = ["EmlParser", "read_headers"]

_POLICY = policy.compat32.clone(mangle_from_=False)
# What the standard library raises on payloads and parameters that are broken.
_BROKEN = (ValueError, LookupError, AttributeError, TypeError, AssertionError)
_SIGNATURES = frozenset({"application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature"})
_MOST_PARTS = 10_000
_PROSE = frozenset({"text/plain", "text/html"})


class EmlParser:
    """One message: of alternatives the plain text, or the HTML where that is empty; attachments become members."""

    name = "eml"

    def parse(self, data: bytes, *, name: str) -> Extraction:
        """The message. Raises `NoTextError`, or `DocumentError` where its parts are nested too deep."""
        if not data.strip():
            raise NoTextError(f"{name} holds nothing but white space")
        message = read_headers(data, name)
        letter = Letter({key: header(message, key) for key in SHOWN}, iso_date(header(message, "Date")))
        try:
            _Reader(letter, name).read(message)
        except RecursionError:
            raise NestedTooDeeplyError(f"{name} nests its parts too deep") from None
        return letter.extraction(name)


def read_headers(data: bytes, name: str, *, only: bool = False) -> Message:
    """The message in `data`; with `only`, its headers and none of its parts."""
    try:
        return BytesParser(policy=_POLICY).parsebytes(data, headersonly=only)
    except RecursionError:
        raise NestedTooDeeplyError(f"{name} nests its parts too deep") from None


class _Reader:
    """Walks the parts of one message into a letter."""

    def __init__(self, letter: Letter, name: str) -> None:
        self._letter = letter
        self._name = name
        self._parts = 0

    def read(self, part: Message, *, related: bool = False) -> None:
        """Take what `part` shows or carries; `related`: its images belong to a page, which shows no text of theirs."""
        self._parts += 1
        if self._parts > _MOST_PARTS:
            raise TooManyMembersError(f"{self._name} has more than {_MOST_PARTS} parts")
        kind, children = part.get_content_type(), _children(part)
        if kind == "message/rfc822" and children:
            self._forwarded(children[0])
        elif kind == "multipart/alternative" and children:
            self._alternatives(children)
        elif children:
            for child in children:
                self.read(child, related=kind == "multipart/related")
        else:
            self._leaf(part, kind, related=related)

    def _alternatives(self, children: list[Message]) -> None:
        """The first plain text that is not empty, else the last alternative that shows something."""
        plain = [child for child in children if child.get_content_type() == "text/plain"]
        others = [child for child in children if child.get_content_type() != "text/plain"]
        for child in (*plain, *reversed(others)):
            shown = len(self._letter.bodies)
            self.read(child)
            if len(self._letter.bodies) > shown:
                break

    def _forwarded(self, message: Message) -> None:
        """A message inside: a member, named after its subject."""
        try:
            data = message.as_bytes(policy=_POLICY)
        except (*_BROKEN, RecursionError):
            data = b"".join(f"{key}: {header(message, key)}\n".encode() for key in SHOWN) + b"\n" + _payload(message)
        subject = header(message, "Subject")
        self._letter.attached.append((file_name(f"{subject}.eml" if subject else "", "message.eml"), data))

    def _leaf(self, part: Message, kind: str, *, related: bool) -> None:
        given, disposition = _file_name(part), str(part.get("Content-Disposition", "")).strip().lower()
        attached = disposition.startswith("attachment") or (given and kind not in _PROSE)
        if kind in _SIGNATURES or (related and kind.startswith("image/")):
            return
        data = _payload(part)
        if not data.strip():
            return
        if attached or not kind.startswith(("text/", "message/", "multipart/")) or kind == "text/calendar":
            suffix = mimetypes.guess_extension(kind) or ".bin"
            name = file_name(given, f"part {len(self._letter.attached) + 1}{suffix}")
            self._letter.attached.append((name, data))
            return
        text = _text(data, part)
        body = html_text(text, self._name) if kind == "text/html" else plain_text(text)
        if body is not None:
            self._letter.bodies.append(body)


def _children(part: Message) -> list[Message]:
    payload = part.get_payload() if part.is_multipart() else []
    return [child for child in payload if isinstance(child, Message)] if isinstance(payload, list) else []


def _payload(part: Message) -> bytes:
    """The bytes of a part, decoded as far as they can be."""
    for decoded in (True, False):
        try:
            payload = part.get_payload(decode=decoded)
        except _BROKEN:
            continue
        if isinstance(payload, bytes):
            return payload
        if isinstance(payload, str):
            return payload.encode("utf-8", "surrogateescape")
    return b""


def _text(data: bytes, part: Message) -> str:
    """A body in its declared encoding where that is true, else in the most plausible one."""
    try:
        charset = part.get_content_charset() or ""
    except _BROKEN:
        charset = ""
    return decode_part(data, charset)


def _file_name(part: Message) -> str:
    try:
        return readable(part.get_filename() or "")
    except _BROKEN:
        return ""
