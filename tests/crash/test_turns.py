"""A process that is killed while it keeps turns loses none that it had acknowledged."""

import os
import random
import signal
import subprocess
import sys
import time

import pytest

from ragsys.indexes.index import Index

KILLS = 12

_WRITER = """
import sys
from pathlib import Path
from ragsys.indexes.index import Index
from ragsys.indexes.records import StoredTurn

with Index.open(Path(sys.argv[1])) as index:
    while True:
        turn = StoredTurn(0, "q", "q", "as-is", 0, "x" * 5000, 1, "d", "")
        print(index.conversations.append("s", turn).number, flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is POSIX's")
def test_killed_talkers_lose_no_acknowledged_turn(tmp_path):
    """After every SIGKILL the turns are whole, numbered without a gap, and at least those that were acknowledged."""
    rng = random.Random(1)
    with Index.open(tmp_path, create=True) as index:
        index.conversations.start("s", None)
    acknowledged = 0
    for _ in range(KILLS):
        process = subprocess.Popen([sys.executable, "-c", _WRITER, tmp_path], stdout=subprocess.PIPE)
        assert process.stdout.readline()
        time.sleep(rng.uniform(0, 0.1))
        os.kill(process.pid, signal.SIGKILL)
        rest = process.communicate()[0].split()
        acknowledged = max(acknowledged, *map(int, rest)) if rest else acknowledged + 1
        with Index.open(tmp_path) as index:
            turns = index.conversations.turns("s")
            assert [turn.number for turn in turns] == list(range(1, len(turns) + 1))
            assert len(turns) >= acknowledged
            assert all(turn.answer == "x" * 5000 for turn in turns)
        acknowledged = len(turns)
    assert acknowledged > KILLS
