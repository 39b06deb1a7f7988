"""Bags of another analyzer's making: made again from the text, so that a query and an index always agree on terms."""

from __future__ import annotations

import json
import zlib
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, func, select, update

from ragsys.indexes import schema
from ragsys.indexes.analyzer import VERSION, passage_terms
from ragsys.indexes.postings import pack_bag

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["outdated", "reanalyse"]


def outdated(connection: Connection) -> bool:
    """Whether the bags were made by another version of the analyzer."""
    return bool(connection.execute(select(schema.state.c.analyzer)).scalar_one() != VERSION)


def reanalyse(connection: Connection) -> None:
    """Make every bag again, document by document, and forget the lexical snapshots, inside the caller's transaction."""
    passage, document, bag = schema.passage.c, schema.document.c, schema.bag.c
    body = func.substr(document.text, passage.start + 1, passage.end - passage.start)
    renewed = update(schema.bag).where(bag.passage == bindparam("which"))
    for key in connection.scalars(select(document.key)).all():
        rows = connection.execute(
            select(passage.id, body, passage.heading, schema.language())
            .join(schema.document, document.key == passage.document)
            .where(document.key == key)
        ).all()
        blobs = [
            (number, pack_bag(passage_terms(words, json.loads(heading), language)))
            for number, words, heading, language in rows
        ]
        if blobs:
            connection.execute(
                renewed, [{"which": number, "blob": blob, "crc32": zlib.crc32(blob)} for number, blob in blobs]
            )
    connection.execute(delete(schema.snapshot).where(schema.snapshot.c.kind == "lexical"))
    connection.execute(update(schema.state).values(analyzer=VERSION))
