"""The pipeline: files to documents in the index, batch by batch, so that memory does not grow with the collection.

Embedding comes first, then one transaction for a batch of whole documents; its commit acknowledges them. What was
acknowledged survives whatever happens next, and the next run finds it unchanged. A file that fails is an outcome.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ragsys.errors import DocumentError, NoTextError
from ragsys.indexes.records import NewDocument
from ragsys.ingest import chunk as chunking
from ragsys.ingest.batch import Parsed, embed
from ragsys.ingest.discover import count, discover, document_id, root_of
from ragsys.ingest.parsers import PARSERS, parser_for
from ragsys.ingest.reading import read_file, stat_file
from ragsys.types import AddReport, Failure

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ragsys.config import Settings
    from ragsys.indexes import Index
    from ragsys.indexes.records import KnownFile, NewPassage
    from ragsys.indexes.store import Writer
    from ragsys.ingest.discover import Found
    from ragsys.ingest.reading import Content
    from ragsys.protocols import Embedder, Parser
    from ragsys.types import Extraction, Scalar

__all__ = ["Pipeline", "Progress"]

# The most files that are counted before the first is read; more are read without knowing how many there are.
_COUNTED = 50_000


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an `add` is: `done` files are finished (stored, unchanged or failed) of `total`.

    `source` is the file at hand. `total` is None where there are too many files to count them first. While passages
    are embedded, `embedded` of `passages` are, and they belong to `waiting` files that finish together.
    """

    source: str
    done: int
    total: int | None = None
    waiting: int = 0
    embedded: int = 0
    passages: int = 0

    @property
    def position(self) -> float:
        """Files done, those that are being embedded in proportion."""
        return self.done + (self.waiting * self.embedded / self.passages if self.passages else 0)


@dataclass(slots=True)
class _Run:
    """What one `add` has done so far."""

    writer: Writer
    known: dict[str, KnownFile]
    progress: Callable[[Progress], None] | None
    total: int | None = None
    looked_at: int = 0
    waiting: list[Parsed] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    present: set[str] = field(default_factory=set)
    added: int = 0
    updated: int = 0
    unchanged: int = 0
    deleted: int = 0
    passages: int = 0
    embedded: int = 0

    def report(self, source: str, waiting: Sequence[Parsed] = (), embedded: int = 0) -> None:
        """Tell whoever listens how far it is."""
        if self.progress is not None:
            passages = sum(len(item.spans) for item in waiting)
            done = self.looked_at - len(waiting or self.waiting)
            self.progress(Progress(source, done, self.total, len(waiting), embedded, passages))


