"""A gate refuses what is not good enough, and says why, for people and for build servers."""

from xml.etree import ElementTree as ET

import pytest

from ragsys.errors import RunError, UsageError
from ragsys.evaluation.gating import gate
from ragsys.evaluation.runs import Run, System


def run(values, name="new", summary=None):
    """A run with one measure of the given values."""
    return Run(
        name=name, kind="retrieval", dataset="d", dataset_digest="x", seed=0,
        texts={str(i): "?" for i in range(len(values))},
        systems={"fused": System({"nDCG@10": {str(i): value for i, value in enumerate(values)}})},
        settings={}, index={}, versions={}, machine={}, summary=summary or {},
    )  # fmt: skip


def test_a_floor_is_met_or_not():
    """A mean of exactly the floor passes, and one below it fails with both numbers in the reason."""
    assert gate(run([0.5, 1.0]), minimum={"nDCG@10": 0.75}).ok
    verdict = gate(run([0.5, 0.9]), minimum={"nDCG@10": 0.75})
    assert not verdict.ok
    assert verdict.reason == "nDCG@10 0.7000 is below 0.75"


def test_a_drop_within_the_limit_passes():
    """A drop of exactly the limit passes, a larger one does not, and a gain always does."""
    base = run([0.8, 0.8, 0.8, 0.8])
    assert gate(run([0.79] * 4), baseline=base, max_drop=0.01).ok
    assert not gate(run([0.78] * 4), baseline=base, max_drop=0.01).ok
    assert gate(run([0.9] * 4), baseline=base, max_drop=0.0).ok


def test_alpha_lets_through_what_chance_explains():
    """One query of four that fell is no proof; twelve that all fell are."""
    base = run([0.8] * 4)
    fallen = run([0.8, 0.8, 0.8, 0.4])
    assert not gate(fallen, baseline=base).ok
    verdict = gate(fallen, baseline=base, alpha=0.05)
    assert verdict.ok
    assert "chance explains" in verdict.checks[0].reason
    assert not gate(run([0.7] * 12), baseline=run([0.8] * 12), alpha=0.05).ok


def test_a_floor_may_name_a_figure_of_the_summary():
    """Dots lead into it; a name that is not there, or is no number, is an error and not a pass."""
    summary = {"unanswerable": {"AUROC": 0.8, "recall": None}}
    assert gate(run([1.0], summary=summary), minimum={"unanswerable.AUROC": 0.75}).ok
    for name in ("unanswerable.recall", "unanswerable", "nDCG@5"):
        with pytest.raises(RunError, match=name):
            gate(run([1.0], summary=summary), minimum={name: 0.0})


def test_nothing_to_check_is_an_error():
    """A gate that checks nothing does not pass."""
    with pytest.raises(UsageError):
        gate(run([1.0]))


def test_junit_is_what_build_servers_read():
    """Counts and messages are right, and hostile names are escaped."""
    verdict = gate(run([0.5], name='a<b>&"\x00'), minimum={"nDCG@10": 0.9}, baseline=run([0.5]))
    suite = ET.fromstring(verdict.junit())
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
    assert 'a<b>&"' in suite.get("name")
    failure = suite.find("testcase/failure")
    assert failure.get("message") == failure.text == "nDCG@10 0.5000 is below 0.9"


def test_markdown_cannot_break_its_table():
    """Bars and angle brackets in a name stay inside their cell."""
    text = gate(run([0.5], name="a|<b>\nc![x](//e)"), minimum={"nDCG@10": 0.9}).markdown()
    assert text.splitlines()[0] == r"### a\|&lt;b> c!\[x](//e): failed"
    assert "| **FAIL** | nDCG@10 >= 0.9 | nDCG@10 0.5000 is below 0.9 |" in text
