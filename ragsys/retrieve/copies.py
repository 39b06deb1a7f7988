"""Groups of passages that say the same, over a whole index, in time that grows with its size and not with its square.

Candidates share one of six minima of hashed word triples (MinHash: Broder, "On the resemblance and containment of
documents", SEQUENCES 1997, section 3): of two passages that resemble each other by nine tenths, one in a million pairs
shares none. What is a copy is then decided by `duplicates.same`, as it is for hits.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import numpy as np

from ragsys.retrieve.duplicates import same, shape_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from ragsys.retrieve.duplicates import Shape

__all__ = ["copy_groups"]

_TOGETHER = 500
# Odd multipliers and addends of multiply-shift hashing (Dietzfelbinger et al., 1997): drawn once, so that results stay.
_RANDOM = np.random.default_rng(20241124)
_TIMES = _RANDOM.integers(1, 2**63, 6, dtype=np.uint64) * np.uint64(2) + np.uint64(1)
_PLUS = _RANDOM.integers(0, 2**63, 6, dtype=np.uint64)


def copy_groups(ids: Sequence[int], texts_of: Callable[[Sequence[int]], Mapping[int, str]]) -> list[list[int]]:
    """The groups of two and more among the passages `ids` (ascending), the largest first.

    `texts_of` gives the texts of some hundred passages at a time; each is asked for once or twice. Beside six numbers a
    passage, only texts that are being compared are in memory.
    """
    minima = np.concatenate([np.empty((0, 6), np.uint64), *(_minima(texts_of(some), some) for some in _slices(ids))])
    leader = {number: number for number in ids}

    def first_of(number: int) -> int:
        while leader[number] != number:
            leader[number] = number = leader[leader[number]]
        return number

    for column in range(minima.shape[1]):
        for run in _runs(minima[:, column], ids):
            # Who has been found to be a copy already is compared no more.
            heads: list[tuple[int, Shape]] = []
            for number, shape in _shapes(sorted({first_of(number) for number in run}), texts_of):
                match = next((head for head, other in heads if same(shape, other)), None)
                if match is None:
                    heads.append((number, shape))
                else:
                    leader[number] = match
    groups: dict[int, list[int]] = {}
    for number in ids:
        groups.setdefault(first_of(number), []).append(number)
    return sorted((group for group in groups.values() if len(group) > 1), key=lambda group: (-len(group), group[0]))


def _minima(texts: Mapping[int, str], ids: Sequence[int]) -> NDArray[np.uint64]:
    """For each passage the least value of its word triples under each hash function, shape (len(ids), 6)."""
    found = np.empty((len(ids), len(_TIMES)), np.uint64)
    for row, number in enumerate(ids):
        shingles = shape_of(texts[number]).shingles
        hashes = np.array([zlib.crc32("\x1f".join(words).encode("utf-8")) for words in shingles], dtype=np.uint64)
        found[row] = (hashes[:, None] * _TIMES + _PLUS).min(axis=0)
    return found


def _runs(values: NDArray[np.uint64], ids: Sequence[int]) -> Iterator[list[int]]:
    """The passages that share a value, where there are several."""
    order = np.argsort(values, kind="stable")
    edges = np.flatnonzero(np.diff(values[order])) + 1
    for run in np.split(order, edges):
        if len(run) > 1:
            yield [ids[position] for position in run]


def _shapes(ids: Sequence[int], texts_of: Callable[[Sequence[int]], Mapping[int, str]]) -> Iterator[tuple[int, Shape]]:
    if len(ids) > 1:
        for some in _slices(ids):
            texts = texts_of(some)
            yield from ((number, shape_of(texts[number])) for number in some)


def _slices(ids: Sequence[int]) -> Iterable[Sequence[int]]:
    return (ids[at : at + _TOGETHER] for at in range(0, len(ids), _TOGETHER))
