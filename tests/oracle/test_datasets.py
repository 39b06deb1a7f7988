"""The development sets are read whole, and hold what they say that they hold."""

import json
import os
from pathlib import Path

import pytest

from ragsys.evaluation.datasets import open_dataset

ROOT = Path(os.environ.get("RAGSYS_DATA", "nowhere"))
SETS = sorted(path.parent.name for path in ROOT.glob("*/META.json"))

pytestmark = pytest.mark.skipif(not SETS, reason="the development data are not here: set RAGSYS_DATA to their folder")


@pytest.mark.parametrize("name", SETS)
def test_a_set_holds_what_it_says(name):
    """Documents, questions, judgements and unanswerable questions are as many as META.json counts."""
    about = json.loads((ROOT / name / "META.json").read_text(encoding="utf-8"))
    dataset = open_dataset(ROOT / name)
    assert sum(1 for _ in dataset.documents()) == about["docs"]
    assert len(dataset.questions) == about["queries"]
    assert sum(len(grades) for grades in dataset.qrels.values()) == about["qrels"]
    if "unanswerable" in about and name != "scifact":
        assert sum(question.answerable is False for question in dataset.questions) == about["unanswerable"]


@pytest.mark.parametrize(("documents", "questions"), [("xquad_en", "xquad_zh"), ("xquad_zh", "xquad_en")])
def test_parallel_sets_can_be_crossed(documents, questions):
    """Questions of the one language on the documents of the other keep ids, judgements and answers."""
    if not {documents, questions} <= set(SETS):
        pytest.skip("xquad is not among the development data")
    crossed = open_dataset(ROOT / documents, queries=ROOT / questions)
    plain = open_dataset(ROOT / documents)
    assert crossed.digest() == plain.digest()
    assert crossed.questions[0].text != plain.questions[0].text
