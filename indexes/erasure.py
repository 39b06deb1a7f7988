"""Forgetting: documents leave every file of the index, not only what can be searched.

Deleted rows are overwritten with zeros, the database is written afresh without free pages, its log is emptied, both
snapshots are made again and older ones deleted. Until all of that is done the database says so, and whoever comes next
can finish it. What the file system keeps of deleted files, copies elsewhere and backups are beyond its reach.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, insert, or_, select, text, update

from ragsys.errors import IndexBusyError
from ragsys.indexes import schema
from ragsys.indexes.lock import build_lock
from ragsys.indexes.store import bury, next_seq
from ragsys.members import enclosing, inside

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from sqlalchemy import Connection

    from ragsys.indexes.index import Index

__all__ = ["Erased", "erase"]

_AGAIN_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Erased:
    """What went with the documents: the ids of conversations that rested on them."""

    conversations: tuple[str, ...]


def erase(
    index: Index, ids: Collection[str], failed: Mapping[str, str], *, gone: bool = False, timeout: float
) -> Erased:
    """Remove documents from every file of the index, and the conversations that rest on them.

    `failed` are sources, by id, that could not be read: nothing else is known of them. With `gone`, also conversations
    that rest on documents that are not in the index any more. Without ids, what is left of documents that were removed,
    replaced or forgotten half-way before. Takes as long as writing the index afresh, and as much space as it has.

    Raises:
        IndexBusyError: another process writes, builds a vector index or reads without end; what is left is finished by
            the next call.
        DiskFullError: there is no room to write it afresh; the same.
    """
    with index.writer(timeout=timeout) as writer:
        with index.database.write() as connection:
            connection.execute(text("PRAGMA secure_delete = ON"))
            conversations = _clear_conversations(connection, ids, gone=gone)
            _delete(connection, ids, failed)
            connection.execute(update(schema.state).values(erasing=1))
        index.snapshots.step("erased")
        writer.publish(force=True)
        with build_lock(index.path) as alone:
            if not alone:
                raise IndexBusyError("a vector index is being built from what was there before: forget again later")
            index.snapshots.keep_newest_only()
        index.snapshots.step("rewrite")
        index.database.rewrite()
        _empty_log(index, timeout)
        with index.database.write() as connection:
            connection.execute(update(schema.state).values(erasing=0))
        index.snapshots.step("rewritten")
        _empty_log(index, timeout)
    return Erased(tuple(conversations))


def _delete(connection: Connection, ids: Collection[str], failed_only: Mapping[str, str]) -> None:
    """Documents and what could not be read, with all that names them, except who removed them.

    Their ids are kept, so that `update` passes by.
    """
    if not ids and not failed_only:
        return
    document = schema.document.c
    seq = next_seq(connection)
    for identity in dict.fromkeys([*ids, *failed_only]):
        source = connection.scalar(select(document.source).where(document.id == identity)) or failed_only.get(identity)
        if source is not None:
            failed, prefix = schema.outcome.c.source, inside(source)  # of files in it
            connection.execute(
                delete(schema.outcome).where(or_(failed == source, func.substr(failed, 1, len(prefix)) == prefix))
            )
            connection.execute(delete(schema.root).where(schema.root.c.path == source))
            # The files that it lay in are looked at again: what is known of them is of a time when it was there.
            around = [*enclosing(source), source]
            connection.execute(delete(schema.container).where(schema.container.c.source.in_(around)))
        connection.execute(delete(schema.excluded).where(schema.excluded.c.id == identity))
        connection.execute(insert(schema.excluded).values(id=identity))
    bury(connection, list(ids), seq)


def _clear_conversations(connection: Connection, ids: Collection[str], *, gone: bool) -> list[str]:
    """Delete the conversations in which an answer rests on one of the documents, and return their ids.

    All of such a conversation goes: a question that follows an answer may repeat it. From others, the mention of
    passages that were found and not used is taken out.
    """
    here = set(connection.scalars(select(schema.document.c.id))) if gone else set()
    turn = schema.turn.c
    doomed: dict[int, None] = {}
    for key, number, stored in connection.execute(select(turn.session, turn.number, turn.answer)).all():
        answer = json.loads(stored)
        named = set(_documents(answer))
        forgotten = named.intersection(ids) | (named - here if gone else set())
        if not forgotten:
            continue
        answer["passages"] = [
            {**p, "copies": [copy for copy in p.get("copies", ()) if copy["id"] not in forgotten]}
            for p in answer["passages"]
            if p["document"]["id"] not in forgotten
        ]
        if all(sentence["supported"] for sentence in answer["sentences"]) and forgotten.isdisjoint(_documents(answer)):
            kept = json.dumps(answer, ensure_ascii=False)
            connection.execute(
                update(schema.turn).where(turn.session == key, turn.number == number).values(answer=kept)
            )
        else:
            doomed[key] = None
    table = schema.session.c
    found = list(connection.scalars(select(table.id).where(table.key.in_(doomed))))
    connection.execute(delete(schema.session).where(table.key.in_(doomed)))
    return found


def _documents(value: object) -> Iterator[str]:
    """The ids of all documents that a kept answer names, however deep."""
    if isinstance(value, list):
        for item in value:
            yield from _documents(item)
    elif isinstance(value, dict):
        if "sha256" in value and isinstance(value.get("id"), str):
            yield value["id"]
        for item in value.values():
            yield from _documents(item)


def _empty_log(index: Index, timeout: float) -> None:
    """Empty the write-ahead log, which a reader may hold for a while. Raises `IndexBusyError`."""
    deadline = time.monotonic() + timeout
    while not index.database.checkpoint():
        if time.monotonic() > deadline:
            raise IndexBusyError("another process keeps reading, so the database's log cannot be emptied yet")
        time.sleep(_AGAIN_SECONDS)
