"""AsciiDoc: kept as written, as Markdown is; section titles are found in it, and the attributes at its head."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ragsys.errors import NoTextError
from ragsys.ingest.encoding import decode
from ragsys.ingest.parsers.pieces import LONGEST_TITLE
from ragsys.language import base
from ragsys.types import Extraction, Heading

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ragsys.types import Scalar

__all__ = ["AsciidocParser"]

_TITLE = re.compile(r"(={1,6}|#{1,6})[ \t]+(\S.*?)(?:[ \t]+\1)?[ \t]*$")
_BLOCK = re.compile(r"(-{4,}|\.{4,}|/{4,}|\+{4,}|\*{4,}|_{4,}|={4,}|```)[^\n`]*$")
# In these, a line that begins with "=" is code or a comment.
_LITERAL = ("-", ".", "/", "+", "`")
_UNDER = {"=": 1, "-": 2, "~": 3, "^": 4, "+": 5}
_UNDERLINE = re.compile(r"([=\-~^+])\1{2,}[ \t]*$")
_ATTRIBUTE = re.compile(
    r"^:(author|revdate|date|lang|keywords|description|doctitle|title):[ \t]+(\S[^\n]{0,300})", re.MULTILINE
)
_OURS = {"revdate": "date", "doctitle": "title"}
_AUTHOR = re.compile(r"^=[ \t]+\S[^\n]*\n([^\W\d_][^\n<:=]{0,100}?)[ \t]*<[^<>\s]+@[^<>\s]+>", re.MULTILINE)
_HEAD = 4096
_SLACK = 2


class AsciidocParser:
    """Titles of one line ("== Title"), or with a line under them; nothing is included, no macro is run."""

    name = "asciidoc"

    def parse(self, data: bytes, *, name: str) -> Extraction:
        """The text as it is, with its titles."""
        text = decode(data, name)
        if not text.strip():
            raise NoTextError(f"{name} holds nothing but white space")
        headings = tuple(_headings(text))
        metadata: dict[str, Scalar] = {
            _OURS.get(key, key): value.strip() for key, value in _ATTRIBUTE.findall(text[:_HEAD])
        }
        author = _AUTHOR.search(text[:_HEAD])
        if author:
            metadata.setdefault("author", author.group(1))
        language = base(str(metadata.pop("lang", "")))
        title = metadata.pop("title", None) or (headings[0].title if headings else None)
        return Extraction(
            text,
            None if title is None else str(title),
            headings=headings,
            metadata={**metadata, "lang": language} if language else metadata,
        )


def _headings(text: str) -> Iterator[Heading]:
    """Each title outside code and comments, where its line starts."""
    start, fence = 0, ""
    previous, previous_at = "", 0
    for line in text.split("\n"):
        block, title, under = _BLOCK.match(line), _TITLE.match(line), _UNDERLINE.match(line)
        paragraph = ""
        if fence:
            if block and block.group(1) == fence:
                fence = ""
        elif under and previous and abs(len(line.rstrip()) - len(previous)) <= _SLACK:
            yield Heading(previous_at, _UNDER[under.group(1)], previous[:LONGEST_TITLE].strip())
        elif block and block.group(1).startswith(_LITERAL):
            fence = block.group(1)
        elif title:
            yield Heading(start, len(title.group(1)), title.group(2)[:LONGEST_TITLE].strip())
        elif line[:1].isalnum():
            paragraph = line.strip()
        previous, previous_at = paragraph, start
        start += len(line) + 1
