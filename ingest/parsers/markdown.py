"""Markdown: kept as written, so that offsets are those of the file; headings and front matter are found in it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ragsys.errors import NoTextError
from ragsys.ingest.encoding import decode
from ragsys.types import Extraction, Heading

if TYPE_CHECKING:
    from ragsys.types import Scalar

__all__ = ["MarkdownParser"]

_FRONT = re.compile(r"\A---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_FIELD = re.compile(r"^([A-Za-z_][\w-]*):[ \t]*(.*?)[ \t]*$")
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})")
_ATX = re.compile(r"^ {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$")
_SETEXT = re.compile(r"^ {0,3}(=+|-+)[ \t]*$")
_INTEGER = re.compile(r"[+-]?\d{1,15}")
_NUMBER = re.compile(r"[+-]?\d{1,15}\.\d{1,15}")


class MarkdownParser:
    """CommonMark's ATX and setext headings outside code fences, and front matter of scalar fields."""

    name = "markdown"

    def parse(self, data: bytes, *, name: str) -> Extraction:
        """The text as it is, with its headings; the title is the front matter's or the first heading's."""
        text = decode(data, name)
        if not text.strip():
            raise NoTextError(f"{name} holds nothing but white space")
        front = _FRONT.match(text)
        metadata = _fields(front.group(1)) if front else {}
        headings = _headings(text, front.end() if front else 0)
        title = metadata.pop("title", None)
        if title is None and headings:
            title = headings[0].title
        return Extraction(text, None if title is None else str(title), (), tuple(headings), metadata)


def _headings(text: str, start: int) -> list[Heading]:
    found = []
    fence, previous, previous_at = "", "", start
    at = start
    for line in text[start:].splitlines(keepends=True):
        body = line.rstrip("\n")
        mark = _FENCE.match(body)
        if fence:
            if mark and mark.group(1).startswith(fence) and not body.strip(" `~"):
                fence = ""
            previous = ""
        elif mark:
            fence, previous = mark.group(1), ""
        elif atx := _ATX.match(body):
            found.append(Heading(at, len(atx.group(1)), (atx.group(2) or "").strip()))
            previous = ""
        elif previous.strip() and (setext := _SETEXT.match(body)):
            found.append(Heading(previous_at, 1 if setext.group(1)[0] == "=" else 2, previous.strip()))
            previous = ""
        else:
            # Only a paragraph's line can become a heading by what follows it.
            previous = "" if body.lstrip().startswith((">", "- ", "* ", "+ ", "|")) else body
        previous_at = at
        at += len(line)
    return found


def _fields(block: str) -> dict[str, Scalar]:
    """The scalar fields of front matter; lists and nested fields are left out."""
    found: dict[str, Scalar] = {}
    for line in block.splitlines():
        match = _FIELD.match(line)
        if match and match.group(2) and match.group(2)[0] not in "[{|>&*":
            found[match.group(1)] = _scalar(match.group(2))
    return found


def _scalar(text: str) -> Scalar:
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        return text[1:-1]
    if text.lower() in {"true", "false"}:
        return text.lower() == "true"
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _NUMBER.fullmatch(text) else text
