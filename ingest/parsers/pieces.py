"""A text put together from pieces, with the headings and places that it gets on the way.

Knows nothing about formats: a piece is a paragraph or a line, and what separates two is decided here alone.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING

from ragsys.types import Extraction, Heading, Place

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ragsys.types import Member, Metadata

__all__ = ["LONGEST_TITLE", "Pieces", "thinned"]

# A title is stored with every passage below it.
LONGEST_TITLE = 300
# More places than this are joined: a table may have a million rows, and each would be stored.
_MOST_PLACES = 20_000
_NEWLINE, _BLANK = "\n", "\n\n"


def thinned(places: Sequence[Place]) -> tuple[Place, ...]:
    """The places, or where they are very many, several of one unit that follow one another as one."""
    step = -(-len(places) // _MOST_PLACES)
    if step <= 1:
        return tuple(places)
    units = (list(run) for _, run in groupby(places, key=lambda place: place.unit))
    runs = (unit[at : at + step] for unit in units for at in range(0, len(unit), step))
    return tuple(replace(run[0], last=run[-1].last) for run in runs)


class Pieces:
    """The text so far. A heading's words and a place begin exactly where the piece after them is written."""

    def __init__(self) -> None:
        self.headings: list[Heading] = []
        self.places: list[Place] = []
        self._pieces: list[str] = []
        self._length = 0
        self._place: tuple[str, str, str] | None = None

    def __bool__(self) -> bool:
        """Whether anything has been written."""
        return bool(self._pieces)

    def place(self, unit: str, first: str | int, last: str | int | None = None) -> None:
        """What is written next is in this place."""
        self._place = (unit, str(first), str(first if last is None else last))

    def heading(self, level: int, title: str) -> None:
        """A heading on a line of its own, a paragraph."""
        title = " ".join(title.split())
        if title:
            start = self.paragraph(title)
            self.headings.append(Heading(start, level, title[:LONGEST_TITLE].strip()))

    def paragraph(self, text: str) -> int:
        """Text with a blank line before it; where it starts."""
        return self._add(text.strip("\n"), _BLANK)

    def line(self, text: str) -> int:
        """Text on a line of its own; where it starts."""
        return self._add(text.strip("\n"), _NEWLINE)

    def graft(self, extraction: Extraction, *, deeper: int = 0) -> None:
        """Another text as a paragraph, with its headings (`deeper` levels down) and places."""
        body = extraction.text.strip("\n")
        dropped = len(extraction.text) - len(extraction.text.lstrip("\n"))
        start = self._add(body, _BLANK) - dropped
        self.headings.extend(
            replace(heading, start=start + heading.start, level=heading.level + deeper)
            for heading in extraction.headings
        )
        self.places.extend(replace(place, start=start + place.start) for place in extraction.places)

    def result(
        self, title: str | None = None, metadata: Metadata | None = None, members: tuple[Member, ...] = ()
    ) -> Extraction:
        """Everything, with one newline at the end; where nothing was written, an empty text."""
        text = "".join(self._pieces).rstrip()
        return Extraction(
            text + "\n" if text else "",
            title,
            headings=tuple(self.headings),
            metadata=metadata or {},
            places=thinned(self.places),
            members=members,
        )

    def _add(self, text: str, separator: str) -> int:
        if not text.strip():
            return self._length
        if self._pieces:
            self._pieces.append(separator)
            self._length += len(separator)
        start = self._length
        if self._place is not None:
            self.places.append(Place(start, *self._place))
            self._place = None
        self._pieces.append(text)
        self._length += len(text)
        return start
