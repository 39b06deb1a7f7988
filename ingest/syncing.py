"""`add` and `update`: which files and pages are looked at and with which options, remembered for the next time.

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
from ragsys.ingest.web.urls import is_url, parted
from ragsys.notices import Notice

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ragsys.config import Settings
    from ragsys.indexes import Index
    from ragsys.ingest.intake import Progress
    from ragsys.ingest.pipeline import Opening
    from ragsys.ingest.web.pages import Pages
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
        self._index, self._settings = index, settings
        self._pipeline = Pipeline(index, embedder, settings, opening=opening)
        self._redact = together(settings.redact) or ("none" if settings.redact else "")
        self._rehearsing = opening is not intake

    def add(
        self,
        paths: Sequence[Path | str],
        request: Request,
        *,
        progress: Callable[[Progress], None] | None = None,
        stop: Callable[[], bool] = lambda: False,
    ) -> AddReport:
        """Look at `paths`, files, folders and web addresses (`str`), and remember them.

        Raises:
            UsageError: tags, side-cars or addresses that cannot be used; a web address while none may be fetched.
            OfflineError: the same, while ragsys is offline.
            As `Pipeline.add`.
        """
        files, urls = parted(paths)
        pages = self._pages(urls)
        sidecar = None if request.metadata is None else os.path.realpath(request.metadata.expanduser())
        now = Options(acl=request.acl, tags=checked_tags(request.tags), metadata=sidecar, redact=self._redact or None)
        roots = resolved(files)
        stored = self._index.roots.all()
        options = merged_options(stored, roots, now, urls)
        said, notices = beside(options, needed=sidecar, web=None if pages is None else pages.told)
        here = {name: options[name].to_json() for name in (*map(str, roots), *urls) if name in options}
        if not self._rehearsing:
            self._index.roots.remember(here)
        report = self._pipeline.add(
            files,
            prune=request.prune,
            force=request.force,
            acl=request.acl,
            beside=said,
            pages=pages,
            progress=progress,
            stop=stop,
        )
        lost = set() if pages is None else pages.unreached
        if not self._rehearsing:
            # As a path where nothing is: there is nothing to look at again.
            self._index.roots.drop(lost.difference(root.path for root in stored))
        return self._ended(report, [name for name in here if name not in lost], notices, pages)

    def update(
        self,
        paths: Sequence[Path | str] = (),
        *,
        prune: bool | None = None,
        progress: Callable[[Progress], None] | None = None,
    ) -> AddReport:
        """Look again at every root, or at those at and under `paths`; at web addresses only where that is allowed.

        With `prune`, documents whose files are gone are removed; without, they are only reported; None removes them
        unless the whole root is out of sight: not there, or a folder with nothing in it.

        Raises:
            UsageError: nothing was added, or nothing there.
            As `Pipeline.add`.
        """
        stored = {root.path: Options.from_json(root.options) for root in self._index.roots.all()}
        files, named = parted(paths)
        wanted = resolved(files)
        chosen = [p for p in stored if not paths or p in named or any(map(Path(p).is_relative_to, wanted))]
        if not chosen:
            raise UsageError("nothing was added there" if paths else "nothing was added yet", hint="run `ragsys add`")
        urls = [path for path in chosen if is_url(path)]
        chosen = [path for path in chosen if not is_url(path)]
        allowed = self._settings.allow_network and not self._settings.offline
        pages = self._pages(urls, again=True) if allowed else None
        said, notices = beside(stored, web=None if pages is None else pages.told)
        lost = [path for path in chosen if prune is None and not is_reachable(Path(path), stored[path])]
        report = self._pipeline.add(
            [Path(path) for path in chosen if os.path.lexists(path)],
            prune=prune is not False,
            beside=said,
            excluded=self._index.roots.excluded(),
            roots=[Path(path) for path in chosen if path not in lost],
            pages=pages,
            progress=progress,
        )
        notices += self._told(lost)
        if urls and pages is None:
            message = f"{len(urls)} web addresses were not looked at: that takes --allow-network, and no --offline"
            notices.append(Notice("pages-left", message))
        unreached = set(lost) if pages is None else pages.unreached.union(lost)
        synced = [path for path in (*chosen, *(urls if pages else ())) if path not in unreached]
        return self._ended(report, synced, notices, pages)

    def _pages(self, urls: Sequence[str], *, again: bool = False) -> Pages | None:
        """The pages at these addresses. Raises `NetworkRefusedError` or `OfflineError`."""
        if not urls:
            return None
        from ragsys.ingest.web.pages import Pages

        return Pages(urls, self._settings, again=again)

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

    def _ended(
        self, report: AddReport, synced: Sequence[str], notices: Sequence[Notice], pages: Pages | None
    ) -> AddReport:
        if not self._rehearsing:
            self._index.roots.synced(synced)
        return replace(report, warnings=(*report.warnings, *notices, *(() if pages is None else pages.notices())))
