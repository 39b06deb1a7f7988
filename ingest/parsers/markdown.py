"""Markdown: kept as written, so that offsets are those of the file; headings and front matter are found in it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ragsys.errors import NoTextError
from ragsys.ingest.encoding import decode
from ragsys.ingest.parsers import front_matter
from ragsys.types import Extraction, Heading

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["MarkdownParser", "headings_of"]

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})([^\n]*)")
_ATX = re.compile(r" {0,3}(#{1,6})(?=[ \t]|$)")
_CLOSING = re.compile(r"(?:^|[ \t])#+$")
_SETEXT = re.compile(r" {0,3}(=+|-+)[ \t]*$")
_INDENTED = re.compile(r" {4}| {0,3}\t")
_NOT_PARAGRAPH = (">", "- ", "* ", "+ ", "|")
# A line may be a whole book; a title is stored with every passage below it.
_LONGEST_TITLE = 300


class MarkdownParser:
    """CommonMark's ATX and setext headings outside code, and front matter of scalar fields."""

    name = "markdown"

    def parse(self, data: bytes, *, name: str) -> Extraction:
        """The text as it is, with its headings; the title is the front matter's or the first heading's."""
        text = decode(data, name)
        if not text.strip():
            raise NoTextError(f"{name} holds nothing but white space")
        block, start = front_matter.split(text)
        metadata = front_matter.read_fields(block)
        headings = list(headings_of(text, start))
        title = metadata.pop("title", None) or metadata.pop("标题", None)
        if title is None and headings:
            title = headings[0].title
        return Extraction(text, None if title is None else str(title), (), tuple(headings), metadata)


def headings_of(text: str, start: int = 0) -> Iterator[Heading]:
    """Each heading that has words, where its line starts."""
    previous, previous_at = "", start
    for at, line in _outside_code(text, start):
        paragraph = ""
        if _INDENTED.match(line):
            paragraph = line if previous else ""  # else it is code
        elif atx := _ATX.match(line):
            title = _CLOSING.sub("", line[atx.end() :].strip(" \t")).strip(" \t")
            if title:
                yield Heading(at, len(atx.group(1)), title[:_LONGEST_TITLE].strip())
        elif rule := _SETEXT.match(line):
            if previous:
                level = 1 if rule.group(1)[0] == "=" else 2
                yield Heading(previous_at, level, previous.strip()[:_LONGEST_TITLE].strip())
        elif not line.lstrip().startswith(_NOT_PARAGRAPH):
            # Only a paragraph's line can become a heading by what follows it.
            paragraph = line.strip()
        previous, previous_at = paragraph, at


def _outside_code(text: str, start: int) -> Iterator[tuple[int, str]]:
    """Each line and where it starts; a fenced block of code is one empty line."""
    fence = ""
    for at, line in _lines(text, start):
        mark = _FENCE.match(line)
        if fence:
            # A fence is closed by one that is as long, of the same kind, and alone on its line.
            if mark and mark.group(1).startswith(fence) and not mark.group(2).strip():
                fence = ""
        elif mark and not (mark.group(1).startswith("`") and "`" in mark.group(2)):
            fence = mark.group(1)
            yield at, ""
        else:
            yield at, line


def _lines(text: str, start: int) -> Iterator[tuple[int, str]]:
    """Each line and where it starts; Markdown's lines end with a newline and nothing else."""
    while start < len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        yield start, text[start:end]
        start = end + 1
