"""A document as rows: what may be stored, and how it is laid out. Inside the writer's transaction."""

from __future__ import annotations

import json
import zlib
from dataclasses import astuple
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
from sqlalchemy import insert

from ragsys.errors import EncodingError, SpaceMismatchError
from ragsys.indexes import schema
from ragsys.indexes.analyzer import passage_terms
from ragsys.indexes.postings import pack_bag

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from ragsys.indexes.records import NewDocument
    from ragsys.types import Space

__all__ = ["bags_of", "insert_document", "validate"]


def insert_document(connection: Connection, document: NewDocument, bags: Sequence[bytes], seq: int, first: int) -> int:
    """Insert a document whose passages take the ids from `first`; returns the next free id."""
    result = connection.execute(
        insert(schema.document).values(
            id=document.id,
            source=document.source,
            sha256=document.sha256,
            size=document.size,
            mtime_ns=document.mtime_ns,
            title=document.title,
            metadata=json.dumps(dict(document.metadata), ensure_ascii=False, sort_keys=True),
            own=document.own,
            given=document.given,
            acl=None if document.acl is None else json.dumps(document.acl, ensure_ascii=False),
            parser=document.parser,
            chunking=document.chunking,
            text=document.text,
            page_starts=json.dumps(document.page_starts),
            places=json.dumps([astuple(place) for place in document.places], ensure_ascii=False),
            added_at=datetime.now(UTC).isoformat(timespec="seconds"),
            seq=seq,
        )
    )
    key = result.lastrowid
    if not document.passages:
        return first
    passages, vectors, packed = [], [], []
    for ordinal, (passage, bag) in enumerate(zip(document.passages, bags, strict=True)):
        number = first + ordinal
        blob = np.ascontiguousarray(passage.vector, dtype="<f4").tobytes()
        passages.append(
            {
                "id": number,
                "document": key,
                "ordinal": ordinal,
                "start": passage.start,
                "end": passage.end,
                "page": passage.page,
                "heading": json.dumps(passage.heading, ensure_ascii=False),
                "place": passage.place,
            }
        )
        vectors.append({"passage": number, "blob": blob, "crc32": zlib.crc32(blob)})
        packed.append({"passage": number, "blob": bag, "crc32": zlib.crc32(bag)})
    connection.execute(insert(schema.passage), passages)
    connection.execute(insert(schema.vector), vectors)
    connection.execute(insert(schema.bag), packed)
    return first + len(passages)


def bags_of(document: NewDocument) -> list[bytes]:
    """The terms of each passage, packed."""
    text, language = document.text, document.metadata.get("lang")
    return [pack_bag(passage_terms(text[p.start : p.end], p.heading, language)) for p in document.passages]


def validate(document: NewDocument, space: Space | None) -> None:
    """Refuse what could be stored but not read back; see `Writer.put`. Without a space, vectors are not looked at."""
    written = [document.source, document.title or "", document.text, json.dumps(dict(document.metadata))]
    try:
        for value in (*written, *document.metadata.values(), *(h for p in document.passages for h in p.heading)):
            if "\0" in str(value):
                raise EncodingError(f"{document.source!r} holds the character NUL")
            str(value).encode("utf-8")
    except UnicodeEncodeError:
        raise EncodingError(f"{document.source!r} holds characters that are not valid Unicode") from None
    if space is None:
        return
    for passage in document.passages:
        if not 0 <= passage.start <= passage.end <= len(document.text):
            raise ValueError(f"[{passage.start}:{passage.end}] is no span of {document.source}")
        if passage.vector.shape != (space.dim,) or not np.isfinite(passage.vector).all():
            raise SpaceMismatchError(f"{document.source} has a vector that does not belong to {space.model}")
