"""A sentence with a gap keeps what stood there, and only prose gives sentences."""

import pytest

from ragsys.evaluation.cloze import MASK, gap


@pytest.mark.parametrize(
    ("sentence", "answer"),
    [
        ("The old mill by the river was built in 1872 and burned down.", "1872"),
        ("About 1,240.5 degrees are needed until the glaze begins to melt.", "1,240.5"),
        ("The library was moved by the monks to Castle Orben in the hills.", "Castle Orben"),
        ("河边的老磨坊建于1872年，四十年后被烧毁。", "1872"),
    ],
)
def test_a_gap_can_be_filled_again(sentence, answer):
    """With its answer put back, the sentence is what it was."""
    masked, found = gap(sentence)
    assert found == answer
    assert masked.replace(MASK, found) == sentence


def test_a_sentence_that_states_nothing_has_no_gap():
    """Neither has one that is too short to be found again."""
    assert gap("The burrs are cleaned with a dry brush and never with any oil.") is None
    assert gap("Built in 1872.") is None
