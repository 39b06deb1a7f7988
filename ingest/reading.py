"""A file's bytes, read once and within limits, with what identifies them."""

from __future__ import annotations

import hashlib
import os
import stat
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ragsys.errors import (
    EmptyFileError,
    FileChangedError,
    FileTooLargeError,
    FileUnreadableError,
    FileVanishedError,
    UnsupportedTypeError,
)

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Content", "read_file", "stat_file"]

# How often a file is read again that changed under our hands.
_TRIES = 3
# A file may change twice within one tick of the file system's clock: two seconds where its times are whole seconds, as
# on FAT, and some milliseconds elsewhere. The time of so fresh a file proves nothing and is not remembered: the next
# look reads it again.
_COARSE_NS, _FINE_NS = 2_000_000_000, 50_000_000
_UNSURE = -1


@dataclass(frozen=True, slots=True)
class Content:
    """A file as it was at one moment; `mtime_ns` is -1 where it is too fresh to tell the next change by."""

    data: bytes
    sha256: str
    size: int
    mtime_ns: int


def stat_file(path: Path) -> os.stat_result:
    """The size and time of a regular file.

    Raises:
        FileVanishedError, FileUnreadableError, UnsupportedTypeError: as they say.
    """
    try:
        status = path.stat()
    except FileNotFoundError:
        raise FileVanishedError(f"{path} is gone") from None
    except OSError as error:
        raise FileUnreadableError(f"cannot read {path}: {error.strerror}") from None
    _refuse_special(path, status)
    return status


def read_file(path: Path, max_bytes: int) -> Content:
    """Read a whole file of at most `max_bytes` bytes; one that changes meanwhile is read again, a few times.

    Raises:
        EmptyFileError, FileTooLargeError, FileVanishedError, FileUnreadableError, FileChangedError,
        UnsupportedTypeError: as they say.
    """
    for _ in range(_TRIES):
        content = _read_once(path, max_bytes)
        if content is not None:
            return content
    raise FileChangedError(f"{path} changed each of the {_TRIES} times that it was read")


def _read_once(path: Path, max_bytes: int) -> Content | None:
    """The file, or None where it changed meanwhile."""
    now = time.time_ns()
    try:
        # Its path was resolved before: a link that has appeared since leads somewhere else. A pipe must not block.
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    except FileNotFoundError:
        raise FileVanishedError(f"{path} is gone") from None
    except OSError as error:
        raise FileUnreadableError(f"cannot read {path}: {error.strerror}") from None
    with os.fdopen(handle, "rb") as file:
        before = os.fstat(handle)
        _refuse_special(path, before)
        if before.st_size > max_bytes:
            raise FileTooLargeError(f"{path} has {before.st_size} bytes; the limit is {max_bytes}")
        try:
            data = file.read(before.st_size + 1)
        except OSError as error:
            raise FileUnreadableError(f"cannot read {path}: {error.strerror}") from None
        after = os.fstat(handle)
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns) or len(data) != after.st_size:
        return None
    if not data:
        raise EmptyFileError(f"{path} is empty")
    tick = _FINE_NS if after.st_mtime_ns % 1_000_000_000 else _COARSE_NS
    mtime_ns = after.st_mtime_ns if now - after.st_mtime_ns > tick else _UNSURE
    return Content(data, hashlib.sha256(data).hexdigest(), after.st_size, mtime_ns)


def _refuse_special(path: Path, status: os.stat_result) -> None:
    """Refuse what is not a file: reading it would block, never end, or do something."""
    if not stat.S_ISREG(status.st_mode):
        raise UnsupportedTypeError(f"{path} is a pipe, a socket, a device or a folder, not a file")
