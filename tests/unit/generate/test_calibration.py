"""What ships: a calibration for each language, with the default embedder and with any."""

from dataclasses import fields

import pytest

from ragsys.generate.calibration import Calibration, shipped_calibration
from ragsys.generate.drafting import DraftSignals
from ragsys.generate.signals import Signals

EMBEDDERS = ("multilingual-e5-small", "somebody/else")


@pytest.mark.parametrize("embedder", EMBEDDERS)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_is_shipped_is_complete(language, embedder):
    """There are weights for signals that there are, a threshold, and what was measured on how many questions."""
    found = shipped_calibration(language, embedder)
    assert set(found.weights) <= {field.name for field in fields(Signals)}
    assert 0 < found.threshold < 1
    assert all(measured.n > 50 for measured in found.measured.values())
    everything = dict.fromkeys(Signals.__slots__, 1.0)
    assert 0 < found.probability(everything) < 1


def test_an_unknown_embedder_is_judged_by_words_alone():
    """Cosines of an embedder that nothing was fitted with have no weight."""
    assert {"meaning", "context", "foreign"} & set(shipped_calibration("en", EMBEDDERS[1]).weights) == set()
    assert {"meaning", "context", "foreign"} <= set(shipped_calibration("en", EMBEDDERS[0]).weights)


def test_a_row_comes_back():
    """Written and read, a calibration is the same."""
    given = Calibration("n", dict.fromkeys(DraftSignals.__slots__, 0.25), -0.5, 0.4, {}, {"no answer": 0.7}, "f")
    assert Calibration.parse("n", given.row()) == given
