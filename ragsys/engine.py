"""QueryEngine: what can be asked of a collection, behind one object.

Wires the layers and owns nothing else: each question is answered by a task (`ragsys.tasks`) or by the retriever, on the
collection's own index, models and settings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from ragsys.collection import Collection
from ragsys.errors import NotFoundError
from ragsys.tasks.workspace import compile_where

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from ragsys.generate import Check, Event, Exchange, Rewritten, TranslatedSentence, TranslationPlan
    from ragsys.indexes.records import Session
    from ragsys.retrieve import WhyNot
    from ragsys.tasks.conversation import Conversation
    from ragsys.tasks.filling import Filled
    from ragsys.tasks.finding import Found
    from ragsys.tasks.summary import Summary, SummaryProgress
    from ragsys.types import Answer, Decoding, Hit, SearchResult, TextDocument

__all__ = ["QueryEngine"]


class QueryEngine(Collection):
    """Ingestion, search and answers over one index directory.

    Open one with `QueryEngine.open(path)` and use it as a context manager. An engine serves one thread
    at a time; any number of engines, in this process or in others, may read an index while one writes.
    """

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
        from ragsys.tasks.answering import answer_of

        return answer_of(self.stream(question, top_k=top_k, where=where, decoding=decoding))

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

    def chat(self, session: str | Conversation | None = None, *, keep: bool = True) -> Conversation:
        """A conversation: a new one with an id of its own, or one that is kept, to go on with; or a sibling's.

        It is kept in the index, unless `keep` is false or the index cannot be written to; `Conversation.kept` says so.

        Raises:
            SessionNotFoundError: no such session, or somebody else's.
        """
        from ragsys.tasks.conversation import open_conversation

        return open_conversation(self._workspace, session, keep=keep)

    def reply(
        self,
        question: str,
        history: Sequence[Exchange],
        *,
        top_k: int | None = None,
        where: str | None = None,
        decoding: Decoding | None = None,
    ) -> Iterator[Rewritten | Event | Answer]:
        """A turn of a conversation that somebody else keeps: yields as `Conversation.stream`, and nothing is kept."""
        from ragsys.tasks.conversation import reply

        yield from reply(self._workspace, question, history, top_k=top_k, where=where, decoding=decoding)

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
        where: str | None = None,
        decoding: Decoding | None = None,
        progress: Callable[[str, int, int], None] | None = None,
    ) -> Filled:
        """A value that validates against a JSON Schema, each field with its citation, or none, and why.

        Raises `SchemaError` for a schema that is not understood or too large, and as `search`.
        """
        from ragsys.tasks.filling import fill_schema

        return fill_schema(self._workspace, schema, question, where=where, decoding=decoding, progress=progress)

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
