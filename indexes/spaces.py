"""Another vector space for the same passages: filled beside the index, and put in its place in one transaction.

Vectors of a space that is not the index's lie in a database of their own, `spare-<digest>.db`: those of a new embedder
while they are made, and afterwards those of the old one, to go back to. A passage's text never changes under its id, so
a vector that was made once stays right, and what was interrupted goes on. The index's own database is the only truth;
a spare one can be deleted at any time.
"""

from __future__ import annotations

import sqlite3
import zlib
from contextlib import closing
from typing import TYPE_CHECKING, Self

import numpy as np
from sqlalchemy import bindparam, delete, insert, select, update

from ragsys.errors import IndexDamagedError, IndexStateError
from ragsys.indexes import schema
from ragsys.indexes.database import translated

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path
    from types import TracebackType

    from numpy.typing import NDArray
    from sqlalchemy import Connection

    from ragsys.indexes.database import Database
    from ragsys.types import Space

__all__ = ["SpareVectors", "keep_present", "live_passages", "switch_space"]

_BATCH = 1000
_DIGITS = 12


class SpareVectors:
    """The vectors of one space that is not the index's, by passage. Use it as a context manager."""

    def __init__(self, folder: Path, space: Space) -> None:
        self.space = space
        self.path = folder / f"spare-{space.digest[:_DIGITS]}.db"
        with translated():
            self._connection = sqlite3.connect(self.path)
            with self._connection:
                self._connection.execute("CREATE TABLE IF NOT EXISTS space (digest TEXT PRIMARY KEY, dim INTEGER)")
                self._connection.execute(
                    "CREATE TABLE IF NOT EXISTS vector (passage INTEGER PRIMARY KEY, blob BLOB, crc32 INTEGER)"
                )
                self._connection.execute("INSERT OR IGNORE INTO space VALUES (?, ?)", (space.digest, space.dim))
            held = self._connection.execute("SELECT digest, dim FROM space").fetchall()
        if held != [(space.digest, space.dim)]:
            self._connection.close()
            raise IndexDamagedError(f"{self.path.name} holds another space than its name says; delete it")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._connection.close()

    def have(self) -> set[int]:
        """The passages that there is a vector of."""
        return {row[0] for row in self._connection.execute("SELECT passage FROM vector")}

    def put(self, ids: Sequence[int], vectors: NDArray[np.float32]) -> None:
        """Keep vectors (n, dim); they are there after a crash when this returns."""
        rows = []
        for number, vector in zip(ids, np.ascontiguousarray(vectors, dtype="<f4"), strict=True):
            if vector.shape != (self.space.dim,) or not np.isfinite(vector).all():
                raise IndexStateError(f"a vector does not belong to {self.space.model}")
            blob = vector.tobytes()
            rows.append((number, blob, zlib.crc32(blob)))
        with translated(), self._connection:
            self._connection.executemany("INSERT OR REPLACE INTO vector VALUES (?, ?, ?)", rows)

    def drop(self, ids: Iterable[int]) -> None:
        """Forget the vectors of passages that are gone."""
        with translated(), self._connection:
            self._connection.executemany("DELETE FROM vector WHERE passage = ?", [(number,) for number in ids])

    def rows(self) -> Iterator[tuple[int, bytes, int]]:
        """Every passage with its checked vector. Raises `IndexDamagedError`."""
        with closing(self._connection.execute("SELECT passage, blob, crc32 FROM vector ORDER BY passage")) as found:
            for number, blob, crc in found:
                if zlib.crc32(blob) != crc or len(blob) != 4 * self.space.dim:
                    raise IndexDamagedError(f"the vector of passage {number} in {self.path.name} is damaged; delete it")
                yield number, blob, crc


def live_passages(connection: Connection) -> set[int]:
    """The passages of the index, by id."""
    return set(connection.scalars(select(schema.passage.c.id)).all())


def keep_present(database: Database, spare: SpareVectors) -> None:
    """Copy the index's own vectors, which are of the same space, into a spare database."""
    have = spare.have()
    with database.read() as connection:
        table = schema.vector.c
        rows = connection.execution_options(yield_per=_BATCH).execute(select(table.passage, table.blob))
        for batch in rows.partitions():
            new = [(number, blob) for number, blob in batch if number not in have]
            if new:
                vectors = np.frombuffer(b"".join(blob for _, blob in new), dtype="<f4")
                spare.put([number for number, _ in new], vectors.reshape(len(new), spare.space.dim))


def switch_space(database: Database, spare: SpareVectors) -> int:
    """Put the spare vectors in the place of the index's own, in one transaction; returns the new `seq`.

    Hold the writer's lock. The floor is raised to the new `seq` and every snapshot forgotten, so that no reader, in
    this process or in another, goes on with vectors of the old space.

    Raises:
        IndexStateError: a passage has no spare vector; nothing was changed.
        IndexDamagedError: a spare vector is damaged; nothing was changed.
    """
    vector, state = schema.vector, schema.state
    with database.write() as connection:
        live = live_passages(connection)
        missing = live - spare.have()
        if missing:
            raise IndexStateError(
                f"{len(missing)} passages have no vector of {spare.space.model} yet",
                hint="run `ragsys reindex` again: it goes on where it stopped",
            )
        statement = (
            update(vector)
            .where(vector.c.passage == bindparam("at"))
            .values(blob=bindparam("new"), crc32=bindparam("crc"))
        )
        batch: list[dict[str, object]] = []
        for number, blob, crc in spare.rows():
            if number in live:
                batch.append({"at": number, "new": blob, "crc": crc})
            if len(batch) == _BATCH:
                connection.execute(statement, batch)
                batch = []
        if batch:
            connection.execute(statement, batch)
        space = spare.space
        connection.execute(delete(schema.space))
        connection.execute(
            insert(schema.space).values(
                one=1, model=space.model, digest=space.digest, dim=space.dim, metric=space.metric
            )
        )
        connection.execute(delete(schema.snapshot))
        connection.execute(update(state).values(seq=state.c.seq + 1))
        connection.execute(update(state).values(floor=state.c.seq))
        return int(connection.execute(select(state.c.seq)).scalar_one())
