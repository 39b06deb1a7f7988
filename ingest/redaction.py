"""Personal data out of a document before anything of it is stored: [EMAIL-1] stands where an address was.

Within a document, equal data have one placeholder, wherever they stand. Which was which is written down nowhere: it
cannot be undone. Offsets of headings, pages and places move along, so that everything counts in the redacted text.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import replace
from typing import TYPE_CHECKING

from ragsys.ingest.personal import KINDS, find, parse_kinds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ragsys.types import Extraction, Metadata, Scalar

__all__ = ["VERSION", "redact", "redact_words", "together"]

# Another version finds other things: documents that were redacted by an earlier one are read again.
VERSION = "1"
_NONE = "none"
_CUT_FROM, _LEAST = 100, 4


class _Redactor:
    """The placeholders of one document."""

    def __init__(self, kinds: Iterable[str]) -> None:
        self._kinds = frozenset(kinds)
        self._numbers: dict[tuple[str, str], str] = {}
        self._counts = dict.fromkeys(KINDS, 0)
        self._raw: dict[str, str] = {}

    def text(self, text: str) -> tuple[str, Callable[[int], int]]:
        """The text without personal data, and where an offset of the one is in the other."""
        pieces: list[str] = []
        ends, shifts, starts = [0], [0], []
        at = length = 0
        for found in find(text, self._kinds):
            placeholder = self._placeholder(found.kind, found.value, text[found.start : found.end])
            pieces += (text[at : found.start], placeholder)
            length += found.start - at
            starts.append((found.start, length))
            length += len(placeholder)
            at = found.end
            ends.append(found.end)
            shifts.append(length - found.end)
        pieces.append(text[at:])
        origins = [start for start, _ in starts]

        def moved(offset: int) -> int:
            """What was inside personal data is where its placeholder starts."""
            inside = bisect_right(origins, offset) - 1
            if inside >= 0 and offset < ends[inside + 1]:
                return starts[inside][1]
            return offset + shifts[bisect_right(ends, offset) - 1]

        return "".join(pieces), moved

    def words(self, words: str) -> str:
        """A title or a value; what the text showed to be personal data is that here, too."""
        redacted, _ = self.text(words)
        for raw, placeholder in self._raw.items():
            if raw in redacted:
                redacted = redacted.replace(raw, placeholder)
        return self._without_tail(redacted) if len(words) >= _CUT_FROM else redacted

    def value(self, value: Scalar) -> Scalar:
        """A value of metadata: a number that is personal data becomes text."""
        redacted = self.words(str(value))
        return value if redacted == str(value) else redacted

    def _without_tail(self, words: str) -> str:
        """A long title may have been cut in the middle of personal data, and what is left of it may tell enough."""
        longest = 0
        for raw in self._raw:
            sizes = range(len(raw) - 1, _LEAST - 1, -1)
            longest = max(longest, next((size for size in sizes if words.endswith(raw[:size])), 0))
        return words[: len(words) - longest].rstrip()

    def _placeholder(self, kind: str, value: str, raw: str) -> str:
        key = (kind, value)
        if key not in self._numbers:
            self._counts[kind] += 1
            self._numbers[key] = f"[{kind.upper()}-{self._counts[kind]}]"
        self._raw.setdefault(raw, self._numbers[key])
        return self._numbers[key]


def redact(extraction: Extraction, kinds: Iterable[str]) -> Extraction:
    """What a parser found without personal data of these kinds: text, title, headings, places and metadata.

    Files in it are documents of their own, and are redacted as such.
    """
    redactor = _Redactor(kinds)
    text, moved = redactor.text(extraction.text)
    metadata: Metadata = {redactor.words(key): redactor.value(value) for key, value in extraction.metadata.items()}
    return replace(
        extraction,
        text=text,
        title=None if extraction.title is None else redactor.words(extraction.title),
        page_starts=tuple(map(moved, extraction.page_starts)),
        headings=tuple(
            replace(heading, start=moved(heading.start), title=redactor.words(heading.title))
            for heading in extraction.headings
        ),
        metadata=metadata,
        places=tuple(
            replace(
                place,
                start=moved(place.start),
                unit=redactor.words(place.unit),
                first=redactor.words(place.first),
                last=redactor.words(place.last),
            )
            for place in extraction.places
        ),
    )


def redact_words(words: str, kinds: Iterable[str]) -> str:
    """A message about a document without personal data of these kinds."""
    return _Redactor(kinds).words(words)


def together(wanted: str, *remembered: str | None) -> str:
    """The kinds that are redacted, in their order: those of `wanted` and those that were before; "none" takes back.

    What a document was redacted of stays redacted, unless `wanted` says "none" (and then perhaps other kinds).

    >>> together("phone", "email", None), together("none,card", "email"), together("", None)
    ('email,phone', 'card', '')
    """
    words = [word.strip().lower() for word in wanted.split(",")]
    kinds = set(parse_kinds(",".join(word for word in words if word != _NONE)))
    if _NONE not in words:
        for earlier in remembered:
            kinds.update((earlier or "").split(","))
    return ",".join(kind for kind in KINDS if kind in kinds)
