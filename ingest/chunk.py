"""A document's text to passages that tile it: by heading, paragraph, sentence, word, and as a last resort by token.

Sizes are the embedder's own tokens. They are estimated from where tokens start in the running text, and every passage
is counted exactly at the end, so none is ever longer than the limit. Everything streams: beside the text and the list
of passages, memory does not grow with the document. Knows nothing about files or storage.

A table is cut between its rows. A passage that begins below a table's header has this header as the last of its
headings, and room is left for it: what is embedded is the header and the passage.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from itertools import islice, pairwise
from typing import TYPE_CHECKING

from ragsys.ingest.table_headers import Tables
from ragsys.sentences import iter_sentence_spans
from ragsys.types import Passage, place_of, with_table_header

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ragsys.protocols import Embedder
    from ragsys.types import Extraction, Heading

    Span = tuple[int, int]

__all__ = ["VERSION", "chunk"]

VERSION = "3"

# How much text is tokenised at once, and how many passages are counted at once.
_WINDOW = 65_536
_TOGETHER = 256
# A heading starts a new passage only where the one before has at least this share of the limit.
_SMALL = 3
# A header that would take more than this share of a passage is not repeated.
_HEADER = 3
# The most characters a token stands for on the average of a passage: some tokenizers make one unknown token of a word
# of any length, and a passage of megabytes is no passage.
_WIDE = 32


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
    limit = max(min(max_tokens, embedder.max_tokens), 1)
    leads = _Leads(text, embedder, limit // _HEADER)
    units = _units(text, extraction.headings, leads.tables, embedder, limit)
    spans = _fit(text, _join_blank(text, _pack(units, limit, overlap_tokens, leads)), limit, leads)
    return list(_located(extraction, spans, leads))


class _Leads:
    """The table headers that passages get in front of their text, and the tokens that these take."""

    def __init__(self, text: str, embedder: Embedder, most: int) -> None:
        self.tables = Tables(text)
        self._embedder, self._most = embedder, most
        self._sizes: dict[str, int] = {}

    def heading(self, start: int) -> tuple[str, ...]:
        """The header over a passage that begins at `start`, if it is to have one."""
        header = self.tables.over(start)
        return (header,) if header and self._size(header) <= self._most else ()

    def tokens(self, start: int) -> int:
        """The tokens of that header."""
        return sum(map(self._size, self.heading(start)))

    def sizes(self, text: str, spans: Sequence[Span]) -> list[int]:
        """The exact numbers of tokens that are embedded for spans."""
        return self._embedder.count_tokens([with_table_header(text[a:b], self.heading(a)) for a, b in spans])

    def _size(self, header: str) -> int:
        if header not in self._sizes:
            self._sizes[header] = self._embedder.count_tokens([header + "\n"])[0]
        return self._sizes[header]


def _units(text: str, headings: Sequence[Heading], tables: Tables, embedder: Embedder, limit: int) -> Iterator[_Unit]:
    """The sentences and table rows of each section, long ones in pieces; together they tile the text."""
    edges = sorted({0, len(text), *(heading.start for heading in headings)})
    titles = {heading.start for heading in headings}
    for section, after in pairwise(edges):
        fresh = True
        for window in _windows(_sentences(text, section, after, tables)):
            base = window[0][0]
            starts = [base + start for start in embedder.token_starts(text[base : window[-1][1]])]
            for start, end, whole in window:
                first, last = bisect_left(starts, start), bisect_left(starts, end)
                heading = start == section and section in titles
                paragraph = fresh or text.endswith("\n\n", section, start)
                fresh = False
                cuts = _cuts(text, starts[first:last], limit) if last - first > limit else []
                marks = _narrow([start, *cuts, end], limit * _WIDE)
                for number, (a, b) in enumerate(pairwise(marks)):
                    size = bisect_left(starts, b) - bisect_left(starts, a)
                    entire = whole and (a, b) == (start, end)
                    yield _Unit(a, b, size, heading and not number, paragraph and not number, entire)


def _sentences(text: str, start: int, end: int, tables: Tables) -> Iterator[Span]:
    """The sentences of a section; in a table its rows, the first of them together with the header."""
    for table in tables.within(start, end):
        yield from iter_sentence_spans(text, start, table.start)
        start, row = table.start, text.find("\n", table.body, table.end) + 1
        while 0 < row < table.end:
            yield start, row
            start, row = row, text.find("\n", row, table.end) + 1
        # What separates the table from what follows belongs to its last row, as it does to a last sentence.
        stop = table.end
        while stop < end and text[stop].isspace():
            stop += 1
        yield start, stop
        start = stop
    yield from iter_sentence_spans(text, start, end)


def _windows(spans: Iterable[Span]) -> Iterator[list[tuple[int, int, bool]]]:
    """Runs of sentences of about `_WINDOW` characters, and whether each is whole: a longer one is cut by characters."""
    window: list[tuple[int, int, bool]] = []
    for start, end in spans:
        for at in range(start, end, _WINDOW):
            window.append((at, min(at + _WINDOW, end), end - start <= _WINDOW))
            if window[-1][1] - window[0][0] >= _WINDOW:
                yield window
                window = []
    if window:
        yield window


def _cuts(text: str, starts: list[int], limit: int) -> list[int]:
    """Where to cut a run of tokens that is too long: in its second half before a line, else a word, else anywhere."""
    cuts: list[int] = []
    at = 0
    while len(starts) - at > limit:
        half = range(at + limit, at + limit // 2, -1)
        lines = (i for i in half if "\n" in _edge(text, starts[i]))
        words = (i for i in half if any(map(str.isspace, _edge(text, starts[i]))))
        word = next(lines, None) or next(words, at + limit)
        # Several tokens may start at one character (its bytes): a cut between them would be empty.
        if starts[word] > starts[at]:
            cuts.append(starts[word])
        at = word
    return cuts


def _edge(text: str, start: int) -> str:
    """The two characters where white space is if a token begins a word: before it or, for some tokenizers, in it."""
    return text[max(start - 1, 0) : start + 1]


def _narrow(marks: list[int], width: int) -> list[int]:
    """The same marks with more between them, so that no piece has more than `width` characters."""
    return [at for a, b in pairwise(marks) for at in range(a, b, width)] + marks[-1:]


def _pack(units: Iterable[_Unit], limit: int, overlap: int, leads: _Leads) -> Iterator[Span]:
    """Fill passages greedily; a heading starts a new one unless the one before is still small."""
    current: list[_Unit] = []
    size = 0
    for unit in units:
        full = size + unit.tokens > limit or (bool(current) and unit.end - current[0].start > limit * _WIDE)
        if current and (full or (unit.heading and size * _SMALL >= limit)):
            yield current[0].start, current[-1].end
            current = [] if unit.heading or unit.paragraph else _repeated(current, overlap, limit - unit.tokens)
            size = sum(u.tokens for u in current)
            size += leads.tokens(current[0].start) if current else 0
        size += 0 if current else leads.tokens(unit.start)
        current.append(unit)
        size += unit.tokens
    if current:
        yield current[0].start, current[-1].end


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


def _join_blank(text: str, spans: Iterable[Span]) -> Iterator[Span]:
    """Give a passage of nothing but white space to its neighbour; a text of nothing else has no passage."""
    held: Span | None = None
    opening: int | None = None
    for start, end in spans:
        if _is_blank(text, start, end):
            if held is not None:
                held = (held[0], end)
            elif opening is None:
                opening = start
            continue
        if held is not None:
            yield held
        held = (start if opening is None else opening, end)
        opening = None
    if held is not None:
        yield held


def _is_blank(text: str, start: int, end: int) -> bool:
    return text[start:end].isspace()


def _fit(text: str, spans: Iterable[Span], limit: int, leads: _Leads) -> Iterator[Span]:
    """What the exact count finds too long loses its overlap, and is then halved until nothing is too long."""
    source = iter(spans)
    last, reached = -1, 0
    while some := list(islice(source, _TOGETHER)):
        sizes = leads.sizes(text, some)
        for (start, end), size in zip(some, sizes, strict=True):
            # What a span repeats may reach back behind the pieces of the one before.
            keeps = size <= limit and start > last
            for piece in [(start, end)] if keeps else _halved(text, (max(start, reached), end), limit, leads):
                yield piece
                last, reached = piece


def _halved(text: str, span: Span, limit: int, leads: _Leads) -> Iterator[Span]:
    """Halves, quarters and so on of a span, each small enough; white space stays with its neighbour where it fits."""

    def fits(start: int, end: int) -> bool:
        return end - start == 1 or leads.sizes(text, [(start, end)])[0] <= limit

    held: Span | None = None
    todo = [span]
    while todo:
        a, b = todo.pop()
        if not fits(a, b):
            cut = _middle(text, a, b)
            todo += [(cut, b), (a, cut)]
        elif held is None:
            held = (a, b)
        elif (_is_blank(text, a, b) or _is_blank(text, *held)) and fits(held[0], b):
            held = (held[0], b)
        else:
            yield held
            held = (a, b)
    if held is not None:
        yield held


def _middle(text: str, start: int, end: int) -> int:
    """After the last space of the second quarter, or the middle."""
    middle = (start + end) // 2
    space = text.rfind(" ", start + (end - start) // 4 + 1, middle)
    return middle if space < 0 else space + 1


def _located(extraction: Extraction, spans: Iterable[Span], leads: _Leads) -> Iterator[Passage]:
    """Each span with its page or place and the headings in force where it starts, its own included; spans ascend."""
    coming = iter(extraction.headings)
    following = next(coming, None)
    path: list[Heading] = []
    titles: tuple[str, ...] = ()
    for start, end in spans:
        while following is not None and following.start <= start:
            path = [*(heading for heading in path if heading.level < following.level), following]
            titles = tuple(heading.title for heading in path)
            following = next(coming, None)
        page = bisect_left(extraction.page_starts, start + 1) if extraction.page_starts else None
        yield Passage(start, end, page, titles + leads.heading(start), place_of(extraction.places, start, end))
