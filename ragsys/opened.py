"""An index directory that is open, with the models that read it: opening, closing, and what can be looked at in it.

What changes it is `ragsys.collection`, what is asked of it `ragsys.engine`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Self

from ragsys.config import INDEX_DIR, Settings, load_settings
from ragsys.tasks.loaded import Loaded, Models
from ragsys.tasks.workspace import Workspace, compile_where
from ragsys.types import IndexRef

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import TracebackType

    from ragsys.indexes import Index
    from ragsys.indexes.records import StoredPassage
    from ragsys.protocols import Embedder, Generator, Reranker
    from ragsys.types import CoverageReport, Document, Failure, SourceText, Status

__all__ = ["OpenedIndex"]

_PASSAGES_AT_ONCE = 500


class OpenedIndex:
    """One index directory and the models that go with it. A context manager."""

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
        models = Models(settings, Loaded(embedder=embedder, generator=generator, reranker=reranker))
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

    @property
    def building(self) -> str | None:
        """The FAISS kind that the last `add` left being built in the background, or None. `close` waits for it."""
        return self._building

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

    def failures(self) -> list[Failure]:
        """The files that could not be read, by source; none where somebody in particular is looking."""
        with self._workspace.read() as view:
            return view.failures()

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
