"""Postings: bags of hashed terms, and an immutable segment of them in compressed sparse rows.

A term is its 64-bit BLAKE2b hash: no dictionary to keep consistent, and among a million different terms the chance of
any collision is about 3e-8. Does not know how a term is weighed, nor about text, files or SQLite.
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
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from ragsys.indexes.records import Writable

    Batch = tuple[Sequence[int], Sequence[bytes]]

__all__ = ["Segment", "batches", "hash_term", "pack_bag", "unpack_bag"]

_MAGIC = b"RAGSLEX1"
_LARGEST_TF = 65_535
_FIELDS = (("ids", "<i8"), ("lengths", "<i4"), ("hashes", "<u8"), ("indptr", "<i8"), ("rows", "<i4"))
_ARRAYS = (*_FIELDS, ("frequencies", "<u2"))


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
class Segment:
    """Postings of a set of passages: row r of `indptr` holds the passages that contain `hashes[r]`.

    `ids` ascend; `rows` are positions in `ids`, ascending within a term; `lengths` count the terms of each passage.
    """

    ids: NDArray[np.int64]
    lengths: NDArray[np.int32]
    hashes: NDArray[np.uint64]
    indptr: NDArray[np.int64]
    rows: NDArray[np.int32]
    frequencies: NDArray[np.uint16]

    @classmethod
    def build(cls, read: Callable[[], Iterable[Batch]]) -> Self:
        """Invert batches of ids and bags, by ascending id; `read` gives the same batches each time it is called.

        A counting sort: one pass counts each term's passages, the other puts them in their places. Only the postings
        are ever held, never all the bags.
        """
        ids, lengths = [np.empty(0, np.int64)], [np.empty(0, np.int32)]
        counted = _Counted()
        for batch_ids, bags in read():
            every, frequencies, sizes = _unpack(bags)
            counted.add(*np.unique(every, return_counts=True))
            ids.append(np.asarray(batch_ids, np.int64))
            lengths.append(_sums(frequencies, sizes))
        hashes, totals = counted.result()
        indptr = np.concatenate([[0], np.cumsum(totals)]).astype(np.int64)
        rows = np.empty(int(indptr[-1]), np.int32)
        placed = np.empty(int(indptr[-1]), np.uint16)
        cursor = indptr[:-1].copy()
        first = 0
        for _, bags in read():
            every, frequencies, sizes = _unpack(bags)
            owners = np.repeat(np.arange(first, first + len(sizes), dtype=np.int32), sizes)
            order = np.argsort(every, kind="stable")
            terms, starts, counts = np.unique(every[order], return_index=True, return_counts=True)
            at = np.searchsorted(hashes, terms)
            place = np.repeat(cursor[at] - starts, counts) + np.arange(len(every))
            rows[place], placed[place] = owners[order], frequencies[order]
            cursor[at] += counts
            first += len(sizes)
        return cls(np.concatenate(ids), np.concatenate(lengths), hashes, indptr, rows, placed)

    @classmethod
    def merge(cls, parts: Sequence[tuple[Segment, NDArray[np.bool_]]]) -> Self:
        """One segment of several and their masks of dead passages; ids ascend over the parts."""
        alive = np.concatenate([~dead for _, dead in parts])
        renumber = (np.cumsum(alive) - 1).astype(np.int32)
        hashes, rows, frequencies, first = [], [], [], 0
        for segment, dead in parts:
            live = ~dead[segment.rows]
            hashes.append(np.repeat(segment.hashes, np.diff(segment.indptr))[live])
            rows.append(renumber[segment.rows[live] + first])
            frequencies.append(segment.frequencies[live])
            first += len(segment.ids)
        every = np.concatenate(hashes)
        order = np.argsort(every, kind="stable")
        distinct, starts = np.unique(every[order], return_index=True)
        return cls(
            ids=np.concatenate([segment.ids for segment, _ in parts])[alive],
            lengths=np.concatenate([segment.lengths for segment, _ in parts])[alive],
            hashes=distinct,
            indptr=np.append(starts, len(every)).astype(np.int64),
            rows=np.concatenate(rows)[order],
            frequencies=np.concatenate(frequencies)[order],
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """The segment that `write` wrote. Raises `IndexDamagedError` for anything else."""
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
        segment = cls(**arrays)
        segment._check()
        return segment

    def write(self, file: Writable) -> None:
        """Write magic, length of a JSON header, header, arrays."""
        header = json.dumps({name: len(getattr(self, name)) for name, _ in _ARRAYS}).encode()
        header += b" " * (-(len(_MAGIC) + 4 + len(header)) % 8)
        file.write(_MAGIC + struct.pack("<I", len(header)) + header)
        for name, kind in _ARRAYS:
            file.write(np.ascontiguousarray(getattr(self, name), dtype=kind).view(np.uint8).data)

    def postings(self, term: int) -> tuple[NDArray[np.int32], NDArray[np.uint16]]:
        """The rows that contain a term, ascending, and how often."""
        at = int(np.searchsorted(self.hashes, np.uint64(term)))
        if at == len(self.hashes) or int(self.hashes[at]) != term:
            return self.rows[:0], self.frequencies[:0]
        span = slice(int(self.indptr[at]), int(self.indptr[at + 1]))
        return self.rows[span], self.frequencies[span]

    def _check(self) -> None:
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


class _Counted:
    """How many passages hold each term, added up batch by batch and merged when the batches outgrow the sum."""

    def __init__(self) -> None:
        self._hashes, self._counts = np.empty(0, np.uint64), np.empty(0, np.int64)
        self._waiting: list[tuple[NDArray[np.uint64], NDArray[np.int64]]] = []
        self._size = 0

    def add(self, hashes: NDArray[np.uint64], counts: NDArray[np.int64]) -> None:
        """Add the counts of one batch."""
        self._waiting.append((hashes, counts))
        self._size += len(hashes)
        if self._size > len(self._hashes):
            self.result()

    def result(self) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
        """The distinct terms, ascending, and their counts."""
        hashes = np.concatenate([self._hashes, *(h for h, _ in self._waiting)])
        counts = np.concatenate([self._counts, *(c for _, c in self._waiting)])
        self._hashes, inverse = np.unique(hashes, return_inverse=True)
        self._counts = np.zeros(len(self._hashes), np.int64)
        np.add.at(self._counts, inverse, counts)
        self._waiting, self._size = [], 0
        return self._hashes, self._counts


def _unpack(bags: Sequence[bytes]) -> tuple[NDArray[np.uint64], NDArray[np.uint16], NDArray[np.int64]]:
    """The terms and frequencies of bags, one after the other, and the number of terms of each."""
    unpacked = [unpack_bag(bag) for bag in bags]
    every = np.concatenate([np.empty(0, np.uint64), *(hashes for hashes, _ in unpacked)])
    frequencies = np.concatenate([np.empty(0, np.uint16), *(tf for _, tf in unpacked)])
    return every, frequencies, np.array([len(hashes) for hashes, _ in unpacked], dtype=np.int64)


def _sums(frequencies: NDArray[np.uint16], sizes: NDArray[np.int64]) -> NDArray[np.int32]:
    """The sum of each run of `sizes` frequencies."""
    totals = np.concatenate([[0], np.cumsum(frequencies, dtype=np.int64)])
    ends = np.cumsum(sizes)
    sums: NDArray[np.int32] = (totals[ends] - totals[ends - sizes]).astype(np.int32)
    return sums


def batches(ids: Sequence[int], bags: Sequence[bytes]) -> Callable[[], Iterator[Batch]]:
    """What `Segment.build` reads, of passages that are in memory already."""

    def read() -> Iterator[Batch]:
        yield ids, bags

    return read
