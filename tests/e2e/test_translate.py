"""`ragsys translate` as a process of its own: whole output, and an end in the middle."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

CLI = Path(__file__).parents[1] / "support" / "hash_cli.py"


def start(*arguments, cwd, **environ):
    """A command that runs, with the hashing embedder."""
    return subprocess.Popen(
        [sys.executable, CLI, *arguments],
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, **environ},
    )


def test_a_file_is_translated_without_an_index(tmp_path):
    """A Markdown file in, pairs with spans out, and nothing is left behind."""
    text = "# The pump\n\nThe pump stops at night. It starts again in the morning.\n"
    (tmp_path / "notes.md").write_text(text, encoding="utf-8")
    with start(
        "translate", "notes.md", "--to", "zh", "--json", cwd=tmp_path, HASH_CLI_SAY="水泵在夜里停止。"
    ) as process:
        out, err = process.communicate(timeout=60)
    assert b"Traceback" not in err
    found = json.loads(out.decode())
    assert [text[s["start"] : s["end"]] for s in found["sentences"]] == [
        "The pump", "The pump stops at night.", "It starts again in the morning.",
    ]  # fmt: skip
    assert {s["target"] for s in found["sentences"]} == {"水泵在夜里停止。"}
    assert [path.name for path in tmp_path.iterdir()] == ["notes.md"]


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX's")
def test_a_translation_that_is_stopped_says_so_in_one_line(tmp_path):
    """Ctrl-C while a sentence is generated ends the command with its code and no traceback."""
    (tmp_path / "notes.txt").write_text("The pump stops at night.", encoding="utf-8")
    mark = tmp_path / "begun"
    with start("translate", "notes.txt", "--to", "zh", cwd=tmp_path, HASH_CLI_MARK=str(mark)) as process:
        while not mark.exists() and process.poll() is None:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "interrupted" in err.decode().splitlines()[-1]
    assert "Traceback" not in err.decode()
