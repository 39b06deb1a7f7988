"""A file is read once, within limits, and what goes wrong has a type."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ragsys.errors import (
    FileChangedError,
    FileTooLargeError,
    FileUnreadableError,
    FileVanishedError,
    UnsupportedTypeError,
)
from ragsys.ingest import reading
from ragsys.ingest.reading import read_file, stat_file


def test_a_vanished_file_has_its_own_error(tmp_path):
    """A file that is gone between being found and being read is told apart."""
    with pytest.raises(FileVanishedError):
        read_file(tmp_path / "gone", 10)
    with pytest.raises(FileVanishedError):
        stat_file(tmp_path / "gone")


def test_a_huge_file_is_refused_without_being_read(tmp_path):
    """100 MB in one sparse line are refused by their size."""
    path = tmp_path / "line.txt"
    path.touch()
    os.truncate(path, 100 * 1024 * 1024)
    with pytest.raises(FileTooLargeError):
        read_file(path, 64 * 1024 * 1024)


def test_a_link_that_appeared_since_is_refused(tmp_path):
    """Paths are resolved before; a link in place of the file is not followed."""
    (tmp_path / "target").write_text("secret")
    (tmp_path / "file").symlink_to(tmp_path / "target")
    with pytest.raises(FileUnreadableError):
        read_file(tmp_path / "file", 10)


def _pipe(path):
    os.mkfifo(path)


def _socket(path):
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))


def _device(path):
    path.symlink_to("/dev/zero")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no such files here")
@pytest.mark.parametrize("make", [_pipe, _socket, _device], ids=["pipe", "socket", "device"])
def test_what_is_no_file_is_neither_waited_for_nor_read(tmp_path, monkeypatch, make):
    """A pipe without a writer, a socket and an endless device are refused at once."""
    monkeypatch.chdir(tmp_path)  # the name of a socket has to be short
    make(Path("x"))
    path = (tmp_path / "x").resolve()
    with pytest.raises(UnsupportedTypeError):
        stat_file(path)
    with pytest.raises((UnsupportedTypeError, FileUnreadableError)):
        read_file(path, 10)


def _changing(monkeypatch, path, times):
    """Append to the file each time that it has been opened, `times` times."""
    fstat = os.fstat
    left = [times]

    def hooked(handle):
        status = fstat(handle)
        if left[0]:
            left[0] -= 1
            with path.open("ab") as file:
                file.write(b"more")
        return status

    monkeypatch.setattr(reading.os, "fstat", hooked)


def test_a_file_that_changes_once_is_read_again(tmp_path, monkeypatch):
    """What is returned is one state of the file: the later one."""
    path = tmp_path / "a.txt"
    path.write_bytes(b"first ")
    _changing(monkeypatch, path, 1)
    assert read_file(path, 100).data == b"first more"


def test_a_file_that_changes_each_time_is_refused(tmp_path, monkeypatch):
    """After a few times it is an error, not a mixture of two states."""
    path = tmp_path / "a.txt"
    path.write_bytes(b"first ")
    _changing(monkeypatch, path, 1000)
    with pytest.raises(FileChangedError):
        read_file(path, 10_000)


def test_a_file_that_another_process_writes_to_is_refused(tmp_path):
    """While a writer appends without a pause, no reading of a large file is a state that the file ever had."""
    path = tmp_path / "a.bin"
    path.write_bytes(b"x" * 32_000_000)
    script = "import sys\nwith open(sys.argv[1], 'ab', buffering=0) as f:\n    while True: f.write(b'y')"
    with subprocess.Popen([sys.executable, "-c", script, path]) as writer:
        try:
            until = time.monotonic() + 60
            while path.stat().st_size == 32_000_000 and time.monotonic() < until:
                time.sleep(0.01)
            with pytest.raises(FileChangedError):  # noqa: PT012 - on a busy machine the writer may sleep for a while
                while time.monotonic() < until:
                    read_file(path, 1_000_000_000)
        finally:
            writer.kill()


@pytest.mark.parametrize(("age", "trusted"), [(-60, False), (60, True), (0.01, False)])
def test_the_time_of_a_fresh_file_is_not_trusted(tmp_path, monkeypatch, age, trusted):
    """A file may change again within the same tick of the clock; only an older time identifies its state."""
    path = tmp_path / "a.txt"
    path.write_text("text")
    status = path.stat()
    monkeypatch.setattr("ragsys.ingest.reading.time.time_ns", lambda: status.st_mtime_ns + int(age * 1e9))
    assert read_file(path, 10).mtime_ns == (status.st_mtime_ns if trusted else -1)


def test_whole_seconds_are_trusted_later(tmp_path, monkeypatch):
    """Where the file system counts in seconds, a second is a tick."""
    path = tmp_path / "a.txt"
    path.write_text("text")
    os.utime(path, (10**9, 10**9))
    for age, trusted in ((1, False), (3, True)):
        monkeypatch.setattr("ragsys.ingest.reading.time.time_ns", lambda age=age: (10**9 + age) * 10**9)
        assert (read_file(path, 10).mtime_ns != -1) == trusted
