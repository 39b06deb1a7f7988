"""A server that is killed while files are uploaded to it loses none that it had acknowledged."""

import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is POSIX's")
KILLS = 2


def test_killed_servers_have_what_they_acknowledged(tmp_path):
    """After every SIGKILL the next server finds each acknowledged document, and no version before that one."""
    import server_harness

    outcome = server_harness.run(tmp_path, kills=KILLS, seed=1)
    assert outcome.acknowledged > KILLS
    assert (outcome.lost, outcome.stale) == (0, 0)


def test_the_harness_can_tell(tmp_path):
    """Where uploads count as acknowledged as soon as they are sent, it finds some of them missing."""
    import server_harness

    outcome = server_harness.run(tmp_path, kills=KILLS, seed=1, early=True)
    assert outcome.lost + outcome.stale
