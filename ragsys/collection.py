"""Collection: the documents of one index directory, with the models that read them.

Opens, fills, lists, checks and backs up; what is asked of the documents belongs to `ragsys.engine`.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Self

from ragsys.config import INDEX_DIR, Settings, load_settings
from ragsys.errors import NotFoundError
from ragsys.tasks.loaded import Models
from ragsys.tasks.workspace import Workspace, compile_where, named
from ragsys.types import IndexRef

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from types import TracebackType

    from ragsys.indexes import Finding, Index, View
    from ragsys.indexes.records import StoredPassage
    from ragsys.ingest import Progress
    from ragsys.protocols import Embedder, Generator, Reranker
    from ragsys.tasks.reindexing import Respaced
    from ragsys.types import AddReport, Document, SourceText, Status, TextDocument

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
        models = Models(settings, embedder=embedder, generator=generator, reranker=reranker)
        self._workspace = Workspace(index, settings, models=models, principals=principals)
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

    @classmethod
    def over(cls, workspace: Workspace) -> Self:
        """An engine over a workspace that somebody else opened, and closes."""
        other = cls(workspace.index, workspace.settings)
        other._workspace = workspace
        return other

    def variant(self, settings: Settings) -> Self:
        """This engine with other settings, on the same open index and models: to compare. Close the original only."""
        return self.over(self._workspace.variant(settings))

    def sibling(self) -> Self:
        """Another engine on this directory, for another thread, seen by the same principals. Close both.

        The models are shared: what either loads, both have. The index in memory is its own.
        """
        from ragsys.indexes import Index

        index = Index.open(self._index.path, vector_index=self.settings.vector_index)
        other = type(self)(index, self.settings)
        other._workspace = self._workspace.over(index)  # noqa: SLF001 - its own class
        return other

    def close(self) -> None:
        """Release the index, once a vector index that is being built is done. Models go with the engine."""
        self._index.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

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
        progress: Callable[[Progress], None] | None = None,
        stop: Callable[[], bool] = lambda: False,
    ) -> AddReport:
        """Ingest files and directories; what is unchanged costs one look, what fails becomes an outcome.

        With `prune`, documents under `paths` whose files are gone are removed; otherwise they are only
        reported. `force` reads and embeds everything again. `acl` names who may see what is added (`user:ann`,
        `*`); None leaves that as it is. Once `stop` says so, what was read is stored and `KeyboardInterrupt` raised.

        Raises:
            ConfigError: `vector_index` is nothing that FAISS knows.
            IndexBusyError: another process is writing.
            SpaceMismatchError: the index holds vectors of another embedder.
        """
        from ragsys.ingest import Pipeline

        pipeline = Pipeline(self._index, self.embedder, self.settings)
        names = None if acl is None else named(acl)
        report = pipeline.add(
            [Path(p) for p in paths], prune=prune, force=force, acl=names, progress=progress, stop=stop
        )
        self._building = self._index.refine_in_background()
        return report

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

    def members(self, source: str) -> list[Document]:
        """The documents that were read out of a file, an archive or a message, by source."""
        with self._workspace.read() as view:
            return view.members(source)

    def text(self, id_or_source: str) -> str:
        """The extracted text of a document: what every offset counts in. Raises `NotFoundError`."""
        with self._workspace.read() as view:
            return view.text(view.document(id_or_source).id)

    def source_text(self, id_or_source: str) -> SourceText:
        """The extracted text of a document with its pages and places. Raises `NotFoundError`."""
        with self._workspace.read() as view:
            return view.source_text(view.document(id_or_source).id)

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
        """Remove documents in one transaction and return them. Raises `NotFoundError` before removing any.

        A file goes with the documents in it; where only one in it goes, `add` looks at the file again.
        """
        from ragsys.ingest.discover import enclosing

        with self._index.writer(timeout=self.settings.lock_timeout) as writer:
            with self._workspace.read() as view:
                documents = list({d.id: d for name in ids_or_sources for d in _named(view, name)}.values())
                containers = view.containers()
            removed = {document.source for document in documents}
            writer.remove([document.id for document in documents])
            writer.doubt(sorted({above for source in removed for above in enclosing(source)}))
            writer.forget([name for name in containers if name in removed.union(ids_or_sources)])
            writer.publish()
        return documents

    def status(self) -> Status:
        """What the index holds and how it is doing."""
        with self._workspace.read() as view:
            return view.status()

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
    """The document of an id or a source, and what lies in it. Raises `NotFoundError` where there is neither."""
    try:
        found = view.document(name)
    except NotFoundError:
        if members := view.members(name):
            return members
        raise
    return [found, *view.members(found.source)]
