"""`watch`, `update`, `add --dry-run` and `add -` as commands, in processes of their own."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

CLI = Path(__file__).parents[1] / "support" / "hash_cli.py"


def run(*arguments, cwd, stdin=None):
    """One command to its end."""
    return subprocess.run(
        [sys.executable, CLI, *arguments], cwd=cwd, input=stdin, capture_output=True, check=False, timeout=60
    )


@pytest.fixture
def folder(tmp_path):
    """A folder with a document."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.txt").write_text("The first text.")
    return tmp_path


class _Watching:
    """A running `watch`; its lines as they come."""

    def __init__(self, folder, *arguments):
        command = [sys.executable, "-u", CLI, "watch", *arguments, "--json", "--interval", "0.1"]
        self.process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def line(self, seconds=30):
        """The next line as JSON."""
        ready, _, _ = select.select([self.process.stdout], [], [], seconds)
        assert ready, "no line came"
        return json.loads(self.process.stdout.readline())


@pytest.fixture(params=[[], ["--poll"]], ids=["notices", "poll"])
def watching(request, folder):
    """`watch docs`, with the system's notices and without."""
    if not request.param:
        pytest.importorskip("watchfiles")
    running = _Watching(folder, "docs", *request.param)
    yield running
    running.process.kill()
    running.process.communicate()


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX's")
def test_watch_follows_and_ends_cleanly(folder, watching):
    """Added, changed, moved and deleted files are a line each, failures are said once; Ctrl-C ends it with code 0."""
    docs = folder / "docs"
    assert watching.line()["added"] == 1
    (docs / "b.txt").write_text("The second text.")
    assert watching.line()["added"] == 1
    (docs / "b.txt").write_text("The second text, changed.")
    assert watching.line()["updated"] == 1
    (docs / "b.txt").rename(docs / "c.txt")
    line = watching.line()
    assert (len(line["moved"]), line["embedded"]) == (1, 0)
    (docs / "c.txt").unlink()
    assert watching.line()["deleted"] == 1
    (docs / "empty.txt").touch()
    assert [failure["code"] for failure in watching.line()["failed"]] == ["file-empty"]
    (docs / "d.txt").write_text("The fourth text.")
    line = watching.line()
    assert (line["added"], line["failed"][0]["source"]) == (1, str(docs / "empty.txt"))
    assert json.loads(run("search", "fourth", "--json", cwd=folder).stdout)["hits"]
    time.sleep(0.3)
    watching.process.send_signal(signal.SIGINT)
    rest, err = watching.process.communicate(timeout=30)
    assert (watching.process.returncode, rest) == (0, b"")
    assert b"stopped watching" in err
    assert b"Traceback" not in err


@pytest.mark.skipif(sys.platform == "win32", reason="locks are looked at as POSIX has them")
def test_watch_waits_for_another_writer(folder):
    """While somebody else writes, it says so once and goes on afterwards."""
    from ragsys.indexes import Index

    assert run("add", "docs", cwd=folder).returncode == 0
    os.environ["RAGSYS_LOCK_TIMEOUT"] = "0.1"
    try:
        running = _Watching(folder, "--poll")
    finally:
        del os.environ["RAGSYS_LOCK_TIMEOUT"]
    try:
        running.line()
        with Index.open(folder / ".ragsys") as index, index.writer(timeout=30):
            (folder / "docs" / "b.txt").write_text("The second text.")
            assert b"index-busy" in running.process.stderr.readline()
        assert running.line()["added"] == 1
    finally:
        running.process.kill()
        running.process.communicate()


def test_update_and_its_list(folder):
    """`update` needs no path, lists what it looks at, and stops looking where it is told to."""
    assert run("update", cwd=folder).returncode == 3
    assert run("add", "docs", "--tag", "k=1", cwd=folder).returncode == 0
    (folder / "docs" / "b.txt").write_text("The second text.")
    found = json.loads(run("update", "--dry-run", "--json", cwd=folder).stdout)
    assert found["new"] == [str(folder / "docs" / "b.txt")]
    done = run("update", cwd=folder)
    assert done.stdout.startswith(b"1 added, 0 updated, 1 unchanged")
    listed = run("update", "--list", cwd=folder).stdout.decode()
    assert "--tag k=1" in listed
    assert str(folder / "docs") in listed
    assert json.loads(run("update", "--stop", "docs", "--json", cwd=folder).stdout) == {"roots": []}
    assert run("update", "--stop", "docs", cwd=folder).returncode == 2
    assert run("update", "--stop", cwd=folder).returncode == 2
    assert b"nothing was added yet" in run("update", cwd=folder).stderr


def test_a_dry_run_makes_no_index(folder):
    """It names each file and the cost; the exit code is 1 where a file would fail."""
    (folder / "docs" / "empty.txt").touch()
    done = run("add", "docs", "--dry-run", cwd=folder)
    text = done.stdout.decode()
    assert done.returncode == 1
    assert f"new      {folder}/docs/a.txt" in text
    assert "failing" in text
    assert "to embed: 1 of 1 passages" in text
    assert not (folder / ".ragsys").exists()


def test_standard_input_is_a_document(folder):
    """Piped bytes are added under their name, and found; wishes that make no sense are refused."""
    done = run("add", "-", "--name", "mail/1.md", "--tag", "k=1", cwd=folder, stdin="# 茶\n\n绿茶。".encode())
    assert done.returncode == 0, done.stderr
    assert run("get", "mail/1.md", "--text", cwd=folder).stdout == "# 茶\n\n绿茶。".encode()
    assert run("add", "-", cwd=folder, stdin=b"").returncode == 1
    assert run("add", "-", "docs", cwd=folder, stdin=b"x").returncode == 2
    assert run("add", "docs", "--name", "x", cwd=folder).returncode == 2
    assert run("add", "-", "--dry-run", cwd=folder, stdin=b"x").returncode == 2
