"""Fusion of the dense and the lexical leg on calibrated scores, not on ranks.

Each leg's exact scores of all candidates are standardised over the candidates of the query, so that a leg which sees
clear differences speaks louder than one to which everything looks alike: what ranks alone throw away. The weights of
the two are the only parameters.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["DENSE_WEIGHT", "Fused", "fuse"]

# Chosen on the development sets; DECISIONS.md has the figures.
DENSE_WEIGHT = 0.5


@dataclass(frozen=True, slots=True)
class Fused:
    """Per candidate, in the order given: the fused score and each leg's standardised one; all of shape (n,)."""

    scores: NDArray[np.float32]
    dense: NDArray[np.float32]
    lexical: NDArray[np.float32]
    dense_weight: float


def fuse(dense: NDArray[np.float32], lexical: NDArray[np.float32], dense_weight: float = DENSE_WEIGHT) -> Fused:
    """Fuse the exact scores of the same candidates on both legs, each of shape (n,).

    Standardised by mean and deviation of the candidates (Lee, "Analyses of Multiple Evidence Combination", SIGIR 1997,
    uses ranges in the same place), then added with weights. Where the query has no term in the collection, the lexical
    scores are all zero, so are their standardised ones, and the dense leg decides alone.
    """
    standard_dense, standard_lexical = _standardise(dense), _standardise(lexical)
    scores = dense_weight * standard_dense + (1 - dense_weight) * standard_lexical
    return Fused(scores.astype(np.float32), standard_dense, standard_lexical, dense_weight)


def _standardise(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    if not len(scores):
        return scores
    deviation = float(scores.std())
    if deviation == 0.0:
        return np.zeros_like(scores)
    standard: NDArray[np.float32] = ((scores - scores.mean()) / deviation).astype(np.float32)
    return standard
