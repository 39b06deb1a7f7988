"""Calibration: a probability that follows the data it was fitted on, and says where it comes from."""

from dataclasses import fields

import numpy as np
import pytest

from ragsys.generate.calibration import fit, load_calibration, wilson
from ragsys.generate.signals import Signals


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


@pytest.mark.parametrize(("successes", "n"), [(0, 50), (25, 50), (50, 50), (0, 0)])
def test_an_interval_holds_its_share(successes, n):
    """The measured share lies in its interval, and the interval in [0, 1]."""
    found = wilson(successes, n)
    assert 0 <= found.low <= found.share <= found.high <= 1


@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_is_shipped_is_complete(language):
    """There is a weight for every signal, a threshold, and what was measured on how many questions."""
    found = load_calibration()[language]
    assert len(found.weights) == len(fields(Signals))
    assert 0 < found.threshold < 1
    assert all(measured.n > 50 for measured in found.measured.values())
    everything = Signals(*(1.0 for _ in fields(Signals)))
    assert 0 < found.probability(everything) < 1
