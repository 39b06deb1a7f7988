"""The doctor: what is wrong with an index, said without depending on what may be damaged; repair of derivatives."""

from __future__ import annotations

import sqlite3
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from sqlalchemy import func, select, text

from ragsys.errors import IndexDamagedError, RagsysError
from ragsys.indexes import schema
from ragsys.indexes.snapshot import SUFFIXES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from ragsys.indexes.index import Index

__all__ = ["Finding", "check", "repair"]

# Before 3.51.3, two connections that write and checkpoint at once could damage a WAL database.
_SAFE_SQLITE = (3, 51, 3)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that the doctor saw. `repairable` says whether `--repair` mends it."""

    code: str
    severity: Literal["ok", "note", "error"]
    message: str
    repairable: bool = False


def check(index: Index) -> list[Finding]:
    """Check truth first, then what derives from it."""
    findings: list[Finding] = []
    try:
        with index.database.read() as connection:
            findings += _database(connection)
            findings += _checksums(connection)
            findings += _snapshots(index, connection)
            if connection.execute(select(schema.state.c.erasing)).scalar_one():
                message = "what was forgotten may still lie in a file: finish it with `ragsys forget`"
                findings.append(Finding("erasing", "error", message))
    except RagsysError as error:
        findings.append(Finding("database", "error", error.message))
    findings += _surroundings(index)
    return findings


def repair(index: Index, *, timeout: float) -> None:
    """Rebuild every derivative from the database and collect what is left over. Truth is not touched."""
    with index.writer(timeout=timeout) as writer:
        writer.publish(force=True)
    index.refine(timeout=timeout)
    index.reload()


def _database(connection: Connection) -> Iterator[Finding]:
    result = connection.execute(text("PRAGMA integrity_check")).scalars().all()
    if result == ["ok"]:
        yield Finding("integrity", "ok", "SQLite's integrity check passes")
    else:
        yield Finding("integrity", "error", f"SQLite's integrity check: {result[0]} ({len(result)} findings)")
    broken = connection.execute(text("PRAGMA foreign_key_check")).all()
    if broken:
        yield Finding("foreign-keys", "error", f"{len(broken)} rows refer to rows that are not there")
    count = {
        table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
        for table in (schema.passage, schema.vector, schema.bag)
    }
    if len(set(count.values())) > 1:
        yield Finding("counts", "error", f"passages, vectors and bags differ in number: {count}")
    else:
        yield Finding("counts", "ok", f"{count['passage']} passages, each with its vector and its terms")


def _checksums(connection: Connection) -> Iterator[Finding]:
    for table in (schema.vector, schema.bag):
        rows = connection.execution_options(yield_per=4096).execute(
            select(table.c.passage, table.c.blob, table.c.crc32)
        )
        wrong = [passage for passage, blob, crc in rows if zlib.crc32(blob) != crc]
        if wrong:
            yield Finding(f"{table.name}-crc", "error", f"{len(wrong)} of table {table.name} are damaged: {wrong[:5]}")


def _snapshots(index: Index, connection: Connection) -> Iterator[Finding]:
    recorded = set()
    for kind in SUFFIXES:
        for record in index.snapshots.generations(connection, kind):
            recorded.add(record.file)
            try:
                index.snapshots.load(record)
            except IndexDamagedError as error:
                yield Finding("snapshot", "error", error.message, repairable=True)
            else:
                yield Finding("snapshot", "ok", f"{record.file}: {record.ntotal} passages, change {record.seq}")
    for path in index.snapshots.files():
        if path.name not in recorded:
            yield Finding("orphan", "note", f"{path.name} belongs to no snapshot", repairable=True)


def _surroundings(index: Index) -> Iterator[Finding]:
    if sqlite3.sqlite_version_info < _SAFE_SQLITE:
        yield Finding(
            "sqlite-version",
            "note",
            f"SQLite {sqlite3.sqlite_version} has a rare WAL bug when two connections write at once (fixed in 3.51.3); "
            "the locks on the index keep ragsys out of its way",
        )
    if index.database.read_only:
        yield Finding("read-only", "note", "the directory cannot be written to: it can be searched, not changed")
