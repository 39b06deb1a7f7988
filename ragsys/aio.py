"""AsyncQueryEngine: the engine for asyncio, in a bounded number of threads, with answers that can be iterated over.

Owns threads, the engine that each of them works with, and what becomes of a caller that goes away. Knows nothing of
retrieval and answers.
"""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing, closing, contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Self, TypeVar, cast

from ragsys.config import INDEX_DIR
from ragsys.engine import QueryEngine
from ragsys.errors import UsageError
from ragsys.types import Answer

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Generator, Iterable, Iterator
    from pathlib import Path
    from types import TracebackType

    from ragsys import protocols
    from ragsys.config import Settings
    from ragsys.generate import Event, Rewritten
    from ragsys.tasks.conversation import Conversation
    from ragsys.tasks.recall import Turn
    from ragsys.types import AddReport, Decoding, Document, SearchResult, Status, TextDocument

__all__ = ["AsyncConversation", "AsyncQueryEngine"]

Result = TypeVar("Result")
_WORKERS = 2


class AsyncQueryEngine:
    """A `QueryEngine` for asyncio. Open it with `async with`, use it from one event loop.

    Each call runs in one of `workers` threads; more calls than that wait their turn. A thread has an engine of its own,
    which is opened when that many calls first run at once; the models are shared. Parameters are those of
    `QueryEngine.open`, and so are the errors.
    """

    def __init__(
        self,
        path: str | Path = INDEX_DIR,
        *,
        workers: int = _WORKERS,
        settings: Settings | None = None,
        create: bool = True,
        embedder: protocols.Embedder | None = None,
        generator: protocols.Generator | None = None,
        reranker: protocols.Reranker | None = None,
        principals: Iterable[str] | None = None,
    ) -> None:
        if workers < 1:
            raise UsageError(f"{workers} workers cannot work: it takes at least one")
        self._workers = workers
        self._open_first = partial(
            QueryEngine.open,
            path,
            settings=settings,
            create=create,
            embedder=embedder,
            generator=generator,
            reranker=reranker,
            principals=principals,
        )
        self._threads: ThreadPoolExecutor | None = None
        self._engines: list[QueryEngine] = []
        # The one that was used last is used next: where calls never meet, one engine does all the work.
        self._idle: deque[QueryEngine] = deque()

    async def __aenter__(self) -> Self:
        threads = ThreadPoolExecutor(self._workers, thread_name_prefix="ragsys")
        try:
            first = await asyncio.get_running_loop().run_in_executor(threads, self._open_first)
        except BaseException:
            threads.shutdown(wait=False)
            raise
        self._engines = [first]
        self._idle = deque([first])
        self._threads = threads
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Let what is running end, drop what is waiting, and close the engines."""
        threads, self._threads = self._threads, None
        if threads is not None:
            await asyncio.to_thread(threads.shutdown, wait=True, cancel_futures=True)
            for engine in self._engines:
                await asyncio.to_thread(engine.close)

    async def run(self, work: Callable[[QueryEngine], Result]) -> Result:
        """What `work` returns for an engine, in a thread: for all that has no method here.

        `work` must neither keep the engine nor return something that is still reading from it. A caller that is
        cancelled leaves at once; `work` is not begun any more, or goes on to its end.
        """

        def job() -> Result:
            with self._engine() as engine:
                return work(engine)

        return await self._submit(job)

    async def search(
        self, query: str, *, top_k: int | None = None, where: str | None = None, explain: bool = False
    ) -> SearchResult:
        """As `QueryEngine.search`."""
        return await self.run(lambda engine: engine.search(query, top_k=top_k, where=where, explain=explain))

    async def ask(
        self, question: str, *, top_k: int | None = None, where: str | None = None, decoding: Decoding | None = None
    ) -> Answer:
        """As `QueryEngine.ask`. Where the caller is cancelled, the generator stops at its next token."""
        return await _last(self.stream(question, top_k=top_k, where=where, decoding=decoding))

    def stream(
        self, question: str, *, top_k: int | None = None, where: str | None = None, decoding: Decoding | None = None
    ) -> AsyncGenerator[Event | Answer]:
        """As `QueryEngine.stream`. Closing the iterator, or cancelling who iterates, stops the generator.

        A slow reader does not hold the thread: what is written meanwhile waits in memory, an answer at the most.
        """
        return self._flow(lambda engine: engine.stream(question, top_k=top_k, where=where, decoding=decoding))

    async def chat(self, session: str | None = None, *, keep: bool = True) -> AsyncConversation:
        """As `QueryEngine.chat`."""
        return AsyncConversation(self, await self.run(lambda engine: engine.chat(session, keep=keep)))

    async def add(
        self,
        *paths: str | Path,
        prune: bool = False,
        acl: Iterable[str] | None = None,
        allow_network: bool | None = None,
    ) -> AddReport:
        """As `QueryEngine.add`; others search meanwhile."""
        return await self.run(lambda engine: engine.add(*paths, prune=prune, acl=acl, allow_network=allow_network))

    async def add_documents(self, documents: Iterable[TextDocument], *, acl: Iterable[str] | None = None) -> AddReport:
        """As `QueryEngine.add_documents`; `documents` is iterated over in a thread."""
        return await self.run(lambda engine: engine.add_documents(documents, acl=acl))

    async def remove(self, *ids_or_sources: str) -> list[Document]:
        """As `QueryEngine.remove`."""
        return await self.run(lambda engine: engine.remove(*ids_or_sources))

    async def documents(self, *, where: str | None = None) -> list[Document]:
        """As `QueryEngine.documents`."""
        return await self.run(lambda engine: engine.documents(where=where))

    async def document(self, id_or_source: str) -> Document:
        """As `QueryEngine.document`."""
        return await self.run(lambda engine: engine.document(id_or_source))

    async def text(self, id_or_source: str) -> str:
        """As `QueryEngine.text`."""
        return await self.run(lambda engine: engine.text(id_or_source))

    async def status(self) -> Status:
        """As `QueryEngine.status`."""
        return await self.run(lambda engine: engine.status())

    @contextmanager
    def _engine(self) -> Generator[QueryEngine]:
        """An engine for this thread alone. There are never more than threads, so none waits for one."""
        try:
            engine = self._idle.pop()
        except IndexError:
            engine = self._engines[0].sibling()
            self._engines.append(engine)
        try:
            yield engine
        finally:
            self._idle.append(engine)

    def _submit(self, job: Callable[[], Result]) -> asyncio.Future[Result]:
        if self._threads is None:
            raise UsageError("the engine is not open", hint="open it with `async with AsyncQueryEngine(...) as engine`")
        within = contextvars.copy_context()
        return asyncio.get_running_loop().run_in_executor(self._threads, lambda: within.run(job))

    async def _flow(self, begin: Callable[[QueryEngine], Iterator[Result]]) -> AsyncGenerator[Result]:
        """What an engine's iterator yields. It begins, goes on and is closed in one thread."""
        loop = asyncio.get_running_loop()
        arrived: asyncio.Queue[Result | _End] = asyncio.Queue()
        gone = threading.Event()

        def job() -> None:
            if gone.is_set():
                return
            with self._engine() as engine, closing(cast("Generator[Result]", begin(engine))) as events:
                for event in events:
                    with suppress(RuntimeError):  # a loop that has ended needs nothing
                        loop.call_soon_threadsafe(arrived.put_nowait, event)
                    if gone.is_set():
                        return

        done = self._submit(job)
        done.add_done_callback(lambda _: arrived.put_nowait(_END))
        try:
            while not isinstance(event := await arrived.get(), _End):
                yield event
            await done
        finally:
            gone.set()
            done.cancel()


