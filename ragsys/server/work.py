"""From threads to the event loop and back: the engine is synchronous, the server is not.

A call runs in a thread and holds its slot until it is done, whether or not anybody still waits. A stream is read in a
thread and can be stopped between two of its items: closing the engine's iterator stops a generation. Whoever reads
slowly keeps no thread: what was made waits in memory, and an answer is small. Knows nothing of HTTP.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from ragsys.errors import DeadlineError
from ragsys.stages import tell

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ragsys.server.gate import Gate

__all__ = ["Stream", "Workers"]

T = TypeVar("T")


class _End:
    """The end of a stream, with what ended it, if that was an error."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error


class Stream(Generic[T]):
    """The items of an iterator that a thread runs. Iterate over it, or `stop` it."""

    def __init__(self, ends: float) -> None:
        self._loop = asyncio.get_running_loop()
        self._items: asyncio.Queue[T | _End] = asyncio.Queue()
        self._peeked: list[T | _End] = []
        self._stop = threading.Event()
        self._ends = ends
        self.dropped = 0

    def run(self, make: Callable[[], Iterator[T]], *, halted: threading.Event) -> None:
        """Run the iterator to its end, or until it is stopped. For the thread."""
        error: BaseException | None = None
        try:
            if self._stop.is_set():
                return
            iterator = make()
            with contextlib.closing(iterator) if hasattr(iterator, "close") else contextlib.nullcontext():  # type: ignore[type-var]
                for item in iterator:
                    if self._stop.is_set() or halted.is_set():
                        self.dropped += 1
                        break
                    self._put(item)
        except BaseException as raised:  # noqa: BLE001 - it is raised where the stream is read
            error = raised
        finally:
            self._put(_End(error))

    def _put(self, item: T | _End) -> None:
        with contextlib.suppress(RuntimeError):  # the loop may have been closed
            self._loop.call_soon_threadsafe(self._items.put_nowait, item)

    async def peek(self, seconds: float, passing: type) -> None:
        """Wait until there is an item that is no `passing`, or for so long; an error is raised here, not later."""
        ends = time.monotonic() + seconds
        with contextlib.suppress(TimeoutError):
            while not self._peeked or isinstance(self._peeked[-1], passing):
                async with asyncio.timeout(max(min(ends, self._ends) - time.monotonic(), 0)):
                    self._peeked.append(await self._items.get())
        if self._peeked and isinstance(end := self._peeked[-1], _End) and end.error is not None:
            raise end.error

    def __aiter__(self) -> Stream[T]:
        return self

    async def __anext__(self) -> T:
        if self._peeked:
            item = self._peeked.pop(0)
        else:
            try:
                async with asyncio.timeout(max(self._ends - time.monotonic(), 0)):
                    item = await self._items.get()
            except TimeoutError:
                self.stop()
                raise DeadlineError("the answer took too long") from None
        if isinstance(item, _End):
            if item.error is not None:
                raise item.error
            raise StopAsyncIteration
        return item

    def stop(self) -> None:
        """Have the thread close the iterator at its next item."""
        self._stop.set()


class Workers:
    """The threads of a server."""

    def __init__(self, count: int) -> None:
        self._pool = ThreadPoolExecutor(count, thread_name_prefix="ragsys")
        self._halted = threading.Event()

    async def call(self, gate: Gate, ends: float, function: Callable[[], T]) -> T:
        """What the function returns, run in a thread.

        Raises:
            OverloadedError: no slot, and no place in the queue.
            DeadlineError: not done by `ends` (a `time.monotonic`); it goes on and keeps its slot until it is.
        """
        await _enter(gate, ends)
        running = self._begin(gate, function)
        try:
            async with asyncio.timeout(max(ends - time.monotonic(), 0)):
                return await asyncio.shield(running)
        except TimeoutError:
            running.add_done_callback(_look_at)
            raise DeadlineError("the request took too long") from None
        except asyncio.CancelledError:
            running.add_done_callback(_look_at)
            raise

    async def stream(self, gate: Gate, ends: float, make: Callable[[], Iterator[T]]) -> Stream[T]:
        """The items of an iterator, made and run in a thread. Raises as `call`."""
        await _enter(gate, ends)
        stream: Stream[T] = Stream(ends)
        self._begin(gate, lambda: stream.run(make, halted=self._halted))
        return stream

    def _begin(self, gate: Gate, function: Callable[[], T]) -> asyncio.Future[T]:
        began = time.monotonic()
        try:
            running: asyncio.Future[Any] = asyncio.get_running_loop().run_in_executor(
                self._pool, copy_context().run, function
            )
        except BaseException:
            gate.leave()
            raise
        running.add_done_callback(lambda _: gate.leave(time.monotonic() - began))
        return running

    def close(self) -> None:
        """Stop every stream at its next item and wait for the threads."""
        self._halted.set()
        self._pool.shutdown(wait=True, cancel_futures=True)


async def _enter(gate: Gate, ends: float) -> None:
    """Take a slot, and tell how long that took and behind how many."""
    began, before = time.perf_counter(), gate.waiting
    await gate.enter(ends - time.monotonic())
    tell("queue", began, time.perf_counter(), {"before": before})


def _look_at(running: asyncio.Future[Any]) -> None:
    """Take note of how a call ended that nobody waits for, or asyncio would complain."""
    if not running.cancelled():
        running.exception()
