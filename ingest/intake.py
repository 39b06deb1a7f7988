"""Where documents wait, are embedded and are stored, batch by batch: the half of ingestion that is the same for all.

Embedding comes first, then one transaction for a batch of whole documents; its commit acknowledges them. What was
acknowledged survives whatever happens next. A document that cannot be taken is an outcome, never the end of the batch.
Does not know where documents come from.
"""

from __future__ import annotations

import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ragsys.errors import NoTextError
from ragsys.indexes.records import NewDocument
from ragsys.ingest import chunk as chunking
from ragsys.ingest.batch import Parsed, embed, text_digest
from ragsys.ingest.discover import document_id
from ragsys.ingest.given import NOTHING
from ragsys.ingest.labelling import label_earlier
from ragsys.ingest.labels import Labels
from ragsys.ingest.moves import Moves
from ragsys.ingest.parsers import PARSERS, WITH_FIELDS
from ragsys.ingest.parsers.json_records import Fields
from ragsys.models.languages import notice_of_documents
from ragsys.stages import tell
from ragsys.types import AddReport, Failure, Moved, with_table_header

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from ragsys.config import Settings
    from ragsys.errors import DocumentError
    from ragsys.indexes import Index
    from ragsys.indexes.records import KnownFile, NewPassage
    from ragsys.indexes.store import Writer
    from ragsys.ingest.given import Beside
    from ragsys.protocols import Embedder
    from ragsys.types import Extraction

__all__ = ["Intake", "Progress", "intake"]


