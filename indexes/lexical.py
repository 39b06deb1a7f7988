"""The lexical index: BM25 over bags of hashed terms, exact at every moment.

An immutable base segment (postings in compressed sparse rows, as NumPy arrays) plus a small delta segment plus a mask
of dead passages. Statistics (number of passages, document frequency, average length) are those of the live passages,
so base + delta - dead scores exactly as a rebuild would. Does not know about text, files or SQLite.

A term is its 64-bit BLAKE2b hash: no dictionary to keep consistent, and among a million different terms the chance of
any collision is about 3e-8.
"""

from __future__ import annotations

import hashlib
import json
import struct
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Self

import numpy as np

from ragsys.errors import IndexDamagedError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

__all__ = ["K1", "B", "LexicalIndex", "hash_term", "pack_bag", "unpack_bag"]

# Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009), section 3.
K1 = 0.9
B = 0.4

_MAGIC = b"RAGSLEX1"
_LARGEST_TF = 65_535


@lru_cache(maxsize=262_144)
def hash_term(term: str) -> int:
    """The 64-bit identity of a term."""
    return int.from_bytes(hashlib.blake2b(term.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


def pack_bag(terms: Iterable[str]) -> bytes:
    """A passage's terms as bytes: distinct hashes ascending (u64), then their frequencies (u16), little-endian."""
    counts = sorted((hash_term(term), count) for term, count in Counter(terms).items())
    hashes = np.array([value for value, _ in counts], dtype="<u8")
    frequencies = np.array([min(count, _LARGEST_TF) for _, count in counts], dtype="<u2")
    return hashes.tobytes() + frequencies.tobytes()


def unpack_bag(bag: bytes) -> tuple[NDArray[np.uint64], NDArray[np.uint16]]:
    """The hashes and frequencies of a bag. Raises `IndexDamagedError` for bytes that are none."""
    size, rest = divmod(len(bag), 10)
    if rest:
        raise IndexDamagedError(f"a bag of {len(bag)} bytes")
    return np.frombuffer(bag, "<u8", size), np.frombuffer(bag, "<u2", size, 8 * size)


@dataclass(frozen=True, slots=True)
class _Segment:
    """Postings of a set of passages: row r of `indptr` holds the passages that contain `hashes[r]`."""

    ids: NDArray[np.int64]
    lengths: NDArray[np.int32]
    hashes: NDArray[np.uint64]
    indptr: NDArray[np.int64]
    rows: NDArray[np.int32]
    frequencies: NDArray[np.uint16]

    @classmethod
    def build(cls, ids: Sequence[int], bags: Sequence[bytes]) -> Self:
        """Invert bags, given in ascending order of their passages' ids."""
        unpacked = [unpack_bag(bag) for bag in bags]
        sizes = np.array([len(hashes) for hashes, _ in unpacked], dtype=np.int64)
        lengths = np.array([int(tf.sum(dtype=np.int64)) for _, tf in unpacked], dtype=np.int32)
        every = np.concatenate([h for h, _ in unpacked]) if unpacked else np.empty(0, np.uint64)
        frequencies = np.concatenate([tf for _, tf in unpacked]) if unpacked else np.empty(0, np.uint16)
        owners = np.repeat(np.arange(len(unpacked), dtype=np.int32), sizes)
        order = np.argsort(every, kind="stable")
        hashes, starts = np.unique(every[order], return_index=True)
        indptr = np.append(starts, len(every)).astype(np.int64)
        return cls(np.asarray(ids, np.int64), lengths, hashes, indptr, owners[order], frequencies[order])

    def postings(self, term: int) -> tuple[NDArray[np.int32], NDArray[np.uint16]]:
        """The rows that contain a term, ascending, and how often."""
        at = int(np.searchsorted(self.hashes, np.uint64(term)))
        if at == len(self.hashes) or int(self.hashes[at]) != term:
            return self.rows[:0], self.frequencies[:0]
        span = slice(int(self.indptr[at]), int(self.indptr[at + 1]))
        return self.rows[span], self.frequencies[span]

    def check(self) -> None:
        """Raise `IndexDamagedError` unless every array fits the others: no later access can be out of bounds."""
        sound = (
            len(self.ids) == len(self.lengths)
            and len(self.indptr) == len(self.hashes) + 1
            and len(self.rows) == len(self.frequencies)
            and int(self.indptr[0]) == 0
            and int(self.indptr[-1]) == len(self.rows)
            and bool(np.all(np.diff(self.indptr) >= 0))
            and bool(np.all(np.diff(self.ids) > 0))
            and (len(self.rows) == 0 or (int(self.rows.min()) >= 0 and int(self.rows.max()) < len(self.ids)))
        )
        if not sound:
            raise IndexDamagedError("the lexical snapshot's arrays do not fit each other")


_FIELDS = (("ids", "<i8"), ("lengths", "<i4"), ("hashes", "<u8"), ("indptr", "<i8"), ("rows", "<i4"))
_ARRAYS = (*_FIELDS, ("frequencies", "<u2"))


class LexicalIndex:
    """BM25 over live passages; see the module's description."""

    def __init__(self, base: _Segment) -> None:
        self._base = base
        self._delta_ids: list[int] = []
        self._delta_bags: list[bytes] = []
        self._delta = _Segment.build([], [])
        self._dead = np.zeros(len(base.ids), dtype=bool)
        self._delta_dead = np.zeros(0, dtype=bool)

    @classmethod
    def build(cls, ids: Sequence[int], bags: Sequence[bytes]) -> Self:
        """An index of these passages; `ids` ascend."""
        return cls(_Segment.build(ids, bags))

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """The index that `to_bytes` wrote. Raises `IndexDamagedError` for anything else."""
        header_end = len(_MAGIC) + 4
        if data[: len(_MAGIC)] != _MAGIC or len(data) < header_end:
            raise IndexDamagedError("not a lexical snapshot")
        (size,) = struct.unpack("<I", data[len(_MAGIC) : header_end])
        try:
            counts = json.loads(data[header_end : header_end + size])
            offset = header_end + size
            arrays = {}
            for name, kind in _ARRAYS:
                arrays[name] = np.frombuffer(data, kind, int(counts[name]), offset)
                offset += arrays[name].nbytes
        except (ValueError, KeyError, TypeError) as error:
            raise IndexDamagedError(f"the lexical snapshot cannot be read: {error}") from None
        segment = _Segment(**arrays)
        segment.check()
        return cls(segment)

    def to_bytes(self) -> bytes:
        """The live passages as one immutable segment: magic, length of a JSON header, header, arrays."""
        segment = self._merged()
        header = json.dumps({name: len(getattr(segment, name)) for name, _ in _ARRAYS}).encode()
        header += b" " * (-(len(_MAGIC) + 4 + len(header)) % 8)
        arrays = [np.ascontiguousarray(getattr(segment, name), dtype=kind).tobytes() for name, kind in _ARRAYS]
        return b"".join([_MAGIC, struct.pack("<I", len(header)), header, *arrays])

    @property
    def ids(self) -> NDArray[np.int64]:
        """The live passages, ascending."""
        return np.concatenate([self._base.ids[~self._dead], self._delta.ids[~self._delta_dead]])

    @property
    def delta(self) -> int:
        """How many changes (new and dead passages) the base segment does not have."""
        return len(self._delta.ids) + int(self._dead.sum())

    def apply(self, new_ids: Sequence[int], new_bags: Sequence[bytes], dead_ids: Iterable[int]) -> None:
        """Add passages, whose ids are above all earlier ones, and drop dead ones."""
        if new_ids:
            self._delta_ids.extend(new_ids)
            self._delta_bags.extend(new_bags)
            self._delta = _Segment.build(self._delta_ids, self._delta_bags)
            self._delta_dead = np.append(self._delta_dead, np.zeros(len(new_ids), dtype=bool))
        dead = np.fromiter(dead_ids, np.int64)
        self._dead |= np.isin(self._base.ids, dead)
        self._delta_dead |= np.isin(self._delta.ids, dead)

    def statistics(self, terms: Sequence[str]) -> tuple[int, list[int]]:
        """The number of live passages, and of those that contain each term."""
        frequencies = [
            sum(int(np.count_nonzero(~dead[segment.postings(hash_term(term))[0]])) for segment, dead in self._parts())
            for term in terms
        ]
        return self._live(), frequencies

    def search(
        self, terms: Sequence[str], k: int, allowed: NDArray[np.int64] | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """The `k` best passages among `allowed` (ascending ids; None is all): ids and scores, best first.

        Only passages that contain a term are returned; equal scores are ordered by id.
        """
        ids, scores = [], []
        for (segment, dead), values in zip(self._parts(), self._score(terms), strict=True):
            usable = ~dead & (values > 0)
            if allowed is not None:
                usable &= _member(segment.ids, allowed)
            rows = np.flatnonzero(usable)
            ids.append(segment.ids[rows])
            scores.append(values[rows])
        every, found = np.concatenate(ids), np.concatenate(scores)
        if len(every) > k > 0:
            # Everything at least as good as the k-th, so that ties are cut by id and not by chance.
            keep = found >= np.partition(found, len(found) - k)[len(found) - k]
            every, found = every[keep], found[keep]
        order = np.lexsort((every, -found))[:k]
        return every[order], found[order]

    def scores(self, terms: Sequence[str], ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """The BM25 score of each passage in `ids`; 0 where it holds no term or is not live."""
        result = np.zeros(len(ids), dtype=np.float32)
        for (segment, dead), values in zip(self._parts(), self._score(terms), strict=True):
            if len(segment.ids):
                rows = np.minimum(np.searchsorted(segment.ids, ids), len(segment.ids) - 1)
                here = (segment.ids[rows] == ids) & ~dead[rows]
                result[here] = values[rows[here]]
        return result

    def _parts(self) -> tuple[tuple[_Segment, NDArray[np.bool_]], ...]:
        return (self._base, self._dead), (self._delta, self._delta_dead)

    def _live(self) -> int:
        return sum(int(np.count_nonzero(~dead)) for _, dead in self._parts())

    def _score(self, terms: Sequence[str]) -> list[NDArray[np.float32]]:
        """BM25 of every row of each segment, with Lucene's always positive inverse document frequency."""
        count, frequencies = self.statistics(distinct := sorted(set(terms)))
        total = sum(int(segment.lengths[~dead].sum(dtype=np.int64)) for segment, dead in self._parts())
        average = max(total, 1) / max(count, 1)
        weights = Counter(terms)
        scored = []
        for segment, _ in self._parts():
            values = np.zeros(len(segment.ids), dtype=np.float32)
            for term, frequency in zip(distinct, frequencies, strict=True):
                rows, tf = segment.postings(hash_term(term))
                idf = np.log1p((count - frequency + 0.5) / (frequency + 0.5))
                norm = K1 * (1 - B + B * segment.lengths[rows].astype(np.float32) / np.float32(average))
                values[rows] += np.float32(weights[term] * idf) * (tf / (tf + norm)).astype(np.float32)
            scored.append(values)
        return scored

    def _merged(self) -> _Segment:
        """Base and delta without the dead, as one segment."""
        keep, keep_delta = ~self._dead, ~self._delta_dead
        if len(self._delta.ids) == 0 and bool(keep.all()):
            return self._base
        renumber = np.cumsum(np.concatenate([keep, keep_delta])) - 1
        hashes, rows, tf = [], [], []
        for segment, alive, offset in ((self._base, keep, 0), (self._delta, keep_delta, len(keep))):
            live = alive[segment.rows]
            hashes.append(np.repeat(segment.hashes, np.diff(segment.indptr))[live])
            rows.append(renumber[segment.rows[live] + offset].astype(np.int32))
            tf.append(segment.frequencies[live])
        every = np.concatenate(hashes)
        order = np.argsort(every, kind="stable")
        distinct, starts = np.unique(every[order], return_index=True)
        return _Segment(
            ids=self.ids,
            lengths=np.concatenate([self._base.lengths[keep], self._delta.lengths[keep_delta]]),
            hashes=distinct,
            indptr=np.append(starts, len(every)).astype(np.int64),
            rows=np.concatenate(rows)[order],
            frequencies=np.concatenate(tf)[order],
        )


def _member(ids: NDArray[np.int64], allowed: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which of `ids` are in `allowed`; both ascend."""
    if len(allowed) == 0:
        return np.zeros(len(ids), dtype=bool)
    at = np.minimum(np.searchsorted(allowed, ids), len(allowed) - 1)
    member: NDArray[np.bool_] = allowed[at] == ids
    return member