class AsyncConversation:
    """A `Conversation` for asyncio. Make one with `AsyncQueryEngine.chat`; its turns follow one another."""

    def __init__(self, engine: AsyncQueryEngine, talk: Conversation) -> None:
        self._engine = engine
        self._talk = talk
        self._turn = asyncio.Lock()

    @property
    def id(self) -> str:
        """The session's name."""
        return self._talk.id

    @property
    def kept(self) -> bool:
        """Whether its turns are kept in the index."""
        return self._talk.kept

    @property
    def number(self) -> int:
        """The number of the last turn."""
        return self._talk.number

    async def ask(
        self, question: str, *, top_k: int | None = None, where: str | None = None, decoding: Decoding | None = None
    ) -> Answer:
        """As `Conversation.ask`. A turn whose caller is cancelled is not kept."""
        return await _last(self.stream(question, top_k=top_k, where=where, decoding=decoding))

    async def stream(
        self, question: str, *, top_k: int | None = None, where: str | None = None, decoding: Decoding | None = None
    ) -> AsyncGenerator[Rewritten | Event | Answer]:
        """As `Conversation.stream`. Closing the iterator stops the generator; the turn is then not kept."""

        def begin(engine: QueryEngine) -> Iterator[Rewritten | Event | Answer]:
            self._talk = talk = engine.chat(self._talk)
            yield from talk.stream(question, top_k=top_k, where=where, decoding=decoding)

        async with self._turn, aclosing(self._engine._flow(begin)) as events:  # noqa: SLF001 - the other half of it
            async for event in events:
                yield event

    async def turns(self) -> list[Turn]:
        """As `Conversation.turns`."""
        return await self._engine.run(lambda engine: engine.chat(self._talk).turns())


class _End:
    """The end of a stream."""


_END = _End()


async def _last(events: AsyncGenerator[object]) -> Answer:
    """The answer that a stream ends with, and the stream to its end."""
    found: Answer | None = None
    async with aclosing(events):
        async for event in events:
            if isinstance(event, Answer):
                found = event
    assert found is not None  # noqa: S101 - a stream ends with its answer
    return found
