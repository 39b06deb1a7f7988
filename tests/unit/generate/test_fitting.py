"""Fitting: a probability that follows the data it was fitted on, an operating point, and shares measured elsewhere."""

import numpy as np
import pytest

from ragsys.generate.calibration import Calibration
from ragsys.generate.fitting import ANSWERABLE, Case, Point, fit, fit_calibration, place_threshold, wilson


def test_a_fit_finds_the_odds_that_made_the_labels():
    """On many labels drawn from known odds, weights and bias come back, and a column of one value weighs nothing."""
    rng = np.random.default_rng(0)
    rows = np.hstack([rng.normal(size=(20_000, 2)) * [1.0, 10.0], np.ones((20_000, 1))])
    odds = rows @ [1.5, -0.2, 0.0] + 0.5
    weights, bias = fit(rows, rng.random(20_000) < 1 / (1 + np.exp(-odds)), l2=1.0)
    assert weights == pytest.approx([1.5, -0.2, 0.0], abs=0.08)
    assert bias == pytest.approx(0.5, abs=0.08)


def test_the_penalty_shrinks_weights():
    """Perfectly separated labels give finite weights, the smaller the stronger the penalty."""
    rows = np.arange(10.0)[:, None]
    labels = rows[:, 0] > 4
    (weak,), _ = fit(rows, labels, l2=1.0)
    (strong,), _ = fit(rows, labels, l2=100.0)
    assert 0 < strong < weak < 10


def test_a_prior_holds_where_the_data_say_little():
    """With a strong penalty the weights stay at the prior's, with a weak one they follow the data."""
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(2000, 1))
    labels = rng.random(2000) < 1 / (1 + np.exp(-2.0 * rows[:, 0]))
    assert fit(rows, labels, l2=1e6, prior=np.array([-1.0]))[0] == pytest.approx([-1.0], abs=0.05)
    assert fit(rows, labels, l2=1e-6, prior=np.array([-1.0]))[0] == pytest.approx([2.0], abs=0.3)


@pytest.mark.parametrize(("successes", "n"), [(0, 50), (25, 50), (50, 50), (0, 0)])
def test_an_interval_holds_its_share(successes, n):
    """The measured share lies in its interval, and the interval in [0, 1]."""
    found = wilson(successes, n)
    assert 0 <= found.low <= found.share <= found.high <= 1


P = np.linspace(0.01, 1.0, 100)
KINDS = np.array([ANSWERABLE if number % 2 else "no answer" for number in range(100)])


@pytest.mark.parametrize(
    ("point", "answered", "wrong"),
    [
        (Point(coverage=0.8, max_error=None), 0.8, 0.8),
        (Point(coverage=None, max_error=0.1), 0.1, 0.1),
        (Point(coverage=0.5, max_error=0.1), 0.5, 0.5),
        (Point(coverage=0.05, max_error=0.5), 0.5, 0.5),
        (Point(coverage=None, max_error=0.0), 0.0, 0.0),
    ],
)
def test_the_operating_point_is_kept(point, answered, wrong):
    """As many are answered as coverage wants, no more are wrong than the error allows, and coverage wins over it."""
    threshold = point.threshold(P, KINDS)
    right = KINDS == ANSWERABLE
    assert (P[right] >= threshold).mean() == pytest.approx(answered, abs=0.03)
    assert (P[~right] >= threshold).mean() == pytest.approx(wrong, abs=0.03)
    if point.coverage is None:
        assert (P[~right] >= threshold).mean() <= point.max_error


def cases(n=400, signal=1.0):
    """Cases of ten groups whose signal tells half of the answerable ones from the rest."""
    rng = np.random.default_rng(1)
    made = []
    for number in range(n):
        right = number % 2 == 0
        value = signal * float(right) + rng.normal() * 0.5
        made.append(
            Case(ANSWERABLE if right else "no answer", f"d{number // 2 % 10}", {"tells": value, "noise": rng.normal()})
        )
    return made


def test_what_is_measured_was_left_out():
    """The shares count every case once, and a signal that tells nothing is measured as nothing, not as its fit."""
    fitted = fit_calibration(cases(), name="n", fitted_on="f", point=Point(0.8, None))
    assert {name: share.n for name, share in fitted.measured.items()} == {
        "answerable: answered": 200, "no answer: answered": 200,
    }  # fmt: skip
    assert fitted.auroc["no answer"] > 0.8
    empty = fit_calibration(cases(60, signal=0.0), name="n", fitted_on="f", point=Point(0.8, None), l2=0.1)
    assert empty.auroc["no answer"] < 0.65


def test_a_threshold_alone_leaves_the_weights():
    """Placing the threshold changes nothing but that, and keeps the point on what was left out."""
    given = Calibration("g", {"tells": 2.0, "noise": 0.0}, -1.0, 0.5, {}, {}, "elsewhere")
    placed = place_threshold(cases(), given, name="own", fitted_on="here", point=Point(None, 0.1))
    assert (placed.weights, placed.bias) == (given.weights, given.bias)
    assert placed.measured["no answer: answered"].share <= 0.15
    assert "here" in placed.fitted_on


def test_drafts_are_fitted_to_being_right():
    """Where cases say whether a draft was right, the probability is of that, and the right share is measured."""
    rng = np.random.default_rng(2)
    drafts = []
    for number in range(400):
        good = number % 4 == 0
        kind = ANSWERABLE if number % 2 == 0 else "no answer"
        drafts.append(Case(kind, f"d{number // 4 % 10}", {"sure": float(good) + rng.normal() * 0.2}, right=good))
    fitted = fit_calibration(drafts, name="n", fitted_on="f", point=Point(0.5, None), l2=1.0)
    assert fitted.probability({"sure": 1.0}) > 0.8
    assert fitted.probability({"sure": 0.0}) < 0.2
    assert fitted.measured["answerable and answered: right"].share > 0.9
