"""A file's bytes, read once and within limits, with what identifies them."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ragsys.errors import (
    EmptyFileError,
    FileChangedError,
    FileTooLargeError,
    FileUnreadableError,
    FileVanishedError,
)

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Content", "read_file", "stat_file"]


@dataclass(frozen=True, slots=True)
class Content:
    """A file as it was at one moment."""

    data: bytes
    sha256: str
    size: int
    mtime_ns: int


def stat_file(path: Path) -> os.stat_result:
    """The file's size and time. Raises `FileVanishedError` or `FileUnreadableError`."""
    try:
        return path.stat()
    except FileNotFoundError:
        raise FileVanishedError(f"{path} is gone") from None
    except OSError as error:
        raise FileUnreadableError(f"cannot read {path}: {error.strerror}") from None


def read_file(path: Path, max_bytes: int) -> Content:
    """Read a whole file of at most `max_bytes` bytes.

    Raises:
        EmptyFileError, FileTooLargeError, FileVanishedError, FileUnreadableError, FileChangedError: as they say.
    """
    try:
        # Its path was resolved before: a link that has appeared since leads somewhere else.
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    except FileNotFoundError:
        raise FileVanishedError(f"{path} is gone") from None
    except OSError as error:
        raise FileUnreadableError(f"cannot read {path}: {error.strerror}") from None
    with os.fdopen(handle, "rb") as file:
        before = os.fstat(handle)
        if before.st_size > max_bytes:
            raise FileTooLargeError(f"{path} has {before.st_size} bytes; the limit is {max_bytes}")
        try:
            data = file.read(max_bytes + 1)
        except OSError as error:
            raise FileUnreadableError(f"cannot read {path}: {error.strerror}") from None
        after = os.fstat(handle)
    if len(data) > max_bytes:
        raise FileTooLargeError(f"{path} has more than {max_bytes} bytes")
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns) or len(data) != after.st_size:
        raise FileChangedError(f"{path} changed while it was read")
    if not data:
        raise EmptyFileError(f"{path} is empty")
    return Content(data, hashlib.sha256(data).hexdigest(), after.st_size, after.st_mtime_ns)
