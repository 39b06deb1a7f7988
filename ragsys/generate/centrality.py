"""How central each sentence of a text is: by what comes after it and shares its words, and by how near the opening is.

After PacSum (Zheng and Lapata, "Sentence Centrality Revisited for Unsupervised Summarization", ACL 2019): centrality
with a direction. A sentence that the rest of the text takes up again counts, one that takes up what was said before
does not (their lambda of what comes before is 0 here). The similarity is the cosine of the content terms, each weighed
by its inverse sentence frequency, and with it the sums over all pairs are one pass from the end: time and memory grow
with the text, not with its square. Needs no model.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["centrality", "overlap"]

# Chosen on halves of the sets in bench/summaries.py; DECISIONS.md has the figures.
_LEAD_WEIGHT = 0.5
_LEAD_DECAY = 5.0


def centrality(sentences: Sequence[frozenset[str]]) -> list[float]:
    """A rating of each sentence of one text, given its content terms, in order: in [0, 1 + lead weight].

    >>> first, second, third = centrality([frozenset("ab"), frozenset("bc"), frozenset("d")])
    >>> first > second > third
    True
    """
    count = len(sentences)
    frequency = Counter(term for terms in sentences for term in terms)
    weight = {term: math.log1p(count / times) for term, times in frequency.items()}
    following: defaultdict[str, float] = defaultdict(float)
    ahead = [0.0] * count
    for position in range(count - 1, -1, -1):
        terms = sentences[position]
        length = math.sqrt(sum(weight[term] ** 2 for term in terms)) or 1.0
        # In a fixed order, so that the sum is the same to the last bit in every process.
        ahead[position] = sum(weight[term] / length * following[term] for term in sorted(terms))
        for term in terms:
            following[term] += weight[term] / length
    most = max(ahead, default=0.0) or 1.0
    return [value / most + _LEAD_WEIGHT * math.exp(-position / _LEAD_DECAY) for position, value in enumerate(ahead)]


def overlap(left: frozenset[str], right: frozenset[str]) -> float:
    """The cosine of two sets of terms: 1 where they are the same, 0 where they share nothing."""
    return len(left & right) / math.sqrt(len(left) * len(right)) if left and right else 0.0
