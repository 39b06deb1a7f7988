"""Both derivatives in memory, and how they follow the truth: load a checked snapshot, then apply what is newer.

Knows which rows are new and which ids have died; what a vector or a bag means is for vectors.py and lexical.py.
"""

from __future__ import annotations

import logging
import zlib
from typing import TYPE_CHECKING

import numpy as np
from sqlalchemy import func, select

from ragsys.errors import IndexDamagedError
from ragsys.indexes import schema
from ragsys.indexes.lexical import LexicalIndex
from ragsys.indexes.vectors import FLAT, VectorIndex, kind_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from numpy.typing import NDArray
    from sqlalchemy import Connection, Table

    from ragsys.indexes.records import Writable
    from ragsys.indexes.snapshot import Kind, Published, SnapshotStore
    from ragsys.types import Space

__all__ = ["Derived"]

_log = logging.getLogger(__name__)
_BATCH = 4096
_LONG_DELTA = 1024


class Derived:
    """The vector and the lexical index of one open index directory, at the last `seq` that was read."""

    def __init__(self, snapshots: SnapshotStore, vector_index: str) -> None:
        self._snapshots = snapshots
        self.setting = vector_index
        self._position: dict[Kind, tuple[int, int]] = {}
        self._tried: dict[Kind, int] = {}
        self.vectors: VectorIndex | None = None
        self.lexical = LexicalIndex.build([], [])
        self.generation: dict[Kind, int | None] = {"vectors": None, "lexical": None}

    def catch_up(self, connection: Connection, space: Space | None) -> int:
        """Bring both derivatives to the `seq` that this read transaction sees, and return it."""
        seq, floor = connection.execute(select(schema.state.c.seq, schema.state.c.floor)).one()
        if space is not None:
            for kind in ("vectors", "lexical"):
                position = self._position.get(kind)
                # Before the floor tombstones are gone; after `seq` lies a state that a restored backup does not have.
                if position is None or not floor <= position[0] <= seq or self._outgrown(connection, kind):
                    position = self._load(connection, kind, space, floor)
                if position[0] != seq:
                    position = self._apply(connection, kind, space, position, seq)
                self._position[kind] = position
        return int(seq)

    def _outgrown(self, connection: Connection, kind: Kind) -> bool:
        """Whether what is in memory is mostly delta (or a rebuild) while a snapshot of it has been published."""
        index = self.vectors if kind == "vectors" else self.lexical
        if index is None or (index.delta < _LONG_DELTA and self.generation[kind] is not None):
            return False
        newest = next(iter(self._snapshots.generations(connection, kind)), None)
        if newest is None or newest.generation == self._tried.get(kind):
            return False
        return newest.generation != self.generation[kind]

    def _load(self, connection: Connection, kind: Kind, space: Space, floor: int) -> tuple[int, int]:
        """Start from the newest snapshot that is whole; from nothing where there is none."""
        records = self._snapshots.generations(connection, kind)
        if records:
            self._tried[kind] = records[0].generation
        for record in records:
            if record.seq < floor:
                break
            try:
                self._start(kind, space, self._snapshots.load(record), record)
            except IndexDamagedError as error:
                _log.warning("%s; using an older snapshot or the database instead", error.message)
                continue
            self.generation[kind] = record.generation
            return record.seq, record.last_passage
        self._start(kind, space, None, None)
        self.generation[kind] = None
        return 0, 0

    def _start(self, kind: Kind, space: Space, data: bytes | None, record: Published | None) -> None:
        if kind == "lexical":
            self.lexical = LexicalIndex.build([], []) if data is None else LexicalIndex.from_bytes(data)
        elif data is None or record is None:
            self.vectors = VectorIndex(space.dim)
        else:
            self.vectors = VectorIndex.from_bytes(data, space.dim, record.ntotal, record.factory)

    def _apply(
        self, connection: Connection, kind: Kind, space: Space, position: tuple[int, int], seq: int
    ) -> tuple[int, int]:
        """Add passages above the last one seen and drop those that died since."""
        since, last = position
        dead = connection.scalars(select(schema.tombstone.c.passage).where(schema.tombstone.c.seq > since)).all()
        newest = last
        if kind == "lexical":
            if since == 0:
                self.lexical = LexicalIndex.stream(lambda: _bags(connection, 0))
                newest = int(self.lexical.ids[-1]) if len(self.lexical.ids) else last
            else:
                ids, bags = _together(_bags(connection, last))
                self.lexical.apply(ids, bags, dead)
                newest = ids[-1] if ids else last
        elif self.vectors is None or since == 0:
            self.vectors = VectorIndex.build(space.dim, _vectors(connection, space.dim, 0), FLAT)
            newest = int(self.vectors.ids[-1]) if len(self.vectors.ids) else last
        else:
            for found, vectors in _vectors(connection, space.dim, last):
                self.vectors.apply(found, vectors, ())
                newest = int(found[-1])
            self.vectors.apply(np.empty(0, np.int64), np.empty((0, space.dim), np.float32), dead)
        return seq, max(last, newest)

    def build(self, connection: Connection, kind: Kind, space: Space) -> tuple[Callable[[Writable], None], int, str]:
        """A fresh index of a kind from the truth: what writes it, its number of passages and its FAISS kind."""
        if kind == "lexical":
            lexical = LexicalIndex.stream(lambda: _bags(connection, 0))
            return lexical.write, len(lexical.ids), "bm25"
        count = connection.execute(select(func.count()).select_from(schema.vector)).scalar_one()
        factory = kind_for(self.setting, count)
        return VectorIndex.build(space.dim, _vectors(connection, space.dim, 0), factory).write, count, factory


def _rows(connection: Connection, table: Table, after: int) -> Iterator[list[tuple[int, bytes]]]:
    """Ids above `after`, ascending, with their checked blobs, batch by batch."""
    rows = connection.execution_options(yield_per=_BATCH).execute(
        select(table.c.passage, table.c.blob, table.c.crc32).where(table.c.passage > after).order_by(table.c.passage)
    )
    for batch in rows.partitions():
        for passage, blob, crc in batch:
            if zlib.crc32(blob) != crc:
                raise IndexDamagedError(f"the {table.name} of passage {passage} does not have its recorded checksum")
        yield [(passage, blob) for passage, blob, _ in batch]


def _bags(connection: Connection, after: int) -> Iterator[tuple[list[int], list[bytes]]]:
    """The live passages above `after`, by ascending id, with their bags."""
    for batch in _rows(connection, schema.bag, after):
        yield [passage for passage, _ in batch], [blob for _, blob in batch]


def _together(batches: Iterable[tuple[list[int], list[bytes]]]) -> tuple[list[int], list[bytes]]:
    ids: list[int] = []
    bags: list[bytes] = []
    for some_ids, some_bags in batches:
        ids += some_ids
        bags += some_bags
    return ids, bags


def _vectors(connection: Connection, dim: int, after: int) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float32]]]:
    """The live passages above `after`, by ascending id, with their vectors: ids (n,) and vectors (n, dim)."""
    for batch in _rows(connection, schema.vector, after):
        for passage, blob in batch:
            if len(blob) != 4 * dim:
                raise IndexDamagedError(f"the vector of passage {passage} has {len(blob)} bytes")
        ids = np.array([passage for passage, _ in batch], dtype=np.int64)
        yield ids, np.frombuffer(b"".join(blob for _, blob in batch), dtype="<f4").reshape(len(batch), dim)
