"""Fusion of the dense and the lexical leg on absolute scores: not on ranks, and not on what the candidates share.

BM25 is a sum of log odds, one for each term (Robertson and Zaragoza, "The Probabilistic Relevance Framework", 2009,
section 2.4): its mean over the query's terms says how much an average word of it proves, and stays small where only
common ones are shared. A cosine says nothing by itself; how many deviations it lies above the cosines of the collection
does. Added up, each leg speaks as loudly as its evidence is strong, with one weight for every collection (Bruch, Gai
and Ingber, "An analysis of fusion functions for hybrid retrieval", TOIS 2023, find that such sums beat ranks).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["LEXICAL_WEIGHT", "Background", "Fused", "deviation", "fuse"]

# Deviations per unit of mean BM25. Chosen on the development sets, flat from 2.5 to 7; DECISIONS.md has the figures.
LEXICAL_WEIGHT = 4.0
_NEXT_TO_NOTHING, _NO_DEVIATION = 0.1, 1e-6


@dataclass(frozen=True, slots=True)
class Background:
    """What is usual for a query: the median and the deviation of its cosines, its distinct terms, and how many occur.

    A query most of whose words the collection has never seen is in another language, or misspelt; the words that are
    left prove that much less.
    """

    median: float
    deviation: float
    terms: int
    known: int


@dataclass(frozen=True, slots=True)
class Fused:
    """Per candidate, in the order given, each of shape (n,): the fused score, and what each leg adds to it."""

    scores: NDArray[np.float32]
    dense: NDArray[np.float32]
    lexical: NDArray[np.float32]


def fuse(
    dense: NDArray[np.float32],
    lexical: NDArray[np.float32],
    background: Background,
    lexical_weight: float = LEXICAL_WEIGHT,
) -> Fused:
    """Fuse the exact cosines and BM25 scores of the same candidates, each of shape (n,).

    Where the query has no term in the collection, the dense leg decides alone; where all cosines are the same, the
    lexical one does.
    """
    spread = background.deviation or np.inf
    deviations = ((dense - background.median) / spread).astype(np.float32)
    each = background.known / max(background.terms, 1) ** 2  # the mean over all terms, times the share that occurs
    words = (lexical_weight * each * lexical).astype(np.float32)
    return Fused(deviations + words, deviations, words)


def deviation(cosines: NDArray[np.float32]) -> tuple[float, float]:
    """Median and deviation of a sample of cosines, shape (n,); the deviation is 0 of none and of equal ones.

    The deviation is 1.4826 times the median distance to the median (Huber and Ronchetti, "Robust Statistics", 2009,
    section 5.1): a few relevant passages in a small collection do not widen it, as they would a standard deviation.
    Where more than half of the sample is the same (boilerplate, copies) that is next to nothing, and 1.2533 times the
    mean distance takes its place: the same of a normal sample.
    """
    if not len(cosines):
        return 0.0, 0.0
    median = float(np.median(cosines))
    distances = np.abs(cosines - median)
    robust, mean = 1.4826 * float(np.median(distances)), 1.2533 * float(distances.mean())
    found = robust if robust >= _NEXT_TO_NOTHING * mean else mean
    return median, found if found >= _NO_DEVIATION else 0.0
