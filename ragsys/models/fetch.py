"""Downloads that resume, are checked, and stop before the disk is full. Knows nothing of what is in a file."""

from __future__ import annotations

import errno
import hashlib
import http.client
import os
import shutil
import ssl
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ragsys.errors import DiskFullError, DownloadError, ModelError, ModelHashError, RagsysError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

__all__ = ["Progress", "cannot_write", "download", "hash_of", "require_space"]

_BLOCK = 1 << 20
_TIMEOUT = 60.0
_PARTIAL, _UNSATISFIABLE = 206, 416
_GIT_DIGITS = 40


@dataclass(frozen=True, slots=True)
class Progress:
    """What is going on, and how much of it is done (bytes; `total` is None where it is not known)."""

    text: str
    done: float = 0.0
    total: float | None = None


def download(
    url: str,
    digest: str,
    target: Path,
    progress: Callable[[Progress], None],
    *,
    headers: Mapping[str, str] | None = None,
) -> None:
    """Fetch `url` to `target`, going on from what an earlier try left in `target` + ".part".

    `digest` is a SHA-256, the SHA-1 of a git blob, or empty where the source promises nothing. `headers` go to the
    server that `url` names and to no other that it redirects to.

    Raises:
        DownloadError: the connection failed; what arrived is kept. Its cause is the HTTP error, if there was one.
        ModelHashError: the whole file has another hash than its source says; nothing is kept.
        DiskFullError: it does not fit.
    """
    part = target.with_name(target.name + ".part")
    name = urllib.parse.unquote(url.rsplit("/", 1)[-1])
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _fetch(_request(url, headers or {}), part, name, progress)
    except (urllib.error.URLError, http.client.HTTPException, TimeoutError, ConnectionError, ssl.SSLError) as error:
        raise DownloadError(f"{name}: {getattr(error, 'reason', error)}") from error
    except OSError as error:
        raise cannot_write(part, error) from None
    if digest and hash_of(part, git=len(digest) == _GIT_DIGITS) != digest:
        part.unlink()
        raise ModelHashError(
            f"{name} does not have the hash that its source promises; it was thrown away",
            hint="run the command again: it starts that file afresh; if it happens twice, do not trust the source",
        )
    part.replace(target)


def _request(url: str, headers: Mapping[str, str]) -> urllib.request.Request:
    request = urllib.request.Request(url)  # noqa: S310 - from pip, or from the hub
    for name, value in headers.items():
        request.add_unredirected_header(name, value)
    return request


def _fetch(request: urllib.request.Request, part: Path, name: str, progress: Callable[[Progress], None]) -> None:
    have = part.stat().st_size if part.exists() else 0
    if have:
        request.add_header("Range", f"bytes={have}-")
    try:
        response = urllib.request.urlopen(request, timeout=_TIMEOUT, context=_tls(request.full_url))  # noqa: S310
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == _UNSATISFIABLE:
            return  # everything had arrived already
        raise
    with response, part.open("ab" if have and response.status == _PARTIAL else "wb") as file:
        done = file.tell()
        length = response.headers.get("Content-Length")
        total = done + int(length) if length else None
        if total:
            require_space(part.parent, total - done, name)
        while block := response.read1(_BLOCK):  # what is there, so that a slow line loses little
            file.write(block)
            done += len(block)
            progress(Progress(name, done, total))
    if total and done < total:
        raise ConnectionError(f"the connection closed after {done} of {total} bytes")


def require_space(folder: Path, needed: int, what: str) -> None:
    """Raise `DiskFullError` where the disk of `folder`, which exists, has less than `needed` bytes free."""
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise DiskFullError(f"{what} needs {needed} bytes in {folder}, and {free} are free")


def cannot_write(path: Path, error: OSError) -> RagsysError:
    """The typed error for a file that could not be written: the disk is full, or the folder is not ours."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
        return DiskFullError(f"cannot write {path}: {error.strerror}")
    return ModelError(
        f"cannot write {path}: {error.strerror}",
        hint="check the permissions of the model folder, or name another with --models-dir",
    )


def _tls(url: str) -> ssl.SSLContext | None:
    """Trust what pip trusts: its own `cert` setting where there is one."""
    if not url.startswith("https:"):
        return None
    configured = os.environ.get("PIP_CERT") or os.environ.get("SSL_CERT_FILE")
    return ssl.create_default_context(cafile=configured or None)


def hash_of(path: Path, *, git: bool = False) -> str:
    """The SHA-256 of a file, or its name as a git blob (SHA-1 over a header with its size, and its bytes)."""
    try:
        with path.open("rb") as file:
            if not git:
                return hashlib.file_digest(file, "sha256").hexdigest()
            digest = hashlib.sha1(b"blob %d\0" % os.fstat(file.fileno()).st_size)  # noqa: S324 - what git uses
            while block := file.read(_BLOCK):
                digest.update(block)
            return digest.hexdigest()
    except OSError as error:
        raise ModelError(
            f"cannot read {path}: {error.strerror}", hint="check the permissions of the file and the state of the disk"
        ) from None
