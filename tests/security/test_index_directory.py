"""An index directory that cannot be written to, through the real command: typed errors, and what was there stays."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

CLI = Path(__file__).parents[1] / "support" / "hash_cli.py"


def run(*arguments, cwd, limit=None, **environ):
    """A command's exit code and its JSON, the error's where there is one; `limit` is the most bytes of a file."""

    def restrict():
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    done = subprocess.run(
        [sys.executable, CLI, *arguments, "--json"],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, **environ},
        preexec_fn=restrict if limit else None,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, json.loads(done.stdout) if done.stdout else json.loads(done.stderr)["error"]


def sources(index, cwd):
    """The names of what the index holds."""
    return [Path(d["source"]).name for d in run("list", "--index", index, cwd=cwd)[1]["documents"]]


@pytest.fixture
def folder(tmp_path):
    """A small index, and a large file that is not in it."""
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "a.txt").write_text("A text about tea.")
    assert run("add", "docs", "--index", "index", cwd=tmp_path)[0] == 0
    (docs / "b.txt").write_text("".join(f"Sentence {i} has the word w{i}. " for i in range(20_000)))
    return tmp_path


def test_a_read_only_directory_is_searched_and_not_changed(folder):
    """Reading works; add and rm are errors that name the directory; nothing is created in a read-only place."""
    index = folder / "index"
    for path in (*index.iterdir(), index):
        path.chmod(0o500 if path.is_dir() else 0o400)
    try:
        humble = {"cwd": folder, "HASH_CLI_HUMBLE": "1"}
        status, found = run("search", "tea", "--index", "index", **humble)
        assert (status, len(found["hits"])) == (0, 1)
        for arguments in (["add", "docs"], ["rm", "docs/a.txt"]):
            status, error = run(*arguments, "--index", "index", **humble)
            assert (status, error["code"]) == (3, "index-read-only")
            assert error["hint"]
        status, error = run("add", "docs", "--index", "index/new", **humble)
        assert (status, error["code"]) == (3, "index-read-only")
    finally:
        index.chmod(0o700)


def test_a_full_disk_keeps_what_was_acknowledged(folder):
    """A limit on the size of files stops the database: a typed error, the old state, and the next run goes on."""
    status, error = run("add", "docs", "--index", "index", cwd=folder, limit=60_000)
    assert (status, error["code"]) == (7, "disk-full")
    assert sources("index", folder) == ["a.txt"]
    status, report = run("add", "docs", "--index", "index", cwd=folder)
    assert (status, report["unchanged"], report["added"]) == (0, 1, 1)


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 400 kB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    try:
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=400k", "tmpfs", disk], capture_output=True, check=False
        )
    except OSError:
        pytest.skip("there is no mount here")
    if done.returncode:
        pytest.skip("a file system may not be mounted here")
    yield disk
    subprocess.run(["umount", disk], check=True)


def test_a_file_system_that_fills_up(folder, small_disk):
    """On a real disk that is full: a typed error, the index searches, and with room again it goes on."""
    index = str(small_disk / "index")
    assert run("add", "docs/a.txt", "--index", index, cwd=folder)[0] == 0
    status, error = run("add", "docs", "--index", index, cwd=folder)
    assert (status, error["code"]) == (7, "disk-full")
    assert sources(index, folder) == ["a.txt"]
    assert len(run("search", "tea", "--index", index, cwd=folder)[1]["hits"]) == 1
    (folder / "docs" / "b.txt").write_text("A shorter text.")
    status, report = run("add", "docs", "--index", index, cwd=folder)
    assert (status, report["unchanged"], report["added"]) == (0, 1, 1)
    assert run("doctor", "--index", index, cwd=folder)[1]["ok"]


def test_another_process_that_writes(folder):
    """While a real second process adds, a writer waits its time and is told so; a reader is not disturbed."""
    many = folder / "many"
    many.mkdir()
    for number in range(40):
        (many / f"{number}.txt").write_text(f"File {number}.")
    arguments = [sys.executable, CLI, "add", "many", "--index", "index"]
    environ = {**os.environ, "HASH_CLI_DELAY": "1", "RAGSYS_BATCH_PASSAGES": "1"}
    with subprocess.Popen(arguments, cwd=folder, env=environ, stdout=subprocess.DEVNULL) as writer:
        while len(sources("index", folder)) < 2:
            assert writer.poll() is None
        status, error = run("add", "docs", "--index", "index", cwd=folder, RAGSYS_LOCK_TIMEOUT="0.2")
        assert (status, error["code"]) == (4, "index-busy")
        assert len(run("search", "tea", "--index", "index", cwd=folder)[1]["hits"]) >= 1
        writer.kill()
    assert run("add", "docs", "--index", "index", cwd=folder)[0] == 0


def test_an_index_of_a_newer_version(folder):
    """Every command refuses it, and not a byte of it changes."""
    import sqlite3

    database = folder / "index" / "ragsys.db"
    connection = sqlite3.connect(database)
    connection.execute("PRAGMA user_version = 999")
    connection.close()
    before = database.read_bytes()
    for arguments in (["add", "docs"], ["search", "tea"], ["ask", "tea"], ["list"], ["status"], ["doctor", "--repair"]):
        status, error = run(*arguments, "--index", "index", cwd=folder)
        assert (status, error["code"]) == (3, "index-newer")
    assert database.read_bytes() == before
