"""Snapshots of derivatives: immutable files, published so that a crash leaves the old one or the new one.

A file is written under a temporary name and hashed on the way, synced, renamed, its directory synced, read back and
compared; only then does the pointer in SQLite move. Loading compares size and SHA-256 with the pointer's record and
hands out those very bytes. Does not know what the bytes mean.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from sqlalchemy import delete, insert, select

from ragsys.errors import IndexDamagedError
from ragsys.indexes import schema
from ragsys.indexes.database import translated
from ragsys.indexes.lock import build_lock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path
    from typing import BinaryIO

    from sqlalchemy import Connection, Row

    from ragsys.indexes.database import Database
    from ragsys.indexes.records import Writable

__all__ = ["SUFFIXES", "Kind", "Published", "SnapshotStore", "Staged"]

Kind = Literal["vectors", "lexical"]
SUFFIXES: Mapping[Kind, str] = {"vectors": ".faiss", "lexical": ".bin"}
_KEPT = 2


@dataclass(frozen=True, slots=True)
class Staged:
    """A snapshot file, what it must hash to, and what it has seen: the passages up to an id, as of a `seq`."""

    kind: Kind
    file: str
    sha256: str
    nbytes: int
    ntotal: int
    seq: int
    last_passage: int
    factory: str
    recall: float | None


@dataclass(frozen=True, slots=True)
class Published(Staged):
    """A snapshot that the database points to."""

    generation: int


class SnapshotStore:
    """The snapshot files of one index directory.

    `on_step` is called with the name of each step of publishing just before it is taken; the crash suite dies there.
    """

    def __init__(self, folder: Path, database: Database, on_step: Callable[[str], None] | None = None) -> None:
        self._folder = folder
        self._database = database
        self._step = on_step or (lambda _name: None)

    def step(self, name: str) -> None:
        """Say that a step is taken, to whoever listens."""
        self._step(name)

    def generations(self, connection: Connection, kind: Kind) -> list[Published]:
        """The recorded generations of a kind, newest first."""
        rows = connection.execute(
            select(schema.snapshot)
            .where(schema.snapshot.c.kind == kind)
            .order_by(schema.snapshot.c.seq.desc(), schema.snapshot.c.generation.desc())
        )
        return [_published(row) for row in rows]

    def newest(self, connection: Connection, kind: Kind) -> Published | None:
        """The newest generation of a kind, whole or not."""
        return next(iter(self.generations(connection, kind)), None)

    def load(self, record: Published) -> bytes:
        """The bytes of a snapshot, once size and SHA-256 are right.

        Raises:
            IndexDamagedError: the file is missing, or is not the one that was published.
        """
        path = self._folder / record.file
        try:
            data = path.read_bytes()
        except OSError as error:
            raise IndexDamagedError(f"{record.file}: {error.strerror}") from None
        if len(data) != record.nbytes:
            raise IndexDamagedError(f"{record.file} has {len(data)} bytes instead of {record.nbytes}")
        if hashlib.sha256(data).hexdigest() != record.sha256:
            raise IndexDamagedError(f"{record.file} does not have the SHA-256 that was recorded")
        return data

    def intact(self, record: Published) -> bool:
        """Whether the file of a snapshot is still the one that was published, without holding it in memory."""
        try:
            with (self._folder / record.file).open("rb") as file:
                same_size = os.fstat(file.fileno()).st_size == record.nbytes
                return same_size and hashlib.file_digest(file, "sha256").hexdigest() == record.sha256
        except OSError:
            return False

    def orphans(self) -> list[Path]:
        """Files of a publication that was interrupted: nothing points to them."""
        with self._database.read() as connection:
            recorded = set(connection.scalars(select(schema.snapshot.c.file)))
        return [path for path in self.files() if path.name not in recorded]

    def publish(self, staged: Staged) -> None:
        """Point to a staged snapshot. The caller holds the writer's lock: no `seq` can be overtaken meanwhile."""
        self._step("point")
        with self._database.write() as connection:
            connection.execute(delete(schema.snapshot).where(schema.snapshot.c.file == staged.file))
            connection.execute(
                insert(schema.snapshot).values(
                    **asdict(staged), created_at=datetime.now(UTC).isoformat(timespec="seconds")
                )
            )
        self._step("pointed")

    def stage(  # noqa: PLR0917 - the fields of the record
        self,
        kind: Kind,
        write: Callable[[Writable], None],
        ntotal: int,
        seq: int,
        last_passage: int,
        factory: str,
        *,
        recall: float | None = None,
    ) -> Staged:
        """Have `write` write a snapshot that is durable and read back, but to which nothing points yet."""
        name, digest, nbytes = self._write(kind, seq, write)
        self._step("verify")
        with (self._folder / name).open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != digest:
                raise IndexDamagedError(f"{name} cannot be read back as it was written: check the disk")
        return Staged(kind, name, digest, nbytes, ntotal, seq, last_passage, factory, recall)

    def collect(self) -> None:
        """Forget all but the newest two whole generations of each kind, and delete every file that is not recorded.

        While somebody builds a snapshot, files that are not recorded may be his, and stay.
        """
        self._step("collect")
        with self._database.write() as connection:
            kept = set()
            for kind in SUFFIXES:
                kept.update([p for p in self.generations(connection, kind) if self.intact(p)][:_KEPT])
            connection.execute(
                delete(schema.snapshot).where(schema.snapshot.c.generation.not_in([p.generation for p in kept]))
            )
        self._step("unlink")
        names = {p.file for p in kept}
        with build_lock(self._folder) as alone:
            for path in self.files() if alone else ():
                if path.name not in names:
                    path.unlink(missing_ok=True)
        self._step("collected")

    def keep_newest_only(self) -> None:
        """Forget and delete all but the newest generation of each kind. The caller holds both locks."""
        with self._database.write() as connection:
            newest = [record for kind in SUFFIXES if (record := self.newest(connection, kind)) is not None]
            connection.execute(
                delete(schema.snapshot).where(schema.snapshot.c.generation.not_in([p.generation for p in newest]))
            )
        names = {record.file for record in newest}
        for path in self.files():
            if path.name not in names:
                path.unlink(missing_ok=True)
        _sync_directory(self._folder)

    def files(self) -> Iterator[Path]:
        """Every snapshot file and every temporary one in the directory."""
        for kind, suffix in SUFFIXES.items():
            yield from self._folder.glob(f"{kind}-*{suffix}")
            yield from self._folder.glob(f"{kind}-*.tmp")

    def _write(self, kind: Kind, seq: int, write: Callable[[Writable], None]) -> tuple[str, str, int]:
        """The name, SHA-256 and size of a new file, which is durable under that name."""
        temporary = self._folder / f"{kind}-{seq}.{os.getpid()}.{secrets.token_hex(4)}.tmp"
        with translated():
            try:
                self._step("write")
                with temporary.open("wb") as file:
                    hashed = _Hashed(file, self._step)
                    write(hashed)
                    file.flush()
                    self._step("fsync")
                    os.fsync(file.fileno())
                digest = hashed.sha256.hexdigest()
                name = f"{kind}-{seq}-{digest[:12]}{SUFFIXES[kind]}"
                self._step("rename")
                temporary.replace(self._folder / name)
            except OSError:
                # On a full disk, half a snapshot is the last thing to leave lying about.
                temporary.unlink(missing_ok=True)
                raise
            self._step("sync-directory")
            _sync_directory(self._folder)
        return name, digest, hashed.nbytes


class _Hashed:
    """A file that hashes and counts what is written to it."""

    def __init__(self, file: BinaryIO, step: Callable[[str], None]) -> None:
        self._file, self._step = file, step
        self.sha256, self.nbytes = hashlib.sha256(), 0

    def write(self, data: bytes | memoryview, /) -> int:
        """Write all of `data`."""
        if self.nbytes:
            self._step("half")
        self._file.write(data)
        self.sha256.update(data)
        self.nbytes += memoryview(data).nbytes
        return memoryview(data).nbytes


def _sync_directory(folder: Path) -> None:
    """Make a rename durable; where directories cannot be opened (Windows), the file system sees to it itself."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _published(row: Row[tuple[object, ...]]) -> Published:
    fields = row._mapping  # noqa: SLF001 - SQLAlchemy's documented accessor
    return Published(**{name: fields[name] for name in Published.__dataclass_fields__})
