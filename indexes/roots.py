"""What was added, to be looked at again: files and folders with their options, and what was removed on purpose.

Knows nothing about file systems. A change is one short transaction; `seq` does not count it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select, update

from ragsys.indexes.records import StoredRoot
from ragsys.indexes.schema import excluded, root

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ragsys.indexes.database import Database

__all__ = ["Roots"]


class Roots:
    """The roots of one index."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[StoredRoot]:
        """Every root, by path."""
        with self._database.read() as connection:
            rows = connection.execute(
                select(root.c.path, root.c.options, root.c.added_at, root.c.synced_at).order_by(root.c.path)
            )
            return [StoredRoot(*row) for row in rows]

    def remember(self, options: Mapping[str, str]) -> None:
        """Keep roots, by path, with their options (JSON); those that are there already get the new ones."""
        now = _now()
        with self._database.write() as connection:
            for path, value in options.items():
                known = connection.execute(update(root).where(root.c.path == path).values(options=value))
                if not known.rowcount:
                    connection.execute(insert(root).values(path=path, options=value, added_at=now))

    def synced(self, paths: Iterable[str]) -> None:
        """Roots have been walked to their ends."""
        now = _now()
        with self._database.write() as connection:
            for path in paths:
                connection.execute(update(root).where(root.c.path == path).values(synced_at=now))

    def drop(self, paths: Iterable[str]) -> int:
        """Forget roots; their documents stay. Returns how many there were."""
        with self._database.write() as connection:
            return sum(connection.execute(delete(root).where(root.c.path == path)).rowcount for path in paths)

    def excluded(self) -> frozenset[str]:
        """The ids of documents that were removed on purpose and have not been added since."""
        with self._database.read() as connection:
            return frozenset(connection.scalars(select(excluded.c.id)))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
