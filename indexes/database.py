"""The SQLite database: connections with the right PRAGMAs, explicit transactions, and SQLite's errors as ours."""

from __future__ import annotations

import os
import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import quote

from sqlalchemy import NullPool, create_engine, event, text
from sqlalchemy.exc import DBAPIError

from ragsys.errors import (
    DiskFullError,
    IndexBusyError,
    IndexDamagedError,
    IndexReadOnlyError,
    IndexStateError,
    RagsysError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Connection, Engine

__all__ = ["Database", "errno_name", "translated"]

_BUSY_SECONDS = 10.0
_CHECKPOINT_MILLISECONDS = 500
# How often to look whether another process has finished its transaction.
_POLL_SECONDS = 0.005
# EFBIG is what a limit on the size of files (RLIMIT_FSIZE, FAT) gives instead of ENOSPC.
_NO_SPACE = frozenset({"ENOSPC", "EDQUOT", "EFBIG"})
_FAILED_WRITES = frozenset({"SQLITE_IOERR_WRITE", "SQLITE_IOERR_FSYNC", "SQLITE_IOERR_TRUNCATE"})


@contextmanager
def translated() -> Iterator[None]:
    """Turn what SQLite and the file system raise into typed errors."""
    try:
        yield
    except DBAPIError as error:
        raise _typed(error.orig or error) from error
    except sqlite3.Error as error:
        raise _typed(error) from error
    except OSError as error:
        if errno_name(error) in _NO_SPACE:
            raise DiskFullError("no space left on the disk of the index") from error
        if isinstance(error, PermissionError) or errno_name(error) == "EROFS":
            raise IndexReadOnlyError(f"cannot write to {error.filename}") from error
        raise


def errno_name(error: OSError) -> str:
    """The symbolic name of an operating system error, such as "ENOSPC"."""
    import errno

    return errno.errorcode.get(error.errno or 0, "")


def _typed(error: BaseException) -> RagsysError:
    """The typed error for one of SQLite's."""
    message = str(error)
    lowered = message.lower()
    # A limit on the size of files, or a quota, shows as a failed write.
    if "disk is full" in lowered or getattr(error, "sqlite_errorname", "") in _FAILED_WRITES:
        return DiskFullError("no space left on the disk of the index")
    if "locked" in lowered or "busy" in lowered:
        return IndexBusyError("another process is writing to the index")
    if "readonly" in lowered or "read-only" in lowered or "unable to open" in lowered:
        return IndexReadOnlyError(f"the database cannot be opened for this: {message}")
    if "malformed" in lowered or "not a database" in lowered or "disk i/o" in lowered or "corrupt" in lowered:
        return IndexDamagedError(f"the database is damaged: {message}")
    return IndexStateError(f"SQLite refused: {message}")


class Database:
    """One database file. `write` gives BEGIN IMMEDIATE transactions, `read` plain ones."""

    def __init__(self, path: Path) -> None:
        self.path = path
        folder_writable = os.access(path.parent, os.W_OK) and (not path.exists() or os.access(path, os.W_OK))
        wal = path.with_name(path.name + "-wal")
        self.read_only = not folder_writable
        if self.read_only and wal.exists() and wal.stat().st_size:
            raise IndexReadOnlyError(
                "the directory is read-only and the last writer was interrupted",
                hint="open the index once where it can be written to, for example with `ragsys status`",
            )
        # Nothing can change a read-only directory under us, and WAL mode could not create its shared memory there.
        address = f"file:{quote(str(path))}?{'mode=ro&immutable=1' if self.read_only else 'mode=rwc'}"
        self._engine: Engine = create_engine(
            f"sqlite:///{address}&uri=true", poolclass=NullPool, connect_args={"timeout": _BUSY_SECONDS}
        )
        event.listen(self._engine, "connect", self._on_connect)

    def _on_connect(self, connection: sqlite3.Connection, _record: object) -> None:
        # pysqlite would begin transactions when it thinks best; we say BEGIN ourselves.
        connection.isolation_level = None
        cursor = connection.cursor()
        if not self.read_only:
            cursor.execute("PRAGMA journal_mode = WAL")
            cursor.execute("PRAGMA synchronous = FULL")
            # macOS flushes to the platter only when it is asked to.
            cursor.execute("PRAGMA fullfsync = ON")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute("PRAGMA trusted_schema = OFF")
        cursor.close()

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        """A connection outside any transaction, for PRAGMAs and backups."""
        with translated(), self._engine.connect() as connection:
            yield connection.execution_options(isolation_level="AUTOCOMMIT")

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A read transaction: everything inside sees one state."""
        with translated(), self._engine.connect() as connection:
            connection.exec_driver_sql("BEGIN")
            try:
                # A deferred transaction gets its snapshot at the first read.
                connection.execute(text("SELECT 1 FROM sqlite_master LIMIT 1"))
                yield connection
            finally:
                _roll_back(connection)

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A write transaction: committed where the block ends, rolled back where it raises."""
        if self.read_only:
            raise IndexReadOnlyError(f"cannot write to {self.path.parent}")
        with translated(), self._alone(), self._engine.connect() as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                _roll_back(connection)
                raise
            connection.exec_driver_sql("COMMIT")

    def checkpoint(self) -> bool:
        """Move the write-ahead log into the database and empty it; False where a reader still needs it."""
        with translated(), self._alone(), self.connect() as connection:
            connection.exec_driver_sql(f"PRAGMA busy_timeout = {_CHECKPOINT_MILLISECONDS}")
            return bool(connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()[0] == 0)

    def rewrite(self) -> None:
        """Write the whole database afresh, so that no page of it holds anything that was deleted."""
        with translated(), self._alone(), self.connect() as connection:
            connection.exec_driver_sql("PRAGMA secure_delete = ON")
            connection.exec_driver_sql("VACUUM")

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Nobody else commits or checkpoints inside the block, in this process or another.

        SQLite's own lock would do for transactions. But a checkpoint beside a commit can damage a WAL database in
        SQLite before 3.51.3 (sqlite.org, "Write-Ahead Logging", the WAL-reset bug), and both happen at a commit.
        """
        from filelock import FileLock, Timeout

        lock = FileLock(self.path.with_name("commit.lock"), thread_local=False)
        try:
            lock.acquire(timeout=_BUSY_SECONDS, poll_interval=_POLL_SECONDS)
        except Timeout:
            raise IndexBusyError(f"another process has been committing to {self.path.parent} all the time") from None
        try:
            yield
        finally:
            lock.release()

    def close(self) -> None:
        """Close what is open."""
        self._engine.dispose()


def _roll_back(connection: Connection) -> None:
    """End the transaction, unless SQLite has ended it already (it does when the disk fills up)."""
    raw: object = connection.connection.dbapi_connection
    if isinstance(raw, sqlite3.Connection) and raw.in_transaction:
        connection.exec_driver_sql("ROLLBACK")
