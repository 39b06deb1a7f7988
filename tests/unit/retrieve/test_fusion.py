"""Fusion: closed forms, and what happens where a leg has nothing to say."""

import numpy as np
import pytest

from ragsys.retrieve.fusion import Background, deviation, fuse


def vector(*values):
    """Scores of some candidates."""
    return np.array(values, dtype=np.float32)


def test_deviations_and_weighted_words_add_up():
    """A cosine two deviations above the median; BM25 over four terms of which half occur, at weight 2."""
    fused = fuse(vector(0.9, 0.7), vector(3.0, 8.0), Background(0.7, 0.1, 4, 2), lexical_weight=2.0)
    assert fused.dense.tolist() == pytest.approx([2, 0], abs=1e-5)
    assert fused.lexical.tolist() == pytest.approx([0.75, 2], abs=1e-5)
    assert fused.scores.tolist() == pytest.approx([2.75, 2], abs=1e-5)


def test_a_silent_leg_leaves_the_order_to_the_other():
    """Where no term of the query occurs the dense leg decides; where all cosines agree, the lexical one."""
    dense = fuse(vector(0.2, 0.5, 0.4), vector(0, 0, 0), Background(0.1, 0.1, 2, 0))
    lexical = fuse(vector(0.5, 0.5), vector(1, 2), Background(0.5, 0, 1, 1))
    assert np.argsort(-dense.scores).tolist() == [1, 2, 0]
    assert np.argsort(-lexical.scores).tolist() == [1, 0]


def test_strange_words_count_less():
    """The fewer of the query's words occur at all, the less those that do can outweigh the dense leg."""
    dense, lexical = vector(0.9, 0.8), vector(1.0, 4.0)
    assert fuse(dense, lexical, Background(0.7, 0.1, 5, 5)).scores.argmax() == 1
    assert fuse(dense, lexical, Background(0.7, 0.1, 5, 1)).scores.argmax() == 0


@pytest.mark.parametrize("factor", [0.01, 1.0, 100.0])
def test_the_dense_legs_scale_does_not_matter(factor):
    """A model whose cosines lie closer together gives the same scores."""
    cosines, usual = vector(0.8, 0.7, 0.1), vector(0.2, 0.3, 0.4, 0.35)
    lexical = vector(1, 5, 3)
    plain = fuse(cosines, lexical, Background(*deviation(usual), 3, 3)).scores
    scaled = fuse(factor * cosines, lexical, Background(*deviation(factor * usual), 3, 3)).scores
    assert scaled.tolist() == pytest.approx(plain.tolist(), rel=1e-3)


def test_the_deviation_is_that_of_the_many():
    """Of a normal sample it is the standard deviation; a few outliers do not move it."""
    sample = np.random.default_rng(1).normal(0.7, 0.02, 100_000).astype(np.float32)
    assert deviation(sample) == pytest.approx((0.7, 0.02), rel=0.02)
    assert deviation(np.append(sample[:1000], np.ones(20, np.float32)))[1] == pytest.approx(0.02, rel=0.1)
    assert deviation(vector()) == (0.0, 0.0)


def test_boilerplate_does_not_silence_what_differs():
    """Where most of the sample is the same, or all but the same, an outlier still counts, and not without bound."""
    for usual in (vector(0.2, 0.2, 0.9), vector(0.2, 0.2000001, 0.1999999, 0.2, 0.9)):
        fused = fuse(vector(0.9, 0.2), vector(0, 0), Background(*deviation(usual), 1, 1))
        assert 1 < fused.dense[0] < 10
        assert abs(fused.dense[1]) < 0.1
    assert deviation(vector(0.5, 0.5, 0.5))[1] == 0


def test_no_candidates_no_scores():
    """Nothing fuses to nothing."""
    assert fuse(vector(), vector(), Background(0, 0, 0, 0)).scores.tolist() == []
