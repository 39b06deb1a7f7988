"""Mailboxes: one file of many messages (RFC 4155). It has no text of its own; each message is a member."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ragsys.errors import NoTextError
from ragsys.ingest.parsers.eml import read_headers
from ragsys.ingest.parsers.mail import file_name
from ragsys.ingest.parsers.mail_headers import header
from ragsys.types import Extraction, Member

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["FIRST_LINE", "MboxParser"]

# The line before a message: whose it is and when it came. A line of a body that begins with "From " has no time in it.
FIRST_LINE = re.compile(rb"^From [^\r\n]*\d\d:\d\d[^\r\n]*\r?\n", re.MULTILINE)
_QUOTED = re.compile(rb"^>(>*From )", re.MULTILINE)
_LONGEST_SUBJECT = 80
_HEADERS = 64 * 1024


class MboxParser:
    """Messages in the order of the mailbox, named by number and subject: "0001 Minutes.eml"."""

    name = "mbox"

    def parse(self, data: bytes, *, name: str) -> Extraction:
        """The messages as members. Raises `NoTextError` where there is none."""
        members = tuple(
            Member(_name(number, message, name), message) for number, message in enumerate(_messages(data), 1)
        )
        if not members:
            raise NoTextError(f"{name} holds no message")
        return Extraction("", members=members)


def _messages(data: bytes) -> Iterator[bytes]:
    """What stands between two lines that begin a message; the quoting of such lines in bodies is taken off."""
    starts = [match for match in FIRST_LINE.finditer(data) if _begins(data, match.start())]
    ends = [*(match.start() for match in starts), len(data)][1:]
    for match, end in zip(starts, ends, strict=True):
        message = _QUOTED.sub(rb"\1", data[match.end() : end]).rstrip(b"\r\n") + b"\n"
        if message.strip():
            yield message


def _begins(data: bytes, at: int) -> bool:
    """Whether a line at `at` is the first one, or follows a blank one."""
    return at == 0 or data[max(at - 3, 0) : at].endswith((b"\n\n", b"\n\r\n"))


def _name(number: int, message: bytes, name: str) -> str:
    subject = header(read_headers(message[:_HEADERS], name, only=True), "Subject")[:_LONGEST_SUBJECT]
    return file_name(f"{number:04} {subject}".strip(), "") + ".eml"