class Pipeline:
    """Adds files to an index with one embedder."""

    def __init__(self, index: Index, embedder: Embedder, settings: Settings) -> None:
        self._index = index
        self._embedder = embedder
        self._settings = settings
        recipe = (
            f"chunk {chunking.VERSION}, {settings.chunk_tokens} tokens, overlap {settings.chunk_overlap}, "
            f"space {embedder.space.digest[:16]}"
        )
        # The same bytes under two names may be read by two parsers.
        self._recipes = {parser: f"{recipe}, {parser}" for parser in PARSERS}

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
                run = _Run(writer, view.known(), progress)
                failed_before = {failure.source for failure in view.failures()}
            if progress is not None:
                run.total = count(paths, _COUNTED)
            try:
                for found in discover(paths):
                    run.report(found.source)
                    self._take(run, found, force=force)
                    run.looked_at += 1
                    if sum(map(len, run.waiting)) >= self._settings.batch_passages:
                        self._store(run)
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
        run.present.add(found.source)
        known = run.known.get(document_id(found.source))
        try:
            if found.error is not None:
                raise found.error
            current = known is not None and known.chunking in self._recipes.values() and not force
            parsed = self._read(run, found, known if current else None, force=force)
        except DocumentError as error:
            kept = "; its earlier version is kept" if known is not None else ""
            run.failures.append(Failure(found.source, error.code, f"{error.message}{kept}"))
            return
        if parsed is None:
            run.unchanged += 1
        else:
            run.waiting.append(parsed)

    def _read(self, run: _Run, found: Found, known: KnownFile | None, *, force: bool) -> Parsed | None:
        """A file's text and passages, or None where it is as it is `known`. Raises a `DocumentError`."""
        status = stat_file(found.path)
        if known is not None and (known.size, known.mtime_ns) == (status.st_size, status.st_mtime_ns):
            return None
        content = read_file(found.path, self._settings.max_file_bytes)
        if known is not None and known.sha256 == content.sha256:
            if (known.size, known.mtime_ns) != (content.size, content.mtime_ns):
                run.writer.touch(document_id(found.source), content.size, content.mtime_ns)
            return None
        parser = parser_for(content.data, found.path.name)
        extraction = _parse(parser, content, found.path.name)
        identity = (found.source, content.sha256, content.size, content.mtime_ns, parser.name, extraction)
        same = None if force else run.writer.vectors_of(content.sha256, self._recipes[parser.name])
        if same is not None:
            return Parsed(*identity, known=same)
        settings = self._settings
        spans = chunking.chunk(extraction, self._embedder, settings.chunk_tokens, settings.chunk_overlap)
        if not spans:
            raise NoTextError("there is no text to index in it")
        return Parsed(*identity, spans=spans)

    def _store(self, run: _Run) -> None:
        """Embed what waits and commit it in one transaction."""
        waiting, run.waiting = run.waiting, []
        if not waiting:
            return
        passages, embedded = embed(
            waiting,
            self._embedder,
            together=self._settings.batch_passages,
            report=lambda item, behind: run.report(item.source, waiting, behind),
        )
        run.embedded += embedded
        documents = [self._document(item, own) for item, own in zip(waiting, passages, strict=True)]
        run.writer.put(documents)
        for document in documents:
            run.passages += len(document.passages)
            if document.id in run.known:
                run.updated += 1
            else:
                run.added += 1

    def _document(self, item: Parsed, passages: Sequence[NewPassage]) -> NewDocument:
        extraction = item.extraction
        return NewDocument(
            id=document_id(item.source),
            source=item.source,
            sha256=item.sha256,
            size=item.size,
            mtime_ns=item.mtime_ns,
            title=None if extraction.title is None else str(_storable(extraction.title)),
            metadata={str(_storable(key)): _storable(value) for key, value in extraction.metadata.items()},
            acl=None,
            parser=item.parser,
            chunking=self._recipes[item.parser],
            text=extraction.text,
            page_starts=extraction.page_starts,
            passages=tuple(passages),
        )

    def _missing(self, run: _Run, paths: Sequence[Path], failed_before: set[str], *, prune: bool) -> tuple[str, ...]:
        """What the index has under `paths` that was not found there any more; removed with `prune`."""
        roots = tuple(Path(os.path.realpath(root_of(path))) for path in paths if "\0" not in str(path))

        def is_gone(source: str) -> bool:
            return source not in run.present and any(map(Path(source).is_relative_to, roots)) and not _exists(source)

        gone = {identity: known.source for identity, known in run.known.items() if is_gone(known.source)}
        if prune and gone:
            run.writer.remove(list(gone))
            run.deleted += len(gone)
        failing = {failure.source for failure in run.failures}
        stale = [s for s in failed_before if is_gone(s) or (s in run.present and s not in failing)]
        if stale:
            run.writer.forget_failures(stale)
        return () if prune else tuple(sorted(gone.values()))


def _parse(parser: Parser, content: Content, name: str) -> Extraction:
    """What the parser finds. Whatever else goes wrong in it is the file's outcome, never the end of the batch."""
    try:
        return parser.parse(content.data, name=name)
    except DocumentError:
        raise
    except Exception as error:
        raise DocumentError(f"{name} cannot be read as {parser.name} ({type(error).__name__})") from error


def _storable(value: Scalar) -> Scalar:
    """Metadata comes from anywhere in a file: without the characters that the index refuses."""
    if not isinstance(value, str):
        return value
    return value.replace("\0", "").encode("utf-8", "replace").decode("utf-8").strip()


def _exists(source: str) -> bool:
    """Whether something is there; what cannot be looked at (a folder without permission) is not taken for gone."""
    try:
        os.lstat(source)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return True
