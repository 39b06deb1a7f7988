"""From what was uploaded to what can be found: one thread for each index, which indexes what is pending in its order.

What cannot be indexed is an outcome of that upload. Where the index is busy or the disk is full, it tries again; where
it cannot go on at all, the upload stays pending for the next start. One server takes the uploads of an index; another
refuses them until that one is gone. Knows no HTTP.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, deque
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import TYPE_CHECKING, BinaryIO, Literal

from ragsys.errors import (
    DiskFullError,
    IndexBusyError,
    InternalError,
    NotFoundError,
    OverloadedError,
    RagsysError,
)
from ragsys.server.log import log_event
from ragsys.server.spool import Spool
from ragsys.stages import Stages, listening

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from ragsys.engine import QueryEngine
    from ragsys.ingest import Progress
    from ragsys.server.spool import Removal, Stored
    from ragsys.types import AddReport

__all__ = ["Upload", "Uploads"]

State = Literal["stored", "indexing", "indexed", "failed"]

_TOGETHER = 32
_REMEMBERED = 1000
_AGAIN = 2.0


@dataclass(frozen=True, slots=True)
class Upload:
    """An upload and how far it is. While it is "indexing", `embedded` of `passages` of its batch are."""

    id: str
    name: str
    namespace: str
    document: str
    sha256: str
    size: int
    state: State
    embedded: int = 0
    passages: int = 0
    code: str | None = None
    message: str | None = None

    @property
    def done(self) -> bool:
        """Whether nothing more will become of it."""
        return self.state in {"indexed", "failed"}


class Uploads:
    """The uploads of one index. `engine` makes an engine of the owner; the others are told what happens."""

    def __init__(
        self,
        index: Path,
        engine: Callable[[], QueryEngine],
        *,
        most: int,
        done: Callable[[str], None],
        pending: Callable[[int], None],
        staged: Callable[[Stages, float], None],
    ) -> None:
        self._spool = Spool(index)
        self._engine, self._most, self._done, self._told = engine, most, done, pending
        self._staged = staged
        self._waiting: deque[Stored] = deque()
        self._known: OrderedDict[str, Upload] = OrderedDict()
        self._changed = threading.Condition()
        self._at_work = threading.Lock()  # held while files and documents are changed together
        self._left: list[Stored] = []  # for the next start
        self._begun: list[Removal] = []  # before the last end
        self._owns = self._stopping = False
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Take up what is pending, and begin."""
        with suppress(RagsysError):  # of an index that cannot be written to; an upload is told of it
            self._own()
        self._thread = threading.Thread(target=self._run, name="ragsys-uploads", daemon=True)
        self._thread.start()

    def receive(
        self, name: str, data: BinaryIO, *, namespace: str, acl: Iterable[str] | None, most_bytes: int
    ) -> Upload:
        """Keep an upload and have it indexed; when this returns, it survives a crash.

        Raises:
            IndexBusyError: another server takes the uploads of this index.
            OverloadedError: too many are pending.
            FileNameError, FileTooLargeError, EmptyFileError, DiskFullError: as they say.
        """
        self._require()
        if len(self._waiting) >= self._most:
            raise OverloadedError("too many uploads are waiting to be indexed", retry_after=10.0)
        stored = self._spool.store(name, data, namespace=namespace, acl=acl, most_bytes=most_bytes)
        with self._changed:
            return self._take(stored)

    def get(self, identity: str) -> Upload | None:
        """An upload of this server's life, or one that was pending when it began."""
        return self._known.get(identity)

    def all(self) -> list[Upload]:
        """The last uploads, newest first."""
        with self._changed:
            return list(reversed(self._known.values()))

    def namespace_of(self, source: str) -> str | None:
        """In whose name a document was uploaded; None where it was not."""
        return self._spool.namespace_of(source)

    def source_of(self, document: str, namespace: str) -> str | None:
        """The source of a file that was uploaded in this name, by the id that its upload has; None where none is."""
        return self._spool.source_of(document, namespace)

    def drop(self, source: str) -> None:
        """Delete an uploaded file of which nothing is left; to be called where `remove` removes the last of it."""
        self._spool.drop(source)

    def remove(self, source: str, document: str, remove: Callable[[], object]) -> None:
        """Remove a document by `remove`, with its file and whatever of it is pending.

        Interrupted, it is brought to its end later, at the next start or in this life. What `remove` raises is raised,
        and then nothing has changed.

        Raises:
            IndexBusyError: another server takes the uploads of this index.
        """
        self._require()
        with self._at_work:
            if self._spool.namespace_of(source) is None:
                remove()
                return
            removal = self._spool.intend(source, document)
            try:
                remove()
            except BaseException:
                self._spool.cross_out(removal)
                raise
            try:
                self._clear(removal)
            except BaseException:
                # Before anything else is indexed: the next of its name is not to go with it.
                self._begun.append(removal)
                raise

    def _clear(self, removal: Removal) -> None:
        """Clear away the file of a document that has been removed, and what of it is pending and came before."""
        with self._changed:
            waiting = [*self._waiting, *self._left]
            gone = [one for one in waiting if one.document == removal.document and one.number < removal.number]
            self._waiting = deque(one for one in self._waiting if one not in gone)
            self._left = [one for one in self._left if one not in gone]
            self._told(len(self._waiting))
        for stored in gone:
            self._spool.finish(stored)
            self._end(stored, "not-found", "its document was removed")
        self._spool.drop(removal.source)
        self._spool.cross_out(removal)

    def close(self) -> None:
        """Stop after the batch that is being indexed; what is pending stays so."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join()
        self._spool.release()

    def _require(self) -> None:
        if not self._own():
            raise IndexBusyError("another server takes the uploads of this index and removes documents from it")

    def _own(self) -> bool:
        """Whether the uploads are this server's. Where they become so, what was left is taken up."""
        with self._changed:
            if not self._owns and self._spool.claim():
                self._owns = True
                self._begun = self._spool.removals()
                for stored in self._spool.pending():
                    self._take(stored)
            return self._owns

    def _take(self, stored: Stored) -> Upload:
        upload = Upload(stored.id, stored.name, stored.namespace, stored.document, stored.sha256, stored.size, "stored")
        self._known[stored.id] = upload
        while len(self._known) > _REMEMBERED and next(iter(self._known.values())).done:
            self._known.popitem(last=False)
        self._waiting.append(stored)
        self._told(len(self._waiting))
        self._changed.notify_all()
        return upload

    def _run(self) -> None:
        while True:
            with suppress(RagsysError):
                self._own()
            with self._changed:
                patience = None if self._owns else _AGAIN
                self._changed.wait_for(lambda: self._stopping or self._waiting or self._begun, timeout=patience)
                if self._stopping:
                    return
            with self._at_work:
                again = self._remove_again()
                batch = [] if again else self._next()
                again = again or (bool(batch) and self._index(batch))
            if again:
                with self._changed:
                    self._changed.wait_for(lambda: self._stopping, timeout=_AGAIN)

    def _remove_again(self) -> bool:
        """Bring removals to their end that were interrupted; whether that has to be tried again."""
        while self._begun:
            removal = self._begun[0]
            try:
                with suppress(NotFoundError):
                    self._engine().remove(removal.source)
                self._clear(removal)
            except Exception as error:  # noqa: BLE001 - uploads go on when it can be done
                log_event("removals wait", {"removals": len(self._begun)}, failed=error)
                return True
            del self._begun[0]
        return False

    def _next(self) -> list[Stored]:
        """The uploads at the head of the queue that go together: each document once, and all for the same readers."""
        with self._changed:
            seen: set[str] = set()

            def fits(stored: Stored) -> bool:
                fresh = stored.document not in seen and stored.acl == self._waiting[0].acl
                seen.add(stored.document)
                return fresh

            return list(takewhile(fits, list(self._waiting)[:_TOGETHER]))

    def _index(self, batch: Sequence[Stored]) -> bool:
        """Index a batch; whether it has to be tried again."""

        def progress(now: Progress) -> None:
            for stored in batch:
                self._set(stored, state="indexing", embedded=now.embedded, passages=now.passages)

        began, stages = time.monotonic(), Stages()
        self._overtake(batch)
        try:
            paths = [self._spool.place(stored) for stored in batch]
            with listening(stages.add):
                report = self._engine().add(*paths, acl=batch[0].acl, progress=progress)
        except (IndexBusyError, DiskFullError) as error:
            log_event("uploads wait", {"code": error.code, "uploads": len(batch)})
            return True
        except Exception as error:  # noqa: BLE001 - an upload that cannot be indexed ends no thread
            told = error if isinstance(error, RagsysError) else InternalError("a fault of the server")
            log_event("uploads failed", {"code": told.code, "uploads": [s.id for s in batch]}, failed=error)
            for stored in batch:
                self._leave(stored)
                self._left.append(stored)
                self._end(stored, told.code, "it stays pending until the server is started again")
            return False
        self._staged(stages, time.monotonic() - began)
        self._settle(batch, report)
        log_event(
            "uploads indexed", {"uploads": len(batch), "seq": report.seq, "s": round(time.monotonic() - began, 3)}
        )
        return False

    def _overtake(self, batch: Sequence[Stored]) -> None:
        """Give up what was left of the same documents, or the next start would put an older version in their place."""
        documents = {stored.document for stored in batch}
        for stored in [one for one in self._left if one.document in documents]:
            self._spool.finish(stored)
            self._left.remove(stored)

    def _settle(self, batch: Sequence[Stored], report: AddReport) -> None:
        failures = {failure.source: failure for failure in report.failed}
        for stored in batch:
            self._spool.finish(stored)
            self._leave(stored)
            failure = failures.get(stored.source)
            self._end(stored, failure.code if failure else None, "the file could not be read" if failure else None)

    def _leave(self, stored: Stored) -> None:
        with self._changed:
            self._waiting.remove(stored)
            self._told(len(self._waiting))

    def _end(self, stored: Stored, code: str | None, message: str | None) -> None:
        self._set(stored, state="failed" if code else "indexed", code=code, message=message)
        self._done(code or "indexed")

    def _set(self, stored: Stored, **changes: object) -> None:
        with self._changed:
            if (known := self._known.get(stored.id)) is not None:
                self._known[stored.id] = replace(known, **changes)  # type: ignore[arg-type]
