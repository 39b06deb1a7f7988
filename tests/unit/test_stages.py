"""Stages: told to whoever listens, in whatever thread has the context, and kept within bounds."""

import contextvars
import threading

from ragsys.stages import Clock, Stages, listening, tell


def test_stages_are_told_to_the_listener_of_the_context():
    """Within the block and in threads that are given its context; not after it, and not in other threads."""
    stages = Stages()
    tell("before", 0.0, 1.0)
    with listening(stages.add):
        tell("here", 1.0, 3.0, {"passages": 2})
        context = contextvars.copy_context()
        for target in (lambda: context.run(tell, "there", 3.0, 4.0), lambda: tell("elsewhere", 0.0, 1.0)):
            thread = threading.Thread(target=target)
            thread.start()
            thread.join()
    tell("after", 0.0, 1.0)
    assert [(stage.name, stage.seconds, stage.counts) for stage in stages.told] == [
        ("here", 2.0, {"passages": 2}),
        ("there", 1.0, {}),
    ]


def test_the_laps_of_a_clock_are_stages_and_timings():
    """One measurement, seen in both places."""
    stages = Stages()
    with listening(stages.add):
        clock = Clock()
        clock.lap("dense", {"candidates": 3})
        clock.lap("lexical")
    assert list(clock.seconds) == ["dense", "lexical"] == [stage.name for stage in stages.told]
    assert clock.seconds == stages.seconds()
    assert stages.told[0].ended == stages.told[1].began


def test_no_more_than_a_thousand_are_kept():
    """Work without end takes no memory without end; what is left out is counted."""
    stages = Stages()
    with listening(stages.add):
        for _ in range(1_500):
            tell("parse", 0.0, 0.5)
    assert (len(stages.told), stages.more) == (1_000, 500)
    assert stages.seconds() == {"parse": 500.0}
