"""A killed writer loses nothing that it acknowledged; and the harness that says so can tell."""

import os

import pytest

pytestmark = pytest.mark.crash
KILLS = int(os.environ.get("RAGSYS_CRASH_KILLS", "100"))
BROKEN = ["no-replay", "no-tombstones", "split-replace", "in-place", "early-acknowledgement"]


def test_killed_writers_leave_exactly_what_they_acknowledged(tmp_path):
    """After every SIGKILL the index equals the truth, and answers as brute force over the truth does."""
    import harness

    outcome = harness.run(tmp_path, kills=KILLS, seed=1)
    assert outcome.kills == KILLS
    assert outcome.acknowledged > KILLS
    assert not outcome.caught, outcome.faults


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_protocol_is_caught(tmp_path, name):
    """The same harness finds a fault in a protocol that has one."""
    import harness

    assert harness.run(tmp_path, kills=60, seed=1, name=name, stop=True).caught
