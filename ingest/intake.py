"""Where documents wait, are embedded and are stored, batch by batch: the half of ingestion that is the same for all.

Embedding comes first, then one transaction for a batch of whole documents; its commit acknowledges them. What was
acknowledged survives whatever happens next. A document that cannot be taken is an outcome, never the end of the batch.
Does not know where documents come from.
"""

from __future__ import annotations

import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ragsys.errors import NoTextError
from ragsys.indexes.records import NewDocument
from ragsys.ingest import chunk as chunking
from ragsys.ingest.batch import Parsed, embed
from ragsys.ingest.discover import document_id
from ragsys.ingest.labelling import label_earlier, with_language
from ragsys.ingest.parsers import WITH_FIELDS
from ragsys.ingest.parsers.json_records import Fields
from ragsys.models.languages import notice_of_documents
from ragsys.types import AddReport, Failure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ragsys.config import Settings
    from ragsys.errors import DocumentError
    from ragsys.indexes import Index
    from ragsys.indexes.records import KnownFile, NewPassage
    from ragsys.indexes.store import Writer
    from ragsys.protocols import Embedder
    from ragsys.types import Extraction, Scalar

__all__ = ["Intake", "Progress", "intake", "storable"]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an `add` is: `done` documents are finished (stored, unchanged or failed) of `total`.

    `source` is the document at hand. `total` is None where it is not known. While passages are embedded, `embedded` of
    `passages` are, and they belong to `waiting` documents that finish together.
    """

    source: str
    done: int
    total: int | None = None
    waiting: int = 0
    embedded: int = 0
    passages: int = 0

    @property
    def position(self) -> float:
        """Documents done, those that are being embedded in proportion."""
        return self.done + (self.waiting * self.embedded / self.passages if self.passages else 0)


class Intake:
    """One run of additions to an index. Make one with `intake`.

    Attributes:
        writer: the index's writer; its lock is held for as long as the intake is open.
        known: what the index remembers of each document, by id.
        total: how many documents will be looked at, where that is known.
    """

    def __init__(
        self,
        writer: Writer,
        index: Index,
        embedder: Embedder,
        settings: Settings,
        *,
        progress: Callable[[Progress], None] | None,
        acl: Sequence[str] | None,
    ) -> None:
        self.writer = writer
        self.total: int | None = None
        self.failures: list[Failure] = []
        with index.read() as view:
            self.known = view.known()
        self._index, self._embedder, self._settings, self._progress = index, embedder, settings, progress
        self._recipe = (
            f"chunk {chunking.VERSION}, {settings.chunk_tokens} tokens, overlap {settings.chunk_overlap}, "
            f"space {embedder.space.digest[:16]}"
        )
        self._fields = Fields.of(settings)
        self._acl = None if acl is None else tuple(acl)
        self._waiting: dict[str, Parsed] = {}
        self._taken: set[str] = set()
        self._languages: Counter[str] = Counter()
        self._containers: list[KnownFile] = []
        self._gone: list[str] = []
        self._looked_at = self._added = self._updated = self._unchanged = self._passages = self._embedded = 0
        self._removed = 0

    def recipe(self, parser: str) -> str:
        """What a document is chunked and embedded by: another one, and it has to be read again.

        The same bytes under two names may be read by two parsers.
        """
        fields = f" {self._fields}" if parser in WITH_FIELDS and self._fields != Fields() else ""
        return f"{self._recipe}, {parser}{fields}"

    def prepare(self, parsed: Parsed, *, reuse: bool = True) -> Parsed:
        """`parsed` with its passages; with their vectors where the same content is in the index already.

        Raises:
            NoTextError: it has none.
        """
        if reuse:
            same = self.writer.vectors_of(parsed.sha256, self.recipe(parsed.parser))
            if same is not None:
                return parsed.with_passages(known=same)
        settings = self._settings
        spans = chunking.chunk(parsed.extraction, self._embedder, settings.chunk_tokens, settings.chunk_overlap)
        if not spans:
            raise NoTextError("there is no text to index in it")
        return parsed.with_passages(spans=spans)

    def is_known(self, source: str) -> bool:
        """Whether what `known` says of a document still holds: not once this run has taken another version of it."""
        return source not in self._taken and document_id(source) in self.known

    def begin(self, source: str) -> None:
        """Say which document is looked at next."""
        self._report(source)

    def unchanged(self, source: str) -> None:
        """The document at hand is as the index knows it, except perhaps for who may see it."""
        self._looked_at += 1
        self._unchanged += 1
        identity = document_id(source)
        if self._acl is not None and self.known[identity].acl != self._acl:
            self.writer.grant(identity, self._acl)

    def fail(self, source: str, error: DocumentError) -> None:
        """The document at hand cannot be taken."""
        self._looked_at += 1
        kept = "; its earlier version is kept" if document_id(source) in self.known else ""
        self.failures.append(Failure(source, error.code, f"{error.message}{kept}"))

    def passed(self) -> None:
        """The file at hand is no document, or not only one: what is in it is looked at beside it."""
        self._looked_at += 1

    def contain(self, container: KnownFile, gone: Sequence[str]) -> None:
        """Remember the file at hand, once what waits is stored; documents that are not in it any more go then."""
        self._containers.append(container)
        self._gone += gone

    def take(self, parsed: Parsed) -> None:
        """The document at hand waits for its vectors; enough of them together are embedded and stored."""
        if parsed.source in self._waiting:
            self.store()
        self._taken.add(parsed.source)
        self._looked_at += 1
        self._waiting[parsed.source] = parsed
        if sum(map(len, self._waiting.values())) >= self._settings.batch_passages:
            self.store()

    def store(self) -> None:
        """Embed what waits and commit it in one transaction; then settle what became of the files it was in."""
        waiting, self._waiting = list(self._waiting.values()), {}
        if waiting:
            self._put(waiting)
        gone, self._gone = self._gone, []
        if gone:
            self.writer.remove(gone)
            self._removed += len(gone)
        containers, self._containers = self._containers, []
        if containers:
            self.writer.remember(containers)

    def _put(self, waiting: Sequence[Parsed]) -> None:
        passages, embedded = embed(
            waiting,
            self._embedder,
            together=self._settings.batch_passages,
            report=lambda item, behind: self._report(item.source, waiting, behind),
        )
        self._embedded += embedded
        documents = [self._document(item, own) for item, own in zip(waiting, passages, strict=True)]
        self.writer.put(documents)
        for document in documents:
            self._passages += len(document.passages)
            self._languages[str(document.metadata["lang"])] += 1
            if document.id in self.known:
                self._updated += 1
            else:
                self._added += 1

    def result(self, began: float, *, deleted: int = 0, vanished: Sequence[str] = ()) -> AddReport:
        """What was done since `began` (a `time.perf_counter`)."""
        with self._index.read() as view:
            seq = view.seq
        languages = dict(self._languages.most_common())
        notice = notice_of_documents(self._embedder.space.model, languages)
        return AddReport(
            added=self._added,
            updated=self._updated,
            unchanged=self._unchanged,
            deleted=deleted + self._removed,
            failed=tuple(self.failures),
            vanished=tuple(vanished),
            passages=self._passages,
            embedded=self._embedded,
            seq=seq,
            seconds=time.perf_counter() - began,
            languages=languages,
            warnings=() if notice is None else (notice,),
        )

    def _document(self, item: Parsed, passages: Sequence[NewPassage]) -> NewDocument:
        extraction: Extraction = item.extraction
        metadata = {str(storable(key)): storable(value) for key, value in extraction.metadata.items()}
        known = self.known.get(document_id(item.source))
        return NewDocument(
            id=document_id(item.source),
            source=item.source,
            sha256=item.sha256,
            size=item.size,
            mtime_ns=item.mtime_ns,
            title=None if extraction.title is None else str(storable(extraction.title)),
            metadata=with_language(metadata, extraction.text),
            acl=self._acl if self._acl is not None or known is None else known.acl,
            parser=item.parser,
            chunking=self.recipe(item.parser),
            text=extraction.text,
            page_starts=extraction.page_starts,
            places=extraction.places,
            passages=tuple(passages),
        )

    def _report(self, source: str, waiting: Sequence[Parsed] = (), embedded: int = 0) -> None:
        if self._progress is not None:
            passages = sum(len(item.spans) for item in waiting)
            done = self._looked_at - len(waiting or self._waiting)
            self._progress(Progress(source, done, self.total, len(waiting), embedded, passages))


@contextmanager
def intake(
    index: Index,
    embedder: Embedder,
    settings: Settings,
    *,
    progress: Callable[[Progress], None] | None = None,
    acl: Sequence[str] | None = None,
) -> Iterator[Intake]:
    """Open an intake; at the end of the block what still waits is stored, and failures are recorded in any case.

    `acl` names who may see what is looked at; None leaves that as it is.

    Raises:
        IndexBusyError: another process is writing.
        SpaceMismatchError: the index holds vectors of another embedder.
        DiskFullError: the batch that did not fit is not stored; those before are.
    """
    with index.writer(timeout=settings.lock_timeout) as writer:
        writer.set_space(embedder.space)
        opened = Intake(writer, index, embedder, settings, progress=progress, acl=acl)
        try:
            yield opened
            opened.store()
            label_earlier(writer, index, [name for name, known in opened.known.items() if not known.labelled])
        finally:
            if opened.failures:
                writer.record_failures(opened.failures)
        writer.publish()


def storable(value: Scalar) -> Scalar:
    """Metadata comes from anywhere in a file: without the characters that the index refuses."""
    if not isinstance(value, str):
        return value
    return value.replace("\0", "").encode("utf-8", "replace").decode("utf-8").strip()
