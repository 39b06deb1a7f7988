"""Documents that are no files, from a program's memory to the index: the same chunks, vectors and transactions.

For texts that a program holds already: records of a database, tickets, the corpus of an evaluation set. They are taken
one by one and stored batch by batch, so a stream of any length fits into memory. Knows nothing about files.
"""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import TYPE_CHECKING

from ragsys.errors import DocumentError, EncodingError, NoTextError
from ragsys.indexes.records import NewDocument, NewPassage
from ragsys.ingest import chunk as chunking
from ragsys.ingest.discover import document_id
from ragsys.ingest.pipeline import Progress
from ragsys.types import AddReport, Extraction, Failure, Heading

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ragsys.config import Settings
    from ragsys.indexes import Index
    from ragsys.indexes.records import KnownFile
    from ragsys.indexes.store import Writer
    from ragsys.protocols import Embedder
    from ragsys.types import Passage, TextDocument

__all__ = ["add_texts"]

_PARSER = "given"


@dataclass(slots=True)
class _Waiting:
    """A document that waits for its vectors; `passages` has them already where the text was known."""

    document: TextDocument
    sha256: str
    spans: list[Passage]
    passages: list[NewPassage] | None = None


@dataclass(slots=True)
class _Run:
    """What one call has done so far."""

    writer: Writer
    known: dict[str, KnownFile]
    recipe: str
    waiting: dict[str, _Waiting] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)
    added: int = 0
    updated: int = 0
    unchanged: int = 0
    passages: int = 0
    embedded: int = 0


def add_texts(
    index: Index,
    embedder: Embedder,
    settings: Settings,
    documents: Iterable[TextDocument],
    *,
    progress: Callable[[Progress], None] | None = None,
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
    with index.writer(timeout=settings.lock_timeout) as writer:
        writer.set_space(embedder.space)
        with index.read() as view:
            run = _Run(writer, view.known(), _recipe(embedder, settings))
        try:
            for done, document in enumerate(documents):
                if progress is not None:
                    progress(Progress(document.source, done))
                _take(run, document, embedder, settings)
            _store(run, embedder)
        finally:
            if run.failures:
                writer.record_failures(run.failures)
        writer.publish()
        with index.read() as view:
            seq = view.seq
    return AddReport(
        added=run.added,
        updated=run.updated,
        unchanged=run.unchanged,
        deleted=0,
        failed=tuple(run.failures),
        vanished=(),
        passages=run.passages,
        embedded=run.embedded,
        seq=seq,
        seconds=time.perf_counter() - began,
    )


def _recipe(embedder: Embedder, settings: Settings) -> str:
    return (
        f"text, chunk {chunking.VERSION}, {settings.chunk_tokens} tokens, overlap {settings.chunk_overlap}, "
        f"space {embedder.space.digest[:16]}"
    )


def _take(run: _Run, document: TextDocument, embedder: Embedder, settings: Settings) -> None:
    """Look at one document: unchanged, failed, or waiting for its vectors."""
    identity = document_id(_shown(document.source))
    if identity in run.waiting:
        _store(run, embedder)
    known = run.known.get(identity)
    try:
        _check(document)
        sha256 = hashlib.sha256(document.text.encode()).hexdigest()
        same = known is not None and (known.sha256, known.chunking) == (sha256, run.recipe)
        if known is not None and same and known.mtime_ns == _revision(document):
            run.unchanged += 1
            return
        passages = run.writer.vectors_of(sha256, run.recipe)
        headings = (Heading(0, 1, document.title),) if document.title else ()
        extraction = Extraction(document.text, document.title, headings=headings)
        size, overlap = settings.chunk_tokens, settings.chunk_overlap
        spans = [] if passages else chunking.chunk(extraction, embedder, size, overlap)
        if not spans and not passages:
            raise NoTextError("there is no text to index in it")
    except DocumentError as error:
        kept = "; its earlier version is kept" if known is not None else ""
        run.failures.append(Failure(_shown(document.source), error.code, f"{error.message}{kept}"))
        return
    run.waiting[identity] = _Waiting(document, sha256, spans, _under(passages, document.title))
    if sum(len(item.spans) for item in run.waiting.values()) >= settings.batch_passages:
        _store(run, embedder)


def _under(passages: list[NewPassage] | None, title: str | None) -> list[NewPassage] | None:
    """Passages that were stored for the same text, under this document's own title."""
    heading = (title,) if title else ()
    return passages and [NewPassage(p.start, p.end, p.page, heading, p.vector) for p in passages]


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


def _store(run: _Run, embedder: Embedder) -> None:
    """Embed what waits, each different text once, and commit it in one transaction."""
    waiting, run.waiting = run.waiting, {}
    if not waiting:
        return
    fresh = [item for item in waiting.values() if item.passages is None]
    rows = {item.document.text[span.start : span.end]: 0 for item in fresh for span in item.spans}
    vectors = embedder.embed_passages(list(rows)) if rows else None
    run.embedded += len(rows)
    rows = {text: row for row, text in enumerate(rows)}
    documents = []
    for identity, item in waiting.items():
        passages = item.passages
        if passages is None and vectors is not None:
            text = item.document.text
            passages = [
                NewPassage(s.start, s.end, s.page, s.heading, vectors[rows[text[s.start : s.end]]]) for s in item.spans
            ]
        documents.append(_document(identity, item, run.recipe, passages or []))
    run.writer.put(documents)
    for document in documents:
        run.passages += len(document.passages)
        if document.id in run.known:
            run.updated += 1
        else:
            run.added += 1


def _document(identity: str, item: _Waiting, recipe: str, passages: list[NewPassage]) -> NewDocument:
    given = item.document
    return NewDocument(
        id=identity,
        source=given.source,
        sha256=item.sha256,
        size=len(given.text.encode()),
        mtime_ns=_revision(given),
        title=given.title,
        metadata=given.metadata,
        acl=None,
        parser=_PARSER,
        chunking=recipe,
        text=given.text,
        page_starts=(),
        passages=tuple(passages),
    )


def _revision(document: TextDocument) -> int:
    """What stands in for a file's time: it changes with the title and the metadata."""
    about = json.dumps([document.title, dict(document.metadata)], ensure_ascii=False, sort_keys=True)
    return int.from_bytes(hashlib.blake2b(about.encode(), digest_size=7).digest())
