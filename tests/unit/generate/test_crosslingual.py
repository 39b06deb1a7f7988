"""Across languages: chosen by meaning among whole sentences of the other language, decided by its own calibration."""

import json
from importlib.resources import files

import numpy as np
import pytest

from ragsys.generate.crosslingual import FILE, decide_across, language_of, look_across
from ragsys.generate.evidence import rank_evidence
from ragsys.types import DocumentRef, Hit, Scores

E5 = "multilingual-e5-small"
QUESTION = "How much does the tank hold in litres, 80?"
TITLE, RIGHT, WRONG = "Water tank", "水箱的容量是80升。", "水泵在夜里停止。"


def hit(text, rank=1, lang="zh", dense=0.85):
    """A hit that is one passage of its own document."""
    document = DocumentRef(str(rank), f"d{rank}", None, "0" * 64, {"lang": lang} if lang else {})
    scores = Scores(dense=dense, lexical=0.0, fused=1.0)
    return Hit(rank, 1.0, rank, text, 0, len(text), None, (), document, scores)


HITS = [hit(f"{TITLE}\n\n{RIGHT}"), hit(WRONG, 2, dense=0.8), hit("如何清洗过滤器？每年清洗两次。", 3, dense=0.79)]
COSINES = {TITLE: 0.95, RIGHT: 0.9}


def cosine(text):
    """The cosine of a sentence to the question: low where nothing else is said."""
    return COSINES.get(text, 0.74)


def test_the_nearest_sentence_of_the_other_language_is_chosen():
    """A title in the question's own language does not win, however near it is."""
    signals, evidence = look_across(QUESTION, HITS, cosine)
    assert evidence[0].text == RIGHT
    assert TITLE not in [item.text for item in evidence]
    assert signals.best == 0.9
    assert signals.margin == pytest.approx(0.9 - 0.74)
    assert signals.lead == pytest.approx(0.9 + 0.85 - (0.74 + 0.8))
    assert signals.digits == 1.0


def test_what_is_looked_at_is_evidence():
    """A heading that asks a question is whole and in the other language, and yet no evidence: it has no cosine."""
    hits = [hit(f"## 水箱的容量是多少？\n\n{RIGHT}")]
    known = rank_evidence(QUESTION, hits, rarity={}, similarity=lambda texts: np.zeros(len(texts), np.float32))
    cosines = {item.text: 0.9 for item in known}
    _, evidence = look_across(QUESTION, hits, cosines.__getitem__)
    assert [item.text for item in evidence] == [RIGHT]


def test_a_clear_sentence_is_an_answer_and_an_unclear_one_is_not():
    """The same hits answer or not by what the cosines say, and the reason names the languages."""
    clear = decide_across(QUESTION, HITS, cosine=cosine, embedder=E5)
    assert clear.decision.answered
    assert clear.decision.confidence >= clear.calibration.threshold
    unclear = decide_across(QUESTION, HITS, cosine=lambda text: 0.78, embedder=E5)
    assert not unclear.decision.answered
    assert "different languages" in unclear.decision.reason


@pytest.mark.parametrize(
    ("question", "hits", "embedder"),
    [
        (QUESTION, [], E5),
        (QUESTION, HITS, "hash-embedder"),
        ("水箱的容量是多少？", HITS, E5),
        (QUESTION, [hit("The tank holds 80 litres.", lang="en"), *HITS], E5),
        ("1984", HITS, E5),
    ],
)
def test_it_does_not_arise(question, hits, embedder):
    """No hits, an embedder that it was not fitted for, one language, or a question without a language: no decision."""
    assert decide_across(question, hits, cosine=cosine, embedder=embedder) is None


def test_languages_that_share_a_script_are_told_by_their_documents():
    """A German document answers an English question, though its sentences are in Latin script as well."""
    german = [hit("Der Tank fasst 80 Liter. Die Pumpe hält nachts an.", lang="de")]
    assert look_across(QUESTION, german, cosine)[1]
    assert decide_across(QUESTION, german, cosine=cosine, embedder=E5) is not None


def test_the_language_of_a_hit_is_its_documents():
    """The metadata decides; without any, or where it is undetermined or calls Chinese English, the text."""
    assert [language_of(hit(RIGHT, lang=lang)) for lang in ("zh-TW", "en", "und", None)] == ["zh"] * 4
    assert language_of(hit("Der Tank fasst 80 Liter.", lang="nl")) == "nl"


def test_the_calibration_carries_what_it_was_measured_at():
    """The shipped file names its embedder, where it is from, and how often it is wrong, with intervals."""
    whole = json.loads(files("ragsys.generate").joinpath(FILE).read_text(encoding="utf-8"))
    row = whole["embedders"][E5]
    assert whole["made_by"] == "bench/crosslingual.py"
    assert "xquad" in row["fitted_on"]
    assert row["measured"]["passage removed: answered"]["n"] > 300
