"""Downloads: they resume, are checked, keep secrets where they belong, and stop before the disk is full."""

from __future__ import annotations

import hashlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from ragsys.errors import DiskFullError, DownloadError, ModelError, ModelHashError
from ragsys.models.fetch import Progress, download, hash_of, require_space

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_DATA = bytes(range(256)) * 4096
Server = tuple[str, list[str | None], list[str | None]]


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


class _Handler(BaseHTTPRequestHandler):
    """Serves `_DATA`, honouring Range, and notes what was asked for."""

    ranges: list[str | None]
    tokens: list[str | None]

    def do_GET(self) -> None:
        wanted = self.headers.get("Range")
        self.ranges.append(wanted)
        if self.path.startswith("/moved/"):
            self.send_response(302)
            self.send_header("Location", self.path.removeprefix("/moved/"))
            self.end_headers()
            return
        self.tokens.append(self.headers.get("Authorization"))
        if self.path == "/huge":
            self.send_response(200)
            self.send_header("Content-Length", str(10**18))
            self.end_headers()
            return
        if self.path == "/denied":
            self.send_error(403)
            return
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
def server() -> Iterator[Server]:
    """A local HTTP server: its address, the Range headers and the Authorization headers that it saw."""
    handler = type("Handler", (_Handler,), {"ranges": [], "tokens": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{running.server_address[1]}", handler.ranges, handler.tokens
        running.shutdown()
        thread.join()


def _ignore(_progress: Progress) -> None:
    """No progress wanted."""


def test_a_download_reports_progress_and_is_whole(tmp_path: Path, server: Server) -> None:
    """The last report counts every byte, and no partial file is left."""
    seen: list[Progress] = []
    download(f"{server[0]}/file", _sha256(_DATA), tmp_path / "file", seen.append)
    assert (tmp_path / "file").read_bytes() == _DATA
    assert (seen[-1].done, seen[-1].total) == (len(_DATA), len(_DATA))
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_a_cut_download_keeps_what_came_and_resumes(tmp_path: Path, server: Server) -> None:
    """After a cut connection the next try asks only for the rest."""
    with pytest.raises(DownloadError):
        download(f"{server[0]}/cut", _sha256(_DATA), tmp_path / "file", _ignore)
    half = (tmp_path / "file.part").stat().st_size
    assert half == len(_DATA) // 2
    download(f"{server[0]}/file", _sha256(_DATA), tmp_path / "file", _ignore)
    assert (tmp_path / "file").read_bytes() == _DATA
    assert server[1] == [None, f"bytes={half}-"]


def test_a_partial_file_that_is_whole_is_taken_as_it_is(tmp_path: Path, server: Server) -> None:
    """Killed between the last byte and the rename, the next try has nothing left to fetch."""
    (tmp_path / "file.part").write_bytes(_DATA)
    download(f"{server[0]}/file", _sha256(_DATA), tmp_path / "file", _ignore)
    assert (tmp_path / "file").read_bytes() == _DATA


def test_wrong_bytes_are_refused_and_not_kept(tmp_path: Path, server: Server) -> None:
    """A hash that does not match leaves neither the file nor a part to resume from."""
    with pytest.raises(ModelHashError):
        download(f"{server[0]}/file", "0" * 64, tmp_path / "file", _ignore)
    assert not list(tmp_path.iterdir())


def test_a_token_is_not_taken_along_to_another_address(tmp_path: Path, server: Server) -> None:
    """A header is for the server that was named; where it redirects to, nobody sees it."""
    url = f"{server[0]}/moved/{server[0]}/file"
    download(url, _sha256(_DATA), tmp_path / "file", _ignore, headers={"Authorization": "Bearer secret"})
    assert (tmp_path / "file").read_bytes() == _DATA
    assert server[2] == [None]
    download(f"{server[0]}/file", "", tmp_path / "again", _ignore, headers={"Authorization": "Bearer secret"})
    assert server[2] == [None, "Bearer secret"]


def test_a_git_blob_is_checked_by_its_own_name(tmp_path: Path, server: Server) -> None:
    """Forty digits are the SHA-1 over git's header and the bytes, as `git hash-object` prints it."""
    (tmp_path / "empty").write_bytes(b"")
    assert hash_of(tmp_path / "empty", git=True) == "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"
    blob = hashlib.sha1(b"blob %d\0" % len(_DATA) + _DATA).hexdigest()
    download(f"{server[0]}/file", blob, tmp_path / "file", _ignore)
    with pytest.raises(ModelHashError):
        download(f"{server[0]}/file", blob[::-1], tmp_path / "other", _ignore)


def test_what_cannot_fit_is_refused_before_it_is_fetched(tmp_path: Path, server: Server) -> None:
    """A file larger than the disk is a DiskFullError that names the bytes and the folder."""
    with pytest.raises(DiskFullError, match=str(10**18)) as caught:
        download(f"{server[0]}/huge", "", tmp_path / "file", _ignore)
    assert str(tmp_path) in caught.value.message
    require_space(tmp_path, 1, "a byte")


def test_a_refusal_keeps_its_cause(tmp_path: Path, server: Server) -> None:
    """The HTTP status of a refusal can be told by who asked."""
    with pytest.raises(DownloadError) as caught:
        download(f"{server[0]}/denied", "", tmp_path / "file", _ignore)
    assert getattr(caught.value.__cause__, "code", None) == 403


def test_a_place_that_is_no_folder_is_a_typed_error(tmp_path: Path, server: Server) -> None:
    """Where nothing can be written, the error says so and does not speak of a full disk."""
    (tmp_path / "folder").write_text("a file")
    with pytest.raises(ModelError, match="cannot write") as caught:
        download(f"{server[0]}/file", "", tmp_path / "folder" / "file", _ignore)
    assert not isinstance(caught.value, DiskFullError | DownloadError)
