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

__all__ = ["move", "relabel"]


def relabel(connection: Connection, documents: Sequence[NewDocument]) -> set[str]:
    """Titles and metadata as they are here; returns the ids of the documents whose language is still the same."""
    table = schema.document.c
    done = set()
    for document in documents:
        language = connection.scalar(select(schema.language()).where(table.id == document.id))
        if language != document.metadata.get("lang"):
            continue
        connection.execute(update(schema.document).where(table.id == document.id).values(**_said(document)))
        done.add(document.id)
    return done


def move(connection: Connection, moved: Sequence[tuple[str, NewDocument]], seq: int) -> None:
    """Documents, by id, are at the sources that they have now; what conversations say of them follows."""
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
                acl=None if now.acl is None else json.dumps(now.acl, ensure_ascii=False),
                seq=seq,
            )
        )
        connection.execute(delete(schema.excluded).where(excluded.id.in_((before, now.id))))
        connection.execute(delete(schema.outcome).where(outcome.source.in_((str(earlier), now.source))))
        _follow(connection, (before, now.id), (str(earlier), now.source))


def _said(document: NewDocument) -> dict[str, str | None]:
    """The columns of what is said about a document."""
    return {
        "title": document.title,
        "metadata": json.dumps(dict(document.metadata), ensure_ascii=False, sort_keys=True),
        "own": document.own,
        "given": document.given,
    }


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
