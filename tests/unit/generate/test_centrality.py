"""Directed centrality against its definition over all pairs."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ragsys.generate.centrality import centrality, overlap


def brute_force(sentences):
    """The same by every pair."""
    count = len(sentences)
    weight = {t: math.log1p(count / sum(t in s for s in sentences)) for s in sentences for t in s}
    norm = [math.sqrt(sum(weight[t] ** 2 for t in s)) or 1.0 for s in sentences]

    def cosine(i, j):
        return sum(weight[t] ** 2 for t in sentences[i] & sentences[j]) / (norm[i] * norm[j])

    ahead = [sum(cosine(i, j) for j in range(i + 1, count)) for i in range(count)]
    most = max(ahead) or 1.0
    return [value / most + 0.5 * math.exp(-i / 5) for i, value in enumerate(ahead)]


@settings(deadline=None)
@given(st.lists(st.frozensets(st.sampled_from("abcdefg"), max_size=5), min_size=1, max_size=12))
def test_one_pass_gives_the_sums_over_all_pairs(sentences):
    """The linear sum equals the sum of the cosines to every later sentence."""
    assert centrality(sentences) == pytest.approx(brute_force(sentences), abs=1e-9)


def test_what_is_taken_up_later_counts_and_what_takes_up_does_not():
    """Far from the opening, the first of two sentences that share words is rated above the second."""
    filler = [frozenset({f"x{n}"}) for n in range(40)]
    rated = centrality([*filler, frozenset("ab"), frozenset("ab"), *filler])
    assert rated[40] > rated[41] + 0.5


def test_nothing_and_one_sentence_are_rated():
    """No text and a text of one sentence are no special case for the caller."""
    assert centrality([]) == []
    assert len(centrality([frozenset()])) == 1


def test_overlap_is_a_cosine():
    """Two of three terms on one side and both of two on the other: 2 / sqrt(6)."""
    assert overlap(frozenset("abc"), frozenset("ab")) == pytest.approx(2 / math.sqrt(6))
    assert overlap(frozenset(), frozenset("ab")) == 0.0
