"""Both derivatives in memory, and how they follow the truth: load a checked snapshot, then apply what is newer.

Knows which rows are new and which ids have died; what a vector or a bag means is for vectors.py and lexical.py.
"""

from __future__ import annotations

import logging
import zlib
from typing import TYPE_CHECKING

import numpy as np
from sqlalchemy import func, select, text

from ragsys.errors import IndexDamagedError
from ragsys.indexes import recall, schema
from ragsys.indexes.lexical import LexicalIndex
from ragsys.indexes.vectors import FLAT, VectorIndex, kind_for

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from numpy.typing import NDArray
    from sqlalchemy import Connection, Table

    from ragsys.indexes.database import Database
    from ragsys.indexes.snapshot import Kind, Published, SnapshotStore, Staged
    from ragsys.types import Space

__all__ = ["Derived", "position", "stage_lexical", "stage_vectors"]

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
        self._languages: tuple[int, Mapping[str, int]] = (-1, {})

    def catch_up(self, connection: Connection, space: Space | None) -> None:
        """Bring both derivatives to the `seq` that this read transaction sees."""
        seq, floor = connection.execute(select(schema.state.c.seq, schema.state.c.floor)).one()
        if space is not None:
            for kind in ("vectors", "lexical"):
                # Until it is done there is no position: what is interrupted halfway is loaded again.
                position = self._position.pop(kind, None)
                # Before the floor tombstones are gone; after `seq` lies a state that a restored backup does not have.
                if position is None or not floor <= position[0] <= seq or self._outgrown(connection, kind):
                    position = self._load(connection, kind, space, floor)
                if position[0] != seq:
                    position = self._apply(connection, kind, space, position, seq)
                self._position[kind] = position

    def languages(self, connection: Connection, seq: int) -> Mapping[str, int]:
        """How many documents of each language there are at this `seq`."""
        if self._languages[0] != seq:
            rows = connection.execute(select(schema.language(), func.count()).group_by(schema.language()))
            self._languages = seq, {str(code): count for code, count in rows if code is not None}
        return self._languages[1]

    def _outgrown(self, connection: Connection, kind: Kind) -> bool:
        """Whether a snapshot has been published that suits better: with less delta, or of the kind that is wanted."""
        index = self.vectors if kind == "vectors" else self.lexical
        if index is None:
            return False
        wanted = kind == "lexical" or self.vectors is None or self.vectors.kind == kind_for(self.setting, len(index))
        if index.delta < _LONG_DELTA and self.generation[kind] is not None and wanted:
            return False
        newest = self._snapshots.newest(connection, kind)
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
            self.vectors.recall = record.recall

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


def stage_lexical(snapshots: SnapshotStore, connection: Connection) -> Staged:
    """A snapshot of the lexical index, from the truth."""
    lexical = LexicalIndex.stream(lambda: _bags(connection, 0))
    seq, last = position(connection)
    return snapshots.stage("lexical", lexical.write, len(lexical.ids), seq, last, "bm25")


def stage_vectors(snapshots: SnapshotStore, database: Database, space: Space, factory: str) -> Staged:
    """A snapshot of the vector index, from the truth, by a FAISS factory string.

    Vectors are read in many short transactions, so that a build of minutes keeps no log from being checkpointed. What
    is added meanwhile has a higher id, and what dies leaves a tombstone after `seq`: both are applied at loading.
    """
    with database.read() as connection:
        seq, last = position(connection)

    def batches() -> Iterator[tuple[NDArray[np.int64], NDArray[np.float32]]]:
        after = 0
        while True:
            with database.read() as connection:
                batch = next(_vectors(connection, space.dim, after), None)
            if batch is None or batch[0][0] > last:
                return
            ids, vectors = batch
            after = int(ids[-1])
            yield ids[ids <= last], vectors[ids <= last]

    built = VectorIndex.build(space.dim, batches(), factory)
    found = (
        None if factory == FLAT else recall.measure(built, _of(database, space, recall.sample(built.ids)), batches())
    )
    return snapshots.stage("vectors", built.write, len(built.ids), seq, last, factory, recall=found)


def _of(database: Database, space: Space, ids: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """The vectors of those of `ids` that are still there."""
    table = schema.vector.c
    with database.read() as connection:
        rows = connection.execute(
            select(table.passage, table.blob).where(table.passage.in_(ids.tolist())).order_by(table.passage)
        ).all()
    vectors = np.frombuffer(b"".join(blob for _, blob in rows), dtype="<f4").reshape(len(rows), space.dim)
    return np.array([passage for passage, _ in rows], dtype=np.int64), vectors


def position(connection: Connection) -> tuple[int, int]:
    """The present `seq`, and the highest passage id that was ever given out."""
    seq = connection.execute(select(schema.state.c.seq)).scalar_one()
    last = connection.execute(text("SELECT seq FROM sqlite_sequence WHERE name = 'passage'")).scalar_one_or_none()
    return int(seq), int(last or 0)


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
