"""Drafting: one line, no endless repetition, and what the generator believes of it."""

import pytest

from ragsys.generate.drafting import draft, weigh
from ragsys.generate.evidence import sentences_of
from ragsys.testing import ScriptedGenerator
from ragsys.types import Decoding, DocumentRef, Hit, Scores

TEXT = "The old mill burned down in 1910. Tea is green."
EVIDENCE = sentences_of(Hit(1, 1.0, 1, TEXT, 0, len(TEXT), None, (), DocumentRef("d", "/d", None, "0", {}), Scores()))


class Scoring(ScriptedGenerator):
    """Says what it was told to say, and believes in what is short."""

    def score(self, messages, continuations):
        """Minus the length of each."""
        self.scored = (messages, list(continuations))
        return [-float(len(text)) for text in continuations]


def run(generator, question="When did the mill burn down?"):
    """The pieces and the draft."""
    drafting = draft(generator, question, EVIDENCE, Decoding(seed=1))
    pieces = []
    while True:
        try:
            pieces.append(next(drafting))
        except StopIteration as done:
            return pieces, done.value


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("5" + "0" * 60, "50"),
        ("the pump " * 9, "the pump"),
        ("水泵停止，" * 9, "水泵停止"),
        (
            "他喜欢唱歌，他喜欢看电影，他喜欢看书，" + "他喜欢看电影，他喜欢看书，" * 9,
            "他喜欢唱歌，他喜欢看电影，他喜欢看书",
        ),
        ("no, no, no: it burned in 1910", "no, no, no: it burned in 1910"),
        ("in 1910\nQuestion: who?", "in 1910"),
    ],
)
def test_a_draft_ends_where_it_repeats_itself_and_with_its_line(said, kept):
    """What is said again and again is there once; a short repetition is speech."""
    _, drafted = run(ScriptedGenerator([said]))
    assert drafted.text.strip() == kept


def test_a_draft_is_weighed_against_having_no_answer():
    """Both are scored after the prompt that it was drafted from, as the model would have said them."""
    generator = Scoring([" in 1910"])
    _, drafted = run(generator)
    signals = weigh(generator, drafted, "When did the mill burn down?", before=0.5)
    prompt, said = generator.scored
    assert prompt == drafted.prompt
    assert said == [" in 1910", " unanswerable"]
    assert signals.values() == {"before": 0.5, "sure": -8.0, "unanswerable": -13.0, "verbatim": 1.0}


def test_without_scores_there_is_nothing_to_weigh():
    """A generator that cannot score, and an empty draft, have no signals."""
    plain = ScriptedGenerator(["in 1910"])
    assert weigh(plain, run(plain)[1], "When?", before=0.0) is None
    empty = Scoring(["\n"])
    assert weigh(empty, run(empty)[1], "When?", before=0.0) is None
