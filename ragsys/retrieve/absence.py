"""Why a document is not among the hits: where in the search it was lost, with every number on the way.

Runs the search's own steps to the end instead of to their usual depth. For people who look for a document that they
know is there; not a part of any search.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from ragsys.retrieve.selection import Selection

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from sqlalchemy import ColumnElement

    from ragsys.indexes import View
    from ragsys.retrieve.retriever import Retriever
    from ragsys.types import Document, Hit

__all__ = ["LostPassage", "WhyNot", "why_not"]

_AS_IT_IS = Selection()

Verdict = Literal["found", "filtered", "duplicate", "outscored", "not-proposed", "set-aside"]


@dataclass(frozen=True, slots=True)
class LostPassage:
    """A passage of the document: its ranks (1 is best) among all passages that pass the filter, and its scores.

    `lexical_rank` is None where the passage holds no word of the query.
    """

    start: int
    end: int
    dense_rank: int
    dense: float
    lexical_rank: int | None
    lexical: float


@dataclass(frozen=True, slots=True)
class WhyNot:
    """What became of a document in a search.

    Attributes:
        verdict: `found` (at `rank`), `filtered` out, a `duplicate` of a hit, `outscored` by the hits,
            `not-proposed` (not among the `depth` best passages of either leg), or `set-aside` for other hits, though
            its score is better than that of the last: a cap for each document, or the wish for diverse hits.
        best: its best passages, by fused score where both legs saw them; at most three.
        outscored_by: the hits above it, best first.
    """

    query: str
    document: Document
    verdict: Verdict
    rank: int | None
    depth: int
    best: tuple[LostPassage, ...]
    outscored_by: tuple[Hit, ...]


def why_not(
    retriever: Retriever,
    view: View,
    query: str,
    document: Document,
    *,
    k: int,
    where: ColumnElement[bool] | None = None,
    selection: Selection = _AS_IT_IS,
) -> WhyNot:
    """Follow `document` through the search for `query` with `k` hits.

    Raises:
        QueryError: an empty query, or one that is longer than the embedder reads.
    """
    from ragsys.indexes.schema import document as table

    result = retriever.search(view, query, k, where=where, selection=selection)
    depth = retriever.depth(k)
    rank = next((hit.rank for hit in result.hits if hit.document.id == document.id), None)
    own = view.select(table.c.id == document.id)
    allowed = view.select(where)
    if where is not None and not np.isin(own, allowed).any():
        return WhyNot(query, document, "filtered", None, depth, (), result.hits)
    everything = retriever.search(view, query, len(allowed), where=where).hits
    position = {hit.passage_id: hit.rank for hit in everything}
    lost = sorted(_lost(retriever, view, query, own, allowed), key=lambda pair: position.get(pair[0], len(allowed) + 1))
    if rank is not None:
        verdict: Verdict = "found"
    elif all(p.dense_rank > depth and (p.lexical_rank or depth + 1) > depth for _, p in lost):
        verdict = "not-proposed"
    elif not any(number in position for number, _ in lost):
        verdict = "duplicate"
    else:
        last = max((position.get(hit.passage_id, 0) for hit in result.hits), default=0)
        verdict = "set-aside" if position.get(lost[0][0], last) < last else "outscored"
    above = result.hits if rank is None else result.hits[: rank - 1]
    return WhyNot(query, document, verdict, rank, depth, tuple(passage for _, passage in lost[:3]), above)


def _lost(
    retriever: Retriever, view: View, query: str, own: NDArray[np.int64], allowed: NDArray[np.int64]
) -> list[tuple[int, LostPassage]]:
    """The document's passages with their ranks on each leg, searched to the end."""
    vector, searched = retriever.embed(query, view)
    dense, _ = view.dense(searched, len(allowed), allowed)
    lexical, weights = view.lexical(view.terms(query), len(allowed), allowed)
    dense_ranks = dict(zip(dense.tolist(), range(1, len(dense) + 1), strict=True))
    lexical_ranks = dict(zip(lexical.tolist(), range(1, len(lexical) + 1), strict=True))
    found = []
    cosines = dict(zip(own.tolist(), view.dense_scores(vector, own).tolist(), strict=True))
    for number, stored in view.passages(own.tolist()).items():
        if number not in dense_ranks:
            continue
        at, word = dense_ranks[number], lexical_ranks.get(number)
        score = float(weights[word - 1]) if word else 0.0
        found.append((number, LostPassage(stored.start, stored.end, at, cosines[number], word, score)))
    return found
