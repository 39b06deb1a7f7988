"""A command that is stopped says so in one line, and what it acknowledged is there."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

CLI = Path(__file__).parents[1] / "support" / "hash_cli.py"
FILES = 60

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX's")


def start(*arguments, cwd, **environ):
    """A command that runs."""
    return subprocess.Popen(
        [sys.executable, CLI, *arguments],
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **environ},
    )


def run(*arguments, cwd):
    """A command that has run, with its JSON."""
    with start(*arguments, "--json", cwd=cwd) as process:
        out, err = process.communicate(timeout=60)
    assert "Traceback" not in err, err
    return process.returncode, json.loads(out)


def stored(folder):
    """How many documents are acknowledged at this moment."""
    try:
        with sqlite3.connect(f"file:{folder}/.ragsys/ragsys.db?mode=ro", uri=True) as connection:
            return connection.execute("SELECT count(*) FROM document").fetchone()[0]
    except sqlite3.Error:
        return 0
    finally:
        if "connection" in locals():
            connection.close()


@pytest.fixture
def folder(tmp_path):
    """Files to add, more than are added in a few seconds."""
    docs = tmp_path / "docs"
    docs.mkdir()
    for number in range(FILES):
        (docs / f"{number:03}.txt").write_text(f"File {number} is about the number {number}.")
    return tmp_path


@pytest.mark.parametrize(
    ("number", "code", "word"), [(signal.SIGINT, 130, "interrupted"), (signal.SIGTERM, 143, "terminated")]
)
def test_add_can_be_stopped_and_goes_on(folder, number, code, word):
    """In the middle of a folder: one line and the signal's exit code; then only the rest is read."""
    with start("add", "docs", cwd=folder, HASH_CLI_DELAY="0.05", RAGSYS_BATCH_PASSAGES="4") as process:
        until = time.monotonic() + 60
        while stored(folder) < 8 and time.monotonic() < until:
            time.sleep(0.02)
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
    assert process.returncode == code, err
    assert err.strip() == f"{word}; what was acknowledged is safe"
    assert out == ""
    kept = stored(folder)
    assert 8 <= kept < FILES
    status, report = run("add", "docs", cwd=folder)
    assert (status, report["unchanged"], report["added"]) == (0, kept, FILES - kept)
    assert report["embedded"] == FILES - kept
    assert run("doctor", cwd=folder)[1]["ok"]


@pytest.mark.parametrize(("times", "kept"), [(1, FILES), (2, 0)])
def test_ctrl_c_lets_the_batch_be_stored(folder, times, kept):
    """Once, and what was read is embedded and acknowledged to the last document; twice, and it is not waited for."""
    mark = folder / "mark"
    with start("add", "docs", cwd=folder, HASH_CLI_DELAY="0.05", HASH_CLI_EMBEDS=str(mark)) as process:
        until = time.monotonic() + 60
        while not mark.exists() and time.monotonic() < until:
            time.sleep(0.02)
        for _ in range(times):
            process.send_signal(signal.SIGINT)
            time.sleep(0.2)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, "")
    assert err.strip() == "interrupted; what was acknowledged is safe"
    assert stored(folder) == kept


def test_ask_can_be_stopped(folder):
    """While an answer is written: one line, and the exit code of Ctrl-C."""
    run("add", "docs", cwd=folder)
    mark = folder / "mark"
    with start("ask", "What is file 7 about?", cwd=folder, HASH_CLI_MARK=str(mark)) as process:
        until = time.monotonic() + 60
        while not mark.exists() and time.monotonic() < until:
            time.sleep(0.02)
        assert process.poll() is None  # its generator never ends by itself
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, "")
    assert err.strip() == "interrupted; what was acknowledged is safe"
