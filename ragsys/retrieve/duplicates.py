"""Whether two passages say the same: equal words, or nearly so (copies with another footer, a heading more or less).

The resemblance of Broder ("On the resemblance and containment of documents", SEQUENCES 1997, section 2): the Jaccard
coefficient of the sets of word triples. Texts that differ in a number are never the same, however alike they are: of
two versions of a manual, the number that changed is what somebody looks for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["LEAST_RESEMBLANCE", "Shape", "resemblance", "same", "shape_of"]

LEAST_RESEMBLANCE = 0.9
_SHINGLE = 3
_WORD = re.compile(r"[\u3400-\u9fff]|[^\W\u3400-\u9fff]+")


@dataclass(frozen=True, slots=True)
class Shape:
    """What is compared of a text: its words in order, its numbers, and its triples of words."""

    words: tuple[str, ...]
    numbers: frozenset[str]
    shingles: frozenset[tuple[str, ...]]


def shape_of(text: str) -> Shape:
    """The shape of a text: case, white space and punctuation do not count. A Han character is a word."""
    words = tuple(_WORD.findall(text.lower()))
    # Most words are letters only, which one call tells: this runs for every candidate of every search.
    numbers = frozenset(word for word in words if not word.isalpha() and any(map(str.isdigit, word)))
    shingles = frozenset(words[at : at + _SHINGLE] for at in range(max(len(words) - _SHINGLE + 1, 1)))
    return Shape(words, numbers, shingles)


def resemblance(a: Shape, b: Shape) -> float:
    """The share of all word triples that both have, 0 to 1.

    >>> resemblance(shape_of("Rinse the filter with warm water."), shape_of("rinse the filter, with warm water"))
    1.0
    """
    return len(a.shingles & b.shingles) / len(a.shingles | b.shingles)


def same(a: Shape, b: Shape) -> bool:
    """Whether two texts say the same."""
    if a.words == b.words:
        return True
    few, many = sorted((len(a.shingles), len(b.shingles)))
    # The smaller set can be no more than all of what they share.
    return a.numbers == b.numbers and few >= LEAST_RESEMBLANCE * many and resemblance(a, b) >= LEAST_RESEMBLANCE
