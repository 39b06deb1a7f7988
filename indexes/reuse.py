"""Vectors that are there already: of the same content, and of the same text in an earlier version of a document.

A vector follows from a passage's text and the index's one space and from nothing else. One whose checksum is wrong is
not taken: embedding it again mends it.
"""

from __future__ import annotations

import json
import zlib
from typing import TYPE_CHECKING

import numpy as np
from sqlalchemy import select

from ragsys.indexes import schema
from ragsys.indexes.records import NewDocument, NewPassage
from ragsys.types import Place, with_table_header

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray
    from sqlalchemy import Connection

__all__ = ["passages_of_content", "stored_document", "vectors_by_text"]

_AS_THEY_ARE = ("id", "source", "sha256", "size", "mtime_ns", "title", "parser", "chunking", "text", "own", "given")


def passages_of_content(connection: Connection, sha256: str, chunking: str) -> list[NewPassage] | None:
    """The passages of a document with the same content and chunking, vectors included; None where there is none."""
    document, passage, vector = schema.document.c, schema.passage.c, schema.vector.c
    key = connection.scalar(
        select(document.key).where(document.sha256 == sha256, document.chunking == chunking).limit(1)
    )
    if key is None:
        return None
    rows = connection.execute(
        select(passage.start, passage.end, passage.page, passage.heading, passage.place, vector.blob, vector.crc32)
        .join(schema.vector, vector.passage == passage.id)
        .where(passage.document == key)
        .order_by(passage.ordinal)
    ).all()
    if any(zlib.crc32(blob) != crc for *_, blob, crc in rows):
        return None
    return [
        NewPassage(start, end, page, tuple(json.loads(heading)), np.frombuffer(blob, "<f4"), place)
        for start, end, page, heading, place, blob, _ in rows
    ]


def stored_document(connection: Connection, document_id: str, *, passages: bool = True) -> NewDocument | None:
    """A document as it was put, with or without its passages; None where there is none.

    A vector's checksum is not looked at.
    """
    document, passage, vector = schema.document.c, schema.passage.c, schema.vector.c
    row = connection.execute(select(schema.document).where(document.id == document_id)).mappings().first()
    if row is None:
        return None
    statement = (
        select(passage.start, passage.end, passage.page, passage.heading, vector.blob, passage.place)
        .join(schema.vector, vector.passage == passage.id)
        .where(passage.document == row["key"])
        .order_by(passage.ordinal)
    )
    rows = connection.execute(statement).all() if passages else ()
    return NewDocument(
        **{name: row[name] for name in _AS_THEY_ARE},
        metadata=json.loads(row["metadata"]),
        acl=None if row["acl"] is None else tuple(json.loads(row["acl"])),
        page_starts=tuple(json.loads(row["page_starts"])),
        places=tuple(Place(*place) for place in json.loads(row["places"])),
        passages=tuple(
            NewPassage(start, end, page, tuple(json.loads(heading)), np.frombuffer(blob, "<f4"), place)
            for start, end, page, heading, blob, place in rows
        ),
    )


def vectors_by_text(connection: Connection, document_id: str) -> Iterator[tuple[str, NDArray[np.float32]]]:
    """The text of each passage of a document, as it was embedded, and its vector."""
    document, passage, vector = schema.document.c, schema.passage.c, schema.vector.c
    found = connection.execute(select(document.key, document.text).where(document.id == document_id)).first()
    if found is None:
        return
    key, text = found
    rows = connection.execute(
        select(passage.start, passage.end, passage.heading, vector.blob, vector.crc32)
        .join(schema.vector, vector.passage == passage.id)
        .where(passage.document == key)
    )
    for start, end, heading, blob, crc in rows:
        if zlib.crc32(blob) == crc:
            yield with_table_header(text[start:end], json.loads(heading)), np.frombuffer(blob, "<f4")
