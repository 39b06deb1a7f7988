"""How the database came to its present shape: a numbered list, each step applied once, in order.

`PRAGMA user_version` holds the number of the last step. A step is never edited after a release; a new one is added.
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

__all__ = ["MIGRATIONS", "m001_first_shape", "migrate", "version"]


def m001_first_shape(connection: Connection) -> None:
    """Every table of schema.py, and the one row of `state`."""
    metadata.create_all(connection)
    connection.execute(state.insert().values(one=1, seq=0, floor=0, analyzer=VERSION))


MIGRATIONS: tuple[Callable[[Connection], None], ...] = (m001_first_shape,)


def version(connection: Connection) -> int:
    """The number of the last step applied. Raises `IndexNewerError` where we do not know that step."""
    number = int(connection.execute(text("PRAGMA user_version")).scalar_one())
    if number > len(MIGRATIONS):
        raise IndexNewerError(f"the index has format {number}; this version of ragsys knows up to {len(MIGRATIONS)}")
    return number


def migrate(connection: Connection) -> None:
    """Apply the steps that are missing, inside the caller's transaction."""
    for number, step in enumerate(MIGRATIONS[version(connection) :], start=version(connection) + 1):
        step(connection)
        connection.execute(text(f"PRAGMA user_version = {number}"))
