"""QueryEngine: one index, its embedder and its generator behind one object.

Wires the layers and owns nothing else. What is asked of documents is done in `ragsys.tasks`, what is done to them in
`ragsys.ingest`; both get the same index, models and settings from here.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal, Self

from ragsys.config import INDEX_DIR, Settings, load_settings
from ragsys.errors import NotFoundError
from ragsys.tasks.workspace import Workspace, compile_where, named
from ragsys.types import IndexRef

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from types import TracebackType

    from ragsys.generate import Check, Event, TranslatedSentence, TranslationPlan
    from ragsys.indexes import Finding, Index
    from ragsys.indexes.records import Session, StoredPassage
    from ragsys.ingest import Progress
    from ragsys.protocols import Embedder, Generator, Reranker
    from ragsys.retrieve import WhyNot
    from ragsys.tasks.conversation import Conversation
    from ragsys.tasks.filling import Filled
    from ragsys.tasks.finding import Found
    from ragsys.tasks.summary import Summary, SummaryProgress
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

        pipeline = Pipeline(self._index, self.embedder, self.settings)
        names = None if acl is None else named(acl)
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

        names = None if acl is None else named(acl)
        report = add_texts(self._index, self.embedder, self.settings, documents, progress=progress, acl=names)
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
        with self._workspace.view() as view:
            return self._workspace.search(view, query, top_k=top_k, where=where, explain=explain)

    def why_not(self, query: str, id_or_source: str, *, top_k: int | None = None, where: str | None = None) -> WhyNot:
        """Why a document is not among the `top_k` hits of a search, or at which rank it is.

        Raises:
            NotFoundError: no such document; the message says whether it failed to be indexed.
            QueryError, FilterError, SpaceMismatchError: as `search`.
        """
        from ragsys.retrieve import why_not

        k = self.settings.top_k if top_k is None else top_k
        with self._workspace.view() as view:
            for failure in view.failures():
                if failure.source == id_or_source:
                    raise NotFoundError(f"{id_or_source} could not be indexed [{failure.code}]: {failure.message}")
            document = view.document(id_or_source)
            retriever, selection = self._workspace.retriever(), self._workspace.selection
            where_sql = compile_where(where)
            return why_not(retriever, view, query, document, k=k, where=where_sql, selection=selection)

    def legs(self, query: str, *, top_k: int | None = None, where: str | None = None) -> dict[str, tuple[Hit, ...]]:
        """What each leg of a search finds by itself, "dense" and "lexical": to measure and to explain, not to answer.

        Raises:
            QueryError, FilterError, SpaceMismatchError: as `search`.
        """
        from ragsys.retrieve.legs import legs

        k = self.settings.top_k if top_k is None else top_k
        with self._workspace.view() as view:
            return legs(self.embedder, view, query, k, where=compile_where(where))

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
        from ragsys.tasks.answering import stream_answer

        yield from stream_answer(self._workspace, question, top_k=top_k, where=where, decoding=decoding)

    def translate(
        self,
        document: str | None = None,
        *,
        to: str,
        passage: int | None = None,
        source_language: str | None = None,
        decoding: Decoding | None = None,
    ) -> tuple[TranslationPlan, Iterator[TranslatedSentence]]:
        """Translate a document (id or source) or a passage: what will be done and how well, then sentence by sentence.

        Raises `NotFoundError`; `UsageError` for an unknown language or the text's own; `GenerationError` while reading.
        """
        from ragsys.tasks.translating import translate_stored

        return translate_stored(
            self._workspace, document, passage=passage, to=to, source_language=source_language, decoding=decoding
        )

    def evidence(self, question: str, *, without: Callable[[Hit], bool] | None = None) -> Found:
        """The hits of a question, their sentences, best first, and the signals of its confidence; nothing is answered.

        With `without`, as if the hits that it names were not in the index. Raises as `search`.
        """
        from ragsys.tasks.finding import find

        return find(self._workspace, question, without=without)

    def chat(self, session: str | None = None, *, keep: bool = True) -> Conversation:
        """A conversation: a new one with an id of its own, or one that is kept, to go on with.

        It is kept in the index, unless `keep` is false or the index cannot be written to; `Conversation.kept` says so.

        Raises:
            SessionNotFoundError: no such session, or somebody else's.
        """
        from ragsys.tasks.conversation import open_conversation

        return open_conversation(self._workspace, session, keep=keep)

    def sessions(self) -> list[Session]:
        """The conversations that are kept and may be seen here, the last one that was spoken in first."""
        from ragsys.tasks.conversation import sessions

        return sessions(self._workspace)

    def delete_session(self, session: str) -> None:
        """Delete a conversation and overwrite where it lay. Raises `SessionNotFoundError`."""
        from ragsys.tasks.conversation import delete_session

        delete_session(self._workspace, session)

    def fill(
        self,
        schema: object,
        question: str | None = None,
        *,
        top_k: int | None = None,
        where: str | None = None,
        decoding: Decoding | None = None,
        progress: Callable[[str, int, int], None] | None = None,
    ) -> Filled:
        """An answer as JSON that validates against `schema`, each field with its citation, or none and why.

        Raises:
            SchemaError: the schema is not understood, or too large.
            QueryError, FilterError, SpaceMismatchError: as `search`.
        """
        from ragsys.tasks.filling import fill_schema

        return fill_schema(
            self._workspace, schema, question, top_k=top_k, where=where, decoding=decoding, progress=progress
        )

    def summarize(
        self,
        document: str | Path | TextDocument | None = None,
        *,
        where: str | None = None,
        words: int | None = None,
        focus: str | None = None,
        mode: Literal["auto", "extractive", "abstractive"] = "auto",
        language: str | None = None,
        decoding: Decoding | None = None,
        progress: Callable[[SummaryProgress], None] | None = None,
    ) -> Summary:
        """Summarise a document in at most `words` words (characters of Chinese), every sentence cited and verified.

        A string is a document of the index, by id or source; a `Path` is a file, which need not be in it; a
        `TextDocument` is a text. With `where`, all documents that match are summarised together. `focus` is a question:
        what answers it is chosen.

        Raises:
            UsageError: neither or both of `document` and `where`, or nothing fits into `words`.
            NotFoundError: no such document in the index.
            DocumentError: a file that cannot be read, or a text without a sentence.
            FilterError, GenerationError: as `ask`.
        """
        from ragsys.tasks.materials import summarize_in
        from ragsys.tasks.summarizing import Request

        request = Request(words, focus, mode, language, decoding)
        return summarize_in(self._workspace, document, where, request, progress=progress)

    def verify(self, answer: Mapping[str, object], *, files: bool = False) -> list[Check]:
        """Check each citation of a saved answer or summary (its JSON) against the index and the file on disk.

        With `files`, a document that is not in the index is looked for where the answer says that its file is: not to
        be done for an answer that somebody else sent.
        """
        from ragsys.tasks.verifying import verify_against

        with self._workspace.read() as view:
            return verify_against(answer, view, self.settings, files=files)

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
        """Remove documents in one transaction and return them. Raises `NotFoundError` before removing any."""
        with self._index.writer(timeout=self.settings.lock_timeout) as writer:
            with self._workspace.read() as view:
                documents = [view.document(name) for name in ids_or_sources]
            writer.remove([document.id for document in documents])
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
