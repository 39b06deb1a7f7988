"""One index directory: open it, read it, write to it, back it up."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING, Self

from sqlalchemy import text

from ragsys.errors import IndexNotFoundError
from ragsys.indexes.database import Database, translated
from ragsys.indexes.derived import Derived
from ragsys.indexes.lock import writer_lock
from ragsys.indexes.migrations import MIGRATIONS, migrate, version
from ragsys.indexes.snapshot import SnapshotStore
from ragsys.indexes.store import Writer
from ragsys.indexes.view import View

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from types import TracebackType

__all__ = ["DATABASE", "Index"]

DATABASE = "ragsys.db"
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
            IndexDamagedError: the database is not one.
        """
        if not (path / DATABASE).is_file():
            if not create:
                raise IndexNotFoundError(f"there is no index in {path}")
            with translated():
                path.mkdir(parents=True, exist_ok=True)
        database = Database(path / DATABASE)
        try:
            with database.read() as connection:
                current = version(connection) == len(MIGRATIONS)
            if not current:
                with writer_lock(path, _MIGRATION_WAIT), database.write() as connection:
                    migrate(connection)
        except BaseException:
            database.close()
            raise
        return cls(path, database, vector_index, on_step)

    def close(self) -> None:
        """Close the database."""
        self.database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    @contextmanager
    def writer(self, *, timeout: float = 10.0) -> Iterator[Writer]:
        """Write, alone. Raises `IndexBusyError` after `timeout` seconds behind another writer."""
        with writer_lock(self.path, timeout):
            yield Writer(self.database, self.snapshots, self._derived)

    @contextmanager
    def read(self) -> Iterator[View]:
        """See one committed state, derivatives included."""
        with self.database.read() as connection:
            yield View(connection, self._derived, self.path)

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
