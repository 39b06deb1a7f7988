"""Uploads on the disk: durable before they are acknowledged, and found again after a crash.

Below the index directory:

    uploads/lock                              held by the one server that takes uploads
    uploads/pending/ID/data, upload.json      received, not indexed yet
    uploads/files/NAMESPACE/NAME              the file itself, whose path is the document's source
    uploads/removing/ID.json                  a removal that has begun

`upload.json` is written last, by a rename: a folder without one was never acknowledged. It is removed when the index
has committed the document; indexing twice changes nothing. A removal is written down before it begins and crossed out
when document, file and all that was pending are gone: after a crash it is done again. Knows no engine and no HTTP.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import shutil
import threading
import unicodedata
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from ragsys.errors import EmptyFileError, FileNameError, FileTooLargeError
from ragsys.indexes.database import translated
from ragsys.ingest.discover import document_id

if TYPE_CHECKING:
    from collections.abc import Iterable

    from filelock import FileLock

__all__ = ["Removal", "Spool", "Stored", "safe_name"]

_CHUNK = 1 << 20
_LONGEST_NAME = 200  # bytes; file systems take 255
_SEPARATORS = re.compile(r"[/\\]")


@dataclass(frozen=True, slots=True)
class Stored:
    """An upload as it is kept. `document` is the id that its document will have; `acl` None leaves that as it is."""

    id: str
    name: str
    namespace: str
    source: str
    document: str
    sha256: str
    size: int
    acl: tuple[str, ...] | None
    number: int


@dataclass(frozen=True, slots=True)
class Removal:
    """A removal that has begun, of a document and of the uploads before `number` that it would have come from."""

    id: str
    source: str
    document: str
    number: int


class Spool:
    """The uploads of one index directory."""

    def __init__(self, index: Path) -> None:
        self._home = index.resolve() / "uploads"
        self._pending, self._files = self._home / "pending", self._home / "files"
        self._removing = self._home / "removing"
        self._last = 0
        self._counting = threading.Lock()
        self._lock: FileLock | None = None

    def claim(self) -> bool:
        """Be the one who takes uploads and works on what is pending, until `release`; false where somebody else is.

        Raises:
            IndexReadOnlyError, DiskFullError: nobody can be.
        """
        from filelock import FileLock, Timeout

        with translated():
            for folder in (self._home, self._pending, self._files, self._removing):
                _make(folder)
            lock = FileLock(self._home / "lock", thread_local=False)
            try:
                lock.acquire(timeout=0)
            except Timeout:
                return False
        self._lock = lock
        return True

    def release(self) -> None:
        """Leave uploads to others."""
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def store(self, name: str, data: BinaryIO, *, namespace: str, acl: Iterable[str] | None, most_bytes: int) -> Stored:
        """Keep an upload; when this returns, it survives a crash.

        Raises:
            FileNameError, FileTooLargeError, EmptyFileError: what it is refused for.
            DiskFullError: it did not fit; nothing of it is left.
        """
        name = safe_name(name)
        identity = secrets.token_hex(8)
        folder = self._pending / identity
        try:
            with translated():
                _make(folder)
                size, sha256 = _copy(data, folder / "data", most_bytes)
                source = str(self._files / namespace / name)
                allowed = None if acl is None else tuple(acl)
                stored = Stored(
                    identity, name, namespace, source, document_id(source), sha256, size, allowed, self._next()
                )
                _write(folder / "upload.json", json.dumps(asdict(stored), ensure_ascii=False).encode())
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return stored

    def place(self, stored: Stored) -> Path:
        """Put the file where its source says that it is, in the place of an earlier one; its path."""
        path = self._files / stored.namespace / stored.name
        data = self._pending / stored.id / "data"
        with translated():
            _make(path.parent)
            if data.exists():  # it may have been placed before a crash
                data.replace(path)
                _sync(path.parent)
        return path

    def finish(self, stored: Stored) -> None:
        """Forget that it is pending."""
        folder = self._pending / stored.id
        if folder.is_dir():
            (folder / "upload.json").unlink(missing_ok=True)
            _sync(folder)  # or a loss of power brings back what was removed since
            shutil.rmtree(folder, ignore_errors=True)

    def drop(self, source: str) -> None:
        """Delete the file of a document, if it was uploaded."""
        if self.namespace_of(source) is not None:
            Path(source).unlink(missing_ok=True)
            if Path(source).parent.is_dir():
                _sync(Path(source).parent)

    def intend(self, source: str, document: str) -> Removal:
        """Write down that a document and what is pending of it are about to be removed. Raises `DiskFullError`."""
        removal = Removal(secrets.token_hex(8), source, document, self._next())
        with translated():
            _write(self._removing / f"{removal.id}.json", json.dumps(asdict(removal), ensure_ascii=False).encode())
        return removal

    def cross_out(self, removal: Removal) -> None:
        """The removal is done, or will not be."""
        (self._removing / f"{removal.id}.json").unlink(missing_ok=True)
        _sync(self._removing)

    def removals(self) -> list[Removal]:
        """Removals that had begun when a server ended."""
        found = []
        for path in sorted(self._removing.iterdir()) if self._removing.is_dir() else ():
            if path.suffix == ".json":
                found.append(Removal(**json.loads(path.read_text(encoding="utf-8"))))
            else:  # it was being written: nothing had begun
                path.unlink(missing_ok=True)
        self._last = max([self._last, *(removal.number for removal in found)])
        return found

    def namespace_of(self, source: str) -> str | None:
        """In whose name a document was uploaded; None where it was not."""
        path = Path(source)
        inside = path.is_absolute() and path.is_relative_to(self._files)
        parts = path.relative_to(self._files).parts if inside else ()
        return parts[0] if len(parts) > 1 else None

    def source_of(self, document: str, namespace: str) -> str | None:
        """The source of a file of this namespace, by the id that its upload has; None where there is none."""
        folder = self._files / namespace
        sources = [str(path) for path in folder.iterdir()] if folder.is_dir() else []
        return next((source for source in sources if document_id(source) == document), None)

    def pending(self) -> list[Stored]:
        """What was acknowledged and is not known to be indexed, in the order in which it came; the rest is cleared."""
        found = []
        for folder in sorted(self._pending.iterdir()) if self._pending.is_dir() else ():
            try:
                kept = json.loads((folder / "upload.json").read_text(encoding="utf-8"))
                found.append(Stored(**{**kept, "acl": None if kept["acl"] is None else tuple(kept["acl"])}))
            except (OSError, ValueError, TypeError, KeyError):
                shutil.rmtree(folder, ignore_errors=True)
        found.sort(key=lambda stored: stored.number)
        self._last = max([self._last, *(stored.number for stored in found)])
        return found

    def _next(self) -> int:
        with self._counting:
            self._last += 1
            return self._last


def safe_name(name: str) -> str:
    """The last part of a client's file name, if it can be a file's name here. Raises `FileNameError`."""
    last = _SEPARATORS.split(unicodedata.normalize("NFC", name))[-1].strip()
    valid = last.isprintable() and last == last.encode("utf-8", "replace").decode("utf-8")
    if not last or last.startswith(".") or not valid or len(last.encode("utf-8", "replace")) > _LONGEST_NAME:
        raise FileNameError("the name of an upload is printable, at most 200 bytes long, and begins with no dot")
    return last


def _copy(data: BinaryIO, path: Path, most: int) -> tuple[int, str]:
    """Write a stream to the disk, flushed; its size and SHA-256."""
    size, digest = 0, hashlib.sha256()
    with path.open("xb") as file:
        while chunk := data.read(_CHUNK):
            size += len(chunk)
            if size > most:
                raise FileTooLargeError(f"the file has more than {most} bytes")
            digest.update(chunk)
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
    if not size:
        raise EmptyFileError("the file is empty")
    return size, digest.hexdigest()


def _make(folder: Path) -> None:
    """Have a folder whose entry survives a crash, also where one before left it half-made."""
    folder.mkdir(parents=True, exist_ok=True)
    _sync(folder.parent)


def _write(path: Path, data: bytes) -> None:
    fresh = path.with_suffix(".tmp")
    with fresh.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    _sync(path.parent)


def _sync(folder: Path) -> None:
    """Flush a folder's entries, where the system can."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
