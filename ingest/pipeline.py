"""The pipeline: files and pages to documents in the index, so that memory does not grow with the collection.

Unchanged files cost one look, changed ones are read again, vanished ones are reported or removed; documents inside
files share their file's fate. A file that fails is an outcome. Files are read ahead, in a process of their own
(looking.py, isolation.py). What waits, how it is embedded and when it is stored is for intake.py.
"""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ragsys.errors import DocumentError, NoTextError
from ragsys.ingest.beir import notice_of_left_out
from ragsys.ingest.containers import Containers
from ragsys.ingest.discover import count, discover, document_id
from ragsys.ingest.given import NOTHING
from ragsys.ingest.intake import intake
from ragsys.ingest.isolation import Reader
from ragsys.ingest.looking import Done, Read, Same, look
from ragsys.ingest.moves import is_gone
from ragsys.ingest.ocr import tesseract_of
from ragsys.ingest.parsers.json_records import Fields
from ragsys.ingest.prefetch import Prefetch
from ragsys.ingest.reading import read_file
from ragsys.ingest.roots import resolved
from ragsys.ingest.web.urls import is_url
from ragsys.ingest.wire import Limits, Piece
from ragsys.members import enclosing

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from ragsys.config import Settings
    from ragsys.indexes import Index
    from ragsys.indexes.records import KnownFile
    from ragsys.ingest.batch import Parsed
    from ragsys.ingest.discover import Found
    from ragsys.ingest.given import Beside
    from ragsys.ingest.intake import Intake, Progress
    from ragsys.ingest.looking import Step
    from ragsys.ingest.reading import Content
    from ragsys.ingest.web.pages import Pages
    from ragsys.protocols import Embedder
    from ragsys.types import AddReport, Extraction, Failure

    Opening = Callable[..., AbstractContextManager[Intake]]

__all__ = ["Pipeline", "extract_file", "read_content", "reader_of"]

# The most files that are counted before the first is read; more are read without knowing how many there are.
_COUNTED = 50_000
# Documents that are read while others are embedded: enough that the embedder never waits, few enough to be held.
_AHEAD = 4
# So many of the files in an archive are named where it is taken for a document.
_NAMED = 3


class Pipeline:
    """Adds files to an index with one embedder."""

    def __init__(self, index: Index, embedder: Embedder, settings: Settings, *, opening: Opening = intake) -> None:
        self._open = opening
        self._index = index
        self._embedder = embedder
        self._settings = settings

    def add(
        self,
        paths: Sequence[Path],
        *,
        prune: bool = False,
        force: bool = False,
        acl: Sequence[str] | None = None,
        beside: Beside = NOTHING,
        excluded: Collection[str] = (),
        roots: Sequence[Path] | None = None,
        pages: Pages | None = None,
        progress: Callable[[Progress], None] | None = None,
        stop: Callable[[], bool] = lambda: False,
    ) -> AddReport:
        """Ingest the files at and under `paths`, then `pages`; `acl` names who may see them, None leaves that as it is.

        `beside` is what is said of them beside what they say; the files in which it stands are passed over, and so are
        documents whose ids are `excluded`. What is missing is gone only under `roots`; None is everything in `paths`.

        `stop` is asked again and again; once it says so, what was read is embedded and stored, and then

        Raises:
            KeyboardInterrupt: it was stopped.
            IndexBusyError: another process is writing.
            SpaceMismatchError: the index holds vectors of another embedder.
            DiskFullError: the batch that did not fit is not stored; those before are.
        """
        began = time.perf_counter()
        present: set[str] = set()
        left_out: list[Path] = []
        sidecars = {sidecar.path for sidecar in beside.sidecars}
        roots = resolved(paths) if roots is None else roots
        with self._open(
            self._index, self._embedder, self._settings, progress=progress, acl=acl, roots=roots, beside=beside
        ) as run:
            with self._index.read() as view:
                failed_before = view.failures()
                containers = Containers(run, view.containers(), failed_before, excluded)
            if progress is not None and pages is None:
                run.total = count(paths, _COUNTED)
            if pages is not None:
                pages.begin(run.known, containers.known, excluded)
            wanted = _wanted(paths, sidecars, excluded, present, left_out)
            with reader_of(self._settings) as reader:

                def cancel() -> None:
                    reader.stop()
                    if pages is not None:
                        pages.stop()

                ahead = self._steps(run, containers, wanted, pages, reader, force=force)
                with Prefetch(ahead, _AHEAD, cancel=cancel, stopped=stop) as steps:
                    for step in steps:
                        self._take(run, containers, step, force=force)
            run.store()
            if stop():
                raise KeyboardInterrupt
            if pages is not None:
                present |= pages.present
            lost = () if pages is None else pages.gone
            gone, stale = _missing(run, containers, failed_before, roots, present, lost=lost)
            if prune:
                _prune(run, gone)
            if stale:
                run.writer.forget_failures(stale)
        documents = sum(map(len, gone.values()))
        report = run.result(began, deleted=documents if prune else 0, vanished=() if prune else sorted(gone))
        notice = notice_of_left_out(left_out)
        return report if notice is None else replace(report, warnings=(*report.warnings, notice))

    def _steps(
        self,
        run: Intake,
        containers: Containers,
        wanted: Iterable[Found],
        pages: Pages | None,
        reader: Reader,
        *,
        force: bool,
    ) -> Iterator[Step]:
        """Look at each file, then at each page. In a thread of its own: reads what is known, no more."""
        remembered = dict(containers.known)

        def trusted(source: str) -> KnownFile | None:
            known = remembered.get(source) or run.known.get(document_id(source))
            current = known is not None and known.chunking in {*run.recipes(source), containers.recipe(source)}
            return known if current and not force else None

        for found in wanted:
            yield from look(found, trusted(found.source), reader, self._settings.max_file_bytes)
        if pages is not None:
            yield from pages.steps(trusted, reader)

    def _take(self, run: Intake, containers: Containers, step: Step, *, force: bool) -> None:
        """Settle a step: unchanged, failed, or waiting for its vectors."""
        run.begin(step.source)
        match step:
            case Same(source, touched):
                self._same(run, containers, source, touched)
            case Read(source, file, _) if containers.passes_by(source, file):
                pass
            case Read(source, file, outcome):
                if source != file and run.total is not None:
                    run.total += 1
                failed = isinstance(outcome, DocumentError) or not self._document(run, outcome, force=force)
                containers.see(source, file, failed=failed)
                if isinstance(outcome, DocumentError):
                    run.fail(source, outcome)
            case Done():
                containers.close(step)

    def _document(self, run: Intake, parsed: Parsed, *, force: bool) -> bool:
        """Take a document, unless it is in the index as it is; false where it has no text."""
        known = run.known.get(document_id(parsed.source))
        if known is not None and not force:
            here = (known.sha256, known.chunking)
            if here == (parsed.sha256, run.recipe(parsed.parser, parsed.source)):
                run.unchanged(parsed.source)
                return True
        try:
            prepared = run.prepare(parsed, reuse=not force)
        except DocumentError as error:
            run.fail(parsed.source, error)
            return False
        run.take(prepared)
        return True

    def _same(self, run: Intake, containers: Containers, source: str, touched: Content | None) -> None:
        """A file is as it was, and so is everything in it, also what could not be read."""
        inside = containers.members(source)
        if run.total is not None:
            run.total += len(inside)
        if document_id(source) in run.known:
            run.unchanged(source)
        else:
            run.passed()
        for member in inside:
            run.unchanged(member)
        run.failures.extend(containers.failures(source))
        if touched is None:
            return
        if document_id(source) in run.known:
            run.writer.touch(document_id(source), touched.size, touched.mtime_ns)
        if source in containers.known:
            known = containers.known[source]
            run.contain(replace(known, size=touched.size, mtime_ns=touched.mtime_ns), [])


