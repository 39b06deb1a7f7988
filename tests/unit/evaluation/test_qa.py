"""Answers are scored with their refusals, and each is kept."""

import pytest

from ragsys.errors import DatasetError
from ragsys.evaluation.corpus import index_corpus
from ragsys.evaluation.datasets import Dataset, Question, open_dataset
from ragsys.evaluation.qa import evaluate_qa

REPLIES = [
    "The chain is oiled after every ride in the rain.",
    "The burrs are cleaned with a dry brush every two weeks.",
    "Bread rises for twelve hours in a cool kitchen.",
    "The cup was won by a horse.",
]


@pytest.fixture
def run(beir, engine):
    """The four questions of the tiny set, answered by a script."""
    opened = engine(replies=REPLIES)
    dataset = open_dataset(beir)
    index_corpus(opened, dataset)
    return evaluate_qa(opened, dataset)


def test_answers_and_refusals_are_scored(run):
    """Three are answered and overlap their answers; the refusal of the unanswerable one is wholly right."""
    assert [row["status"] for row in run.answers] == ["answered", "answered", "answered", "abstained"]
    assert run.main.values["EM"] == {"q1": 0.0, "q2": 0.0, "q3": 0.0, "q4": 1.0}
    # "twelve hours" in "bread rises for twelve hours in cool kitchen": 2 of 8 words, and both of the answer's.
    assert run.main.values["F1"]["q3"] == pytest.approx(2 * 2 / (8 + 2))
    assert run.summary["unanswerable"] == {"questions": 1, "precision": 1.0, "recall": 1.0, "AUROC": 1.0}
    assert (run.summary["answered"], run.summary["abstained"]) == (3, 1)


def test_markers_are_no_part_of_a_prediction(run):
    """What is scored is the answer without its citation marks."""
    first = run.answers[0]
    assert "[1]" in first["text"]
    assert first["prediction"] == REPLIES[0]


def test_citations_are_checked_and_compared_with_gold_evidence(run):
    """Every quote is the verbatim text of the judged document; where there is evidence, it is covered in full."""
    citations = run.summary["citations"]
    assert (citations["count"], citations["verbatim"], citations["judged_document"]) == (3, 1.0, 1.0)
    assert run.main.values["CitationR"] == {"q1": 1.0}
    assert run.answers[0]["citations"][0]["document"] == "d1"


def test_two_runs_are_equal_bytes(beir, engine, tmp_path):
    """Answers, scores and settings are the same; only the timings differ."""
    for name in ("one", "two"):
        opened = engine(name, replies=REPLIES)
        dataset = open_dataset(beir)
        index_corpus(opened, dataset)
        evaluate_qa(opened, dataset, seed=1).write(tmp_path / "runs" / name)
    one, two = (tmp_path / "runs" / name for name in ("one", "two"))
    assert all((one / n).read_bytes() == (two / n).read_bytes() for n in ("run.json", "answers.jsonl"))


def test_a_failing_generator_is_wrong_and_named(beir, engine):
    """A question that the generator fails on counts as zero; one that is refused never reaches it."""
    opened = engine(replies=REPLIES[:2])
    dataset = open_dataset(beir)
    index_corpus(opened, dataset)
    run = evaluate_qa(opened, dataset)
    assert run.failed == {"q3": "generation-failed"}
    assert run.main.values["EM"]["q3"] == 0.0
    assert run.summary["failed"] == 1


def test_a_set_without_answers_is_refused(engine):
    """There is nothing to score."""
    with pytest.raises(DatasetError, match="has no answers"):
        evaluate_qa(engine(), Dataset("d", (Question("q", "x"),), {}))
