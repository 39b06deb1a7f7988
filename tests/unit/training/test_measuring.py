"""What an answer to a held-out example is worth, and when a tuned model is kept."""

import pytest

from ragsys.training.examples import Example
from ragsys.training.measuring import judge, scored, summarised

GOLD = Example("s", "1", "gold", "When?", (), "in 1910 [2]", ("in 1910", "1910"), 3, 2)
NONE = Example("s", "2", "near", "Who?", (), "unanswerable", (), 3, None)


@pytest.mark.parametrize(
    ("example", "text", "score", "refused", "number"),
    [
        (GOLD, " in 1910 [2]", 1.0, False, True),
        (GOLD, " in 1910 [1]\nQuestion: who?", 1.0, False, False),
        (GOLD, " in 1910", 1.0, False, False),
        (GOLD, " unanswerable", 0.0, True, None),
        (GOLD, "", 0.0, True, None),
        (GOLD, " in 1911 [2]", 0.5, False, True),
        (NONE, " Unanswerable.", 1.0, True, None),
        (NONE, " 无法回答", 1.0, True, None),
        (NONE, " in 1910 [2]", 0.0, False, None),
    ],
)
def test_an_answer_is_worth_its_f1_and_a_refusal_whether_it_is_right(example, text, score, refused, number):
    """Numbers are no part of the answer; an empty answer is a refusal; what follows the first line is not looked at."""
    said = scored(example, text)
    assert (said.score, said.refused, said.number_right) == (score, refused, number)


def test_the_means_are_over_what_they_are_about():
    """F1 over examples with an answer, precision over refusals, recall over examples without one."""
    said = [scored(GOLD, "in 1910 [2]"), scored(GOLD, "unanswerable"), scored(NONE, "unanswerable"), scored(NONE, "me")]
    means = summarised(said)
    assert means == {
        "examples": 4,
        "score": 0.5,
        "F1": 0.5,
        "refusal_precision": 0.5,
        "refusal_recall": 0.5,
        "number_right": 1.0,
    }


@pytest.mark.parametrize(
    ("gains", "kept"),
    [
        ([0.1, 0.2, 0.0, 0.3] * 10, True),
        ([0.4, -0.4] * 20, False),
        ([1.0] + [0.0] * 39, False),
        ([-0.1] * 40, False),
        ([0.0] * 40, False),
        ([1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0] * 5, True),
    ],
)
def test_only_what_is_better_beyond_chance_is_kept(gains, kept):
    """The whole interval of the paired difference has to be above zero: one lucky question is not enough."""
    base = [0.5] * len(gains)
    verdict = judge(base, [value + gain for value, gain in zip(base, gains, strict=True)])
    assert verdict.kept is kept
    assert verdict.low <= verdict.tuned - verdict.base + 1e-12
    assert verdict.tuned - verdict.base <= verdict.high + 1e-12
