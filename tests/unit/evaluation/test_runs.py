"""A saved run is the run that was measured."""

import json

import pytest

from ragsys.errors import RunError
from ragsys.evaluation.corpus import index_corpus
from ragsys.evaluation.datasets import open_dataset
from ragsys.evaluation.retrieval import evaluate_retrieval
from ragsys.evaluation.runs import read_run


@pytest.fixture
def saved(beir, engine, tmp_path):
    """A retrieval run in a folder."""
    opened = engine()
    index_corpus(opened, open_dataset(beir))
    evaluate_retrieval(opened, open_dataset(beir), measures=["RR@10", "AP"]).write(tmp_path / "run")
    return tmp_path / "run"


def test_what_is_read_is_what_was_written(saved, tmp_path):
    """Written again, a run that was read gives the same bytes; measures keep the order that they were asked in."""
    run = read_run(saved)
    assert list(run.measures()) == ["RR@10", "AP"]
    run.write(tmp_path / "again")
    for name in ("run.json", "fused.trec", "dense.trec", "lexical.trec", "timings.json"):
        assert (saved / name).read_bytes() == (tmp_path / "again" / name).read_bytes()


def test_a_run_says_how_it_was_measured(saved):
    """Settings, versions, machine and the index's digest are there; no path, no time of day."""
    data = json.loads((saved / "run.json").read_text())
    assert data["settings"]["chunk_tokens"] == 256
    assert data["versions"]["ragsys"]
    assert data["machine"]["cores"]
    assert len(data["index"]["digest"]) == 64
    assert str(saved.parent) not in (saved / "run.json").read_text()


def test_a_leg_can_stand_for_the_fusion(saved):
    """`run::dense` is the same run with another main system."""
    run = read_run(f"{saved}::dense")
    assert run.main.values == read_run(saved).systems["dense"].values
    with pytest.raises(RunError, match="has no 'sparse'"):
        read_run(f"{saved}::sparse")


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"format": 99}', '{"format": 1, "systems": 3}', "\x00"])
def test_a_damaged_run_is_a_typed_error(saved, content):
    """Whatever stands in run.json, there is no traceback."""
    (saved / "run.json").write_text(content)
    with pytest.raises(RunError):
        read_run(saved)


def test_a_missing_run_and_a_folder_that_cannot_be_written_are_typed_errors(saved, tmp_path):
    """Both say which folder."""
    with pytest.raises(RunError, match="there is no run in"):
        read_run(tmp_path / "nothing")
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match="cannot write"):
        read_run(saved).write(tmp_path / "file")
