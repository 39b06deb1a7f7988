"""Retrieval measures, against values worked out by hand."""

import math
import sys

import pytest

from ragsys.errors import ExtraMissingError, MeasureError
from ragsys.evaluation.measures import answer_recall, check_measures, mean, score

QRELS = {"1": {"a": 1, "b": 2, "z": 1}, "2": {"x": 1}, "3": {"y": 0}}
RANKINGS = {"1": ["c", "a", "b"], "3": ["y"], "9": ["x"]}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("nDCG@10", (1 / math.log2(3) + 2 / 2) / (2 + 1 / math.log2(3) + 1 / 2)),
        ("nDCG@2", (1 / math.log2(3)) / (2 + 1 / math.log2(3))),
        ("R@2", 1 / 3),
        ("R@100", 2 / 3),
        ("P@2", 1 / 2),
        ("RR", 1 / 2),
        ("RR@10", 1 / 2),
        ("RR@1", 0.0),
        ("RR(rel=2)@10", 1 / 3),
        ("AP", (1 / 2 + 2 / 3) / 3),
        ("Success@1", 0.0),
        ("Success@2", 1.0),
    ],
)
def test_a_measure_is_the_value_worked_out_by_hand(name, expected):
    """The first query has its closed form; one that found nothing and one without anything relevant are zero."""
    (values,) = score(check_measures([name]), QRELS, RANKINGS).values()
    assert values == {"1": pytest.approx(expected, abs=1e-6), "2": 0.0, "3": 0.0}
    assert mean(values) == pytest.approx(expected / 3, abs=1e-6)


def test_order_alone_decides():
    """No score is looked at: documents whose ids sort the other way keep the ranks that they were given."""
    assert score(["RR"], {"1": {"b": 1}}, {"1": ["b", "z", "a"]})["RR"]["1"] == 1.0
    assert score(["RR"], {"1": {"b": 1}}, {"1": ["z", "b", "a"]})["RR"]["1"] == 0.5


def test_answer_recall_is_whether_the_first_passages_hold_an_answer():
    """A rank within k counts one, a later one or none zero."""
    assert answer_recall(["AnswerR@1", "AnswerR@5"], {"a": 1, "b": 3, "c": None}) == {
        "AnswerR@1": {"a": 1.0, "b": 0.0, "c": 0.0},
        "AnswerR@5": {"a": 1.0, "b": 1.0, "c": 0.0},
    }


def test_names_are_made_canonical_and_unique():
    """The same measure twice is one."""
    assert check_measures(["nDCG@10", "AnswerR@5", "nDCG@10"]) == ("nDCG@10", "AnswerR@5")


@pytest.mark.parametrize(
    "name",
    ["nDGC@10", "", "nDCG@", "nDCG@0", "P@-1", "R@99999999999", "AP(rel=0)", "RBP@10", "AnswerR@0", "AnswerR",
     "__import__('os')", "nDCG@10;1", "(" * 500],
)  # fmt: skip
def test_what_is_no_measure_is_a_typed_error(name):
    """A misspelt, dangerous or uncomputable name is refused before anything is computed."""
    with pytest.raises(MeasureError):
        check_measures([name])


def test_without_the_extra_it_says_what_to_install(monkeypatch):
    """Judgements need ir-measures; answer strings do not."""
    monkeypatch.setitem(sys.modules, "ir_measures", None)
    with pytest.raises(ExtraMissingError) as caught:
        check_measures(["nDCG@10"])
    assert "pip install 'ragsys[eval]'" in caught.value.hint
    assert check_measures(["AnswerR@5"]) == ("AnswerR@5",)
