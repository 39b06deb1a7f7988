"""A document's text to passages that tile it: by heading, paragraph, sentence, word, and as a last resort by token.

Sizes are the embedder's own tokens. They are estimated from where tokens start in the running text, and every passage
is counted exactly at the end, so none is ever longer than the limit. Knows nothing about files or storage.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from ragsys.sentences import sentence_spans
from ragsys.types import Passage

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ragsys.protocols import Embedder
    from ragsys.types import Extraction, Heading

__all__ = ["VERSION", "chunk"]

VERSION = "1"

# How much text is tokenised at once: memory stays flat however large the document is.
_WINDOW = 65_536
# A heading starts a new passage only where the one before has at least this share of the limit.
_SMALL = 3


@dataclass(frozen=True, slots=True)
class _Unit:
    """A sentence, or a piece of one that is too long, with its size in tokens and what it begins."""

    start: int
    end: int
    tokens: int
    heading: bool
    paragraph: bool
    whole: bool


def chunk(extraction: Extraction, embedder: Embedder, max_tokens: int, overlap_tokens: int) -> list[Passage]:
    """The passages of a document, at most `min(max_tokens, embedder.max_tokens)` tokens each.

    Where a paragraph has to be cut, up to `overlap_tokens` tokens of whole sentences are repeated.
    """
    text = extraction.text
    limit = min(max_tokens, embedder.max_tokens)
    spans = _pack(list(_units(text, extraction.headings, embedder, limit)), limit, overlap_tokens)
    spans = _join_blank(text, spans)
    spans = _enforce(text, spans, embedder, limit)
    return [
        Passage(start, end, _page(extraction.page_starts, start), _path(extraction.headings, start))
        for start, end in spans
    ]


def _units(text: str, headings: Sequence[Heading], embedder: Embedder, limit: int) -> Iterator[_Unit]:
    """The sentences of each section, long ones in pieces; together they tile the text."""
    edges = sorted({0, len(text), *(heading.start for heading in headings)})
    titles = {heading.start for heading in headings}
    for section, after in pairwise(edges):
        fresh = True
        for window in _windows(section, sentence_spans(text[section:after])):
            base = window[0][0]
            starts = [base + start for start in embedder.token_starts(text[base : window[-1][1]])]
            for start, end in window:
                first, last = bisect_left(starts, start), bisect_left(starts, end)
                heading = start == section and section in titles
                paragraph = fresh or text[base:start].endswith("\n\n")
                fresh = False
                cuts = _cuts(text, starts[first:last], limit) if last - first > limit else []
                marks = [start, *cuts, end]
                for number, (a, b) in enumerate(pairwise(marks)):
                    size = bisect_left(starts, b) - bisect_left(starts, a)
                    yield _Unit(a, b, size, heading and not number, paragraph and not number, not cuts)


def _windows(base: int, spans: list[tuple[int, int]]) -> Iterator[list[tuple[int, int]]]:
    """Runs of sentences of about `_WINDOW` characters; a longer sentence is cut by characters."""
    window: list[tuple[int, int]] = []
    for start, end in spans:
        for a in range(start, end, _WINDOW):
            window.append((base + a, base + min(a + _WINDOW, end)))
            if window[-1][1] - window[0][0] >= _WINDOW:
                yield window
                window = []
    if window:
        yield window


def _cuts(text: str, starts: list[int], limit: int) -> list[int]:
    """Where to cut a run of tokens that is too long: before a word if one starts in the second half, else anywhere."""
    cuts = []
    at = 0
    while len(starts) - at > limit:
        word = next(
            (i for i in range(at + limit, at + limit // 2, -1) if starts[i] > 0 and text[starts[i] - 1].isspace()),
            at + limit,
        )
        # Several tokens may start at one character (its bytes): a cut between them would be empty.
        if starts[word] > starts[at]:
            cuts.append(starts[word])
        at = word
    return cuts


def _pack(units: list[_Unit], limit: int, overlap: int) -> list[tuple[int, int]]:
    """Fill passages greedily; a heading starts a new one unless the one before is still small."""
    spans: list[tuple[int, int]] = []
    current: list[_Unit] = []
    size = 0
    for unit in units:
        full = size + unit.tokens > limit
        if current and (full or (unit.heading and size * _SMALL >= limit)):
            spans.append((current[0].start, current[-1].end))
            current = [] if unit.heading or unit.paragraph else _repeated(current, overlap, limit - unit.tokens)
            size = sum(u.tokens for u in current)
        current.append(unit)
        size += unit.tokens
    if current:
        spans.append((current[0].start, current[-1].end))
    return spans


def _repeated(units: list[_Unit], overlap: int, room: int) -> list[_Unit]:
    """The last whole sentences that fit into the overlap and the room, never all of the passage."""
    kept: list[_Unit] = []
    size = 0
    for unit in reversed(units[1:]):
        size += unit.tokens
        if not unit.whole or size > min(overlap, room):
            break
        kept.insert(0, unit)
        if unit.paragraph:
            break
    return kept


def _join_blank(text: str, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Give a passage of nothing but white space to its neighbour; a text of nothing else has no passage."""
    joined: list[tuple[int, int]] = []
    pending: int | None = None
    for start, end in spans:
        if not text[start:end].strip():
            if joined:
                joined[-1] = (joined[-1][0], end)
            elif pending is None:
                pending = start
            continue
        joined.append((start if pending is None else pending, end))
        pending = None
    return joined


def _enforce(text: str, spans: list[tuple[int, int]], embedder: Embedder, limit: int) -> list[tuple[int, int]]:
    """Halve whatever the exact count finds too long, until nothing is."""
    done: list[tuple[int, int]] = []
    todo = list(reversed(spans))
    counts = dict(zip(spans, embedder.count_tokens([text[a:b] for a, b in spans]), strict=True))
    while todo:
        start, end = todo.pop()
        size = counts.get((start, end))
        if size is None:
            size = embedder.count_tokens([text[start:end]])[0]
        if size <= limit or end - start == 1:
            done.append((start, end))
            continue
        middle = (start + end) // 2
        space = text.rfind(" ", start + 1, middle)
        cut = space + 1 if start < space + 1 < end and space > start + (end - start) // 4 else middle
        todo += [(cut, end), (start, cut)]
    return _join_blank(text, done)


def _page(page_starts: Sequence[int], offset: int) -> int | None:
    """The page on which an offset lies."""
    return bisect_left(page_starts, offset + 1) if page_starts else None


def _path(headings: Sequence[Heading], start: int) -> tuple[str, ...]:
    """The headings in force where a passage starts, from the highest; the one that it starts with included."""
    path: list[Heading] = []
    for heading in headings[: bisect_left(headings, start + 1, key=lambda h: h.start)]:
        path = [h for h in path if h.level < heading.level]
        path.append(heading)
    return tuple(heading.title for heading in path)
