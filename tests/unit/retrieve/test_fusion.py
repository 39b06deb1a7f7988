"""Fusion: closed forms, and what happens where a leg has nothing to say."""

import numpy as np
import pytest

from ragsys.retrieve.fusion import fuse


def vector(*values):
    """Scores of some candidates."""
    return np.array(values, dtype=np.float32)


def test_standardised_scores_add_up():
    """Two candidates standardise to -1 and 1 on each leg, and the weights decide between opposite legs."""
    fused = fuse(vector(0.1, 0.3), vector(9.0, 1.0), dense_weight=0.75)
    assert fused.dense.tolist() == pytest.approx([-1, 1], abs=1e-5)
    assert fused.lexical.tolist() == pytest.approx([1, -1], abs=1e-5)
    assert fused.scores.tolist() == pytest.approx([-0.5, 0.5], abs=1e-5)


def test_a_silent_leg_leaves_the_order_to_the_other():
    """Where no term of the query is in the collection, the dense leg decides alone."""
    fused = fuse(vector(0.2, 0.5, 0.4), vector(0, 0, 0))
    assert np.argsort(-fused.scores).tolist() == [1, 2, 0]


@pytest.mark.parametrize("factor", [0.001, 1.0, 1000.0])
def test_a_legs_scale_does_not_matter(factor):
    """Multiplying all scores of a leg changes nothing."""
    dense, lexical = vector(0.8, 0.7, 0.1), vector(1, 5, 3)
    assert fuse(dense, lexical * factor).scores.tolist() == pytest.approx(
        fuse(dense, lexical).scores.tolist(), abs=1e-4
    )


def test_no_candidates_no_scores():
    """Nothing fuses to nothing."""
    assert fuse(vector(), vector()).scores.tolist() == []
