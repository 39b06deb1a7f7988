"""How an older database comes to the present shape: a numbered list, each step applied once, in order.

`PRAGMA user_version` holds the number of the last step. A new database gets the present shape at once. A step that has
landed is never edited; a new one is added, and tests/compat keeps a database of every format that there ever was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

from ragsys.errors import IndexNewerError
from ragsys.indexes.analyzer import VERSION
from ragsys.indexes.schema import metadata, state

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

__all__ = [
    "FORMAT",
    "MIGRATIONS",
    "m002_analyzer_and_access",
    "m003_conversations",
    "m004_places_and_roots",
    "migrate",
    "version",
]


def m002_analyzer_and_access(connection: Connection) -> None:
    """Format 1 did not say which analyzer made its bags (the first one did), and looked long for principals."""
    connection.execute(text("ALTER TABLE state ADD COLUMN analyzer TEXT NOT NULL DEFAULT '1'"))
    connection.execute(text("CREATE INDEX document_acl ON document (key) WHERE acl IS NOT NULL"))


def m003_conversations(connection: Connection) -> None:
    """Formats 1 and 2 kept no conversations."""
    connection.execute(
        text(
            "CREATE TABLE session (key INTEGER NOT NULL PRIMARY KEY, id TEXT NOT NULL UNIQUE, owner TEXT, "
            "started_at TEXT NOT NULL)"
        )
    )
    connection.execute(
        text(
            "CREATE TABLE turn (session INTEGER NOT NULL REFERENCES session (key) ON DELETE CASCADE, "
            "number INTEGER NOT NULL, question TEXT NOT NULL, standalone TEXT NOT NULL, method TEXT NOT NULL, "
            "history INTEGER NOT NULL, answer TEXT NOT NULL, seq INTEGER NOT NULL, digest TEXT NOT NULL, "
            "asked_at TEXT NOT NULL, PRIMARY KEY (session, number))"
        )
    )


def m004_places_and_roots(connection: Connection) -> None:
    """Formats 1 to 3 knew no places, no files in files, nothing given beside a file, no roots, no quality."""
    connection.execute(text("ALTER TABLE document ADD COLUMN places TEXT NOT NULL DEFAULT '[]'"))
    connection.execute(text("ALTER TABLE passage ADD COLUMN place TEXT"))
    connection.execute(text("ALTER TABLE snapshot ADD COLUMN recall FLOAT"))
    connection.execute(text("ALTER TABLE document ADD COLUMN own TEXT"))
    connection.execute(text("ALTER TABLE document ADD COLUMN given TEXT"))
    connection.execute(text("ALTER TABLE space ADD COLUMN speed FLOAT"))
    connection.execute(text("ALTER TABLE state ADD COLUMN erasing INTEGER NOT NULL DEFAULT 0"))
    connection.execute(
        text(
            "CREATE TABLE root (path TEXT NOT NULL PRIMARY KEY, options TEXT NOT NULL, added_at TEXT NOT NULL, "
            "synced_at TEXT)"
        )
    )
    connection.execute(text("CREATE TABLE excluded (id TEXT NOT NULL PRIMARY KEY)"))
    connection.execute(
        text(
            "CREATE TABLE container (source TEXT NOT NULL PRIMARY KEY, sha256 TEXT NOT NULL, size INTEGER NOT NULL, "
            "mtime_ns INTEGER NOT NULL, chunking TEXT NOT NULL)"
        )
    )


# The step that leads to format n + 2 stands at n: format 1 was the first.
MIGRATIONS: tuple[Callable[[Connection], None], ...] = (
    m002_analyzer_and_access,
    m003_conversations,
    m004_places_and_roots,
)
FORMAT = len(MIGRATIONS) + 1


def version(connection: Connection) -> int:
    """The format of the database; 0 for an empty one. Raises `IndexNewerError` where we do not know it."""
    number = int(connection.execute(text("PRAGMA user_version")).scalar_one())
    if number > FORMAT:
        raise IndexNewerError(f"the index has format {number}; this version of ragsys knows up to {FORMAT}")
    return number


def migrate(connection: Connection) -> None:
    """Bring the database to the present format, inside the caller's transaction."""
    number = version(connection)
    if number == 0:
        metadata.create_all(connection)
        connection.execute(state.insert().values(one=1, seq=0, floor=0, analyzer=VERSION, erasing=0))
    for step in MIGRATIONS[number - 1 :] if number else ():
        step(connection)
    connection.execute(text(f"PRAGMA user_version = {FORMAT}"))
