"""Collection: the documents of one index directory, with the models that read them.

Opens, fills, lists, checks and backs up; what is asked of the documents belongs to `ragsys.engine`.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Self

from ragsys.config import INDEX_DIR, Settings, load_settings
from ragsys.tasks.workspace import Workspace, compile_where, named
from ragsys.types import IndexRef

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from types import TracebackType

    from ragsys.indexes import Finding, Index
    from ragsys.indexes.records import StoredPassage
    from ragsys.ingest import Progress, Request, Root
    from ragsys.protocols import Embedder, Generator, Reranker
    from ragsys.tasks.forgetting import Forgotten
    from ragsys.types import AddReport, CoverageReport, Document, Rehearsed, Scalar, SourceText, Status, TextDocument

__all__ = ["Collection"]

_PASSAGES_AT_ONCE = 500


class Collection:
    """Ingestion and upkeep of one index directory. Open one with `open` and use it as a context manager."""

    def __init__(
        self,
        index: Index,
        settings: Settings,
        *,
        embedder: Embedder | None = None,
        generator: Generator | None = None,
        reranker: Reranker | None = None,
        principals: Iterable[str] | None = None,
    ) -> None:
        self._index = index
        self._workspace = Workspace(
            index, settings, embedder=embedder, generator=generator, reranker=reranker, principals=principals
        )
        self._building: str | None = None

    @classmethod
    def open(
        cls,
        path: str | Path = INDEX_DIR,
        *,
        settings: Settings | None = None,
        create: bool = True,
        embedder: Embedder | None = None,
        generator: Generator | None = None,
        reranker: Reranker | None = None,
        principals: Iterable[str] | None = None,
    ) -> Self:
        """Open the index directory at `path`, creating it if need be.

        Settings that are not given are resolved from the environment and the configuration files.
        A model that is given takes the place of the configured one. With `principals`, names that the caller vouches
        for, the engine sees only what they may see. Without, it lists and manages everything; but in an index whose
        documents name who may see them, it searches and answers only from what everyone may see.

        Raises:
            IndexNotFoundError: nothing is there, and `create` is false.
            IndexNewerError: the index was written by a newer version.
        """
        from ragsys.indexes import Index

        path = Path(path)
        settings = settings or load_settings(index=path)[0]
        if settings.offline:
            from ragsys.offline import forbid_network

            forbid_network()
        index = Index.open(path, create=create, vector_index=settings.vector_index)
        return cls(index, settings, embedder=embedder, generator=generator, reranker=reranker, principals=principals)

    def variant(self, settings: Settings) -> Self:
        """This engine with other settings, on the same open index and models: to compare. Close the original only."""
        other = type(self)(self._index, settings)
        other._workspace = self._workspace.variant(settings)  # noqa: SLF001 - its own class
        return other

    def close(self) -> None:
        """Release the index, once a vector index that is being built is done. Models go with the engine."""
        self._index.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    @property
    def path(self) -> Path:
        """The index directory."""
        return self._index.path

    @property
    def settings(self) -> Settings:
        """The settings that this engine was opened with."""
        return self._workspace.settings

    @property
    def embedder(self) -> Embedder:
        """The embedder, loaded when it is first asked for."""
        return self._workspace.embedder

    @property
    def generator(self) -> Generator:
        """The generator, loaded when it is first asked for."""
        return self._workspace.generator

    def add(
        self,
        *paths: str | Path,
        prune: bool = False,
        force: bool = False,
        acl: Iterable[str] | None = None,
        tags: Mapping[str, Scalar | None] | None = None,
        metadata: str | Path | None = None,
        progress: Callable[[Progress], None] | None = None,
    ) -> AddReport:
        """Ingest files and directories; what is unchanged costs one look, what fails becomes an outcome.

        With `prune`, documents under `paths` whose files are gone are removed; otherwise they are only
        reported. `force` reads and embeds everything again. `acl` names who may see what is added (`user:ann`,
        `*`); None leaves that as it is. `tags` and the side-car `metadata` (JSON lines) are metadata beside the file's
        own; a tag comes before the side-car, and that before the file. They stay with the documents until they are
        replaced; a tag of None takes one back. Other metadata embed nothing.

        Raises:
            ConfigError: `vector_index` is nothing that FAISS knows.
            IndexBusyError: another process is writing.
            SpaceMismatchError: the index holds vectors of another embedder.
            UsageError: a tag or a side-car that cannot be used.
        """
        from ragsys.ingest import Syncing

        request = self._request(prune=prune, force=force, acl=acl, tags=tags, metadata=metadata)
        syncing = Syncing(self._index, self.embedder, self.settings)
        report = syncing.add([Path(path) for path in paths], request, progress=progress)
        self._building = self._index.refine_in_background()
        return report

    def update(
        self,
        *paths: str | Path,
        prune: bool | None = None,
        progress: Callable[[Progress], None] | None = None,
    ) -> AddReport:
        """Look again at everything that was ever added, or at what was added at and under `paths`.

        Each file and folder is looked at with the options that it was added with. Documents whose files are gone are
        removed, except where all that was added there is out of sight (an unmounted disk); `prune` True removes those,
        too, and False none. What was removed on purpose is not taken again.

        Raises:
            UsageError: nothing was added, or nothing there.
            IndexBusyError, SpaceMismatchError, ConfigError: as `add`.
        """
        from ragsys.ingest import Syncing

        syncing = Syncing(self._index, self.embedder, self.settings)
        report = syncing.update([Path(path) for path in paths], prune=prune, progress=progress)
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
        progress: Callable[[Progress], None] | None = None,
    ) -> Rehearsed:
        """What the same `add` would do, and what it would cost. Files are read and chunked, and nothing is stored."""
        from ragsys.ingest import rehearse

        request = self._request(prune=prune, force=force, acl=acl, tags=tags, metadata=metadata)
        files = [Path(path) for path in paths]
        return rehearse(
            self._index.path,
            self.embedder,
            self.settings,
            lambda syncing, report: syncing.add(files, request, progress=report),
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
        return self._index.roots.drop([os.path.realpath(Path(path).expanduser()) for path in paths])

    @property
    def building(self) -> str | None:
        """The FAISS kind that the last `add` left being built in the background, or None. `close` waits for it."""
        return self._building

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

    def documents(self, *, where: str | None = None) -> list[Document]:
        """The documents of the index, by source."""
        with self._workspace.read() as view:
            return view.documents(compile_where(where))

    def document(self, id_or_source: str) -> Document:
        """One document, by its id or its source path. Raises `NotFoundError`."""
        with self._workspace.read() as view:
            return view.document(id_or_source)

    def text(self, id_or_source: str) -> str:
        """The extracted text of a document: what every offset counts in. Raises `NotFoundError`."""
        with self._workspace.read() as view:
            return view.text(view.document(id_or_source).id)

    def source_text(self, id_or_source: str) -> SourceText:
        """The extracted text of a document with its pages and places. Raises `NotFoundError`."""
        with self._workspace.read() as view:
            return view.source_text(view.document(id_or_source).id)

    def passages_of(self, id_or_source: str) -> list[StoredPassage]:
        """The passages of a document with their texts, in its order. Raises `NotFoundError`."""
        with self._workspace.read() as view:
            return view.passages_of(view.document(id_or_source).id)

    def passages(self) -> Iterator[StoredPassage]:
        """Every passage of the index with its text and its document, in the order in which they were stored."""
        with self._workspace.read() as view:
            ids = view.select(None).tolist()
            for start in range(0, len(ids), _PASSAGES_AT_ONCE):
                found = view.passages(ids[start : start + _PASSAGES_AT_ONCE])
                yield from (found[number] for number in sorted(found))

    def reference(self) -> IndexRef:
        """The state of the index: its `seq`, and a digest that equal contents share."""
        with self._workspace.read() as view:
            return IndexRef(view.seq, view.digest())

    def remove(self, *ids_or_sources: str) -> list[Document]:
        """Remove documents in one transaction and return them; `update` does not take them again, `add` does.

        Raises `NotFoundError` before removing any.
        """
        with self._index.writer(timeout=self.settings.lock_timeout) as writer:
            with self._workspace.read() as view:
                documents = [view.document(name) for name in ids_or_sources]
            writer.remove([document.id for document in documents], exclude=True)
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

    def status(self) -> Status:
        """What the index holds and how it is doing."""
        with self._workspace.read() as view:
            return view.status()

    def coverage(self, *, depth: int = 1) -> CoverageReport:
        """How much of the files that were added is in the index, by format and by folder, and what is in it twice.

        A folder is what was added, and up to `depth` folders in it. Reads every passage: minutes for a million.
        """
        from ragsys.tasks.coverage import coverage

        return coverage(self._workspace, depth=depth)

    def doctor(self, *, repair: bool = False) -> list[Finding]:
        """Check truth and derivatives; with `repair`, rebuild derivatives. Truth is never touched."""
        from ragsys.indexes import fsck

        if repair:
            fsck.repair(self._index, timeout=self.settings.lock_timeout)
        return fsck.check(self._index)

    def backup(self, target: str | Path) -> None:
        """Write a consistent copy of the database, conversations included, to `target` while others read and write."""
        self._index.backup(Path(target))
