"""`add` and `update`: which files are looked at and with which options, remembered for the next time.

What `add` was given once, `update` looks at again. Documents that were removed on purpose stay away until somebody
adds them. How a file becomes a document is for pipeline.py.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ragsys.errors import UsageError
from ragsys.ingest.given import checked_tags
from ragsys.ingest.intake import intake
from ragsys.ingest.pipeline import Pipeline
from ragsys.ingest.redaction import together
from ragsys.ingest.roots import Options, beside, is_reachable, merged_options, resolved
from ragsys.notices import Notice

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ragsys.config import Settings
    from ragsys.indexes import Index
    from ragsys.ingest.intake import Progress
    from ragsys.ingest.pipeline import Opening
    from ragsys.protocols import Embedder
    from ragsys.types import AddReport, Scalar

__all__ = ["Request", "Syncing"]


@dataclass(frozen=True, slots=True)
class Request:
    """What is said to `add` beside the paths; None and nothing leave things as they are."""

    prune: bool = False
    force: bool = False
    acl: tuple[str, ...] | None = None
    tags: Mapping[str, Scalar | None] = field(default_factory=dict)
    metadata: Path | None = None


class Syncing:
    """Brings an index into line with the files that it was made of. `opening` is for rehearsals."""

    def __init__(self, index: Index, embedder: Embedder, settings: Settings, *, opening: Opening = intake) -> None:
        self._index = index
        self._pipeline = Pipeline(index, embedder, settings, opening=opening)
        self._redact = together(settings.redact) or ("none" if settings.redact else "")
        self._rehearsing = opening is not intake

    def add(
        self,
        paths: Sequence[Path],
        request: Request,
        *,
        progress: Callable[[Progress], None] | None = None,
        stop: Callable[[], bool] = lambda: False,
    ) -> AddReport:
        """Look at `paths` and remember them. Raises as `Pipeline.add`, and `UsageError` for tags and side-cars."""
        sidecar = None if request.metadata is None else os.path.realpath(request.metadata.expanduser())
        now = Options(acl=request.acl, tags=checked_tags(request.tags), metadata=sidecar, redact=self._redact or None)
        roots = resolved(paths)
        options = merged_options(self._index.roots.all(), roots, now)
        said, notices = beside(options, needed=sidecar)
        here = {str(root): options[str(root)].to_json() for root in roots if str(root) in options}
        if not self._rehearsing:
            self._index.roots.remember(here)
        report = self._pipeline.add(
            paths,
            prune=request.prune,
            force=request.force,
            acl=request.acl,
            beside=said,
            progress=progress,
            stop=stop,
        )
        return self._ended(report, list(here), notices)

    def update(
        self,
        paths: Sequence[Path] = (),
        *,
        prune: bool | None = None,
        progress: Callable[[Progress], None] | None = None,
    ) -> AddReport:
        """Look again at every root, or at those at and under `paths`.

        With `prune`, documents whose files are gone are removed; without, they are only reported; None removes them
        unless the whole root is out of sight: not there, or a folder with nothing in it.

        Raises:
            UsageError: nothing was added, or nothing there.
            As `Pipeline.add`.
        """
        stored = {root.path: Options.from_json(root.options) for root in self._index.roots.all()}
        wanted = resolved(paths)
        chosen = [path for path in stored if not paths or any(map(Path(path).is_relative_to, wanted))]
        if not chosen:
            raise UsageError("nothing was added there" if paths else "nothing was added yet", hint="run `ragsys add`")
        said, notices = beside(stored)
        lost = [path for path in chosen if prune is None and not is_reachable(Path(path), stored[path])]
        report = self._pipeline.add(
            [Path(path) for path in chosen if os.path.lexists(path)],
            prune=prune is not False,
            beside=said,
            excluded=self._index.roots.excluded(),
            roots=[Path(path) for path in chosen if path not in lost],
            progress=progress,
        )
        return self._ended(report, [path for path in chosen if path not in lost], [*notices, *self._told(lost)])

    def _told(self, lost: Sequence[str]) -> list[Notice]:
        """That roots are out of sight, and how many documents are kept because of it."""
        with self._index.read() as view:
            sources = [known.source for known in view.known().values()] if lost else []
        notices = []
        for path in lost:
            kept = sum(Path(source).is_relative_to(path) for source in sources)
            if kept:
                message = f"{path} is not there, or empty: its {kept} documents are kept (--prune removes them)"
                notices.append(Notice("root-missing", message))
        return notices

    def _ended(self, report: AddReport, synced: Sequence[str], notices: Sequence[Notice]) -> AddReport:
        if not self._rehearsing:
            self._index.roots.synced(synced)
        return replace(report, warnings=(*report.warnings, *notices))
