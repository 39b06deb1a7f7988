"""Collection: the documents of one index directory, put in, kept up and taken out.

What can be looked at is `ragsys.opened`; what is asked of the documents belongs to `ragsys.engine`.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Self

from ragsys.errors import NotFoundError
from ragsys.opened import OpenedIndex
from ragsys.tasks.workspace import named

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from ragsys.config import Settings
    from ragsys.indexes import Finding, View
    from ragsys.ingest import Progress, Request, Root
    from ragsys.protocols import Embedder
    from ragsys.tasks.forgetting import Forgotten
    from ragsys.tasks.reindexing import Respaced
    from ragsys.types import AddReport, Document, Rehearsed, Scalar, TextDocument

__all__ = ["Collection"]


class Collection(OpenedIndex):
    """Ingestion and upkeep of one index directory. Open one with `open` and use it as a context manager."""

    def add(
        self,
        *paths: str | Path,
        prune: bool = False,
        force: bool = False,
        acl: Iterable[str] | None = None,
        tags: Mapping[str, Scalar | None] | None = None,
        metadata: str | Path | None = None,
        allow_network: bool | None = None,
        progress: Callable[[Progress], None] | None = None,
        stop: Callable[[], bool] = lambda: False,
    ) -> AddReport:
        """Ingest files and directories; what is unchanged costs one look, what fails becomes an outcome.

        With `prune`, documents under `paths` whose files are gone are removed; otherwise they are only
        reported. `force` reads and embeds everything again. `acl` names who may see what is added (`user:ann`,
        `*`); None leaves that as it is. `tags` and the side-car `metadata` (JSON lines) are metadata beside the file's
        own; a tag comes before the side-car, and that before the file. They stay with the documents until they are
        replaced; a tag of None takes one back. Other metadata embed nothing.
        Once `stop` says so, what was read is stored and `KeyboardInterrupt` raised.

        A path that is a string and begins with http:// or https:// is a web page or a sitemap. It is fetched only with
        `allow_network` (None takes the setting), and never from a private address, unless `allowed_hosts` names it.

        Raises:
            ConfigError: `vector_index` is nothing that FAISS knows.
            IndexBusyError: another process is writing.
            SpaceMismatchError: the index holds vectors of another embedder.
            UsageError: a tag, a side-car or a web address that cannot be used; `NetworkRefusedError` is one.
            OfflineError: a web address while ragsys is offline.
        """
        from ragsys.ingest import Syncing

        request = self._request(prune=prune, force=force, acl=acl, tags=tags, metadata=metadata)
        syncing = Syncing(self._index, self.embedder, self._allowing(network=allow_network))
        report = syncing.add(paths, request, progress=progress, stop=stop)
        self._building = self._index.refine_in_background()
        return report

    def update(
        self,
        *paths: str | Path,
        prune: bool | None = None,
        allow_network: bool | None = None,
        progress: Callable[[Progress], None] | None = None,
    ) -> AddReport:
        """Look again at everything that was ever added, or at what was added at and under `paths`.

        Each file and folder is looked at with the options that it was added with. Documents whose files are gone are
        removed, except where all that was added there is out of sight (an unmounted disk); `prune` True removes those,
        too, and False none. What was removed on purpose is not taken again. Web pages are asked for again only with
        `allow_network` (None takes the setting); else they stay as they are, which a warning says.

        Raises:
            UsageError: nothing was added, or nothing there.
            IndexBusyError, SpaceMismatchError, ConfigError: as `add`.
        """
        from ragsys.ingest import Syncing

        syncing = Syncing(self._index, self.embedder, self._allowing(network=allow_network))
        report = syncing.update(paths, prune=prune, progress=progress)
        self._building = self._index.refine_in_background()
        return report

    def rehearse(
        self,
        *paths: str | Path,
        prune: bool = False,
        force: bool = False,
        acl: Iterable[str] | None = None,
        tags: Mapping[str, Scalar | None] | None = None,
        metadata: str | Path | None = None,
        allow_network: bool | None = None,
        progress: Callable[[Progress], None] | None = None,
    ) -> Rehearsed:
        """What the same `add` would do, and what it would cost. Files are read and chunked, and nothing is stored.

        Pages are fetched for it.
        """
        from ragsys.ingest import rehearse

        request = self._request(prune=prune, force=force, acl=acl, tags=tags, metadata=metadata)
        return rehearse(
            self._index.path,
            self.embedder,
            self._allowing(network=allow_network),
            lambda syncing, report: syncing.add(paths, request, progress=report),
            progress=progress,
        )

    def add_bytes(
        self,
        data: bytes,
        *,
        name: str | None = None,
        acl: Iterable[str] | None = None,
        tags: Mapping[str, Scalar | None] | None = None,
    ) -> AddReport:
        """Ingest one document that is no file: read by what it holds, and by what `name`, its source, ends in.

        Without a name its source is made of its content.

        Raises:
            UsageError: a name that is the path of a file, or a bad tag.
            IndexBusyError, SpaceMismatchError: as `add`.
        """
        from ragsys.ingest import add_bytes

        names = None if acl is None else named(acl)
        report = add_bytes(self._index, self.embedder, self.settings, data, name=name, acl=names, tags=tags)
        self._building = self._index.refine_in_background()
        return report

    def _allowing(self, *, network: bool | None) -> Settings:
        """The settings, with what was said of the network this time."""
        return self.settings if network is None else replace(self.settings, allow_network=network)

    @staticmethod
    def _request(
        *,
        prune: bool,
        force: bool,
        acl: Iterable[str] | None,
        tags: Mapping[str, Scalar | None] | None,
        metadata: str | Path | None,
    ) -> Request:
        from ragsys.ingest import Request

        sidecar = None if metadata is None else Path(metadata)
        return Request(prune, force, None if acl is None else named(acl), tags or {}, sidecar)

    def roots(self) -> list[Root]:
        """What was added, to be looked at again by `update`."""
        from ragsys.ingest import list_roots

        return list_roots(self._index)

    def drop_roots(self, *paths: str | Path) -> int:
        """Do not look at `paths` again; their documents stay. Returns how many of them were roots."""
        from ragsys.ingest.web.urls import parted

        files, urls = parted(paths)
        return self._index.roots.drop([*(os.path.realpath(path.expanduser()) for path in files), *urls])

    def reindex(
        self,
        embedder: Embedder,
        *,
        setting: str,
        former: str,
        progress: Callable[[str, int, int], None] | None = None,
    ) -> Respaced:
        """Embed every passage with another embedder beside the index, then switch at once; the old vectors are kept.

        `setting` is what the embedder is configured as, `former` what the present one is. Open the index again to
        search it. Raises as `ragsys.tasks.reindexing.respace`.
        """
        from ragsys.tasks.reindexing import respace

        batch, timeout = self.settings.batch_passages, self.settings.lock_timeout
        return respace(
            self._index, embedder, setting=setting, former=former, batch=batch, timeout=timeout, progress=progress
        )

    @contextmanager
    def in_space(
        self,
        embedder: Embedder,
        folder: Path,
        *,
        setting: str,
        progress: Callable[[str, int, int], None] | None = None,
    ) -> Iterator[Self]:
        """A copy of this index in an empty folder, in another embedder's space, to compare; this one stays as it is."""
        from ragsys.tasks.reindexing import copy_in_space, prepare_space

        prepare_space(self._index, embedder, batch=self.settings.batch_passages, progress=progress)
        copy_in_space(self._index, embedder, folder)
        settings = replace(self.settings, embedder=setting)
        with type(self).open(folder, settings=settings, create=False, embedder=embedder) as other:
            yield other

    def add_documents(
        self,
        documents: Iterable[TextDocument],
        *,
        acl: Iterable[str] | None = None,
        progress: Callable[[Progress], None] | None = None,
    ) -> AddReport:
        """Ingest texts that are no files; they are taken one by one, and one that is unchanged is not embedded again.

        Raises:
            IndexBusyError: another process is writing.
            SpaceMismatchError: the index holds vectors of another embedder.
        """
        from ragsys.ingest import add_texts

        names = None if acl is None else named(acl)
        report = add_texts(self._index, self.embedder, self.settings, documents, progress=progress, acl=names)
        self._building = self._index.refine_in_background()
        return report

    def remove(self, *ids_or_sources: str) -> list[Document]:
        """Remove documents in one transaction and return them; `update` does not take them again, `add` does.

        A file goes with the documents in it; where only one in it goes, `add` looks at the file again. Of what could
        not be read, that is forgotten. Raises `NotFoundError` before removing any.
        """
        from ragsys.ingest.discover import document_id
        from ragsys.members import enclosing
        from ragsys.tasks.forgetting import failed_in

        with self._index.writer(timeout=self.settings.lock_timeout) as writer:
            with self._workspace.read() as view:
                documents = list({d.id: d for name in ids_or_sources for d in _named(view, name)}.values())
                containers = view.containers()
                removed = {document.source for document in documents}
                failed = failed_in(view, removed.union(ids_or_sources))
            gone = [document.id for document in documents] + [document_id(source) for source in failed]
            writer.remove(gone, exclude=True)
            writer.forget_failures(failed)
            writer.doubt(sorted({above for source in removed for above in enclosing(source)}))
            writer.forget([name for name in containers if name in removed.union(ids_or_sources)])
            writer.publish()
        return documents

    def forget(self, *ids_or_sources: str) -> Forgotten:
        """Remove documents so that nothing of them is in any file of the index any more.

        The files in them (of an archive) go, too, and whole conversations in which an answer rests on them; `copies`
        are documents that have the same content and stay. Takes as long as writing the index afresh. Interrupted, it is
        finished by the next call, which passes over names that are gone by then. Without names, what is left of
        documents that were removed or replaced before. Backups and what the file system keeps of deleted files are out
        of reach.

        Raises:
            NotFoundError: a name that is not in the index; nothing has been removed then.
            IndexBusyError: somebody writes, or reads without end; call it again.
        """
        from ragsys.tasks.forgetting import forget

        forgotten = forget(self._workspace, ids_or_sources)
        self._building = self._index.refine_in_background()
        return forgotten

    def doctor(self, *, repair: bool = False) -> list[Finding]:
        """Check truth and derivatives; with `repair`, rebuild derivatives. Truth is never touched."""
        from ragsys.indexes import fsck

        if repair:
            fsck.repair(self._index, timeout=self.settings.lock_timeout)
        return fsck.check(self._index)

    def backup(self, target: str | Path) -> None:
        """Write a consistent copy of the database, conversations included, to `target` while others read and write."""
        self._index.backup(Path(target))


def _named(view: View, name: str) -> list[Document]:
    """The document of an id or a source, and what lies in it. Raises `NotFoundError` where nothing is known of it."""
    from ragsys.tasks.forgetting import failed_in

    try:
        found = view.document(name)
    except NotFoundError:
        if (members := view.members(name)) or failed_in(view, [name]):
            return members
        raise
    return [found, *view.members(found.source)]
