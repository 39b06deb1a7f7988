"""What changes of a document while its text and passages stay: where it is, and what is said about it.

Nothing that is searched derives from these, so no passage gets a new id. Inside the caller's transaction.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select, update

from ragsys.indexes import schema

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from ragsys.indexes.records import NewDocument

__all__ = ["move"]


def move(connection: Connection, moved: Sequence[tuple[str, NewDocument]], seq: int) -> None:
    """Documents, by id, become those that they are now; what conversations say of them follows."""
    document, excluded, outcome = schema.document.c, schema.excluded.c, schema.outcome.c
    for before, now in moved:
        earlier = connection.scalar(select(document.source).where(document.id == before))
        connection.execute(
            update(schema.document)
            .where(document.id == before)
            .values(
                id=now.id,
                source=now.source,
                size=now.size,
                mtime_ns=now.mtime_ns,
                title=now.title,
                metadata=json.dumps(dict(now.metadata), ensure_ascii=False, sort_keys=True),
                own=now.own,
                given=now.given,
                acl=None if now.acl is None else json.dumps(now.acl, ensure_ascii=False),
                seq=seq,
            )
        )
        connection.execute(delete(schema.excluded).where(excluded.id.in_((before, now.id))))
        connection.execute(delete(schema.outcome).where(outcome.source.in_((str(earlier), now.source))))
        _follow(connection, (before, now.id), (str(earlier), now.source))


def _follow(connection: Connection, *renamed: tuple[str, str]) -> None:
    """Kept answers name documents by id and source: by those that they have now."""
    turn = schema.turn.c
    for before, now in renamed:
        old, new = (json.dumps(name, ensure_ascii=False) for name in (before, now))
        connection.execute(
            update(schema.turn)
            .where(func.instr(turn.answer, old) > 0)
            .values(answer=func.replace(turn.answer, old, new))
        )
