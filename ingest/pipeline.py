"""The pipeline: files to documents in the index, so that memory does not grow with the collection.

Unchanged files cost one look, changed ones are read again, vanished ones are reported or removed. A file that fails is
an outcome. What waits, how it is embedded and when it is stored is for intake.py.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from ragsys.errors import DocumentError
from ragsys.ingest.batch import Parsed
from ragsys.ingest.discover import count, discover, document_id
from ragsys.ingest.given import NOTHING
from ragsys.ingest.intake import intake
from ragsys.ingest.ocr import tesseract_of
from ragsys.ingest.parsers import parser_for
from ragsys.ingest.parsers.json_records import Fields
from ragsys.ingest.reading import read_file, stat_file
from ragsys.ingest.roots import resolved

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from contextlib import AbstractContextManager

    from ragsys.config import Settings
    from ragsys.indexes import Index
    from ragsys.indexes.records import KnownFile
    from ragsys.ingest.discover import Found
    from ragsys.ingest.given import Beside
    from ragsys.ingest.intake import Intake, Progress
    from ragsys.ingest.reading import Content
    from ragsys.protocols import Embedder, Parser
    from ragsys.types import AddReport, Extraction

    Opening = Callable[..., AbstractContextManager[Intake]]

__all__ = ["Pipeline", "extract_file", "parse"]

# The most files that are counted before the first is read; more are read without knowing how many there are.
_COUNTED = 50_000


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
        progress: Callable[[Progress], None] | None = None,
    ) -> AddReport:
        """Ingest the files at and under `paths`; `acl` names who may see them, None leaves that as it is.

        `beside` is what is said of them beside what they say; the files in which it stands are passed over, and so are
        documents whose ids are `excluded`. What is missing is gone only under `roots`; None is everything in `paths`.

        Raises:
            IndexBusyError: another process is writing.
            SpaceMismatchError: the index holds vectors of another embedder.
            DiskFullError: the batch that did not fit is not stored; those before are.
        """
        began = time.perf_counter()
        present: set[str] = set()
        sidecars = {sidecar.path for sidecar in beside.sidecars}
        roots = resolved(paths) if roots is None else roots
        with self._open(
            self._index, self._embedder, self._settings, progress=progress, acl=acl, roots=roots, beside=beside
        ) as run:
            if progress is not None:
                run.total = count(paths, _COUNTED)
            for found in discover(paths):
                if found.path in sidecars:
                    continue
                present.add(found.source)
                if document_id(found.source) in excluded:
                    continue
                self._take(run, found, force=force)
            run.store()
            gone, stale = _missing(run, self._failed_before(), roots, present)
            if prune and gone:
                run.writer.remove(list(gone))
            if stale:
                run.writer.forget_failures(stale)
        return run.result(began, deleted=len(gone) if prune else 0, vanished=() if prune else sorted(gone.values()))

    def _take(self, run: Intake, found: Found, *, force: bool) -> None:
        """Look at one file: unchanged, failed, or waiting for its vectors."""
        run.begin(found.source)
        known = run.known.get(document_id(found.source))
        try:
            if found.error is not None:
                raise found.error
            current = known is not None and known.chunking in run.recipes(found.source) and not force
            parsed = self._read(run, found, known if current else None)
            if parsed is None:
                run.unchanged(found.source)
                return
            prepared = run.prepare(parsed, reuse=not force)
        except DocumentError as error:
            run.fail(found.source, error)
            return
        run.take(prepared)

    def _read(self, run: Intake, found: Found, known: KnownFile | None) -> Parsed | None:
        """A file's text, or None where it is as it is `known`. Raises a `DocumentError`."""
        status = stat_file(found.path)
        if known is not None and (known.size, known.mtime_ns) == (status.st_size, status.st_mtime_ns):
            return None
        content = read_file(found.path, self._settings.max_file_bytes)
        if known is not None and known.sha256 == content.sha256:
            if (known.size, known.mtime_ns) != (content.size, content.mtime_ns):
                run.writer.touch(document_id(found.source), content.size, content.mtime_ns)
            return None
        parser = parser_for(content.data, found.path.name, Fields.of(self._settings), tesseract_of(self._settings))
        extraction = parse(parser, content, found.path.name)
        return Parsed(found.source, content.sha256, content.size, content.mtime_ns, parser.name, extraction)

    def _failed_before(self) -> set[str]:
        """The sources whose failures are on record; those of this run are recorded at its end."""
        with self._index.read() as view:
            return {failure.source for failure in view.failures()}


def extract_file(path: Path, max_file_bytes: int) -> Extraction:
    """The text of a file that need not be in any index. Raises a `DocumentError`."""
    content = read_file(path, max_file_bytes)
    return parse(parser_for(content.data, path.name), content, path.name)


def _missing(
    run: Intake, failed_before: set[str], roots: Sequence[Path], present: set[str]
) -> tuple[dict[str, str], list[str]]:
    """What the index has under `roots` that is not there any more, by id, and failures that are out of date."""

    def is_gone(source: str) -> bool:
        return source not in present and any(map(Path(source).is_relative_to, roots)) and not _exists(source)

    gone = {identity: known.source for identity, known in run.known.items() if is_gone(known.source)}
    failing = {failure.source for failure in run.failures}
    return gone, [s for s in failed_before if is_gone(s) or (s in present and s not in failing)]


def parse(parser: Parser, content: Content, name: str) -> Extraction:
    """What the parser finds. Whatever else goes wrong in it is the file's outcome, never the end of the batch."""
    try:
        return parser.parse(content.data, name=name)
    except DocumentError:
        raise
    except Exception as error:
        raise DocumentError(f"{name} cannot be read as {parser.name} ({type(error).__name__})") from error


def _exists(source: str) -> bool:
    """Whether something is there; what cannot be looked at (a folder without permission) is not taken for gone."""
    try:
        os.lstat(source)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return True
