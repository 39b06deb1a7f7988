"""One index directory for several threads: each view is of an open index that no other thread uses meanwhile.

An `Index` follows the database in memory and serves one thread at a time. Here as many are open as were read at once,
at most `size`: a quiet server holds one copy of the vectors. Writing and conversations need no copy.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Self

from ragsys.errors import OverloadedError
from ragsys.indexes import Index

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import ColumnElement

    from ragsys.indexes import View

__all__ = ["SharedIndex"]


class SharedIndex(Index):
    """An index that any number of threads may read. Make one with `share`."""

    _wait: float
    _vector_index: str
    _idle: list[Index]
    _free: threading.BoundedSemaphore

    @classmethod
    def share(cls, path: Path, *, size: int, wait: float, create: bool = False, vector_index: str = "auto") -> Self:
        """Open the index in `path` for `size` readers at a time; another waits `wait` seconds. Raises as `open`."""
        index = cls.open(path, create=create, vector_index=vector_index)
        index._prepare(size, wait, vector_index)  # noqa: SLF001 - its own class
        return index

    def _prepare(self, size: int, wait: float, vector_index: str) -> None:
        self._wait, self._vector_index = wait, vector_index
        self._idle, self._free = [], threading.BoundedSemaphore(size)

    @contextmanager
    def read(self, *, only: ColumnElement[bool] | None = None) -> Iterator[View]:
        """See one committed state, as `Index.read`. Raises `OverloadedError` where no reader came free in time."""
        if not self._free.acquire(timeout=self._wait):
            raise OverloadedError("every reader of the index is busy")
        try:
            # The last one that was used has the least to catch up with.
            reader = self._idle.pop() if self._idle else Index.open(self.path, vector_index=self._vector_index)
            try:
                with reader.read(only=only) as view:
                    yield view
            finally:
                self._idle.append(reader)
        finally:
            self._free.release()

    @property
    def opened(self) -> int:
        """How many readers are idle."""
        return len(self._idle)

    def close(self) -> None:
        """Close every reader."""
        super().close()
        while self._idle:
            self._idle.pop().close()
