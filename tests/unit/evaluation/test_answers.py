"""Exact match, token F1, containment and overlap, against values worked out by hand."""

import pytest

from ragsys.evaluation.answers import exact_match, holds, overlap, token_f1


@pytest.mark.parametrize(
    ("prediction", "answers", "em", "f1"),
    [
        ("The Eiffel Tower.", ["eiffel tower"], 1.0, 1.0),
        ("the cat sat on the mat", ["cat mat"], 0.0, 2 * (2 / 4) * 1 / (2 / 4 + 1)),
        ("cat cat", ["cat"], 0.0, 2 * 0.5 * 1 / 1.5),
        ("dog", ["cat", "dog house"], 0.0, 2 * 1 * 0.5 / 1.5),
        ("", ["cat"], 0.0, 0.0),
        ("", [], 1.0, 1.0),
        ("cat", [], 0.0, 0.0),
        ("the", ["a"], 1.0, 1.0),
        ("六十克", ["六十克。"], 1.0, 1.0),
        ("用六十克咖啡粉", ["六十克"], 0.0, 2 * (3 / 7) * 1 / (3 / 7 + 1)),
        ("克六十", ["六十克"], 0.0, 2 * (2 / 3) * (2 / 3) / (4 / 3)),
        ("2021年 5月", ["2021年5月"], 1.0, 1.0),
    ],
)
def test_scores_are_those_worked_out_by_hand(prediction, answers, em, f1):
    """English by SQuAD's words without articles, Chinese by the longest common run of characters."""
    assert exact_match(prediction, answers) == em
    assert token_f1(prediction, answers) == pytest.approx(f1)


@pytest.mark.parametrize(
    ("text", "answers", "expected"),
    [
        ("It had (308) points.", ["308"], True),
        ("It was in 1988.", ["8"], False),
        ("An eighteen-year-old", ["eight"], False),
        ("the United  States", ["united states"], True),
        ("一升水用六十克咖啡粉。", ["六十克"], True),
        ("一升水用六十克咖啡粉。", ["六十斤", "咖啡"], True),
        ("一升水用六十克咖啡粉。", ["克六"], False),
        ("costs 5 €", ["€"], True),
        ("ABC full width", ["abc"], True),
        ("anything", ["", "  "], False),
        ("anything", [], False),
    ],
)
def test_containment_is_by_whole_tokens(text, answers, expected):
    """A number is not found inside another, white space and punctuation do not matter, Chinese needs no words."""
    assert holds(text, answers) is expected


def test_overlap_counts_tokens_as_often_as_they_occur():
    """Two quotes of four tokens in all against an evidence of three: two in common."""
    assert overlap(["red red", "blue fish"], "red blue bird") == (2 / 4, 2 / 3)
    assert overlap([], "red") == (0.0, 0.0)
    assert overlap(["六十克"], "用六十克") == (1.0, 3 / 4)
