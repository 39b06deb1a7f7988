"""The retriever: a query to live passages, both legs always, filters inside them.

Knows the embedder and a view of the index; knows nothing about how either works.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np

from ragsys.errors import QueryError
from ragsys.indexes.analyzer import terms
from ragsys.retrieve.fusion import LEXICAL_WEIGHT, Background, deviation, fuse
from ragsys.retrieve.hits import to_hit
from ragsys.types import Coverage, Scores, SearchResult

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from sqlalchemy import ColumnElement

    from ragsys.indexes import View
    from ragsys.indexes.records import StoredPassage
    from ragsys.protocols import Embedder
    from ragsys.retrieve.fusion import Fused

__all__ = ["DEPTH", "Retriever"]

# Candidates that each leg proposes; both legs then score all of them exactly.
DEPTH = 100


class Retriever:
    """Hybrid search with one embedder."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder

    def search(
        self,
        view: View,
        query: str,
        k: int,
        *,
        where: ColumnElement[bool] | None = None,
        explain: bool = False,
    ) -> SearchResult:
        """The `k` best passages for `query` among the documents that match `where`; equal texts count once.

        Raises:
            QueryError: an empty query, or one that is longer than the embedder reads.
        """
        if not query.strip():
            raise QueryError("the query is empty", hint="say what you are looking for")
        if query != query.encode("utf-8", "replace").decode("utf-8"):
            raise QueryError("the query is not valid Unicode")
        if k < 1:
            raise QueryError(f"a search for {k} passages", hint="ask for at least one")
        clock = _Clock()
        vector = self.embed(query)
        clock.lap("embed")
        allowed = None if where is None else view.select(where)
        clock.lap("filter")
        depth = self.depth(k)
        dense_ids, _ = view.dense(vector, depth, allowed)
        clock.lap("dense")
        words = terms(query)
        lexical_ids, _ = view.lexical(words, depth, allowed)
        clock.lap("lexical")
        ids = np.union1d(dense_ids, lexical_ids)
        dense, lexical = view.dense_scores(vector, ids), view.lexical_scores(words, ids)
        background = _background(view, vector, words)
        fused = fuse(dense, lexical, background)
        order = np.lexsort((ids, -fused.scores))
        clock.lap("fuse")
        stored: dict[int, StoredPassage] = {}
        chosen = _distinct(view, ids, order, stored, k)
        hits = tuple(
            to_hit(
                stored[int(ids[row])],
                rank=rank,
                score=float(fused.scores[row]),
                scores=Scores(float(dense[row]), float(lexical[row]), float(fused.scores[row])),
                explanation=_explain(view, words, background, fused, row, ids) if explain else None,
            )
            for rank, row in enumerate(chosen, start=1)
        )
        everything = view.counts()
        coverage = Coverage(
            documents=everything.documents,
            searched=everything.documents if where is None else view.counts(where).documents,
            failed=len(view.failures()),
            seq=view.seq,
        )
        clock.lap("join")
        return SearchResult(query, hits, coverage, clock.seconds)

    def embed(self, query: str) -> NDArray[np.float32]:
        """The vector of a query, shape (dim,)."""
        vector: NDArray[np.float32] = self._embedder.embed_queries([query])[0]
        return vector

    @staticmethod
    def depth(k: int) -> int:
        """How many candidates each leg proposes for `k` hits."""
        return max(DEPTH, 2 * k)


class _Clock:
    """Seconds of each stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last = time.perf_counter()

    def lap(self, stage: str) -> None:
        """Book the time since the last lap."""
        now = time.perf_counter()
        self.seconds[stage] = now - self._last
        self._last = now


def _distinct(
    view: View, ids: NDArray[np.int64], order: NDArray[np.intp], stored: dict[int, StoredPassage], k: int
) -> list[int]:
    """The rows of the `k` best passages, the same text only once; those that were read on the way go into `stored`."""
    seen: set[str] = set()
    chosen: list[int] = []
    step = 2 * k + 10
    for start in range(0, len(order), step):
        rows = order[start : start + step].tolist()
        stored.update(view.passages(ids[rows].tolist()))
        for row in rows:
            text = " ".join(stored[int(ids[row])].text.split())
            if len(chosen) < k and text not in seen:
                seen.add(text)
                chosen.append(row)
        if len(chosen) == k:
            break
    return chosen


def _background(view: View, vector: NDArray[np.float32], words: Sequence[str]) -> Background:
    """What is usual for a query in this collection."""
    distinct = sorted(set(words))
    _, frequencies = view.lexical_statistics(distinct)
    return Background(*deviation(view.dense_sample(vector)), len(distinct), sum(map(bool, frequencies)))


def _explain(  # noqa: PLR0917 - what the search knows of one hit
    view: View, words: Sequence[str], background: Background, fused: Fused, row: int, ids: NDArray[np.int64]
) -> dict[str, object]:
    """The numbers behind a hit: what each leg adds to its score, what is usual, and what each term adds to BM25."""
    distinct, added = view.lexical_contributions(words, ids[row : row + 1])
    rarity, (_, frequencies) = view.rarity(distinct), view.lexical_statistics(distinct)
    return {
        "dense_adds": float(fused.dense[row]),
        "lexical_adds": float(fused.lexical[row]),
        "lexical_weight": LEXICAL_WEIGHT,
        "background": {
            "median": background.median,
            "deviation": background.deviation,
            "terms": background.terms,
            "known_terms": background.known,
        },
        "terms": {
            term: {
                "adds": float(score),
                "passages": frequency,
                "idf": rarity[term],
            }
            for term, frequency, score in zip(distinct, frequencies, added[:, 0].tolist(), strict=True)
        },
    }
