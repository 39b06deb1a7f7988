"""Significance against SciPy, which knows the same methods."""

import numpy as np
import pytest
from scipy import stats

from ragsys.evaluation.abstention import auroc
from ragsys.evaluation.significance import bootstrap_interval, randomisation_test


@pytest.mark.parametrize("seed", range(5))
def test_the_exact_randomisation_test_is_scipys(seed):
    """Twelve differences: both enumerate all 4,096 sign patterns."""
    values = np.random.default_rng(seed).normal(0.2, 1.0, 12)
    theirs = stats.permutation_test((values,), np.sum, permutation_type="samples", n_resamples=np.inf)
    assert randomisation_test(values.tolist()) == pytest.approx(theirs.pvalue)


@pytest.mark.parametrize("seed", range(3))
def test_the_sampled_randomisation_test_is_near_scipys(seed):
    """A hundred differences, 10,000 samples each: within four standard errors of each other."""
    values = np.random.default_rng(seed).normal(0.1, 1.0, 100)
    theirs = stats.permutation_test((values,), np.sum, permutation_type="samples", n_resamples=10_000, rng=seed)
    error = 4 * np.sqrt(2 * theirs.pvalue * (1 - theirs.pvalue) / 10_000) + 2e-4
    assert randomisation_test(values.tolist(), seed=seed) == pytest.approx(theirs.pvalue, abs=error)


@pytest.mark.parametrize("seed", range(5))
def test_the_bootstrap_interval_is_scipys(seed):
    """Skewed differences with ties at zero, the same generator: the same resamples and the same corrected ends."""
    draw = np.random.default_rng(seed)
    values = np.where(draw.random(60) < 0.5, 0.0, draw.exponential(0.3, 60) - 0.1)
    theirs = stats.bootstrap((values,), np.mean, method="BCa", n_resamples=9999, rng=np.random.default_rng(seed))
    ours = bootstrap_interval(values.tolist(), seed=seed, samples=9999)
    assert ours == pytest.approx(tuple(theirs.confidence_interval), abs=2e-4)


@pytest.mark.parametrize("seed", range(5))
def test_auroc_is_the_mann_whitney_statistic(seed):
    """Scores with many ties: the area is U over the number of pairs."""
    draw = np.random.default_rng(seed)
    scores, positive = draw.integers(0, 5, 40).tolist(), (draw.random(40) < 0.4).tolist()
    yes = [s for s, p in zip(scores, positive, strict=True) if p]
    no = [s for s, p in zip(scores, positive, strict=True) if not p]
    expected = stats.mannwhitneyu(yes, no).statistic / (len(yes) * len(no))
    assert auroc(scores, positive) == pytest.approx(expected)
