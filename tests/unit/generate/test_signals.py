"""Signals: what a question and its hits have in common, in both languages, without a model."""

import pytest

from ragsys.generate.evidence import sentences_of
from ragsys.generate.meaning import Meaning
from ragsys.generate.signals import signals_of
from ragsys.testing import HashEmbedder
from ragsys.types import DocumentRef, Hit, Scores


def hit(text, *, rank=1, score=10.0):
    """A hit of a document that is its text."""
    return Hit(rank, score, rank, text, 0, len(text), None, (), DocumentRef(f"d{rank}", "/d", None, "0", {}), Scores())


def tell(question, hits, rarity):
    """The signals, the hits' sentences being the evidence as they come."""
    evidence = [sentence for each in hits for sentence in sentences_of(each)]
    return signals_of(question, hits, evidence, rarity, Meaning(HashEmbedder(dim=512)))


@pytest.mark.parametrize(
    ("question", "there", "absent"),
    [
        ("When did Ada visit the mill in 1910?", "Ada went to visit the mill in May 1910.", "The tea is green."),
        ("水泵什么时候停止工作", "压力达到三巴时水泵停止工作。", "茶是绿色的。"),
    ],
)
def test_what_answers_has_more_of_the_question(question, there, absent):
    """A sentence about the question covers it and names what it names; another does not."""
    rarity = {"mill": 4.0, "水泵": 4.0}
    good, bad = tell(question, [hit(there)], rarity), tell(question, [hit(absent)], rarity)
    assert good.coverage > 0.5 > bad.coverage
    assert good.passage >= good.coverage
    assert good.unknown < bad.unknown
    assert good.names >= bad.names


def test_a_denial_that_the_passage_does_not_make_is_noticed():
    """A negated question needs a negated sentence."""
    question = "Which pump did not stop?"
    assert tell(question, [hit("The red pump did stop.")], {}).negation == 1.0
    assert tell(question, [hit("The red pump did not stop.")], {}).negation == 0.0
    assert tell("哪个水泵没有停止？", [hit("红色水泵停止了。")], {}).negation == 1.0


def test_nothing_to_compare_gives_no_signals():
    """A question without a term, or hits without a sentence, tell nothing."""
    assert tell("???", [hit("The tea is green.")], {}) is None
    assert tell("tea", [hit("  \n ")], {}) is None


def test_a_foreign_word_is_better_left_out():
    """A word that the nearest sentence does not know makes it less near; where all are known, none is in the way."""
    hits = [hit("The red pump stops in May.")]
    known, foreign = tell("red pump stops", hits, {}), tell("red pump stops Vienna", hits, {})
    assert foreign.foreign > 0.0 > known.foreign
    assert foreign.meaning < known.meaning <= known.context


def test_a_sentence_is_nearer_with_what_it_leans_on():
    """`context` looks at the sentence together with the one before it."""
    signals = tell("When did the red mill burn?", [hit("The mill is red. It did burn in 1910.")][0:1], {})
    assert signals.context > signals.meaning
