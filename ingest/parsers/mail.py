"""A message to text: its headers as the first paragraph, then its body, quoted replies included; attachments aside.

Knows no file format: eml.py, mbox.py and msg.py read those.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from ragsys.errors import DocumentError, NoTextError
from ragsys.ingest.parsers.html import HtmlParser
from ragsys.ingest.parsers.pieces import LONGEST_TITLE, Pieces
from ragsys.types import Extraction, Heading, Member

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["SHOWN", "Letter", "file_name", "html_text", "plain_text"]

# What a reader sees above a message, in this order; each is metadata, too, under the name beside it.
SHOWN = {"Subject": "", "From": "author", "To": "to", "Cc": "cc", "Date": ""}
_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f/\\\u202a-\u202e\u2066-\u2069]+")
_LONGEST_NAME = 120
_LONGEST_LIST = 2000


@dataclass(slots=True)
class Letter:
    """A message that is being read: headers by their names in `SHOWN`, ISO date, bodies and attachments in order."""

    headers: Mapping[str, str]
    date: str = ""
    bodies: list[Extraction] = field(default_factory=list)
    attached: list[tuple[str, bytes]] = field(default_factory=list)

    def extraction(self, name: str) -> Extraction:
        """The whole message. Raises `NoTextError` where there is neither a header, a text nor an attachment."""
        pieces = Pieces()
        lines = [f"{key}: {value[:_LONGEST_LIST]}" for key in SHOWN if (value := self.headers.get(key, ""))]
        if lines:
            pieces.paragraph("\n".join(lines))
        subject = self.headers.get("Subject", "")[:LONGEST_TITLE].strip()
        if subject:
            pieces.headings.append(Heading(len("Subject: "), 1, subject))
        for body in self.bodies:
            pieces.graft(body, deeper=1 if subject else 0)
        if not pieces and not self.attached:
            raise NoTextError(f"{name} has neither headers nor text")
        about = {ours: self.headers.get(key, "") for key, ours in SHOWN.items() if ours}
        metadata = {key: value[:_LONGEST_LIST] for key, value in {**about, "date": self.date}.items() if value}
        return pieces.result(subject or None, metadata, tuple(_members(self.attached)))


def plain_text(text: str) -> Extraction | None:
    """A body of plain text as it is; None where it is empty."""
    kept = "\n".join(line.rstrip() for line in text.split("\n")).strip("\n")
    return Extraction(kept) if kept.strip() else None


def html_text(html: str, name: str) -> Extraction | None:
    """What a body of HTML shows; None where that is nothing."""
    try:
        return HtmlParser().parse(html.encode("utf-8", "replace"), name=name)
    except DocumentError:
        return None


def file_name(name: str, otherwise: str) -> str:
    """A name that a member can have: one part of a path, without characters that control anything."""
    clean = " ".join(_FORBIDDEN.sub(" ", name.encode("utf-8", "replace").decode("utf-8")).split()).strip(". ")
    if len(clean) > _LONGEST_NAME:
        suffix = PurePosixPath(clean).suffix[:12]
        clean = clean[: _LONGEST_NAME - len(suffix)].rstrip() + suffix
    return clean or otherwise


def _members(attached: Sequence[tuple[str, bytes]]) -> list[Member]:
    """Attachments under names of their own: the second "a.pdf" is "a (2).pdf"."""
    seen: Counter[str] = Counter()
    members = []
    for name, data in attached:
        path = PurePosixPath(name)
        own, number = name, 1
        while seen[own]:
            number += 1
            own = f"{path.stem} ({number}){path.suffix}"
        seen[own] += 1
        members.append(Member(own, data))
    return members
