"""Meaning: each text embedded once, and a question without each of its words."""

import pytest

from ragsys.generate.meaning import Meaning, without_each_word
from ragsys.testing import HashEmbedder


def test_a_text_is_embedded_once():
    """Asked again, nothing is embedded, and the cosines are those of the vectors."""
    embedder = HashEmbedder(dim=256)
    meaning = Meaning(embedder)
    cosines = meaning.cosines(["red pump"], ["the red pump", "tea"])
    assert cosines.shape == (1, 2)
    assert cosines[0, 0] > cosines[0, 1]
    embedded = embedder.embedded
    assert meaning.alike(["tea"], ["the red pump", "tea"])[0, 1] == pytest.approx(1.0)
    assert embedder.embedded == embedded


def test_each_word_is_left_out_in_turn():
    """English by words, Chinese by pairs; what is left is the rest of the question."""
    assert without_each_word("Who's Ada?") == {"Who's": "Ada?", "Ada": "Who's ?"}
    assert without_each_word("水泵停止") == {"水泵": "停止", "停止": "水泵"}
