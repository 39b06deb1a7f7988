"""ROUGE: how much of a reference summary's wording a summary has.

ROUGE-1, ROUGE-2 and ROUGE-L of Lin, "ROUGE: A Package for Automatic Evaluation of Summaries" (ACL Workshop on Text
Summarization Branches Out, 2004), sections 2 and 3, as F1. Words are folded and not stemmed; Chinese is scored by
characters. The longest common subsequence is that of the whole texts (section 3.1), not of sentence pairs.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from ragsys.evaluation.answers import tokens

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

__all__ = ["Rouge", "rouge"]


@dataclass(frozen=True, slots=True)
class Rouge:
    """F1 over single tokens, over pairs of neighbours, and over the longest common subsequence."""

    unigrams: float
    bigrams: float
    sequence: float


def rouge(summary: str, reference: str) -> Rouge:
    """The three figures of a summary against one reference, each in [0, 1]; 0 where either is empty.

    >>> rouge("the cat sat", "the cat was here").unigrams
    0.5714285714285714
    """
    ours, theirs = tokens(summary), tokens(reference)
    return Rouge(
        _f1(_shared(ours, theirs), len(ours), len(theirs)),
        _f1(_shared([*pairwise(ours)], [*pairwise(theirs)]), len(ours) - 1, len(theirs) - 1),
        _f1(_longest_common_subsequence(ours, theirs), len(ours), len(theirs)),
    )


def _f1(shared: int, ours: int, theirs: int) -> float:
    """2PR / (P + R), which is twice what is shared over all that there is."""
    return 2 * shared / (ours + theirs) if shared else 0.0


def _shared(ours: Sequence[Hashable], theirs: Sequence[Hashable]) -> int:
    """How many occurrences both have, each counted at most as often as in either."""
    return (Counter(ours) & Counter(theirs)).total()


def _longest_common_subsequence(ours: Sequence[str], theirs: Sequence[str]) -> int:
    row = [0] * (len(theirs) + 1)
    for token in ours:
        above, row = row, [0]
        for position, other in enumerate(theirs):
            row.append(above[position] + 1 if token == other else max(above[position + 1], row[-1]))
    return row[-1]
