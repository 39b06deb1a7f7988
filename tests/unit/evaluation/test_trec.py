"""TREC run files say exactly the order that was measured."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragsys.errors import DatasetError
from ragsys.evaluation.trec import format_run, read_run_file

IDS = st.lists(st.text(min_size=1, max_size=8).filter(lambda t: t.isprintable() or " " in t), unique=True, max_size=6)


def test_a_run_file_has_the_six_columns():
    """Query, Q0, document, rank, score and tag."""
    assert format_run({"1": [("a", 2.5), ("b", 1.0)]}, "x") == "1 Q0 a 1 2.50000 x\n1 Q0 b 2 1.00000 x\n"


def test_ties_are_written_apart(tmp_path):
    """Equal scores keep their order for any reader, because they are written as strictly descending ones."""
    path = tmp_path / "run.trec"
    path.write_text(format_run({"1": [("b", 1.0), ("a", 1.0), ("c", 1.0)]}, "x"))
    assert [document for document, _ in read_run_file(path)["1"]] == ["b", "a", "c"]


@given(IDS, st.lists(st.floats(-100, 100), min_size=6, max_size=6))
def test_every_order_survives_the_file(tmp_path_factory, ids, scores):
    """Whatever the ids and the scores, the ranking that is read is the ranking that was written."""
    path = tmp_path_factory.mktemp("run") / "run.trec"
    ranking = list(zip(ids, scores, strict=False))
    path.write_text(format_run({"q 1%": ranking}, "x"), encoding="utf-8")
    read = read_run_file(path).get("q 1%", [])
    assert [document for document, _ in read] == [document for document, _ in ranking]


def test_a_foreign_run_is_ordered_as_trec_eval_orders_it(tmp_path):
    """By descending score whatever the rank column says, ties by descending document id."""
    path = tmp_path / "run.trec"
    path.write_text("1 Q0 a 1 0.5 x\n1 Q0 b 2 0.5 x\n1 Q0 c 3 0.9 x\n")
    assert [document for document, _ in read_run_file(path)["1"]] == ["c", "b", "a"]


@pytest.mark.parametrize("line", ["1 Q0 a 1 high x", "1 Q0 a 1 0.5", "1"])
def test_a_bad_line_is_named(tmp_path, line):
    """A line of another shape is a typed error with its number."""
    path = tmp_path / "run.trec"
    path.write_text(f"1 Q0 a 1 0.5 x\n{line}\n")
    with pytest.raises(DatasetError, match="line 2"):
        read_run_file(path)
