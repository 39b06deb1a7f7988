"""Refusals and confidence, against values worked out by hand."""

import pytest

from ragsys.evaluation.abstention import Bin, auroc, refusals, reliability


def test_refusals_have_precision_and_recall():
    """Two refusals, one of them right, of two unanswerable questions; nothing to divide by gives no number."""
    assert refusals([True, True, False, False], [True, False, True, False]) == (0.5, 0.5)
    assert refusals([False, False], [False, False]) == (None, None)
    assert refusals([True], [False]) == (0.0, None)


def test_auroc_counts_pairs():
    """Of four pairs of an answerable and an unanswerable question, three are in order and one is tied."""
    assert auroc([0.9, 0.5, 0.5, 0.1], [True, True, False, False]) == (3 + 0.5) / 4
    assert auroc([0.1, 0.9], [True, False]) == 0.0
    assert auroc([0.1, 0.9], [True, True]) is None


def test_reliability_bins_by_confidence():
    """Answers of .91 and 1.0 share the last of ten bins, one of .05 stands in the first, empty bins are left out."""
    found = reliability([0.91, 1.0, 0.05], [1.0, 0.0, 0.0])
    assert found == [Bin(1, 0.05, 0.0), Bin(2, pytest.approx(0.955), 0.5)]
