"""The lexical index: BM25 over bags of hashed terms, exact at every moment.

Immutable segments, each with a mask of dead passages: a base, and smaller ones for what has come since, merged as they
grow (O'Neil et al., "The log-structured merge-tree", 1996). Statistics (number of passages, document frequency, average
length) are those of the live passages over all segments, so every score is the one that a rebuild would give. Does not
know about text, files or SQLite.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

from ragsys.indexes.postings import Segment, batches, hash_term

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    from ragsys.indexes.postings import Batch
    from ragsys.indexes.records import Writable

__all__ = ["K1", "B", "LexicalIndex"]

# Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009), section 3.
K1 = 0.9
B = 0.7


@dataclass(slots=True)
class _Part:
    """A segment, which of its passages are dead, and what of its statistics would be slow to add up for each query."""

    segment: Segment
    dead: NDArray[np.bool_]
    live: int
    length: int

    @classmethod
    def of(cls, segment: Segment) -> Self:
        return cls(
            segment, np.zeros(len(segment.ids), bool), len(segment.ids), int(segment.lengths.sum(dtype=np.int64))
        )

    def bury(self, ids: NDArray[np.int64]) -> None:
        """Mark those of `ids` that are here as dead."""
        _, rows = _rows(self, ids)
        self.dead[rows] = True
        self.live -= len(rows)
        self.length -= int(self.segment.lengths[rows].sum(dtype=np.int64))

    def frequency(self, term: int) -> int:
        """How many live passages hold a term."""
        rows, _ = self.segment.postings(term)
        return len(rows) if self.live == len(self.dead) else len(rows) - int(np.count_nonzero(self.dead[rows]))


class LexicalIndex:
    """BM25 over live passages; see the module's description."""

    def __init__(self, base: Segment) -> None:
        self._parts = [_Part.of(base)]

    @classmethod
    def build(cls, ids: Sequence[int], bags: Sequence[bytes]) -> Self:
        """An index of these passages; `ids` ascend."""
        return cls(Segment.build(batches(ids, bags)))

    @classmethod
    def stream(cls, read: Callable[[], Iterable[Batch]]) -> Self:
        """The same of batches that do not fit into memory together; `read` is called twice."""
        return cls(Segment.build(read))

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """The index that `write` wrote. Raises `IndexDamagedError` for anything else."""
        return cls(Segment.from_bytes(data))

    def write(self, file: Writable) -> None:
        """Write the live passages as one immutable segment."""
        whole = len(self._parts) == 1 and self._parts[0].live == len(self._parts[0].dead)
        segment = self._parts[0].segment if whole else self._merged(self._parts).segment
        segment.write(file)

    @property
    def ids(self) -> NDArray[np.int64]:
        """The live passages, ascending."""
        return np.concatenate([part.segment.ids[~part.dead] for part in self._parts])

    def __len__(self) -> int:
        """The number of live passages."""
        return sum(part.live for part in self._parts)

    @property
    def delta(self) -> int:
        """How many changes (new and dead passages) the base segment does not have."""
        base, *rest = self._parts
        return len(base.dead) - base.live + sum(len(part.dead) for part in rest)

    def apply(self, new_ids: Sequence[int], new_bags: Sequence[bytes], dead_ids: Iterable[int]) -> None:
        """Add passages, whose ids are above all earlier ones, and drop dead ones."""
        if new_ids:
            self._parts.append(_Part.of(Segment.build(batches(new_ids, new_bags))))
        dead = np.unique(np.fromiter(dead_ids, np.int64))
        for part in self._parts:
            part.bury(dead)
        # A segment that is not much larger than the next is merged with it: their number stays logarithmic.
        while len(self._parts) > 2 and len(self._parts[-2].dead) <= 2 * len(self._parts[-1].dead):  # noqa: PLR2004
            self._parts[-2:] = [self._merged(self._parts[-2:])]

    def statistics(self, terms: Sequence[str]) -> tuple[int, list[int]]:
        """The number of live passages, and of those that contain each term."""
        hashes = [hash_term(term) for term in terms]
        frequencies = [sum(part.frequency(term) for part in self._parts) for term in hashes]
        return sum(part.live for part in self._parts), frequencies

    def search(
        self, terms: Sequence[str], k: int, allowed: NDArray[np.int64] | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """The `k` best passages among `allowed` (ascending ids; None is all): ids and scores, best first.

        Only passages that contain a term are returned; equal scores are ordered by id.
        """
        weights, average = self._weights(terms)
        ids, scores = [], []
        for part in self._parts:
            values = np.zeros(len(part.dead), dtype=np.float32)
            for term, weight in weights:
                rows, tf = part.segment.postings(hash_term(term))
                values[rows] += _score(tf, part.segment.lengths[rows], weight, average)
            usable = values > 0
            if part.live < len(part.dead):
                usable &= ~part.dead
            if allowed is not None:
                usable &= _member(part.segment.ids, allowed)
            ids.append(part.segment.ids[usable])
            scores.append(values[usable])
        every, found = np.concatenate(ids), np.concatenate(scores)
        if len(every) > k > 0:
            # Everything at least as good as the k-th, so that ties are cut by id and not by chance.
            keep = found >= np.partition(found, len(found) - k)[len(found) - k]
            every, found = every[keep], found[keep]
        order = np.lexsort((every, -found))[:k]
        return every[order], found[order]

    def contributions(
        self, terms: Sequence[str], ids: NDArray[np.int64]
    ) -> tuple[tuple[str, ...], NDArray[np.float32]]:
        """The distinct terms, and what each adds to each passage's score, of shape (terms, ids); 0 where it is not."""
        weights, average = self._weights(terms)
        result = np.zeros((len(weights), len(ids)), dtype=np.float32)
        for part in self._parts:
            here, rows = _rows(part, ids)
            for number, (term, weight) in enumerate(weights):
                holders, tf = part.segment.postings(hash_term(term))
                if not len(holders) or not len(rows):
                    continue
                at = np.minimum(np.searchsorted(holders, rows), len(holders) - 1)
                values = _score(tf[at], part.segment.lengths[rows], weight, average)
                result[number, here] = np.where(holders[at] == rows, values, np.float32(0))
        return tuple(term for term, _ in weights), result

    def scores(self, terms: Sequence[str], ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """The BM25 score of each passage in `ids`; 0 where it holds no term or is not live."""
        total = np.zeros(len(ids), dtype=np.float32)
        for row in self.contributions(terms, ids)[1]:
            total += row  # one after the other, as `search` adds them: the same numbers to the last bit
        return total

    def _weights(self, terms: Sequence[str]) -> tuple[list[tuple[str, np.float32]], np.float32]:
        """Each distinct term with its weight, by Lucene's always positive inverse document frequency; mean length."""
        counted = sorted(Counter(terms).items())
        count, frequencies = self.statistics([term for term, _ in counted])
        average = max(sum(part.length for part in self._parts), 1) / max(count, 1)
        weights = [
            (term, np.float32(times * np.log1p((count - frequency + 0.5) / (frequency + 0.5))))
            for (term, times), frequency in zip(counted, frequencies, strict=True)
            if frequency
        ]
        return weights, np.float32(average)

    @staticmethod
    def _merged(parts: Sequence[_Part]) -> _Part:
        return _Part.of(Segment.merge([(part.segment, part.dead) for part in parts]))


def _score(
    frequencies: NDArray[np.uint16], lengths: NDArray[np.int32], weight: np.float32, average: np.float32
) -> NDArray[np.float32]:
    """One term's part of the score of passages of these lengths that hold it so often."""
    tf = frequencies.astype(np.float32)
    norm = np.float32(K1 * (1 - B)) + np.float32(K1 * B) * (lengths.astype(np.float32) / average)
    return (weight * (tf / (tf + norm))).astype(np.float32, copy=False)


def _rows(part: _Part, ids: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Which positions of `ids` are live passages of a part, and their rows there."""
    own = part.segment.ids
    if not len(own):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    at = np.minimum(np.searchsorted(own, ids), len(own) - 1)
    here = np.flatnonzero((own[at] == ids) & ~part.dead[at])
    return here, at[here]


def _member(ids: NDArray[np.int64], allowed: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which of `ids` are in `allowed`; both ascend."""
    if len(allowed) == 0:
        return np.zeros(len(ids), dtype=bool)
    at = np.minimum(np.searchsorted(allowed, ids), len(allowed) - 1)
    member: NDArray[np.bool_] = allowed[at] == ids
    return member
