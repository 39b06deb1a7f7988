"""Runs are compared query by query, and only where they can be."""

from dataclasses import replace

import pytest

from ragsys.errors import RunError
from ragsys.evaluation.comparison import compare
from ragsys.evaluation.runs import Run, System


def run(name, values, **changes):
    """A retrieval run with the given values per measure and query."""
    queries = next(iter(values.values()))
    made = Run(
        name=name, kind="retrieval", dataset="d", dataset_digest="x", seed=0,
        texts={query: f"text of {query}" for query in queries}, systems={"fused": System(values)},
        settings={}, index={}, versions={}, machine={},
    )  # fmt: skip
    return replace(made, **changes)


BEFORE = {"AP": {f"q{i}": 0.5 for i in range(6)}, "RR": {f"q{i}": 0.5 for i in range(6)}}
AFTER = {
    "AP": {"q0": 1.0, "q1": 0.7, "q2": 0.6, "q3": 0.6, "q4": 0.6, "q5": 0.6},
    "RR": {"q0": 0.1, "q1": 0.5, "q2": 0.5, "q3": 0.5, "q4": 0.5, "q5": 0.5},
}


def test_each_measure_has_its_difference_and_its_test():
    """Six gains are one of two patterns of 64; two tests were made, so Holm doubles the smaller p."""
    (comparison,) = compare(run("a", BEFORE), [run("b", AFTER)])
    ap, rr = comparison.differences
    assert (ap.better, ap.worse, ap.same) == (6, 0, 0)
    assert ap.difference == pytest.approx(1.1 / 6)
    assert (ap.p, ap.p_holm) == (2 / 64, 4 / 64)
    assert 0 < ap.low < ap.difference < ap.high
    assert (rr.better, rr.worse, rr.same, rr.p) == (0, 1, 5, 1.0)


def test_the_queries_that_changed_most_come_first():
    """By the size of the change, up or down."""
    (comparison,) = compare(run("a", BEFORE), [run("b", AFTER)])
    changes = comparison.differences[0].changes
    assert [change.query for change in changes[:2]] == ["q0", "q1"]
    assert (changes[0].text, changes[0].before, changes[0].after) == ("text of q0", 0.5, 1.0)


def test_a_run_against_itself_shows_nothing():
    """No difference, p of one, an empty interval."""
    (comparison,) = compare(run("a", BEFORE), [run("a", BEFORE)])
    assert all((d.difference, d.p, d.low, d.high) == (0, 1, 0, 0) for d in comparison.differences)


def test_the_settings_that_differ_are_named():
    """With both values; a setting that an older run does not say is None there."""
    old, new = (
        run("a", BEFORE, settings={"top_k": 8, "depth": 100}),
        run("b", BEFORE, settings={"top_k": 8, "depth": 50, "x": 1}),
    )
    (comparison,) = compare(old, [new])
    assert comparison.settings == {"depth": (100, 50), "x": (None, 1)}


def test_holm_counts_every_candidate():
    """Two candidates and one measure are two tests."""
    found = compare(run("a", BEFORE), [run("b", AFTER), run("c", AFTER)], measures=["AP"])
    assert [comparison.differences[0].p_holm for comparison in found] == [4 / 64, 4 / 64]


def test_a_query_without_a_value_counts_as_zero():
    """What one run could not rate is not left out of the mean."""
    short = {"AP": dict(list(AFTER["AP"].items())[1:])}
    (comparison,) = compare(run("a", BEFORE), [replace(run("b", AFTER), systems={"fused": System(short)})])
    assert comparison.differences[0].candidate == pytest.approx(3.1 / 6)


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (run("b", AFTER, dataset_digest="y"), "not measured on the same"),
        (run("b", AFTER, texts={"q0": ""}), "6 questions"),
        (run("b", AFTER, kind="qa", systems={"answers": System(AFTER)}), "a qa run"),
        (run("b", {"nDCG@10": AFTER["AP"]}), "a measure in common"),
    ],
)
def test_what_cannot_be_compared_is_refused(other, message):
    """Other judgements, other questions, another kind, or no common measure: a typed error, never a wrong number."""
    with pytest.raises(RunError, match=message):
        compare(run("a", BEFORE), [other])


def test_an_unknown_measure_names_those_that_there_are():
    """The hint lists what both runs have."""
    with pytest.raises(RunError) as caught:
        compare(run("a", BEFORE), [run("b", AFTER)], measures=["P@5"])
    assert caught.value.hint == "they share: AP, RR"
