"""ROUGE against values that were computed by hand."""

import pytest

from ragsys.evaluation.rouge import rouge


def test_figures_of_the_papers_own_example():
    """Lin (2004), section 3.1: both candidates share three words, and the order tells them apart."""
    reference = "police killed the gunman"
    good, bad = rouge("police kill the gunman", reference), rouge("the gunman kill police", reference)
    assert (good.unigrams, bad.unigrams) == (0.75, 0.75)
    assert (good.sequence, bad.sequence) == (0.75, 0.5)
    assert (good.bigrams, bad.bigrams) == pytest.approx((1 / 3, 1 / 3))


def test_an_occurrence_counts_as_often_as_both_have_it():
    """Three "the" against two: two are shared, of three and three words."""
    assert rouge("the the the", "the the mill").unigrams == pytest.approx(2 * 2 / 6)


def test_chinese_is_scored_by_characters():
    """Of 老磨坊在河边 and 磨坊建在河边, five of six characters are shared and in order, four pairs... of five three."""
    found = rouge("老磨坊在河边。", "磨坊建在河边")
    assert found.unigrams == pytest.approx(5 / 6)
    assert found.sequence == pytest.approx(5 / 6)
    assert found.bigrams == pytest.approx(3 / 5)


def test_nothing_in_common_and_nothing_at_all_are_zero():
    """Empty texts and texts of other words score 0 on all three."""
    for ours, theirs in (("", "a"), ("a", ""), ("", ""), ("one", "two")):
        found = rouge(ours, theirs)
        assert (found.unigrams, found.bigrams, found.sequence) == (0.0, 0.0, 0.0)


def test_the_same_text_is_one():
    """A summary that is its reference has all of it, whatever its case and marks."""
    found = rouge("The mill ran, on steam!", "the mill ran on steam")
    assert (found.unigrams, found.bigrams, found.sequence) == (1.0, 1.0, 1.0)
