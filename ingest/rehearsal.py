"""What `add` would do and what it would cost: files are read, parsed and chunked; nothing is embedded or stored."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ragsys.errors import SpaceMismatchError
from ragsys.indexes import Index
from ragsys.indexes.onlooker import Onlooker
from ragsys.ingest.batch import text_digest
from ragsys.ingest.discover import document_id
from ragsys.ingest.given import NOTHING
from ragsys.ingest.intake import Intake
from ragsys.ingest.syncing import Syncing
from ragsys.types import Rehearsed, with_table_header

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ragsys.config import Settings
    from ragsys.ingest.given import Beside
    from ragsys.ingest.intake import Progress
    from ragsys.protocols import Embedder
    from ragsys.types import AddReport

__all__ = ["rehearse"]


class _Rehearsal(Intake):
    """An intake that counts what it would embed and keeps none of it."""

    new: list[str]
    changed: list[str]
    to_read: int

    def store(self) -> None:
        """What waits is counted: each different text of a document that has no vector yet would be embedded."""
        waiting, self._waiting = list(self._waiting.values()), {}
        self._relabelled += len(self._relabelling)
        self._moving, self._relabelling, self._containers = [], {}, []
        gone, self._gone = self._gone, []
        self.writer.remove(gone)
        self._removed += len(gone)
        for item in waiting:
            known = document_id(item.source) in self.known
            (self.changed if known else self.new).append(item.source)
            self.to_read += item.size
            text = item.extraction.text
            digests = {text_digest(with_table_header(text[span.start : span.end], span.heading)) for span in item.spans}
            self._embedded += len(digests.difference(item.vectors))
            self._passages += len(item)
            if known:
                self._updated += 1
            else:
                self._added += 1


def rehearse(
    index: Path | None,
    embedder: Embedder,
    settings: Settings,
    what: Callable[[Syncing, Callable[[Progress], None] | None], AddReport],
    *,
    progress: Callable[[Progress], None] | None = None,
) -> Rehearsed:
    """Do `what` (an `add` or an `update`) without doing it, on the index in a folder or as if on an empty one.

    Raises:
        SpaceMismatchError: the index holds vectors of another embedder.
        As `Syncing.add` and `Syncing.update`, locks apart.
    """
    opened: list[_Rehearsal] = []
    onlookers: list[Onlooker] = []

    @contextmanager
    def opening(
        index: Index,
        embedder: Embedder,
        settings: Settings,
        *,
        progress: Callable[[Progress], None] | None = None,
        acl: Sequence[str] | None = None,
        roots: Sequence[Path] = (),
        beside: Beside = NOTHING,
    ) -> Iterator[Intake]:
        writer = Onlooker(index.database, index.snapshots, settings.vector_index)
        if writer.space is not None and writer.space.digest != embedder.space.digest:
            raise SpaceMismatchError(
                f"the index holds vectors of {writer.space.model}, and the embedder is {embedder.space.model}"
            )
        run = _Rehearsal(writer, index, embedder, settings, progress=progress, acl=acl, roots=roots, beside=beside)
        run.new, run.changed, run.to_read = [], [], 0
        opened.append(run)
        onlookers.append(writer)
        yield run
        run.store()

    with (
        tempfile.TemporaryDirectory(prefix="ragsys-") as empty,
        Index.open(Path(empty) / "index" if index is None else index, create=index is None) as there,
    ):
        report = what(Syncing(there, embedder, settings, opening=opening), progress)
        with there.read() as view:
            speed = view.speed()
    run = opened[0]
    return Rehearsed(
        new=tuple(run.new),
        changed=tuple(run.changed),
        unchanged=report.unchanged,
        relabelled=report.relabelled,
        moved=report.moved,
        removed=tuple(sorted(run.known[identity].source for identity in onlookers[0].removed)),
        vanished=report.vanished,
        failed=report.failed,
        files=len(run.new) + len(run.changed),
        bytes=run.to_read,
        passages=report.passages,
        embedded=report.embedded,
        speed=speed,
        seconds=None if speed is None else report.embedded / speed,
        warnings=report.warnings,
    )
