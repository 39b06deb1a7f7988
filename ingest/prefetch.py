"""One step ahead: what comes next is made in a thread while what came before is worked on. The order stays."""

from __future__ import annotations

from contextlib import suppress
from contextvars import copy_context
from queue import Empty, Full, Queue
from threading import Event, Thread
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType
    from typing import Self

__all__ = ["Prefetch"]

_Item = TypeVar("_Item")
_LOOK = 0.1


class Prefetch(Generic[_Item]):
    """The same items, at most `most` of them made before they are asked for; none any more once `stopped` says so.

    Use it as a context manager: at its end `cancel` is called, which is to let go whatever the items wait for, and no
    thread is left. What the items raise is raised here, in its place.
    """

    def __init__(
        self, items: Iterator[_Item], most: int, *, cancel: Callable[[], None], stopped: Callable[[], bool]
    ) -> None:
        self._items, self._cancel, self._stopped = items, cancel, stopped
        self._queue: Queue[tuple[_Item] | BaseException | None] = Queue(most)
        self._over = Event()
        self._thread = Thread(target=copy_context().run, args=(self._run,), name="ragsys-prefetch", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._over.set()
        self._cancel()
        self._thread.join()

    def __iter__(self) -> Iterator[_Item]:
        while not self._stopped():
            try:
                found = self._queue.get(timeout=_LOOK)
            except Empty:
                continue
            if found is None:
                return
            if isinstance(found, BaseException):
                raise found
            yield found[0]

    def _run(self) -> None:
        try:
            for item in self._items:
                self._put((item,))
                if self._over.is_set():
                    return
            self._put(None)
        except BaseException as error:  # noqa: BLE001 - it is raised where the items are used
            self._put(error)

    def _put(self, item: tuple[_Item] | BaseException | None) -> None:
        while not self._over.is_set():
            with suppress(Full):
                self._queue.put(item, timeout=_LOOK)
                return
