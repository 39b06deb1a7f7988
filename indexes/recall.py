"""How well an approximate vector index finds: recall@10 against an exact search, measured when it is built.

The queries are passages of the index itself, each left out of its own result: questions that users will ask are not
known then. A question lies further from its passages than they do from each other, so its recall may be lower.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from ragsys.indexes.vectors import VectorIndex

__all__ = ["DEPTH", "QUERIES", "measure", "sample"]

QUERIES = 200
DEPTH = 10


def sample(ids: NDArray[np.int64]) -> NDArray[np.int64]:
    """At most `QUERIES` of the ids, evenly spread."""
    spread = np.linspace(0, len(ids) - 1, min(len(ids), QUERIES)).astype(np.int64)
    return ids[np.unique(spread)]


def measure(
    index: VectorIndex,
    queries: tuple[NDArray[np.int64], NDArray[np.float32]],
    batches: Iterable[tuple[NDArray[np.int64], NDArray[np.float32]]],
) -> float | None:
    """The share of the true ten nearest that `index` finds, the mean over `queries` (ids (n,), vectors (n, dim)).

    `batches` are all vectors of the index as they really are, which quantisation may have changed in it. None where
    there is nothing to find.
    """
    own, vectors = queries
    best = np.full((len(own), DEPTH), -np.inf, dtype=np.float32)
    nearest = np.full((len(own), DEPTH), -1, dtype=np.int64)
    for ids, others in batches:
        scores = vectors @ others.T
        scores[own[:, None] == ids[None, :]] = -np.inf
        every = np.concatenate([best, scores], axis=1)
        named = np.concatenate([nearest, np.broadcast_to(ids, scores.shape)], axis=1)
        order = np.argsort(-every, axis=1, kind="stable")[:, :DEPTH]
        best, nearest = np.take_along_axis(every, order, axis=1), np.take_along_axis(named, order, axis=1)
    shares = []
    for one, query, true in zip(own, vectors, nearest, strict=True):
        wanted = set(true[true >= 0].tolist()) - {int(one)}
        found = set(index.search(query, DEPTH + 1)[0].tolist())
        if wanted:
            shares.append(len(wanted & found) / len(wanted))
    return float(np.mean(shares)) if shares else None
