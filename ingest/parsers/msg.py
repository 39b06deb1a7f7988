"""Outlook's messages ([MS-OXMSG]): properties in the streams of a compound file, which olefile opens.

Strings that are not Unicode are decoded as any text is: their declared code page is often not the true one.
"""

from __future__ import annotations

import io
import struct
from datetime import UTC, datetime, timedelta
from email.parser import HeaderParser
from typing import TYPE_CHECKING, Any

from ragsys.errors import FileDamagedError
from ragsys.ingest.encoding import decode_part
from ragsys.ingest.parsers.mail import SHOWN, Letter, file_name, html_text, plain_text
from ragsys.ingest.parsers.mail_headers import header, iso_date

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ragsys.types import Extraction

    Path = tuple[str, ...]

__all__ = ["MsgParser"]

_PROPERTIES = "__properties_version1.0"
_UNICODE, _BYTES, _BINARY, _OBJECT = "001F", "001E", "0102", "000D"
_SUBJECT, _BODY, _HTML, _HEADERS, _TO, _CC = "0037", "1000", "1013", "007D", "0E04", "0E03"
_SENDER, _SENDER_ADDRESS, _SENDER_SMTP = "0C1A", "0C1F", "5D01"
_LONG_NAME, _SHORT_NAME, _DATA = "3707", "3704", "3701"
_SUBMITTED, _DELIVERED, _MESSAGE_CODEPAGE, _INTERNET_CODEPAGE = 0x0039, 0x0E06, 0x3FFD, 0x3FDE
_CODEPAGES = {65001: "utf-8", 54936: "gb18030", 20127: "ascii", 28591: "latin-1", 50220: "iso-2022-jp", 51932: "euc-jp"}
_ENTRY = 16
_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)
_DEEPEST = 20
# What olefile raises on files that are broken.
_BROKEN = (OSError, ValueError, LookupError, TypeError, AttributeError, struct.error, RecursionError, OverflowError)


class MsgParser:
    """One message: its text, or its HTML where there is none; attachments and messages inside it become members."""

    name = "msg"

    def parse(self, data: bytes, *, name: str) -> Extraction:
        """The message. Raises `DocumentError` where it is damaged, `NoTextError` where nothing is in it."""
        import olefile

        try:
            with olefile.OleFileIO(io.BytesIO(data)) as ole:
                paths = frozenset(map(tuple, ole.listdir()))
                letter = _Message(ole, paths, (), name, len(data)).letter()
        except _BROKEN as error:
            raise FileDamagedError(f"{name} cannot be opened as an Outlook message") from error
        return letter.extraction(name)


class _Message:
    """A message in one storage of the file; `room` is how many bytes may still be read out of its streams."""

    def __init__(self, ole: Any, paths: frozenset[Path], at: Path, name: str, room: int) -> None:
        self._ole, self._paths, self._at, self._name, self.room = ole, paths, at, name, room
        self._fixed = dict(_fixed(self._stream(_PROPERTIES), 24 if at else 32))
        page = self._fixed.get(_INTERNET_CODEPAGE) or self._fixed.get(_MESSAGE_CODEPAGE) or 0
        page &= 0xFFFFFFFF
        self._charset = _CODEPAGES.get(page, f"cp{page}")

    def letter(self) -> Letter:
        """Its headers, bodies and attachments."""
        sent = HeaderParser().parsestr(self._text(_HEADERS))
        name, address = self._text(_SENDER), self._text(_SENDER_SMTP) or self._text(_SENDER_ADDRESS)
        address = address if "@" in address else ""  # inside an organisation it may be a path of its directory
        sender = f"{name} <{address}>" if name and address and name != address else name or address
        own = {"Subject": self._text(_SUBJECT), "From": sender, "To": self._text(_TO), "Cc": self._text(_CC)}
        headers = {key: header(sent, key) or " ".join(own.get(key, "").split("\0")).strip() for key in SHOWN}
        ticks = self._fixed.get(_SUBMITTED) or self._fixed.get(_DELIVERED) or 0
        date = iso_date(headers["Date"]) or _moment(ticks)
        headers["Date"] = headers["Date"] or date
        letter = Letter(headers, date)
        self._read_body(letter)
        self._read_attached(letter)
        return letter

    def _read_body(self, letter: Letter) -> None:
        body = plain_text(self._text(_BODY))
        if body is None:
            html = self._stream(f"__substg1.0_{_HTML}{_BINARY}")
            text = decode_part(html, self._charset) if html else self._text(_HTML)
            body = html_text(text, self._name)
        if body is not None:
            letter.bodies.append(body)

    def _read_attached(self, letter: Letter) -> None:
        depth = len(self._at)
        inside = {path[depth] for path in self._paths if path[:depth] == self._at and len(path) > depth + 1}
        for number, storage in enumerate(sorted(key for key in inside if key.startswith("__attach_version1.0_")), 1):
            at = (*self._at, storage)
            given = self._text(_LONG_NAME, storage) or self._text(_SHORT_NAME, storage)
            data = self._stream(f"__substg1.0_{_DATA}{_BINARY}", storage)
            embedded = (*at, f"__substg1.0_{_DATA}{_OBJECT}")
            if data.strip():
                letter.attached.append((file_name(given, f"part {number}.bin"), data))
            elif (*embedded, _PROPERTIES) in self._paths and depth < _DEEPEST:
                inner = _Message(self._ole, self._paths, embedded, self._name, self.room)
                found, self.room = inner.letter(), inner.room
                text = found.extraction(self._name).text
                title = found.headers.get("Subject", "")
                letter.attached.append((file_name(f"{title}.txt" if title else "", "message.txt"), text.encode()))
                letter.attached.extend(found.attached)

    def _text(self, identifier: str, *inside: str) -> str:
        wide = self._stream(f"__substg1.0_{identifier}{_UNICODE}", *inside)
        if wide:
            text = wide.decode("utf-16-le", "replace")
        else:
            text = decode_part(self._stream(f"__substg1.0_{identifier}{_BYTES}", *inside).rstrip(b"\0"), self._charset)
        return text.rstrip("\0").replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")

    def _stream(self, name: str, *inside: str) -> bytes:
        """The bytes of a stream; none where there is none. Streams that overlap cannot add up to more than the file."""
        path = (*self._at, *inside, name)
        if path not in self._paths:
            return b""
        self.room -= self._ole.get_size(path)
        if self.room < 0:
            raise FileDamagedError(f"{self._name} claims to hold more than its own size")
        return bytes(self._ole.openstream(path).read())


def _fixed(stream: bytes, header_size: int) -> Iterator[tuple[int, int]]:
    """The identifier and the eight bytes of each property that has a fixed size."""
    for at in range(header_size, len(stream) - _ENTRY + 1, _ENTRY):
        _, identifier, _, value = struct.unpack_from("<HHIQ", stream, at)
        yield identifier, value


def _moment(ticks: int) -> str:
    """A time in tenths of a microsecond since 1601, as ISO 8601; "" where it is none."""
    try:
        return (_EPOCH + timedelta(microseconds=ticks // 10)).isoformat(timespec="seconds") if ticks else ""
    except OverflowError:
        return ""
