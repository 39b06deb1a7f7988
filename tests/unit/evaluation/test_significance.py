"""Tests of significance: closed forms, and what they must never do."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragsys.evaluation.significance import bootstrap_interval, detectable_effect, holm, randomisation_test

DIFFERENCES = st.lists(st.floats(-1, 1, allow_nan=False), min_size=1, max_size=40)


def test_the_exact_test_counts_sign_patterns():
    """Five equal gains: of the 32 patterns, two are as extreme. A balanced pair is not extreme at all."""
    assert randomisation_test([0.1] * 5) == 2 / 32
    assert randomisation_test([0.1, -0.1]) == 1.0
    assert randomisation_test([0.1] * 5 + [0.0] * 50) == 2 / 32
    assert randomisation_test([0.0, 0.0]) == 1.0


def test_monte_carlo_counts_what_was_observed():
    """With more queries than can be enumerated p is never zero: the least is one in samples + 1."""
    assert randomisation_test([1.0] * 40, samples=999) == 1 / 1000


def test_monte_carlo_is_near_the_exact_value():
    """Sixteen moved queries exactly, and with a seventeenth that hardly moved by sampling: nearly the same p."""
    moved = [0.3, -0.1, 0.2, 0.25, -0.2, 0.1, 0.15, 0.3, -0.05, 0.1, 0.2, -0.15, 0.05, 0.1, 0.2, -0.1]
    assert randomisation_test([*moved, 1e-9], seed=1) == pytest.approx(randomisation_test(moved), abs=0.01)


@given(DIFFERENCES, st.integers(0, 3))
def test_p_is_symmetric_and_within_bounds(values, seed):
    """Exchanging the runs changes nothing, and p lies in (0, 1]."""
    p = randomisation_test(values, seed=seed, samples=200)
    assert 0 < p <= 1
    assert randomisation_test([-v for v in values], seed=seed, samples=200) == pytest.approx(p, abs=0.15)


@given(DIFFERENCES, st.integers(0, 3))
def test_an_interval_lies_among_the_differences_and_repeats(values, seed):
    """Its ends are ordered, lie between the least and the largest difference, and are the same for the same seed."""
    low, high = bootstrap_interval(values, seed=seed, samples=200)
    assert min(values) - 1e-9 <= low <= high <= max(values) + 1e-9
    assert (low, high) == bootstrap_interval(values, seed=seed, samples=200)


def test_an_interval_of_equal_differences_is_that_number():
    """There is nothing to resample."""
    assert bootstrap_interval([0.25] * 8) == (0.25, 0.25)
    assert bootstrap_interval([]) == (0.0, 0.0)


def test_the_scale_of_the_differences_does_not_matter():
    """Tiny differences have a tiny interval, not a division by zero."""
    values = [0.3, -0.1, 0.2, 0.0, 0.1]
    low, high = bootstrap_interval(values, samples=500)
    tiny = bootstrap_interval([value * 1e-150 for value in values], samples=500)
    assert tiny == pytest.approx((low * 1e-150, high * 1e-150), rel=1e-6)


def test_holm_is_the_worked_example():
    """Of .01, .04, .03 and .005, the corrected values are .03, .06, .06 and .02."""
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([]) == []


@given(st.lists(st.floats(0, 1), max_size=10))
def test_holm_never_lowers_a_p_and_keeps_their_order(values):
    """Adjusted values are at least the raw ones, at most one, and ordered alike."""
    adjusted = holm(values)
    assert all(raw <= new <= 1 for raw, new in zip(values, adjusted, strict=True))
    assert [new for _, new in sorted(zip(values, adjusted, strict=True))] == sorted(adjusted)


def test_the_detectable_effect_is_the_textbook_one():
    """(1.96 + 0.84) deviations over the root of n."""
    values = [0.1, -0.1] * 50
    assert detectable_effect(values) == pytest.approx((1.959964 + 0.841621) * 0.1005038 / 10, rel=1e-4)
    assert detectable_effect([0.1]) == math.inf
