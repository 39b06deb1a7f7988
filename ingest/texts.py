"""Documents that are no files, from a program's memory to the index: the same chunks, vectors and transactions.

For texts that a program holds already: records of a database, tickets, the corpus of an evaluation set. They are taken
one by one and stored batch by batch, so a stream of any length fits into memory. Knows nothing about files.
"""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import replace
from pathlib import PurePath
from typing import TYPE_CHECKING

from ragsys.errors import DocumentError, EncodingError
from ragsys.ingest.batch import Parsed
from ragsys.ingest.discover import document_id
from ragsys.ingest.intake import intake
from ragsys.types import Extraction, Heading

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from ragsys.config import Settings
    from ragsys.indexes import Index
    from ragsys.indexes.records import NewPassage
    from ragsys.ingest.intake import Intake, Progress
    from ragsys.protocols import Embedder
    from ragsys.types import AddReport, TextDocument

__all__ = ["add_texts"]

_PARSER = "given"


def add_texts(
    index: Index,
    embedder: Embedder,
    settings: Settings,
    documents: Iterable[TextDocument],
    *,
    progress: Callable[[Progress], None] | None = None,
    acl: Sequence[str] | None = None,
) -> AddReport:
    """Store documents under their sources; one that is there already with the same text, title and metadata is left.

    A title is the heading of every passage of its document, and is not inserted into the text: offsets count in what
    was given. A document that cannot be stored is a failure of the report, and the rest goes on.

    Raises:
        IndexBusyError: another process is writing.
        SpaceMismatchError: the index holds vectors of another embedder.
        DiskFullError: the batch that did not fit is not stored; those before are.
    """
    began = time.perf_counter()
    with intake(index, embedder, settings, progress=progress, acl=acl) as run:
        for document in documents:
            _take(run, document)
    return run.result(began)


def _take(run: Intake, document: TextDocument) -> None:
    """Look at one document: unchanged, failed, or waiting for its vectors."""
    source = _shown(document.source)
    run.begin(source)
    known = run.known[document_id(source)] if run.is_known(source) else None
    try:
        _check(document)
        data = document.text.encode()
        sha256, revision = hashlib.sha256(data).hexdigest(), _revision(document)
        here = None if known is None else (known.sha256, known.chunking, known.mtime_ns)
        if here == (sha256, run.recipe(_PARSER, source), revision):
            run.unchanged(source)
            return
        headings = (Heading(0, 1, document.title),) if document.title else ()
        extraction = Extraction(document.text, document.title, headings=headings, metadata=document.metadata)
        prepared = run.prepare(Parsed(source, sha256, len(data), revision, _PARSER, extraction))
    except DocumentError as error:
        run.fail(source, error)
        return
    run.take(replace(prepared, known=_under(prepared.known, prepared.extraction.title)))


def _under(passages: Sequence[NewPassage], title: str | None) -> list[NewPassage]:
    """Passages that were stored for the same text, under this document's own title."""
    return [replace(passage, heading=(title,) if title else ()) for passage in passages]


def _check(document: TextDocument) -> None:
    """Refuse what could not be stored as it is, and sources that belong to files."""
    values = (document.source, document.title or "", document.text, json.dumps(dict(document.metadata)))
    try:
        for value in (*values, *document.metadata.values()):
            str(value).encode()
    except UnicodeEncodeError:
        raise EncodingError("it holds characters that are not valid Unicode") from None
    if any("\0" in str(value) for value in (*values, *document.metadata.values())):
        raise EncodingError("it holds the character NUL")
    if not document.source or PurePath(document.source).is_absolute():
        raise DocumentError("a source is a name such as tickets:4711, neither empty nor the path of a file")


def _shown(source: str) -> str:
    """A source that can be stored whatever it holds."""
    return source.replace("\0", "\\0").encode("utf-8", "backslashreplace").decode()


def _revision(document: TextDocument) -> int:
    """What stands in for a file's time: it changes with the title and the metadata."""
    about = json.dumps([document.title, dict(document.metadata)], ensure_ascii=False, sort_keys=True)
    return int.from_bytes(hashlib.blake2b(about.encode(), digest_size=7).digest())
