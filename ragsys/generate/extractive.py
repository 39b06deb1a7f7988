"""An extract: which sentences of some documents stand for them, within a limit of words.

Without a question, sentences are rated by `centrality` in their own document, and the documents take turns. With one,
they are rated by what they share with it, wherever they stand. A sentence that repeats what was chosen is put back
(maximal marginal relevance, Carbonell and Goldstein, SIGIR 1998). Needs no generator, and without a question no model.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from heapq import nlargest
from typing import TYPE_CHECKING

from ragsys.generate.centrality import centrality, overlap
from ragsys.generate.evidence import content_terms, leans
from ragsys.generate.orders import is_order
from ragsys.generate.prose import Piece, count_words, prose_of
from ragsys.generate.units import units_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from ragsys.types import DocumentRef, SourceText

__all__ = ["Candidate", "candidates_of", "choose", "rank_for", "shortlist"]

_REDUNDANCY = 0.3
# A sentence that leans on the one before it reads badly without it.
_LEANING = 0.2
# More than any other line has: without its header, a row says little.
_HEADER = 2.0
# From this part of a text's sentences on, orders are what it is about.
_ABOUT_ORDERS = 4
# As many words as could be chosen, several times over: what is rated lower cannot matter.
_SPARE = 8
_FEWEST_KEPT = 40
# As in evidence.py: the weight of a cosine beside the share of the question's words. So many sentences are compared by
# meaning, those that share most with the question.
_COSINE_WEIGHT = 2.0
_COMPARED = 200


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that may stand in a summary.

    `text` is [start:end] of its document's text, `order` the document's place among those that are summarised.
    """

    document: DocumentRef
    order: int
    start: int
    end: int
    page: int | None
    place: str | None
    text: str
    words: int
    terms: frozenset[str]
    score: float

    @property
    def position(self) -> tuple[int, int]:
        """What sentences of a summary are ordered by."""
        return self.order, self.start


def candidates_of(document: DocumentRef, source: SourceText, order: int = 0) -> list[Candidate]:
    """The sentences of a document in order, rated by centrality.

    Orders to whoever reads (`orders`) are none, unless they are so many that the text is about such things. A text in
    which nothing reads as a sentence gives the rows of its tables, their headers first of all, and whatever else of it
    holds letters.
    """
    pieces = prose_of(source.text)
    whole = [piece for piece in pieces if piece.whole]
    informing = [piece for piece in whole if not is_order(piece.text)]
    if (len(whole) - len(informing)) * _ABOUT_ORDERS <= len(whole):
        whole = informing
    headers: frozenset[str] = frozenset()
    kept = whole
    if not whole:
        rows, headers = _rows(source.text)
        kept = sorted([*rows, *(p for p in pieces if any(map(str.isalpha, p.text)))], key=lambda piece: piece.start)
    terms = [content_terms(piece.text) for piece in kept]
    return [
        Candidate(
            document=document,
            order=order,
            start=piece.start,
            end=piece.end,
            page=source.page(piece.start),
            place=source.place(piece.start, piece.end),
            text=piece.text,
            words=count_words(piece.text),
            terms=own,
            score=score - _LEANING * leans(piece.text) + _HEADER * (piece.text in headers),
        )
        for piece, own, score in zip(kept, terms, centrality(terms), strict=True)
    ]


def _rows(text: str) -> tuple[list[Piece], frozenset[str]]:
    """The rows of all tables that hold a word or a number, and which of them are headers."""
    rows, headers = [], set()
    for start, end, header in units_of(text):
        row = text[start:end].strip()
        if row.startswith("|") and any(map(str.isalnum, row)):
            at = text.index("|", start)
            rows.append(Piece(at, at + len(row), row, whole=False))
            headers.add(header)
    return rows, frozenset(headers)


def shortlist(candidates: Sequence[Candidate], words: int) -> list[Candidate]:
    """The best of one document's candidates, best first: enough to choose `words` words from.

    A sentence that gives orders (`orders`) is none, unless there is nothing else.
    """
    kept: list[Candidate] = []
    orders: list[Candidate] = []
    total = 0
    for candidate in sorted(candidates, key=lambda item: (-item.score, item.start)):
        if total >= words * _SPARE and len(kept) >= _FEWEST_KEPT:
            break
        if is_order(candidate.text):
            orders.append(candidate)
            continue
        kept.append(candidate)
        total += candidate.words
    return kept or orders[:_FEWEST_KEPT]


def rank_for(
    question: str,
    candidates: Sequence[Candidate],
    similarity: Callable[[Sequence[str]], NDArray[np.float32]],
) -> list[Candidate]:
    """The candidates with their relevance to a question as their score, the most relevant first.

    All are compared by words; by meaning, through `similarity` (the cosine of each text to the question, shape (n,)),
    those that share most words with it. Where none shares any, as across languages, all are.
    """
    asked = content_terms(question)
    rarity = {
        term: math.log1p(len(candidates) / (1 + sum(term in candidate.terms for candidate in candidates)))
        for term in asked
    }
    total = sum(rarity.values()) or 1.0
    shared = [sum(rarity[term] for term in sorted(asked & candidate.terms)) / total for candidate in candidates]
    numbered = range(len(candidates))
    compared = [*numbered] if not any(shared) else nlargest(_COMPARED, numbered, key=lambda i: (shared[i], -i))
    cosines = similarity([candidates[i].text for i in compared]).tolist() if compared else []
    rated = [
        replace(candidates[i], score=shared[i] + _COSINE_WEIGHT * cosine)
        for i, cosine in zip(compared, cosines, strict=True)
    ]
    return sorted(rated, key=lambda item: (-item.score, item.place))


def choose(candidates: Iterable[Candidate], words: int, *, fair: bool = True) -> list[Candidate]:
    """The candidates that make the summary, in the order of the documents, of at most `words` words together.

    With `fair`, the next sentence is always one of a document that has the fewest words so far.
    """
    left = list(candidates)
    repeats = [0.0] * len(left)
    used: dict[int, int] = {}
    room = words
    chosen: list[Candidate] = []
    while True:
        fits = [i for i, candidate in enumerate(left) if candidate.words <= room]
        if not fits:
            return sorted(chosen, key=lambda item: item.position)
        if fair:
            fewest = min(used.get(left[i].order, 0) for i in fits)
            fits = [i for i in fits if used.get(left[i].order, 0) == fewest]
        best = max(fits, key=lambda i: (left[i].score - _REDUNDANCY * repeats[i], -left[i].order, -left[i].start))
        taken = left[best]
        chosen.append(taken)
        room -= taken.words
        used[taken.order] = used.get(taken.order, 0) + taken.words
        # What says the same is out; what says much of it is put back.
        near = [max(old, overlap(taken.terms, item.terms)) for old, item in zip(repeats, left, strict=True)]
        keep = [i for i in range(len(left)) if i != best and left[i].text != taken.text]
        left, repeats = [left[i] for i in keep], [near[i] for i in keep]
