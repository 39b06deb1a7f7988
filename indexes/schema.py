"""The tables. What each column means is said here once; how they come to be is in migrations.py."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    func,
)

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

__all__ = [
    "bag",
    "container",
    "document",
    "excluded",
    "language",
    "metadata",
    "outcome",
    "passage",
    "root",
    "session",
    "snapshot",
    "space",
    "state",
    "tombstone",
    "turn",
    "vector",
]

metadata = MetaData()

document = Table(
    "document",
    metadata,
    Column("key", Integer, primary_key=True),
    Column("id", Text, nullable=False, unique=True),  # stable over updates of the same source
    Column("source", Text, nullable=False, unique=True),  # absolute path
    Column("sha256", Text, nullable=False, index=True),  # of the file's bytes
    Column("size", Integer, nullable=False),
    Column("mtime_ns", Integer, nullable=False),
    Column("title", Text),
    Column("metadata", Text, nullable=False),  # JSON object of scalars
    Column("own", Text),  # JSON [title, metadata] of the file itself, where what was given beside it changes them
    Column("given", Text),  # JSON of what was said of it beside its file: ragsys.ingest.given
    Column("acl", Text),  # JSON list of principals; see ragsys.retrieve.access
    Column("parser", Text, nullable=False),
    Column("chunking", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("page_starts", Text, nullable=False),  # JSON list of offsets
    Column("places", Text, nullable=False),  # JSON list of [start, unit, first, last]
    Column("added_at", Text, nullable=False),  # ISO 8601, UTC
    Column("seq", Integer, nullable=False),  # the change that wrote it
)
# So that "does any document have principals" is answered at once.
Index("document_acl", document.c.key, sqlite_where=document.c.acl.is_not(None))

passage = Table(
    "passage",
    metadata,
    Column("id", Integer, primary_key=True),  # AUTOINCREMENT: never reused
    Column("document", ForeignKey("document.key", ondelete="CASCADE"), nullable=False, index=True),
    Column("ordinal", Integer, nullable=False),
    Column("start", Integer, nullable=False),
    Column("end", Integer, nullable=False),
    Column("page", Integer),
    Column("heading", Text, nullable=False),  # JSON list
    Column("place", Text),  # where it is in a format without pages, in words
    UniqueConstraint("document", "ordinal"),
    sqlite_autoincrement=True,
)

vector = Table(
    "vector",
    metadata,
    Column("passage", ForeignKey("passage.id", ondelete="CASCADE"), primary_key=True),
    Column("blob", LargeBinary, nullable=False),  # little-endian float32
    Column("crc32", Integer, nullable=False),
)

bag = Table(
    "bag",
    metadata,
    Column("passage", ForeignKey("passage.id", ondelete="CASCADE"), primary_key=True),
    Column("blob", LargeBinary, nullable=False),  # indexes.postings.pack_bag
    Column("crc32", Integer, nullable=False),
)

space = Table(
    "space",
    metadata,
    Column("one", Integer, primary_key=True),  # always 1: an index has one space
    Column("model", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("dim", Integer, nullable=False),
    Column("metric", Text, nullable=False),
    Column("speed", Float),  # passages embedded a second, as last measured here
)

tombstone = Table(
    "tombstone",
    metadata,
    Column("passage", Integer, primary_key=True),
    Column("seq", Integer, nullable=False),
    Index("tombstone_seq", "seq"),
)

snapshot = Table(
    "snapshot",
    metadata,
    Column("generation", Integer, primary_key=True),
    Column("kind", Text, nullable=False),  # "vectors" or "lexical"
    Column("file", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("nbytes", Integer, nullable=False),
    Column("ntotal", Integer, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("last_passage", Integer, nullable=False),  # the highest id that it has seen
    Column("factory", Text, nullable=False),  # a FAISS factory string; "bm25" for the lexical index
    Column("recall", Float),  # recall@10 against an exact search, as measured when it was built; null where it is exact
    Column("created_at", Text, nullable=False),
    sqlite_autoincrement=True,
)

state = Table(
    "state",
    metadata,
    Column("one", Integer, primary_key=True),
    Column("seq", Integer, nullable=False),
    Column("floor", Integer, nullable=False),  # tombstones up to this seq have been collected
    Column("analyzer", Text, nullable=False),  # the version of indexes.analyzer that made the bags
    Column("erasing", Integer, nullable=False),  # 1 while what was forgotten may still lie in a file: indexes.erasure
)

outcome = Table(
    "outcome",
    metadata,
    Column("source", Text, primary_key=True),
    Column("code", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("at", Text, nullable=False),
)

root = Table(
    "root",
    metadata,
    Column("path", Text, primary_key=True),  # absolute, as it was added
    Column("options", Text, nullable=False),  # JSON of what holds for what is found there: ragsys.ingest.roots
    Column("added_at", Text, nullable=False),  # ISO 8601, UTC
    Column("synced_at", Text),  # when it was last walked to its end
)

excluded = Table(
    "excluded",
    metadata,
    Column("id", Text, primary_key=True),  # a document that was removed on purpose: `update` does not take it again
)

container = Table(
    "container",
    metadata,
    Column("source", Text, primary_key=True),  # of a file with documents in it, whose sources go on behind "!/"
    Column("sha256", Text, nullable=False),  # of the file's bytes; empty where not all in it was looked at
    Column("size", Integer, nullable=False),
    Column("mtime_ns", Integer, nullable=False),
    Column("chunking", Text, nullable=False),
)

session = Table(
    "session",
    metadata,
    Column("key", Integer, primary_key=True),
    Column("id", Text, nullable=False, unique=True),  # drawn at random: whoever knows it was given it
    Column("owner", Text),  # JSON list of principals, or null where nobody in particular began it
    Column("started_at", Text, nullable=False),  # ISO 8601, UTC
)

turn = Table(
    "turn",
    metadata,
    Column("session", ForeignKey("session.key", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),  # from 1
    Column("question", Text, nullable=False),  # as it was typed
    Column("standalone", Text, nullable=False),  # as it was searched for
    Column("method", Text, nullable=False),  # how the one came of the other: ragsys.generate.rewriting
    Column("history", Integer, nullable=False),  # how many earlier turns were used for that
    Column("answer", Text, nullable=False),  # JSON, as `ragsys ask --json` prints it, less the passages' texts
    Column("seq", Integer, nullable=False),  # the index that it was answered from
    Column("digest", Text, nullable=False),
    Column("asked_at", Text, nullable=False),  # ISO 8601, UTC
)


def language() -> ColumnElement[Any]:
    """The language of a document; NULL where its metadata names none."""
    return func.json_extract(document.c.metadata, "$.lang")
