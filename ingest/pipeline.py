"""The pipeline: files to documents in the index, batch by batch, so that memory does not grow with the collection.

Embedding comes first, then one transaction for a batch of whole documents; its commit acknowledges them. What was
acknowledged survives whatever happens next, and the next run finds it unchanged. A file that fails is an outcome.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ragsys.errors import DocumentError, NoTextError
from ragsys.indexes.records import NewDocument, NewPassage
from ragsys.ingest import chunk as chunking
from ragsys.ingest.discover import discover, document_id
from ragsys.ingest.parsers import parser_for
from ragsys.ingest.reading import read_file, stat_file
from ragsys.types import AddReport, Failure

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from ragsys.config import Settings
    from ragsys.indexes import Index
    from ragsys.indexes.records import KnownFile
    from ragsys.indexes.store import Writer
    from ragsys.ingest.discover import Found
    from ragsys.protocols import Embedder
    from ragsys.types import Extraction, Passage

__all__ = ["Pipeline", "Progress"]


@dataclass(frozen=True, slots=True)
class Progress:
    """Which file is being read, how many are done, and of how many (None while they are still being found)."""

    source: str
    done: int
    total: int | None = None


@dataclass(slots=True)
class _Parsed:
    """A document that waits for its vectors; `passages` has them already where the content was known."""

    found: Path
    sha256: str
    size: int
    mtime_ns: int
    parser: str
    extraction: Extraction
    spans: list[Passage]
    passages: list[NewPassage] | None = None


@dataclass(slots=True)
class _Run:
    """What one `add` has done so far."""

    writer: Writer
    known: dict[str, KnownFile]
    waiting: list[_Parsed] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    present: set[str] = field(default_factory=set)
    added: int = 0
    updated: int = 0
    unchanged: int = 0
    deleted: int = 0
    passages: int = 0
    embedded: int = 0


class Pipeline:
    """Adds files to an index with one embedder."""

    def __init__(self, index: Index, embedder: Embedder, settings: Settings) -> None:
        self._index = index
        self._embedder = embedder
        self._settings = settings
        self._recipe = (
            f"chunk {chunking.VERSION}, {settings.chunk_tokens} tokens, overlap {settings.chunk_overlap}, "
            f"space {embedder.space.digest[:16]}"
        )

    def add(
        self,
        paths: Sequence[Path],
        *,
        prune: bool = False,
        force: bool = False,
        progress: Callable[[Progress], None] | None = None,
    ) -> AddReport:
        """Ingest the files at and under `paths`.

        Raises:
            IndexBusyError: another process is writing.
            SpaceMismatchError: the index holds vectors of another embedder.
            DiskFullError: the batch that did not fit is not stored; those before are.
        """
        began = time.perf_counter()
        with self._index.writer(timeout=self._settings.lock_timeout) as writer:
            writer.set_space(self._embedder.space)
            with self._index.read() as view:
                run = _Run(writer, view.known())
                failed_before = {failure.source for failure in view.failures()}
            try:
                for done, found in enumerate(discover(list(paths))):
                    if progress is not None:
                        progress(Progress(str(found.path), done))
                    self._take(run, found, force=force)
                self._store(run)
            finally:
                if run.failures:
                    writer.record_failures(run.failures)
            vanished = self._missing(run, paths, failed_before, prune=prune)
            writer.publish()
            with self._index.read() as view:
                seq = view.seq
        return AddReport(
            added=run.added,
            updated=run.updated,
            unchanged=run.unchanged,
            deleted=run.deleted,
            failed=tuple(run.failures),
            vanished=vanished,
            passages=run.passages,
            embedded=run.embedded,
            seq=seq,
            seconds=time.perf_counter() - began,
        )

    def _take(self, run: _Run, found: Found, *, force: bool) -> None:
        """Look at one file: unchanged, failed, or waiting for its vectors."""
        source = str(found.path)
        run.present.add(source)
        identity = document_id(source)
        known = run.known.get(identity)
        try:
            if found.error is not None:
                raise found.error
            stat = stat_file(found.path)
            current = known is not None and known.chunking == self._recipe and not force
            if current and known is not None and (known.size, known.mtime_ns) == (stat.st_size, stat.st_mtime_ns):
                run.unchanged += 1
                return
            content = read_file(found.path, self._settings.max_file_bytes)
            if current and known is not None and known.sha256 == content.sha256:
                run.writer.touch(identity, content.size, content.mtime_ns)
                run.unchanged += 1
                return
            parser = parser_for(content.data, found.path.name)
            extraction = parser.parse(content.data, name=found.path.name)
            spans = self._spans(run, extraction, content.sha256, force=force)
        except DocumentError as error:
            kept = "; its earlier version is kept" if known is not None else ""
            run.failures.append(Failure(source, error.code, f"{error.message}{kept}"))
            return
        parsed = _Parsed(found.path, content.sha256, content.size, content.mtime_ns, parser.name, extraction, [])
        if spans and isinstance(spans[0], NewPassage):
            parsed.passages = [span for span in spans if isinstance(span, NewPassage)]
        else:
            parsed.spans = [span for span in spans if not isinstance(span, NewPassage)]
        run.waiting.append(parsed)
        if sum(len(item.spans) + len(item.passages or ()) for item in run.waiting) >= self._settings.batch_passages:
            self._store(run)

    def _spans(
        self, run: _Run, extraction: Extraction, sha256: str, *, force: bool
    ) -> Sequence[Passage] | Sequence[NewPassage]:
        """The passages of a document; with their vectors where the same content is in the index already."""
        if not force:
            same = run.writer.vectors_of(sha256, self._recipe)
            if same is not None:
                return same
        settings = self._settings
        spans = chunking.chunk(extraction, self._embedder, settings.chunk_tokens, settings.chunk_overlap)
        if not spans:
            raise NoTextError("there is no text to index in it")
        return spans

    def _store(self, run: _Run) -> None:
        """Embed what waits, each different text once, and commit it in one transaction."""
        waiting, run.waiting = run.waiting, []
        if not waiting:
            return
        texts = {item.extraction.text[span.start : span.end]: 0 for item in waiting for span in item.spans}
        vectors = self._embed(run, list(texts))
        texts = {text: row for row, text in enumerate(texts)}
        documents = []
        for item in waiting:
            passages = item.passages
            if passages is None:
                body = item.extraction.text
                passages = [
                    NewPassage(s.start, s.end, s.page, s.heading, vectors[texts[body[s.start : s.end]]])
                    for s in item.spans
                ]
            documents.append(self._document(item, passages))
        run.writer.put(documents)
        for document in documents:
            run.passages += len(document.passages)
            if document.id in run.known:
                run.updated += 1
            else:
                run.added += 1

    def _embed(self, run: _Run, texts: list[str]) -> NDArray[np.float32]:
        run.embedded += len(texts)
        return self._embedder.embed_passages(texts)

    def _document(self, item: _Parsed, passages: list[NewPassage]) -> NewDocument:
        source = str(item.found)
        return NewDocument(
            id=document_id(source),
            source=source,
            sha256=item.sha256,
            size=item.size,
            mtime_ns=item.mtime_ns,
            title=item.extraction.title,
            metadata=item.extraction.metadata,
            acl=None,
            parser=item.parser,
            chunking=self._recipe,
            text=item.extraction.text,
            page_starts=item.extraction.page_starts,
            passages=tuple(passages),
        )

    def _missing(self, run: _Run, paths: Sequence[Path], failed_before: set[str], *, prune: bool) -> tuple[str, ...]:
        """What the index has under `paths` that was not found there any more; removed with `prune`."""
        roots = tuple(path.expanduser().resolve() for path in paths)

        def is_gone(source: str) -> bool:
            from pathlib import Path

            path = Path(source)
            return source not in run.present and any(path.is_relative_to(r) for r in roots) and not path.exists()

        gone = {identity: known.source for identity, known in run.known.items() if is_gone(known.source)}
        if prune and gone:
            run.writer.remove(list(gone))
            run.deleted += len(gone)
        stale = [source for source in failed_before if is_gone(source)]
        if stale:
            run.writer.forget_failures(stale)
        return () if prune else tuple(sorted(gone.values()))
