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
from ragsys.indexes.records import NewPassage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray
    from sqlalchemy import Connection

__all__ = ["passages_of_content", "vectors_by_text"]


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


def vectors_by_text(connection: Connection, document_id: str) -> Iterator[tuple[str, NDArray[np.float32]]]:
    """The text and the vector of each passage of a document."""
    document, passage, vector = schema.document.c, schema.passage.c, schema.vector.c
    found = connection.execute(select(document.key, document.text).where(document.id == document_id)).first()
    if found is None:
        return
    key, text = found
    rows = connection.execute(
        select(passage.start, passage.end, vector.blob, vector.crc32)
        .join(schema.vector, vector.passage == passage.id)
        .where(passage.document == key)
    )
    for start, end, blob, crc in rows:
        if zlib.crc32(blob) == crc:
            yield text[start:end], np.frombuffer(blob, "<f4")
