"""A short run of the fuzzing harness; `make fuzz` runs the long one."""

from __future__ import annotations

import sys
from pathlib import Path

import in_process

sys.path.insert(0, str(Path(__file__).parent))
import fuzzing


def test_bent_files_are_text_or_an_error_with_a_code(monkeypatch):
    """Of some hundred files over every format: no crash, no hang, and no exception that nobody thought of."""
    monkeypatch.delenv("RAGSYS_DATA", raising=False)
    outcome = fuzzing.run(400, seed=1)  # others: `make fuzz`
    assert outcome.files == 400
    assert (outcome.crashes, outcome.late, outcome.untyped, outcome.died) == ([], [], [], [])


def test_the_same_seed_bends_the_same_files():
    """So that what it finds can be looked at again."""
    found = fuzzing.corpus()
    assert [fuzzing.mutant(found, 7, number) for number in range(40)] == [
        fuzzing.mutant(found, 7, number) for number in range(40)
    ]


def test_the_harness_can_fail(monkeypatch):
    """A parser with a bug is found."""

    class Buggy:
        name = "text"

        def parse(self, data, *, name):
            raise KeyError(name)

    in_process.use(monkeypatch, Buggy())
    monkeypatch.setattr(fuzzing, "Reader", in_process.InProcessReader)
    assert fuzzing.run(40, seed=1).untyped
