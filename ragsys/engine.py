"""QueryEngine: one index, its embedder and its generator behind one object.

Wires the layers and owns nothing else: models are loaded when they are first needed, so listing
documents never loads one, and a search never loads the generator.
"""

from __future__ import annotations

import time
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Self, cast

from ragsys.config import INDEX_DIR, Settings, load_settings
from ragsys.errors import ConfigError, FilterError, NotFoundError, SpaceMismatchError
from ragsys.types import IndexRef

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from types import TracebackType

    from sqlalchemy import ColumnElement

    from ragsys.generate import Check, Event
    from ragsys.generate.citations import Unsupported
    from ragsys.indexes import Finding, Index, View
    from ragsys.indexes.records import StoredPassage
    from ragsys.ingest import Progress
    from ragsys.protocols import Embedder, Generator
    from ragsys.retrieve import WhyNot
    from ragsys.types import AddReport, Answer, Decoding, Document, Hit, SearchResult, Status, TextDocument

__all__ = ["QueryEngine"]

_PASSAGES_AT_ONCE = 500


class QueryEngine:
    """Ingestion, search and answers over one index directory.

    Open one with `QueryEngine.open(path)` and use it as a context manager. An engine serves one thread
    at a time; any number of engines, in this process or in others, may read an index while one writes.
    """

    def __init__(
        self,
        index: Index,
        settings: Settings,
        *,
        embedder: Embedder | None = None,
        generator: Generator | None = None,
        principals: Iterable[str] | None = None,
    ) -> None:
        self._index = index
        self._settings = settings
        self._embedder = embedder
        self._generator = generator
        self._principals = None if principals is None else _principals(principals)
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
        principals: Iterable[str] | None = None,
    ) -> Self:
        """Open the index directory at `path`, creating it if need be.

        Settings that are not given are resolved from the environment and the configuration files.
        An embedder or a generator that is given takes the place of the configured one. With `principals`, names that
        the caller vouches for, the engine sees only what they may see. Without, it lists and manages everything; but in
        an index whose documents name who may see them, it searches and answers only from what everyone may see.

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
        return cls(index, settings, embedder=embedder, generator=generator, principals=principals)

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
        return self._settings

    @property
    def embedder(self) -> Embedder:
        """The embedder, loaded when it is first asked for."""
        if self._embedder is None:
            from ragsys.models import load_embedder

            self._embedder = load_embedder(self._settings)
        return self._embedder

    @property
    def generator(self) -> Generator:
        """The generator, loaded when it is first asked for."""
        if self._generator is None:
            from ragsys.generate import load_generator

            self._generator = load_generator(self._settings)
        return self._generator

    def add(
        self,
        *paths: str | Path,
        prune: bool = False,
        force: bool = False,
        acl: Iterable[str] | None = None,
        progress: Callable[[Progress], None] | None = None,
    ) -> AddReport:
        """Ingest files and directories; what is unchanged costs one look, what fails becomes an outcome.

        With `prune`, documents under `paths` whose files are gone are removed; otherwise they are only
        reported. `force` reads and embeds everything again. `acl` names who may see what is added (`user:ann`,
        `*`); None leaves that as it is.

        Raises:
            ConfigError: `vector_index` is nothing that FAISS knows.
            IndexBusyError: another process is writing.
            SpaceMismatchError: the index holds vectors of another embedder.
        """
        from ragsys.ingest import Pipeline

        pipeline = Pipeline(self._index, self.embedder, self._settings)
        names = None if acl is None else _principals(acl)
        report = pipeline.add([Path(p) for p in paths], prune=prune, force=force, acl=names, progress=progress)
        self._building = self._index.refine_in_background()
        return report

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

        names = None if acl is None else _principals(acl)
        report = add_texts(self._index, self.embedder, self._settings, documents, progress=progress, acl=names)
        self._building = self._index.refine_in_background()
        return report

    def search(
        self,
        query: str,
        *,
        top_k: int | None = None,
        where: str | None = None,
        explain: bool = False,
    ) -> SearchResult:
        """The `top_k` passages that fit `query` best, among the documents that match the filter `where`.

        Raises:
            QueryError: an empty query, or one that is longer than the embedder reads.
            FilterError: a filter that does not parse.
            SpaceMismatchError: the index holds vectors of another embedder.
        """
        with self._view() as view:
            return self._search(view, query, top_k=top_k, where=where, explain=explain)

    def why_not(self, query: str, id_or_source: str, *, top_k: int | None = None, where: str | None = None) -> WhyNot:
        """Why a document is not among the `top_k` hits of a search, or at which rank it is.

        Raises:
            NotFoundError: no such document; the message says whether it failed to be indexed.
            QueryError, FilterError, SpaceMismatchError: as `search`.
        """
        from ragsys.retrieve import Retriever, why_not

        k = self._settings.top_k if top_k is None else top_k
        with self._view() as view:
            for failure in view.failures():
                if failure.source == id_or_source:
                    raise NotFoundError(f"{id_or_source} could not be indexed [{failure.code}]: {failure.message}")
            document = view.document(id_or_source)
            return why_not(Retriever(self.embedder), view, query, document, k=k, where=_compile(where))

    def legs(self, query: str, *, top_k: int | None = None, where: str | None = None) -> dict[str, tuple[Hit, ...]]:
        """What each leg of a search finds by itself, "dense" and "lexical": to measure and to explain, not to answer.

        Raises:
            QueryError, FilterError, SpaceMismatchError: as `search`.
        """
        from ragsys.retrieve.legs import legs

        k = self._settings.top_k if top_k is None else top_k
        with self._view() as view:
            return legs(self.embedder, view, query, k, where=_compile(where))

    def ask(
        self,
        question: str,
        *,
        top_k: int | None = None,
        where: str | None = None,
        decoding: Decoding | None = None,
    ) -> Answer:
        """Answer `question` from the documents, every citation verified, or abstain and say why."""
        from ragsys.types import Answer

        for event in self.stream(question, top_k=top_k, where=where, decoding=decoding):
            if isinstance(event, Answer):
                return event
        raise AssertionError("a stream ends with its answer")

    def stream(
        self,
        question: str,
        *,
        top_k: int | None = None,
        where: str | None = None,
        decoding: Decoding | None = None,
    ) -> Iterator[Event | Answer]:
        """Yield the draft as it is written (`Token`), then the verified `Answer`, which alone is final.

        The setting `answer_mode` says whether the generator drafts or the best sentence is the answer.
        """
        from ragsys.generate import Composer, content_terms, profile_of, rank_evidence

        mode = self._settings.answer_mode
        if mode not in {"auto", "generate", "extract"}:
            raise ConfigError(f"answer_mode cannot be {mode!r}: it is auto, generate or extract")
        unsupported = cast("Unsupported", self._settings.unsupported)
        if unsupported not in {"drop", "mark", "keep"}:
            raise ConfigError(f"unsupported cannot be {unsupported!r}: it is drop, mark or keep")
        with self._view() as view:
            result = self._search(view, question, top_k=top_k, where=where)
            reference = IndexRef(view.seq, view.digest())
            sources = {hit.document.id: view.source_text(hit.document.id) for hit in result.hits}
            rarity = view.rarity(content_terms(question))
        vector = self.embedder.embed_queries([question])[0]
        evidence = rank_evidence(
            question, result.hits, rarity=rarity, similarity=lambda texts: self.embedder.embed_passages(texts) @ vector
        )
        if mode == "auto":
            name = self._settings.generator if self._generator is None else self._generator.name
            mode = profile_of(name).mode
        yield from Composer(sources.__getitem__, None if mode == "extract" else self.generator).stream(
            question,
            result.hits,
            evidence,
            rarity=rarity,
            unsupported=unsupported,
            decoding=decoding,
            embedder=self.embedder.space.model,
            index=reference,
            coverage=result.coverage,
            timings=result.timings,
        )

    def verify(self, answer: Mapping[str, object]) -> list[Check]:
        """Check each citation of a saved answer (its JSON) against the index and the file on disk."""
        from ragsys.generate import Stored, verify

        with self._read() as view:
            known = {document.id: (document.sha256, document.source) for document in view.documents()}
            return verify(answer, lambda name: Stored(*known[name], view.text(name)) if name in known else None)

    def documents(self, *, where: str | None = None) -> list[Document]:
        """The documents of the index, by source."""
        with self._read() as view:
            return view.documents(_compile(where))

    def document(self, id_or_source: str) -> Document:
        """One document, by its id or its source path. Raises `NotFoundError`."""
        with self._read() as view:
            return view.document(id_or_source)

    def text(self, id_or_source: str) -> str:
        """The extracted text of a document: what every offset counts in. Raises `NotFoundError`."""
        with self._read() as view:
            return view.text(view.document(id_or_source).id)

    def passages(self) -> Iterator[StoredPassage]:
        """Every passage of the index with its text and its document, in the order in which they were stored."""
        with self._read() as view:
            ids = view.select(None).tolist()
            for start in range(0, len(ids), _PASSAGES_AT_ONCE):
                found = view.passages(ids[start : start + _PASSAGES_AT_ONCE])
                yield from (found[number] for number in sorted(found))

    def reference(self) -> IndexRef:
        """The state of the index: its `seq`, and a digest that equal contents share."""
        with self._read() as view:
            return IndexRef(view.seq, view.digest())

    def remove(self, *ids_or_sources: str) -> list[Document]:
        """Remove documents in one transaction and return them. Raises `NotFoundError` before removing any."""
        with self._index.writer(timeout=self._settings.lock_timeout) as writer:
            with self._read() as view:
                documents = [view.document(name) for name in ids_or_sources]
            writer.remove([document.id for document in documents])
            writer.publish()
        return documents

    def status(self) -> Status:
        """What the index holds and how it is doing."""
        with self._read() as view:
            return view.status()

    def doctor(self, *, repair: bool = False) -> list[Finding]:
        """Check truth and derivatives; with `repair`, rebuild derivatives. Truth is never touched."""
        from ragsys.indexes import fsck

        if repair:
            fsck.repair(self._index, timeout=self._settings.lock_timeout)
        return fsck.check(self._index)

    def backup(self, target: str | Path) -> None:
        """Write a consistent copy of the database to `target` while others go on reading and writing."""
        self._index.backup(Path(target))

    def _read(self) -> AbstractContextManager[View]:
        """A read transaction that sees what the principals may see: everything where the engine has none."""
        if self._principals is None:
            return self._index.read()
        from ragsys.retrieve import visible

        return self._index.read(only=visible(self._principals))

    @contextmanager
    def _view(self) -> Iterator[View]:
        """A read transaction to search in: the vectors are the configured embedder's, and a stranger is nobody."""
        from ragsys.retrieve import visible

        with self._index.read(only=visible(self._principals or ())) as view:
            if view.space is not None and view.space.digest != self.embedder.space.digest:
                raise SpaceMismatchError(
                    f"the index holds vectors of {view.space.model}, and the embedder is {self.embedder.space.model}"
                )
            yield view

    def _search(
        self, view: View, query: str, *, top_k: int | None, where: str | None, explain: bool = False
    ) -> SearchResult:
        from ragsys.retrieve import Retriever

        began = time.perf_counter()
        condition = _compile(where)
        k = self._settings.top_k if top_k is None else top_k
        result = Retriever(self.embedder).search(view, query, k, where=condition, explain=explain)
        return replace(result, timings={**result.timings, "total": time.perf_counter() - began})


def _principals(names: Iterable[str]) -> tuple[str, ...]:
    from ragsys.retrieve import check_principals

    return check_principals(names)


def _compile(where: str | None) -> ColumnElement[bool] | None:
    """A filter expression as SQL, or None where there is none."""
    if where is None:
        return None
    if not where.strip():
        raise FilterError("the filter is empty")
    from ragsys.retrieve import compile_filter

    return compile_filter(where)
