"""Each leg of the search by itself: what the fusion is measured against.

Knows the embedder and a view of the index; decides nothing about how legs are combined.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ragsys.errors import QueryError
from ragsys.retrieve.centring import centred
from ragsys.retrieve.hits import to_hit
from ragsys.types import Scores

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray
    from sqlalchemy import ColumnElement

    from ragsys.indexes import View
    from ragsys.indexes.records import StoredPassage
    from ragsys.protocols import Embedder
    from ragsys.types import Hit

__all__ = ["legs"]


def legs(
    embedder: Embedder, view: View, query: str, k: int, *, where: ColumnElement[bool] | None = None
) -> dict[str, tuple[Hit, ...]]:
    """The `k` best passages of the dense and of the lexical leg, each in its own order and with its own score.

    Raises:
        QueryError: an empty query, or one that is longer than the embedder reads.
    """
    if not query.strip():
        raise QueryError("the query is empty", hint="say what you are looking for")
    allowed = None if where is None else view.select(where)
    dense, cosines = view.dense(centred(embedder.embed_queries([query])[0], query, view, embedder.space), k, allowed)
    lexical, weights = view.lexical(view.terms(query), k, allowed)
    stored = view.passages(sorted({*dense.tolist(), *lexical.tolist()}))
    return {
        "dense": _hits(dense, cosines, stored, "dense"),
        "lexical": _hits(lexical, weights, stored, "lexical"),
    }


def _hits(
    ids: NDArray[np.int64], scores: NDArray[np.float32], stored: Mapping[int, StoredPassage], leg: str
) -> tuple[Hit, ...]:
    found: list[Hit] = []
    for number, score in zip(ids.tolist(), scores.tolist(), strict=True):
        if (passage := stored.get(number)) is not None:
            own = Scores(dense=score) if leg == "dense" else Scores(lexical=score)
            found.append(to_hit(passage, rank=len(found) + 1, score=score, scores=own))
    return tuple(found)
