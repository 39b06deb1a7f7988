"""The retriever: a query to live passages, both legs always, filters inside them.

Knows the embedder and a view of the index; knows nothing about how either works.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Self

import numpy as np

from ragsys.errors import QueryError
from ragsys.retrieve.centring import centred
from ragsys.retrieve.context import with_context
from ragsys.retrieve.fusion import LEXICAL_WEIGHT, Background, deviation, fuse
from ragsys.retrieve.hits import to_hit
from ragsys.retrieve.selection import Selection, choose, diverse
from ragsys.stages import Clock
from ragsys.types import Coverage, Scores, SearchResult

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray
    from sqlalchemy import ColumnElement

    from ragsys.indexes import View
    from ragsys.indexes.records import StoredPassage
    from ragsys.protocols import Embedder, Reranker
    from ragsys.retrieve.fusion import Fused
    from ragsys.types import Hit

__all__ = ["DEPTH", "Retriever"]

# Candidates that each leg proposes; both legs then score all of them exactly.
DEPTH = 100
# Of how many candidates for each hit a diverse selection is made.
_POOL = 5
_AS_IT_IS = Selection()


class Retriever:
    """Hybrid search with one embedder."""

    def __init__(
        self,
        embedder: Embedder,
        reranker: Reranker | None = None,
        *,
        rerank_depth: int = 30,
        lexical_weight: float = LEXICAL_WEIGHT,
    ) -> None:
        self._embedder = embedder
        self._lexical_weight = lexical_weight
        self._reranker = reranker
        self._rerank_depth = rerank_depth

    def search(
        self,
        view: View,
        query: str,
        k: int,
        *,
        where: ColumnElement[bool] | None = None,
        explain: bool = False,
        selection: Selection = _AS_IT_IS,
    ) -> SearchResult:
        """The `k` best passages for `query` among the documents that match `where`; equal texts count once.

        With a reranker, its order is that of the best candidates, and the others follow. `selection` may leave out hits
        for the sake of others, and with neighbours of passages there can be fewer than `k`: some have become one.

        Raises:
            QueryError: an empty query, or one that is longer than the embedder reads.
        """
        if not query.strip():
            raise QueryError("the query is empty", hint="say what you are looking for")
        if query != query.encode("utf-8", "replace").decode("utf-8"):
            raise QueryError("the query is not valid Unicode")
        if k < 1:
            raise QueryError(f"a search for {k} passages", hint="ask for at least one")
        clock = Clock()
        vector, searched = self.embed(query, view)
        clock.lap("embed")
        allowed = None if where is None else view.select(where)
        clock.lap("filter")
        depth = self.depth(k)
        dense_ids, _ = view.dense(searched, depth, allowed)
        clock.lap("dense", {"candidates": len(dense_ids)})
        words = view.terms(query)
        lexical_ids, _ = view.lexical(words, depth, allowed)
        clock.lap("lexical", {"candidates": len(lexical_ids), "terms": len(words)})
        ids = np.union1d(dense_ids, lexical_ids)
        dense, lexical = view.dense_scores(vector, ids), view.lexical_scores(words, ids)
        background = _background(view, searched, words)
        leaning = dense if searched is vector else view.dense_scores(searched, ids)
        fused = fuse(leaning, lexical, background, self._lexical_weight)
        ranked = _Ranked.by_score(ids, fused.scores)
        clock.lap("fuse", {"candidates": len(ids)})
        if self._reranker is not None:
            ranked = self._rerank(self._reranker, view, query, ranked)
            clock.lap("rerank", {"passages": len(ranked.reranked)})
        if selection.diversity:
            ranked = ranked.diversified(view, selection.diversity, _POOL * k)
        hits: list[Hit] = []
        for item in choose(_read(view, ranked.ids, k), k, selection.per_source):
            number = item.passage.passage_id
            row = int(np.searchsorted(ids, number))
            hits.append(
                to_hit(
                    item.passage,
                    rank=len(hits) + 1,
                    score=ranked.score(number),
                    scores=Scores(
                        float(dense[row]), float(lexical[row]), float(fused.scores[row]), ranked.reranked.get(number)
                    ),
                    explanation=self._explain(view, words, background, fused, row, ids) if explain else None,
                    copies=item.copies,
                )
            )
        found = with_context(hits, view, selection.context) if selection.context else tuple(hits)
        everything = view.counts()
        coverage = Coverage(
            documents=everything.documents,
            searched=everything.documents if where is None else view.counts(where).documents,
            failed=len(view.failures()),
            seq=view.seq,
        )
        clock.lap("join", {"hits": len(found)})
        return SearchResult(query, found, coverage, clock.seconds)

    def _rerank(self, reranker: Reranker, view: View, query: str, ranked: _Ranked) -> _Ranked:
        """The best of them in the reranker's order, and the others after them."""
        head, tail = ranked.ids[: self._rerank_depth], ranked.ids[self._rerank_depth :]
        stored = view.passages(head.tolist())
        scores = reranker.scores(query, [stored[number].text for number in head.tolist()])
        reranked = dict(zip(head.tolist(), scores.tolist(), strict=True))
        return replace(ranked, ids=np.concatenate([head[np.argsort(-scores, kind="stable")], tail]), reranked=reranked)

    def _explain(  # noqa: PLR0917 - what the search knows of one hit
        self, view: View, words: Sequence[str], background: Background, fused: Fused, row: int, ids: NDArray[np.int64]
    ) -> dict[str, object]:
        """The numbers behind a hit: what each leg adds to its score, what is usual, and what each term adds to BM25."""
        distinct, added = view.lexical_contributions(words, ids[row : row + 1])
        rarity, (_, frequencies) = view.rarity(distinct), view.lexical_statistics(distinct)
        return {
            "dense_adds": float(fused.dense[row]),
            "lexical_adds": float(fused.lexical[row]),
            "lexical_weight": self._lexical_weight,
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

    def embed(self, query: str, view: View) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """The vector of a query, and the one to search with, each of shape (dim,); see `centred`."""
        vector: NDArray[np.float32] = self._embedder.embed_queries([query])[0]
        return vector, centred(vector, query, view, self._embedder.space)

    @staticmethod
    def depth(k: int) -> int:
        """How many candidates each leg proposes for `k` hits."""
        return max(DEPTH, 2 * k)


@dataclass(frozen=True, slots=True)
class _Ranked:
    """Candidates, best first, with what ordered them: a fused score each, and a reranker's of the best."""

    ids: NDArray[np.int64]
    fused: Mapping[int, float]
    reranked: Mapping[int, float] = field(default_factory=dict)

    @classmethod
    def by_score(cls, ids: NDArray[np.int64], scores: NDArray[np.float32]) -> Self:
        """Ordered by the scores, shape (n,); among equals, the passage that has been there longer."""
        return cls(ids[np.lexsort((ids, -scores))], dict(zip(ids.tolist(), scores.tolist(), strict=True)))

    def score(self, number: int) -> float:
        """What a candidate was ordered by."""
        return self.reranked.get(number, self.fused[number])

    def diversified(self, view: View, diversity: float, pool: int) -> Self:
        """The best of them reordered to be unlike each other; `pool` are enough to choose from."""
        # What a reranker has not read has no score that could be compared.
        size = min(pool, len(self.reranked)) if self.reranked else pool
        head = self.ids[:size]
        scores = np.array([self.score(number) for number in head.tolist()], dtype=np.float32)
        return replace(
            self, ids=np.concatenate([diverse(head, scores, view.vectors(head), diversity), self.ids[size:]])
        )


def _read(view: View, ids: NDArray[np.int64], k: int) -> Iterator[StoredPassage]:
    """The live passages of `ids`, in that order, read as far as they are wanted."""
    step = 2 * k + 10
    for start in range(0, len(ids), step):
        numbers = ids[start : start + step].tolist()
        stored = view.passages(numbers)
        yield from (stored[number] for number in numbers)


def _background(view: View, vector: NDArray[np.float32], words: Sequence[str]) -> Background:
    """What is usual for a query in this collection."""
    distinct = sorted(set(words))
    _, frequencies = view.lexical_statistics(distinct)
    return Background(*deviation(view.dense_sample(vector)), len(distinct), sum(map(bool, frequencies)))
