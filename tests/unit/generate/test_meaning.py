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
    assert (meaning.asked, meaning.embedded) == (6, 3)


def test_what_another_thread_clears_is_not_missed(monkeypatch):
    """Where the memory is full and emptied while texts are embedded, the cosines are the same."""
    monkeypatch.setattr("ragsys.generate.meaning._MOST", 0)
    embedder = HashEmbedder(dim=256)
    meaning = Meaning(embedder)
    expected = meaning.alike(["red pump"], ["tea", "red"])
    embed = embedder.embed_passages

    def cleared(texts):
        meaning._texts.clear()
        return embed(texts)

    monkeypatch.setattr(embedder, "embed_passages", cleared)
    monkeypatch.setattr("ragsys.generate.meaning._MOST", 100)
    meaning.alike(["red pump"], ["tea"])
    assert meaning.alike(["red pump"], ["tea", "red"]).tolist() == expected.tolist()


def test_each_word_is_left_out_in_turn():
    """English by words, Chinese by pairs; what is left is the rest of the question."""
    assert without_each_word("Who's Ada?") == {"Who's": "Ada?", "Ada": "Who's ?"}
    assert without_each_word("水泵停止") == {"水泵": "停止", "停止": "水泵"}