# From how many passages on a speed is remembered.
_ENOUGH = 16


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
        roots: Sequence[Path],
        beside: Beside,
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
        self._labels = Labels(self.known, beside, settings.redact)
        self._relabelling: dict[str, str | None] = {}
        self._moves = Moves(self.known, roots)
        self._moved: list[Moved] = []
        self._moving: list[tuple[str, NewDocument]] = []
        self._waiting: dict[str, Parsed] = {}
        self._taken: set[str] = set()
        self._languages: Counter[str] = Counter()
        self._containers: list[KnownFile] = []
        self._gone: list[str] = []
        self._looked_at = self._added = self._updated = self._unchanged = self._passages = 0
        self._embedded = self._relabelled = self._removed = 0
        self._embedding = 0.0

    def recipe(self, parser: str, source: str) -> str:
        """What a document is redacted, chunked and embedded by: another one, and it has to be read again.

        The same bytes under two names may be read by two parsers.
        """
        return self._recipe_of(parser, self._labels.recipe(source))

    def recipes(self, source: str) -> set[str]:
        """By any parser."""
        redacted = self._labels.recipe(source)
        return {self._recipe_of(parser, redacted) for parser in PARSERS}

    def _recipe_of(self, parser: str, redacted: str) -> str:
        fields = f" {self._fields}" if parser in WITH_FIELDS and self._fields != Fields() else ""
        return f"{self._recipe}, {parser}{fields}{redacted}"

    def prepare(self, parsed: Parsed, *, reuse: bool = True) -> Parsed:
        """`parsed`, redacted, with its passages; with those vectors that are in the index already.

        These are all of them where the same content is there, and those of the same texts in an earlier version.

        Raises:
            NoTextError: it has none.
        """
        moved = self._moves.candidate(parsed.source, parsed.sha256)
        if moved is not None:
            self._labels.inherit(parsed.source, moved)
        parsed = replace(parsed, extraction=self._labels.redacted(parsed.source, parsed.extraction))
        if reuse:
            same = self.writer.vectors_of(parsed.sha256, self.recipe(parsed.parser, parsed.source))
            if same is not None:
                return parsed.with_passages(known=same)
        settings = self._settings
        spans = chunking.chunk(parsed.extraction, self._embedder, settings.chunk_tokens, settings.chunk_overlap)
        if not spans:
            raise NoTextError("there is no text to index in it")
        parsed = parsed.with_passages(spans=spans)
        return replace(parsed, vectors=self._earlier(parsed)) if reuse and self.is_known(parsed.source) else parsed

    def _earlier(self, parsed: Parsed) -> Mapping[bytes, NDArray[np.float32]]:
        """The vectors of those texts of a document that an earlier version of it has, too."""
        wanted = {
            text_digest(with_table_header(parsed.extraction.text[span.start : span.end], span.heading))
            for span in parsed.spans
        }
        earlier = self.writer.vectors_by_text(document_id(parsed.source))
        return {digest: vector for text, vector in earlier if (digest := text_digest(text)) in wanted}

    @property
    def speed(self) -> float | None:
        """Passages embedded a second; None where they were too few to tell."""
        return self._embedded / self._embedding if self._embedded >= _ENOUGH and self._embedding else None

    def is_known(self, source: str) -> bool:
        """Whether what `known` says of a document still holds: not once this run has taken another version of it."""
        return source not in self._taken and document_id(source) in self.known

    def begin(self, source: str) -> None:
        """Say which document is looked at next."""
        self._report(source)

    def unchanged(self, source: str) -> None:
        """The document at hand is as the index knows it, except perhaps for who may see it and what is said of it."""
        self._looked_at += 1
        self._unchanged += 1
        identity = document_id(source)
        if self._acl is not None and self.known[identity].acl != self._acl:
            self.writer.grant(identity, self._acl)
        given = self._labels.of(source).to_json()
        if given != self.known[identity].given:
            self._relabelling[identity] = given
            if len(self._relabelling) >= self._settings.batch_passages:
                self.store()

    def fail(self, source: str, error: DocumentError) -> None:
        """The document at hand cannot be taken."""
        self._looked_at += 1
        kept = "; its earlier version is kept" if document_id(source) in self.known else ""
        self.failures.append(Failure(source, error.code, f"{self._labels.message(source, error.message)}{kept}"))

    def passed(self) -> None:
        """The file at hand is no document, or not only one: what is in it is looked at beside it."""
        self._looked_at += 1

    def contain(self, container: KnownFile, gone: Sequence[str]) -> None:
        """Remember the file at hand, once what waits is stored; documents that are not in it any more go then."""
        self._containers.append(container)
        self._gone += gone

    def take(self, parsed: Parsed) -> None:
        """The document at hand waits for its vectors; enough of them together are embedded and stored.

        Where it is one that the index has under another source, which is gone, that one is moved instead.
        """
        if parsed.source in self._waiting:
            self.store()
        self._taken.add(parsed.source)
        self._looked_at += 1
        if parsed.known and self._is_moved(parsed):
            if len(self._moving) >= self._settings.batch_passages:
                self.store()
            return
        self._waiting[parsed.source] = parsed
        if sum(map(len, self._waiting.values())) >= self._settings.batch_passages:
            self.store()

    def store(self) -> None:
        """Embed what waits and commit it in one transaction; moves and new metadata have their own before it.

        What became of files with documents in them is settled after it.
        """
        moving, self._moving = self._moving, []
        if moving:
            self.writer.move(moving)
        relabelling, self._relabelling = self._relabelling, {}
        if relabelling:
            stored = self.writer.described(list(relabelling))
            self.writer.relabel([self._labels.renewed(document, relabelling[document.id]) for document in stored])
            self._relabelled += len(stored)
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
        began = time.perf_counter()
        passages, embedded = embed(
            waiting,
            self._embedder,
            together=self._settings.batch_passages,
            report=lambda item, behind: self._report(item.source, waiting, behind),
        )
        self._embedded += embedded
        done = time.perf_counter()
        self._embedding += done - began
        tell("embed", began, done, {"passages": sum(map(len, passages)), "embedded": embedded})
        documents = [self._document(item, own) for item, own in zip(waiting, passages, strict=True)]
        done = time.perf_counter()
        self.writer.put(documents)
        tell("commit", done, time.perf_counter(), {"documents": len(documents)})
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
            moved=tuple(self._moved),
            relabelled=self._relabelled,
            passages=self._passages,
            embedded=self._embedded,
            seq=seq,
            seconds=time.perf_counter() - began,
            languages=languages,
            warnings=(*(() if notice is None else (notice,)), *self._labels.notices()),
        )

    def _is_moved(self, parsed: Parsed) -> bool:
        """Whether a document has moved to this source; it then goes with the next batch."""
        identity = self._moves.claim(parsed.source, parsed.sha256, self.recipe(parsed.parser, parsed.source))
        if identity is None:
            return False
        before = self.known.pop(identity)
        self.known[document_id(parsed.source)] = replace(before, source=parsed.source)
        self._moving.append((identity, self._document(parsed, ())))
        self._moved.append(Moved(before.source, parsed.source))
        return True

    def _document(self, item: Parsed, passages: Sequence[NewPassage]) -> NewDocument:
        extraction: Extraction = item.extraction
        said = self._labels.said(item.source, extraction)
        return NewDocument(
            id=document_id(item.source),
            source=item.source,
            sha256=item.sha256,
            size=item.size,
            mtime_ns=item.mtime_ns,
            title=said.title,
            metadata=said.metadata,
            own=said.own,
            given=said.given,
            acl=self._labels.acl(item.source) if self._acl is None else self._acl,
            parser=item.parser,
            chunking=self.recipe(item.parser, item.source),
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
    roots: Sequence[Path] = (),
    beside: Beside = NOTHING,
) -> Iterator[Intake]:
    """Open an intake; at the end of the block what still waits is stored, and failures are recorded in any case.

    `acl` names who may see what is looked at; None leaves that as it is. A document under `roots` (resolved) whose file
    is gone may turn up at another source. `beside` is what is said of documents beside their files.

    Raises:
        IndexBusyError: another process is writing.
        SpaceMismatchError: the index holds vectors of another embedder.
        DiskFullError: the batch that did not fit is not stored; those before are.
    """
    with index.writer(timeout=settings.lock_timeout) as writer:
        writer.set_space(embedder.space)
        opened = Intake(writer, index, embedder, settings, progress=progress, acl=acl, roots=roots, beside=beside)
        try:
            yield opened
            opened.store()
            if opened.speed is not None:
                writer.note_speed(opened.speed)
            label_earlier(writer, index, [name for name, known in opened.known.items() if not known.labelled])
        finally:
            if opened.failures:
                writer.record_failures(opened.failures)
                writer.readmit([document_id(failure.source) for failure in opened.failures])
        writer.publish()
