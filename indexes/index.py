"""One index directory: open it, read it, write to it, back it up."""

from __future__ import annotations

import logging
import sqlite3
from contextlib import contextmanager
from threading import Thread
from typing import TYPE_CHECKING, Self

from sqlalchemy import func, select, text

from ragsys.errors import IndexNotFoundError, IndexOnNetworkError, RagsysError
from ragsys.indexes import schema
from ragsys.indexes.conversations import Conversations
from ragsys.indexes.database import Database, translated
from ragsys.indexes.derived import Derived, stage_vectors
from ragsys.indexes.filesystem import network_file_system
from ragsys.indexes.lock import build_lock, writer_lock
from ragsys.indexes.migrations import FORMAT, migrate, version
from ragsys.indexes.reanalysis import outdated, reanalyse
from ragsys.indexes.roots import Roots
from ragsys.indexes.snapshot import SnapshotStore
from ragsys.indexes.store import Writer, read_space, stale
from ragsys.indexes.vectors import FLAT, kind_for
from ragsys.indexes.view import View

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from types import TracebackType

    from sqlalchemy import ColumnElement

__all__ = ["DATABASE", "Index"]

DATABASE = "ragsys.db"
_log = logging.getLogger(__name__)
_MIGRATION_WAIT = 10.0


class Index:
    """An open index directory. Not for use by several threads at once; open it once in each."""

    def __init__(
        self, path: Path, database: Database, vector_index: str, on_step: Callable[[str], None] | None
    ) -> None:
        self.path = path
        self.database = database
        self.snapshots = SnapshotStore(path, database, on_step)
        self._derived = Derived(self.snapshots, vector_index)
        self._refining: Thread | None = None

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        create: bool = False,
        vector_index: str = "auto",
        on_step: Callable[[str], None] | None = None,
    ) -> Self:
        """Open the index in the directory `path`, bringing an older one to the present format.

        Raises:
            IndexNotFoundError: nothing is there, and `create` is false.
            IndexNewerError: a newer version wrote it.
            IndexReadOnlyError: it would have to be changed, and cannot be.
            IndexOnNetworkError: it lies on a network file system.
            IndexDamagedError: the database is not one.
        """
        if not (path / DATABASE).is_file():
            if not create:
                raise IndexNotFoundError(f"there is no index in {path}")
            with translated():
                path.mkdir(parents=True, exist_ok=True)
        if (kind := network_file_system(path)) is not None:
            raise IndexOnNetworkError(f"{path} lies on a network file system ({kind})")
        database = Database(path / DATABASE)
        try:
            with database.read() as connection:
                current = version(connection) == FORMAT and not outdated(connection)
            if not current:
                with writer_lock(path, _MIGRATION_WAIT), database.write() as connection:
                    migrate(connection)
                    if outdated(connection):
                        reanalyse(connection)
        except BaseException:
            database.close()
            raise
        return cls(path, database, vector_index, on_step)

    def close(self) -> None:
        """Wait for what is being built in the background, and close the database."""
        if self._refining is not None:
            self._refining.join()
            self._refining = None
        self.database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    @contextmanager
    def writer(self, *, timeout: float = 10.0) -> Iterator[Writer]:
        """Write, alone. Raises `IndexBusyError` after `timeout` seconds behind another writer."""
        with writer_lock(self.path, timeout):
            yield Writer(self.database, self.snapshots, self._derived.setting)

    @contextmanager
    def read(self, *, only: ColumnElement[bool] | None = None) -> Iterator[View]:
        """See one committed state, derivatives included; where documents have principals, of some documents only."""
        with self.database.read() as connection:
            yield View(connection, self._derived, self.path, only)

    @property
    def conversations(self) -> Conversations:
        """The conversations that the index keeps; a turn needs no writer."""
        return Conversations(self.database)

    @property
    def roots(self) -> Roots:
        """What was added, to be looked at again."""
        return Roots(self.database)

    @property
    def unrefined(self) -> str | None:
        """The FAISS kind that the index should have by its size or setting and has not, or not of late."""
        with self.database.read() as connection:
            count = connection.execute(select(func.count()).select_from(schema.vector)).scalar_one()
            wanted = kind_for(self._derived.setting, count)
            newest = self.snapshots.newest(connection, "vectors")
            if wanted == FLAT or newest is None:
                return None
            return None if newest.factory == wanted and not stale(connection, newest) else wanted

    def refine(self, *, timeout: float = 10.0) -> bool:
        """Build the approximate vector index that is wanted, and point to it.

        False where there is nothing to do, where somebody else is at it, or where later changes overtook the result.
        Minutes for a large collection, during which others search exactly and write: the writer's lock is taken only to
        move the pointer. Safe to interrupt, and safe to call from a thread of its own.

        Raises:
            ConfigError: FAISS cannot build the configured kind.
            IndexBusyError: another writer held the lock for `timeout` seconds when the build was done.
        """
        with build_lock(self.path) as alone:
            wanted = self.unrefined if alone else None
            with self.database.read() as connection:
                space = read_space(connection)
            if wanted is None or space is None:
                return False
            staged = stage_vectors(self.snapshots, self.database, space, wanted)
            with self.writer(timeout=timeout) as writer:
                adopted = writer.adopt(staged)
        with self.writer(timeout=timeout) as writer:
            writer.collect()
        return adopted

    def refine_in_background(self) -> str | None:
        """Begin `refine` in a thread of its own where there is something to do; returns the kind that is being built.

        A build that fails is logged, and exact search goes on. `close` waits for it.
        """
        if self._refining is not None and self._refining.is_alive():
            return self._refining.name.partition(" ")[2]
        wanted = self.unrefined
        if wanted is not None:
            self._refining = Thread(target=self._refine_or_log, name=f"ragsys-refine {wanted}", daemon=True)
            self._refining.start()
        return wanted

    def _refine_or_log(self) -> None:
        try:
            self.refine()
        except Exception as error:  # noqa: BLE001 - whatever stops a build, exact search goes on
            reason = error.message if isinstance(error, RagsysError) else f"building a vector index failed: {error!r}"
            _log.warning("%s; searching exactly instead", reason)

    def reload(self) -> None:
        """Forget the derivatives in memory; the next read loads them again."""
        self._derived = Derived(self.snapshots, self._derived.setting)

    def backup(self, target: Path) -> None:
        """A consistent copy of the database at `target`, made while others read and write."""
        with self.database.connect() as connection:
            connection.execute(text("SELECT 1"))
            source: object = connection.connection.dbapi_connection
            if not isinstance(source, sqlite3.Connection):
                raise TypeError(source)
            copy = sqlite3.connect(target)
            try:
                source.backup(copy)
            finally:
                copy.close()