def extract_file(path: Path, settings: Settings) -> Extraction:
    """The text of a file that need not be in any index, without what is in it beside. Raises a `DocumentError`."""
    return read_content(read_file(path, settings.max_file_bytes), path.name, settings).extraction


def reader_of(settings: Settings) -> Reader:
    """What reads files under these settings."""
    return Reader(Limits.of(settings), Fields.of(settings), tesseract_of(settings))


def read_content(content: Content, name: str, settings: Settings) -> Piece:
    """The document that a file is itself. Raises a `DocumentError`, also where it only holds others."""
    held: list[str] = []
    with reader_of(settings) as reader:
        for reply in reader.read(content.data, name):
            if reply.member:
                held.append(reply.member)
                if len(held) > _NAMED:
                    break
                continue
            if isinstance(reply, Piece):
                return reply
            raise reply.error
    some = ", ".join(held[:_NAMED]) + (" ..." if len(held) > _NAMED else "")
    raise NoTextError(
        f"{name} has no text of its own: it holds other files ({some})",
        hint="add it to an index: each of them is a document there",
    )


def _wanted(
    paths: Sequence[Path],
    sidecars: Collection[Path],
    excluded: Collection[str],
    present: set[str],
    left_out: list[Path],
) -> Iterator[Found]:
    """The files to look at; `present` gets the sources of all that are there, side-cars apart."""
    for found in discover(paths, left_out):
        if found.path not in sidecars:
            present.add(found.source)
            if document_id(found.source) not in excluded:
                yield found


def _missing(
    run: Intake,
    containers: Containers,
    failed_before: Sequence[Failure],
    roots: Sequence[Path],
    present: Collection[str],
    *,
    lost: Collection[str],
) -> tuple[dict[str, list[str]], list[str]]:
    """What the index has under `roots` that is not there any more, and failures that are out of date.

    The first by the file that is gone: the ids of its documents. `lost` are pages that are gone.
    """

    def is_missing(source: str) -> bool:
        if is_url(source):
            return source in lost
        return source not in present and any(map(Path(source).is_relative_to, roots)) and is_gone(source)

    def file_of(source: str) -> str:
        return containers.above(source) or next((file for file in enclosing(source) if file in present), source)

    gone: dict[str, list[str]] = {source: [] for source in containers.known if is_missing(source)}
    for identity, known in run.known.items():
        file = file_of(known.source)
        if file in gone or is_missing(file):
            gone.setdefault(file, []).append(identity)
    failing = {failure.source for failure in run.failures}
    before = {failure.source: file_of(failure.source) for failure in failed_before}
    return gone, [s for s, file in before.items() if is_missing(file) or (file in present and s not in failing)]


def _prune(run: Intake, gone: Mapping[str, Sequence[str]]) -> None:
    """Remove documents whose file is gone, and forget those files."""
    identities = [identity for documents in gone.values() for identity in documents]
    if identities:
        run.writer.remove(identities)
    if gone:
        run.writer.forget(list(gone))
