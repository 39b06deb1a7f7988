"""Documents on their way into an index and in it.

Offsets (`start`, `end`) count Unicode code points in a document's extracted text, half-open. Pages are 1-based; None
where the format has no pages.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import groupby, islice, takewhile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ragsys.notices import Notice

__all__ = [
    "AddReport",
    "Document",
    "DocumentRef",
    "Extraction",
    "Failure",
    "Heading",
    "Member",
    "Metadata",
    "Moved",
    "Passage",
    "Place",
    "Rehearsed",
    "Scalar",
    "SourceText",
    "TextDocument",
    "place_of",
    "table_header",
    "with_table_header",
]

Scalar = str | int | float | bool
Metadata = Mapping[str, Scalar]


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of a document: where its line starts, its level (1 is the highest) and its words."""

    start: int
    level: int
    title: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where the text from `start` on is, in a format that has no pages: "slide" 3, row 7 of the sheet "Sales!".

    `first` and `last` are the numbers or names of what begins there and ends before the next place: slide "3" and "3",
    cells "A7" and "F7". A unit that ends in "!" is a sheet, whose cells follow it as in a spreadsheet's own notation;
    an empty one is for places that speak for themselves, such as times.
    """

    start: int
    unit: str
    first: str
    last: str


@dataclass(frozen=True, slots=True)
class Member:
    """A file inside a file: of an archive, of a mailbox, attached to a message. It is a document of its own."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Extraction:
    """What a parser found in a file.

    `page_starts[i]` is the offset at which page i + 1 begins (`page_starts[0] == 0`); empty where the
    format has no pages. `headings` ascend by `start`, and each heading's line is part of `text`; `places` ascend, too.
    Paragraphs are separated by a blank line. A file that only holds others has `members` and an empty text.
    """

    text: str
    title: str | None = None
    page_starts: tuple[int, ...] = ()
    headings: tuple[Heading, ...] = ()
    metadata: Metadata = field(default_factory=dict)
    places: tuple[Place, ...] = ()
    members: tuple[Member, ...] = ()


@dataclass(frozen=True, slots=True)
class TextDocument:
    """A document that a program holds in memory. `source` names it, such as "tickets:4711", and is its identity."""

    source: str
    text: str
    title: str | None = None
    metadata: Metadata = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Passage:
    """A span of a document's text that is embedded and retrieved as one unit.

    The passages of a document tile it: the first starts at 0, the last ends at the text's length, and
    none starts after the end of the one before (an overlap is whole sentences). `place` is `place_of` its span. The
    last heading of one that begins inside a table is the table's header row; see `table_header`.
    """

    start: int
    end: int
    page: int | None = None
    heading: tuple[str, ...] = ()
    place: str | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """A document as the index holds it; `id` is stable over updates of the same source."""

    id: str
    source: str
    title: str | None
    sha256: str
    metadata: Metadata
    size: int
    characters: int
    pages: int | None
    passages: int
    added_at: str


@dataclass(frozen=True, slots=True)
class DocumentRef:
    """The part of a document that a hit or a citation carries."""

    id: str
    source: str
    title: str | None
    sha256: str
    metadata: Metadata


@dataclass(frozen=True, slots=True)
class SourceText:
    """The stored text of a document and where its pages start: what every citation is verified against."""

    text: str
    page_starts: tuple[int, ...] = ()
    places: tuple[Place, ...] = ()

    def page(self, offset: int) -> int | None:
        """The page on which an offset lies; None where the format has no pages."""
        return bisect_right(self.page_starts, offset) if self.page_starts else None

    def place(self, start: int, end: int) -> str | None:
        """Where the span [start:end] is, in a format without pages; see `place_of`."""
        return place_of(self.places, start, end)


@dataclass(frozen=True, slots=True)
class Failure:
    """A file that could not be ingested, and why."""

    source: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Moved:
    """A document whose file is at another source now, with the same content; its passages stayed as they were."""

    before: str
    source: str


@dataclass(frozen=True, slots=True)
class AddReport:
    """What one `add` did. Counts are files, except `passages` (stored), `embedded` (those computed) and `seq`.

    `languages` counts the documents that were added or updated, by language. What `moved` is neither added nor
    vanished; `relabelled` counts those of the unchanged that got other metadata.
    """

    added: int
    updated: int
    unchanged: int
    deleted: int
    failed: tuple[Failure, ...]
    vanished: tuple[str, ...]
    passages: int
    embedded: int
    seq: int
    seconds: float
    languages: Mapping[str, int] = field(default_factory=dict)
    warnings: tuple[Notice, ...] = ()
    moved: tuple[Moved, ...] = ()
    relabelled: int = 0


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What an `add` would do, and what it would cost; nothing has been stored.

    `files`, `bytes` and `passages` are of those that are `new` or `changed`; of the passages, `embedded` would be
    computed, in about `seconds` at the `speed` (passages a second) that was last measured here; None where none was.
    """

    new: tuple[str, ...]
    changed: tuple[str, ...]
    unchanged: int
    relabelled: int
    moved: tuple[Moved, ...]
    removed: tuple[str, ...]
    vanished: tuple[str, ...]
    failed: tuple[Failure, ...]
    files: int
    bytes: int
    passages: int
    embedded: int
    speed: float | None
    seconds: float | None
    warnings: tuple[Notice, ...] = ()


def place_of(places: Sequence[Place], start: int, end: int) -> str | None:
    """The span [start:end] in words: "slides 3-5", "Sales!A2:F9"; None where no place is known.

    `places` ascend. What lies before the first has none.
    """
    first = max(bisect_right(places, start, key=lambda place: place.start) - 1, 0)
    touched = takewhile(lambda place: place.start < end, islice(places, first, None))
    return ", ".join(_span(list(run)) for _, run in groupby(touched, key=lambda place: place.unit)) or None


def table_header(heading: Sequence[str]) -> str:
    """The header row over a passage that begins inside a table, as Markdown writes it; "" for any other passage."""
    row = heading[-1] if heading else ""
    return row if len(row) > 1 and row.startswith("|") and row.endswith("|") else ""


def with_table_header(text: str, heading: Sequence[str]) -> str:
    r"""A passage's text as it is embedded and shown to a generator: below the header of the table that it begins in.

    >>> with_table_header("| 2024 | 180 |", ("Ducks", "| Year | Count |"))
    '| Year | Count |\n| 2024 | 180 |'
    """
    header = table_header(heading)
    return f"{header}\n{text}" if header else text


def _span(run: Sequence[Place]) -> str:
    """Places of one unit that follow one another."""
    unit, first, last = run[0].unit, run[0].first, run[-1].last
    if unit.endswith("!"):
        return f"{unit}{first}" if first == last else f"{unit}{first}:{last}"
    if not unit:
        return first if first == last else f"{first}-{last}"
    return f"{unit} {first}" if first == last else f"{unit}s {first}-{last}"
