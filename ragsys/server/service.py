"""What a running server holds: its indexes, models, tokens, threads and counters. Routes ask it; it knows no route."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ragsys._version import __version__
from ragsys.engine import QueryEngine
from ragsys.errors import IndexNotFoundError, RagsysError, RequestError
from ragsys.server.admission import GENERATE, SEARCH
from ragsys.server.gate import Gate, Rate
from ragsys.server.log import log_event
from ragsys.server.metrics import Metrics
from ragsys.server.origins import origins_of
from ragsys.server.readers import SharedIndex
from ragsys.server.tokens import TokenFile
from ragsys.server.uploads import Uploads
from ragsys.server.work import Workers
from ragsys.tasks.loaded import Loaded, Models
from ragsys.tasks.workspace import Workspace
from ragsys.traces import traces_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ragsys.config import Settings
    from ragsys.server.identity import Identity
    from ragsys.stages import Stages

__all__ = ["Served", "Service"]

_OTHERS = 2  # threads besides those that search and those that generate


@dataclass(frozen=True, slots=True)
class Served:
    """One index under its name."""

    name: str
    settings: Settings
    index: SharedIndex
    models: Models
    uploads: Uploads

    def engine(self, identity: Identity, changes: Mapping[str, Any] | None = None) -> QueryEngine:
        """An engine for one request, as the caller sees the index, with settings of its own."""
        settings = replace(self.settings, **changes) if changes else self.settings
        models = self.models.under(settings)
        return QueryEngine.over(Workspace(self.index, settings, models=models, principals=identity.principals))

    def owner(self) -> QueryEngine:
        """An engine that sees everything, for what the server does in its own name."""
        return QueryEngine.over(Workspace(self.index, self.settings, models=self.models))


class Service:
    """Everything behind the routes. `indexes` are directories by their names, `settings` those of each."""

    def __init__(
        self,
        indexes: Mapping[str, tuple[Path, Settings]],
        settings: Settings,
        *,
        loaded: Loaded | None = None,
        create: bool = False,
    ) -> None:
        self.settings = settings
        self.tokens = TokenFile(Path(settings.server_tokens))
        self.loaded = loaded or Loaded()
        self.metrics = Metrics()
        self.traces = traces_of(settings)
        self.rate = Rate(settings.server_rate)
        self.origins = origins_of(settings.server_origins)
        self.hosts = frozenset(name.strip().lower() for name in settings.server_hosts.split(",") if name.strip())
        self.searching = Gate(SEARCH, settings.server_workers, settings.server_queue)
        self.generating = Gate(GENERATE, settings.server_generations, settings.server_queue)
        self.gates = {SEARCH: self.searching, GENERATE: self.generating}
        for gate in self.gates.values():
            self.metrics.watch(gate)
        self.metrics.watch_caches(self.loaded.reused)
        self.workers = Workers(settings.server_workers + settings.server_generations + _OTHERS)
        self.ready = False
        self.fingerprint = f"ragsys-{__version__}"
        self._served = {name: self._open(name, *where, create=create) for name, where in indexes.items()}

    def _open(self, name: str, path: Path, settings: Settings, *, create: bool) -> Served:
        readers = self.settings.server_workers + 1  # one for whoever writes
        wait = self.settings.server_deadline
        index = SharedIndex.share(path, size=readers, wait=wait, create=create, vector_index=settings.vector_index)
        models = Models(settings, self.loaded)
        uploads = Uploads(
            path,
            lambda: QueryEngine.over(Workspace(index, settings, models=models)),
            most=max(self.settings.server_queue, 1) * 8,
            done=self.metrics.upload,
            pending=lambda count: self.metrics.pending(name, count),
            staged=lambda stages, seconds: self._indexed(name, stages, seconds),
        )
        return Served(name, settings, index, models, uploads)

    def _indexed(self, name: str, stages: Stages, seconds: float) -> None:
        """Count the stages of a batch of uploads that is indexed."""
        self.metrics.staged(stages)
        if self.traces is not None:
            self.traces.work("uploads", stages, seconds, {"ragsys.index": name})

    def start(self) -> None:
        """Load what a first search needs, and take up what was uploaded and not indexed. Blocks; for a thread."""
        for served in self._served.values():
            embedder = served.models.embedder
            embedder.count_tokens([""])
            with served.index.read() as view:
                _ = view.status()
            served.uploads.start()
        self.ready = True
        # The first answer would wait for it; searches need not.
        for served in self._served.values():
            self._warm(served)

    def _warm(self, served: Served) -> None:
        """Load the generator, if answers are to be written. One that cannot be is said now, and again to who asks."""
        if served.settings.answer_mode == "extract":
            return
        try:
            _ = served.models.generator
        except RagsysError as error:
            log_event("no generator", {"index": served.name, "code": error.code})

    def indexes(self, identity: Identity) -> list[Served]:
        """The indexes that are there for a caller."""
        return [served for name, served in self._served.items() if identity.sees(name)]

    def served(self, name: str | None, identity: Identity) -> Served:
        """The index of this name; the only one, where none is named.

        Raises:
            IndexNotFoundError: none of that name is there for the caller.
            RequestError: none is named, and there are several.
        """
        there = self.indexes(identity)
        if not name:
            if len(there) == 1:
                return there[0]
            raise RequestError("there are several indexes: name one", hint="GET /v1/models lists them")
        for served in there:
            if served.name == name:
                return served
        raise IndexNotFoundError(f"no index {name!r} is served here", hint="GET /v1/models lists those that are")

    def close(self) -> None:
        """Stop what is under way and close the indexes. Blocks."""
        self.ready = False
        self.workers.close()
        for served in self._served.values():
            served.uploads.close()
            served.index.close()
        if self.traces is not None:
            self.traces.close()
