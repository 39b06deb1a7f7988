"""reStructuredText: kept as written, as Markdown is; section titles are found in it, and the fields at its head.

Levels follow docutils: each style of adornment has the level at which it was first met.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ragsys.errors import NoTextError
from ragsys.ingest.encoding import decode
from ragsys.ingest.parsers.pieces import LONGEST_TITLE
from ragsys.types import Extraction, Heading

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ragsys.types import Scalar

__all__ = ["RestructuredParser"]

_ADORNMENT = re.compile(r"([!-/:-@\[-`{-~])\1*[ \t]*$")
_FIELD = re.compile(r"^:(author|authors|date|keywords|subject)s?:[ \t]+(\S[^\n]{0,300})", re.IGNORECASE | re.MULTILINE)
_HEAD = 4096
_LONG_ENOUGH = 4


class RestructuredParser:
    """Titles with a line under them, or lines above and below; nothing is included, no directive is run."""

    name = "rst"

    def parse(self, data: bytes, *, name: str) -> Extraction:
        """The text as it is, with its titles."""
        text = decode(data, name)
        if not text.strip():
            raise NoTextError(f"{name} holds nothing but white space")
        headings = tuple(_headings(text.split("\n")))
        metadata: dict[str, Scalar] = {
            key.lower().rstrip("s"): value.strip() for key, value in _FIELD.findall(text[:_HEAD]) if value.strip("$ ")
        }
        return Extraction(text, headings[0].title if headings else None, headings=headings, metadata=metadata)


def _headings(lines: Sequence[str]) -> Iterator[Heading]:
    """Each title, where its words' line starts."""
    styles: list[tuple[str, bool]] = []
    start = skip = 0
    for number, line in enumerate(lines):
        following = lines[number + 1] if number + 1 < len(lines) else ""
        before = lines[number - 1] if number else ""
        under, over = _mark(following), _mark(before)
        title = line.strip()
        overlined = bool(over) and over == under and len(before.rstrip()) >= len(title)
        if number >= skip and title and under and not _mark(line) and (overlined or _underlined(lines, number)):
            style = (under, overlined)
            if style not in styles:
                styles.append(style)
            yield Heading(start, styles.index(style) + 1, title[:LONGEST_TITLE].strip())
            skip = number + 2
        start += len(line) + 1


def _underlined(lines: Sequence[str], number: int) -> bool:
    """Whether a line begins a block at the margin and the one under it is long enough, which for docutils is four."""
    line, under = lines[number].rstrip(), lines[number + 1].rstrip()
    after_blank = number == 0 or not lines[number - 1].strip()
    return after_blank and not line[0].isspace() and len(under) >= min(len(line), _LONG_ENOUGH)


def _mark(line: str) -> str:
    """The character that a line of adornment consists of; "" for any other line."""
    match = _ADORNMENT.match(line)
    return match.group(1) if match and len(line.rstrip()) > 1 else ""
