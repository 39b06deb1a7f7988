"""Hostile and odd files through the real command: each an outcome, none of them read, waited for or shown raw."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

CLI = Path(__file__).parents[1] / "support" / "hash_cli.py"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the files of these tests exist on Linux")


def run(*arguments, cwd, **environ):
    """A command and what it printed, as bytes are shown on a terminal."""
    done = subprocess.run(
        [sys.executable, CLI, *arguments],
        cwd=cwd,
        capture_output=True,
        timeout=60,
        check=False,
        env={**os.environ, **environ},
    )
    assert b"Traceback" not in done.stderr, done.stderr.decode()
    return done


@pytest.fixture
def docs(tmp_path, monkeypatch):
    """A folder of everything that a file can be."""
    folder = tmp_path / "docs"
    folder.mkdir()
    monkeypatch.chdir(folder)
    names = ["good.txt", "new\nline.txt", "escape\x1b]0;owned\x07\x1b[2J.txt", "l" * 251 + ".txt", "\u202egnp.txt"]
    names += [os.fsdecode(b"bad\xff.txt"), "中文.txt"]
    for number, name in enumerate(names):
        Path(name).write_text(f"Text {number} is about tea.")
    Path("empty\x1b[31m.txt").touch()
    os.mkfifo("pipe.txt")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket.txt")
    if os.geteuid() == 0:
        os.mknod("device.txt", 0o20666, os.makedev(1, 5))
    Path("loop").symlink_to("loop")
    Path("out").symlink_to("/etc/passwd")
    Path("up").symlink_to("..")
    return folder


def test_each_is_an_outcome_and_nothing_is_hung_or_followed(docs, tmp_path):
    """Good files are added whatever they are called, and every other has its code; specials are passed over."""
    done = run("add", "docs", "--json", cwd=tmp_path)
    report = json.loads(done.stdout)
    assert done.returncode == 1
    assert report["added"] == 6
    codes = {failure["source"].rpartition("/")[2]: failure["code"] for failure in report["failed"]}
    assert codes == {
        "bad\\xff.txt": "file-name-invalid",
        "empty\x1b[31m.txt": "file-empty",
        "loop": "link-refused",
        "out": "link-refused",
        "up": "link-refused",
    }
    again = json.loads(run("add", "docs", "--json", cwd=tmp_path).stdout)
    assert (again["unchanged"], again["embedded"]) == (6, 0)


def test_no_name_reaches_the_terminal_raw(docs, tmp_path):
    """Escapes, bidirectional marks and newlines of names are printed by no command, and a name stays on its line."""
    for arguments in (["add", "docs"], ["status"], ["list"], ["search", "tea"], ["get", "docs/new\nline.txt"]):
        done = run(*arguments, cwd=tmp_path)
        shown = (done.stdout + done.stderr).decode("utf-8")
        assert not set(shown) & set("\x1b\x07\u202e")
        assert not [line for line in shown.splitlines() if line.startswith("line.txt")]


def test_a_special_file_that_is_named_is_refused(docs, tmp_path):
    """Also when it is asked for by its own name, a pipe is not waited for."""
    done = run("add", "docs/pipe.txt", "--json", cwd=tmp_path)
    assert [f["code"] for f in json.loads(done.stdout)["failed"]] == ["file-type-unsupported"]
    done = run("add", "/dev/zero", "--json", cwd=tmp_path)
    assert [f["code"] for f in json.loads(done.stdout)["failed"]] == ["file-type-unsupported"]


def test_what_may_not_be_read_is_an_outcome(tmp_path):
    """A file and a folder without permission are told, the rest is added, and a document of before is kept."""
    docs = tmp_path / "docs"
    (docs / "locked").mkdir(parents=True)
    for name in ("a.txt", "b.txt", "locked/c.txt"):
        (docs / name).write_text(f"This is {name}.")
    assert run("add", "docs", cwd=tmp_path).returncode == 0
    (docs / "b.txt").write_text("This is new.")
    (docs / "b.txt").chmod(0)
    (docs / "locked").chmod(0)
    try:
        done = run("add", "docs", "--prune", "--json", cwd=tmp_path, HASH_CLI_HUMBLE="1")
        report = json.loads(done.stdout)
        assert {(Path(f["source"]).name, f["code"]) for f in report["failed"]} == {
            ("b.txt", "file-unreadable"),
            ("locked", "file-unreadable"),
        }
        assert (done.returncode, report["unchanged"], report["deleted"]) == (1, 1, 0)
        assert len(json.loads(run("list", "--json", cwd=tmp_path).stdout)["documents"]) == 3
    finally:
        (docs / "locked").chmod(0o700)
