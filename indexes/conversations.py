"""Conversations as they are kept: sessions and their turns. Knows neither who may see what nor what an answer is.

A turn is one short transaction, beside the writer's lock: an ingestion that goes on for minutes holds up no question.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, insert, select, text

from ragsys.errors import SessionNotFoundError
from ragsys.indexes.records import Session, StoredTurn
from ragsys.indexes.schema import session, turn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from ragsys.indexes.database import Database

__all__ = ["Conversations"]


class Conversations:
    """The sessions of one index."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def start(self, session_id: str, owner: Sequence[str] | None) -> None:
        """Keep a new session, which has no turns yet."""
        names = None if owner is None else json.dumps(sorted(owner), ensure_ascii=False)
        with self._database.write() as connection:
            connection.execute(insert(session).values(id=session_id, owner=names, started_at=_now()))

    def append(self, session_id: str, new: StoredTurn) -> StoredTurn:
        """Keep a turn as the last one of its session, and return it with its number and time.

        When this returns, the turn survives a crash.

        Raises:
            SessionNotFoundError: there is no such session (any more).
        """
        with self._database.write() as connection:
            _overwrite(connection)
            key = _key(connection, session_id)
            last = connection.scalar(select(func.max(turn.c.number)).where(turn.c.session == key))
            kept = replace(new, number=(last or 0) + 1, asked_at=_now())
            connection.execute(
                insert(turn).values(
                    session=key,
                    number=kept.number,
                    question=kept.question,
                    standalone=kept.standalone,
                    method=kept.method,
                    history=kept.history,
                    answer=kept.answer,
                    seq=kept.seq,
                    digest=kept.digest,
                    asked_at=kept.asked_at,
                )
            )
        return kept

    def sessions(self) -> list[Session]:
        """Every session, the one that was spoken in last first."""
        opening = turn.alias()
        first = select(opening.c.question).where(opening.c.session == session.c.key, opening.c.number == 1)
        last = func.coalesce(func.max(turn.c.asked_at), session.c.started_at)
        statement = (
            select(
                session.c.id,
                session.c.owner,
                session.c.started_at,
                last,
                func.count(turn.c.number),
                first.scalar_subquery(),
            )
            .outerjoin(turn, turn.c.session == session.c.key)
            .group_by(session.c.key)
            .order_by(last.desc(), session.c.key.desc())
        )
        with self._database.read() as connection:
            return [
                Session(row[0], None if row[1] is None else tuple(json.loads(row[1])), *row[2:])
                for row in connection.execute(statement)
            ]

    def turns(self, session_id: str) -> list[StoredTurn]:
        """The turns of a session in their order. Raises `SessionNotFoundError`."""
        columns = (column for column in turn.c if column.name != "session")
        with self._database.read() as connection:
            key = _key(connection, session_id)
            rows = connection.execute(select(*columns).where(turn.c.session == key).order_by(turn.c.number))
            return [StoredTurn(*row) for row in rows]

    def delete(self, session_id: str) -> None:
        """Remove a session with its turns, overwrite where they lay, and empty the log that held them.

        A process that is reading meanwhile keeps the log as it is until the next checkpoint.

        Raises:
            SessionNotFoundError: there is no such session.
        """
        with self._database.write() as connection:
            _overwrite(connection)
            connection.execute(delete(session).where(session.c.key == _key(connection, session_id)))
        self._database.checkpoint()


def _overwrite(connection: Connection) -> None:
    """Have SQLite fill with zeros what this connection frees."""
    connection.execute(text("PRAGMA secure_delete = ON"))


def _key(connection: Connection, session_id: str) -> int:
    key = connection.scalar(select(session.c.key).where(session.c.id == session_id))
    if key is None:
        raise SessionNotFoundError(f"there is no session {session_id!r}")
    return int(key)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
