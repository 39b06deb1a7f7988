"""One writer and one builder at a time, over processes and threads.

Lock files: the kernel releases them when their holder dies, so there is nothing to clean up after a crash.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from ragsys.errors import IndexBusyError
from ragsys.indexes.database import translated

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["build_lock", "writer_lock"]


@contextmanager
def writer_lock(folder: Path, timeout: float) -> Iterator[None]:
    """Hold the lock of an index directory.

    Raises:
        IndexBusyError: another writer held it for `timeout` seconds.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(folder / "lock", thread_local=False)
    try:
        with translated():
            lock.acquire(timeout=timeout)
    except Timeout:
        raise IndexBusyError(f"another process has been writing to {folder} for more than {timeout:g} s") from None
    try:
        yield
    finally:
        lock.release()


@contextmanager
def build_lock(folder: Path) -> Iterator[bool]:
    """Whether nobody else builds a snapshot without the writer's lock; nobody can begin to inside the block."""
    from filelock import FileLock, Timeout

    lock = FileLock(folder / "build.lock", thread_local=False)
    try:
        with translated():
            lock.acquire(timeout=0)
    except Timeout:
        yield False
        return
    try:
        yield True
    finally:
        lock.release()
