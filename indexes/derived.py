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
from ragsys.indexes.vectors import VectorIndex, kind_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray
    from sqlalchemy import Connection, Table

    from ragsys.indexes.snapshot import Kind, Published, SnapshotStore
    from ragsys.types import Space

__all__ = ["Derived", "read_bags", "read_vectors"]

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
        if kind == "lexical":
            ids, bags = read_bags(connection, after=last)
            if since == 0:
                self.lexical = LexicalIndex.build(ids, bags)
            else:
                self.lexical.apply(ids, bags, dead)
            newest = ids[-1:]
        else:
            found, vectors = read_vectors(connection, space.dim, after=last)
            if self.vectors is None or since == 0:
                self.vectors = VectorIndex.build(space.dim, found, vectors, "Flat")
            else:
                self.vectors.apply(found, vectors, dead)
            newest = found[-1:].tolist()
        return seq, max([last, *newest])

    def build(self, connection: Connection, kind: Kind, space: Space) -> tuple[bytes, int, str]:
        """A fresh snapshot of a kind from the truth: its bytes, number of passages and FAISS kind."""
        if kind == "lexical":
            ids, bags = read_bags(connection)
            return LexicalIndex.build(ids, bags).to_bytes(), len(ids), "bm25"
        found, vectors = read_vectors(connection, space.dim)
        factory = kind_for(self.setting, len(found))
        return VectorIndex.build(space.dim, found, vectors, factory).to_bytes(), len(found), factory


def _rows(connection: Connection, table: Table, after: int) -> Iterator[tuple[int, bytes]]:
    """Ids above `after`, ascending, with their checked blobs."""
    rows = connection.execution_options(yield_per=_BATCH).execute(
        select(table.c.passage, table.c.blob, table.c.crc32).where(table.c.passage > after).order_by(table.c.passage)
    )
    for passage, blob, crc in rows:
        if zlib.crc32(blob) != crc:
            raise IndexDamagedError(f"the {table.name} of passage {passage} does not have its recorded checksum")
        yield passage, blob


def read_bags(connection: Connection, *, after: int = 0) -> tuple[list[int], list[bytes]]:
    """The bags of the live passages above `after`, by ascending id."""
    pairs = list(_rows(connection, schema.bag, after))
    return [passage for passage, _ in pairs], [blob for _, blob in pairs]


def read_vectors(connection: Connection, dim: int, *, after: int = 0) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Ids (n,) and vectors (n, dim) of the live passages above `after`, by ascending id."""
    table = schema.vector
    count = connection.execute(select(func.count()).select_from(table).where(table.c.passage > after)).scalar_one()
    ids = np.empty(count, dtype=np.int64)
    vectors = np.empty((count, dim), dtype=np.float32)
    for row, (passage, blob) in enumerate(_rows(connection, table, after)):
        if len(blob) != 4 * dim:
            raise IndexDamagedError(f"the vector of passage {passage} has {len(blob)} bytes")
        ids[row] = passage
        vectors[row] = np.frombuffer(blob, dtype="<f4")
    return ids, vectors
