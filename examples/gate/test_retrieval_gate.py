"""A release gate as a test: retrieval on your own questions has to be good, and no worse than it was released.

Copy it beside your own tests, with a `questions.jsonl` of your own (a question, and the files or the words that answer
it). Run it with pytest where the index is, or set RAGSYS_INDEX. To accept the present state as the new baseline:

    ragsys eval retrieval questions.jsonl --run baseline
"""

import os
from pathlib import Path

import pytest

from ragsys import QueryEngine
from ragsys.evaluation import evaluate_retrieval, gate, open_dataset, read_run

HERE = Path(__file__).parent
BASELINE = HERE / "baseline"


@pytest.fixture(scope="module")
def run():
    """The questions, asked of the index as it is now."""
    with QueryEngine.open(os.environ.get("RAGSYS_INDEX", ".ragsys"), create=False) as engine:
        return evaluate_retrieval(engine, open_dataset(HERE / "questions.jsonl"))


def test_retrieval_is_good_enough(run):
    """The mean over the questions is above the floors."""
    verdict = gate(run, minimum={"nDCG@10": 0.75, "R@10": 0.9})
    assert verdict.ok, verdict.reason


def test_retrieval_is_no_worse_than_the_baseline(run):
    """No measure has dropped by more than a hundredth."""
    if not BASELINE.is_dir():
        pytest.skip("there is no baseline yet: write one with `ragsys eval retrieval questions.jsonl --run baseline`")
    verdict = gate(run, baseline=read_run(BASELINE), max_drop=0.01)
    assert verdict.ok, verdict.reason
