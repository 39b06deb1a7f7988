"""Which of the ranked candidates become hits: the same text once, so many of one document, and unlike each other.

Diversity is maximal marginal relevance (Carbonell and Goldstein, "The use of MMR, diversity-based reranking for
reordering documents and producing summaries", SIGIR 1998, section 2). Knows ranks, texts and vectors; reads nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ragsys.retrieve.duplicates import same, shape_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from ragsys.indexes.records import StoredPassage
    from ragsys.retrieve.duplicates import Shape
    from ragsys.types import DocumentRef

__all__ = ["Chosen", "Selection", "choose", "diverse"]


_LOOK_ON = 2


@dataclass(frozen=True, slots=True)
class Selection:
    """What is wanted of the hits beyond their scores.

    Attributes:
        per_source: the most hits of one document; 0 is as many as there are.
        diversity: from 0 (by score alone) to 1 (each hit as unlike those before it as can be).
        context: how many neighbouring passages each hit brings along on either side.
    """

    per_source: int = 0
    diversity: float = 0.0
    context: int = 0


@dataclass(frozen=True, slots=True)
class Chosen:
    """A passage that becomes a hit, and the other documents in which the same text was met on the way to the last."""

    passage: StoredPassage
    copies: tuple[DocumentRef, ...] = ()


def choose(candidates: Iterable[StoredPassage], k: int, per_source: int = 0) -> list[Chosen]:
    """The first `k` passages that say something of their own, at most `per_source` of one document (0: any number).

    A copy of what was chosen is taken by the one that is there, and its document is named beside it. It looks for
    copies somewhat further than the last hit.
    """
    kept: list[tuple[StoredPassage, Shape]] = []
    copies: list[list[DocumentRef]] = []
    count: dict[str, int] = {}
    for seen, passage in enumerate(candidates, start=1):
        shape = shape_of(passage.text)
        twin = next((at for at, (_, other) in enumerate(kept) if same(shape, other)), None)
        name = passage.document.id
        if twin is not None:
            known = {kept[twin][0].document.id, *(document.id for document in copies[twin])}
            if name not in known:
                copies[twin].append(passage.document)
        elif len(kept) < k and (not per_source or count.get(name, 0) < per_source):
            count[name] = count.get(name, 0) + 1
            kept.append((passage, shape))
            copies.append([])
        if len(kept) == k and seen >= _LOOK_ON * k:
            break
    return [Chosen(passage, tuple(others)) for (passage, _), others in zip(kept, copies, strict=True)]


def diverse(
    ids: NDArray[np.int64], scores: NDArray[np.float32], vectors: NDArray[np.float32], diversity: float
) -> NDArray[np.int64]:
    """The ids, shape (n,), reordered by maximal marginal relevance; `vectors`, shape (n, dim), are L2-normalised.

    Scores, shape (n,), and the cosines among the candidates are both brought to 0 to 1 over the candidates: what is
    relevant and what is alike differ from one collection and one embedder to the next.
    """
    if not len(ids):
        return ids
    alike, relevance = _unit(vectors @ vectors.T), _unit(scores)
    nearest = np.zeros(len(ids))
    left = np.ones(len(ids), dtype=bool)
    order = []
    for _ in range(len(ids)):
        best = int(np.where(left, (1 - diversity) * relevance - diversity * nearest, -np.inf).argmax())
        order.append(best)
        left[best] = False
        nearest = np.maximum(nearest, alike[best])
    return ids[order]


def _unit(values: NDArray[np.float32]) -> NDArray[np.float64]:
    """Values brought to 0 to 1; all of them 0 where they are equal."""
    low, spread = float(values.min()), float(np.ptp(values))
    return np.asarray((values - low) / spread if spread > 0 else np.zeros_like(values), dtype=np.float64)
