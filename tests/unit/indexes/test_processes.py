"""Several processes at one index: a writer, and readers that follow it without being opened again."""

import json
import subprocess
import sys

import pytest

from ragsys.errors import IndexBusyError
from ragsys.indexes.index import Index

_ROUNDS = 60
_WRITER = """
import sys, hashlib
from pathlib import Path
from ragsys.indexes.index import Index
from ragsys.indexes.records import NewDocument, NewPassage
from ragsys.testing import HashEmbedder

embedder = HashEmbedder(dim=16)

def document(number):
    text = f"number {number}"
    passages = (NewPassage(0, len(text), None, (), embedder.embed_passages([text])[0]),)
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    return NewDocument(
        f"{number:016x}", f"/{number}", sha256, 1, 1, None, {}, None, "t", "c", text, (), passages
    )

with Index.open(Path(sys.argv[1]), create=True) as index, index.writer() as writer:
    writer.set_space(embedder.space)
    print("ready", flush=True)
    sys.stdin.readline()
    for number in range(int(sys.argv[2])):
        writer.put([document(number)])
        if number >= 5:
            writer.remove([f"{number - 5:016x}"])
        if number % 7 == 0:
            writer.publish(force=True)
    print("written", flush=True)
    sys.stdin.readline()
"""
_READER = """
import sys, json, time
from pathlib import Path
import numpy as np
from ragsys.indexes.index import Index

folder, rounds = Path(sys.argv[1]), int(sys.argv[2])
last = f"{rounds - 1:016x}"
seen, states, wrong = 0, 0, []
with Index.open(folder) as index:
    print("ready", flush=True)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with index.read() as view:
            live = view.select(None).tolist()
            dense = sorted(view.dense(np.ones(16, np.float32), 1000)[0].tolist())
            lexical = sorted(view.lexical(["number"], 1000)[0].tolist())
            states += view.seq != seen
            if view.seq < seen or dense != live or lexical != live or len(live) > 6:
                wrong.append([seen, view.seq, live, dense, lexical])
            seen = view.seq
            if last in view.known():
                break
print(json.dumps({"seq": seen, "states": states, "wrong": wrong[:3]}))
"""


def _start(script, *arguments, **options):
    return subprocess.Popen(
        [sys.executable, "-c", script, *map(str, arguments)], stdout=subprocess.PIPE, text=True, **options
    )


def test_readers_follow_a_writer_in_another_process(tmp_path):
    """Each reader sees only whole states, in order, the same in both legs; and meanwhile nobody else can write."""
    writer = _start(_WRITER, tmp_path / "index", _ROUNDS, stdin=subprocess.PIPE)
    readers = []
    try:
        assert writer.stdout.readline() == "ready\n"
        readers += [_start(_READER, tmp_path / "index", _ROUNDS) for _ in range(3)]
        assert [reader.stdout.readline() for reader in readers] == ["ready\n"] * 3
        writer.stdin.write("go\n")
        writer.stdin.flush()
        assert writer.stdout.readline() == "written\n"
        with Index.open(tmp_path / "index") as index, pytest.raises(IndexBusyError), index.writer(timeout=0.05):
            pytest.fail("two writers at once")
        writer.communicate("go\n", timeout=60)
        reports = [json.loads(reader.communicate(timeout=90)[0]) for reader in readers]
    finally:
        for process in (writer, *readers):
            process.kill()
            process.wait()
    assert [report["wrong"] for report in reports] == [[], [], []]
    assert all(report["seq"] >= 2 * _ROUNDS - 6 for report in reports)
    assert max(report["states"] for report in reports) > 1
