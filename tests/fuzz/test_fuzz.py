"""A short run of the fuzzing harness; `make fuzz` runs the long one."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import in_process

from ragsys.ingest.parsers import PARSERS, parser_for

sys.path.insert(0, str(Path(__file__).parent))
import fuzzing


def test_bent_files_are_text_or_an_error_with_a_code(monkeypatch):
    """Of some hundred files over every format: no crash, no hang, and no exception that nobody thought of."""
    monkeypatch.delenv("RAGSYS_DATA", raising=False)
    outcome = fuzzing.run(400, seed=1)  # others: `make fuzz`
    assert outcome.files == 400
    assert (outcome.crashes, outcome.late, outcome.untyped, outcome.died) == ([], [], [], [])


def test_every_parser_has_a_file_to_bend():
    """A new format comes into the corpus with its parser."""
    read = {
        parser_for(data, f"a.{suffix}").name
        for suffix, data in fuzzing.made()
        if suffix not in {"zip", "tar", "tgz", "gz", "bz2", "xz"}  # read file by file
    }
    assert read == set(PARSERS)


def test_the_corpus_does_not_depend_on_the_hour(monkeypatch):
    """Office documents carry the time they were written at; ours do not."""
    monkeypatch.delenv("RAGSYS_DATA", raising=False)
    before = fuzzing.corpus()
    monkeypatch.setattr(time, "localtime", lambda *_: time.gmtime(0x7FFFFFFF))
    assert fuzzing.corpus() == before


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
