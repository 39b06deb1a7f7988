"""A server that is killed at any stage of its work loses nothing that it had acknowledged; the harness can tell."""

import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the harness reads what Linux says of open files")
POINTS = ["body", "insert", "unindexed"]


def test_killed_servers_have_what_they_acknowledged(tmp_path):
    """After every SIGKILL the next server has each acknowledged document once and whole, and no removed one."""
    import server_harness

    outcome = server_harness.Run(tmp_path, seed=3).follow(POINTS)
    assert outcome.kills >= len(POINTS)
    assert outcome.truth.acknowledged > 0
    assert outcome.faults.said == []


@pytest.mark.parametrize("name", ["finishes-before-commit", "no-folder-sync"])
def test_a_broken_server_is_caught(tmp_path, name):
    """The same harness finds a fault in a server that forgets an upload too early, or flushes no folder."""
    import server_harness

    assert server_harness.catch(tmp_path, name, 3, 8)["caught"]


def test_every_point_has_a_stage():
    """A plan visits every point, and each is a stage of the work; where a broken server dies is one of them."""
    import server_harness
    from server_protocols import WEAK_POINTS

    points = [point for stage in server_harness.STAGES.values() for point in stage]
    assert len(points) == len(set(points))
    assert set(points) < set(server_harness.plan_of(200, 1))
    assert {point for point, _ in WEAK_POINTS.values()} <= set(points)
