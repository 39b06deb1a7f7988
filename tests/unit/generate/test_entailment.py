"""Entailment: any local classifier with that label, and its say in what is supported."""

import pytest
import tiny_models

from ragsys.config import Settings
from ragsys.errors import ModelRejectedError
from ragsys.generate.citations import Judges, cite
from ragsys.generate.entailment import load_entailment
from ragsys.types import DocumentRef, Hit, Scores, SourceText

TEXT = "The tank of the old mill holds 80 litres of water. The pump is red."


def test_a_folder_gives_probabilities(tmp_path):
    """Each pair has two probabilities, alone the same as among others, and a premise may be longer than is read."""
    folder = tiny_models.classifier(tmp_path / "nli", ["contradiction", "neutral", "entailment"])
    model = load_entailment(Settings(entailment=str(folder)))
    pairs = [("a pump is red", "the pump"), ("word " * 2000, "tea is green"), ("", "")]
    found = model.judge(pairs * 7)
    assert len(found) == 21
    assert all(0 <= share <= 1 and entailed + share <= 1.0001 for entailed, share in found)
    assert model.judge(pairs[:1])[0] == pytest.approx(found[0], abs=1e-5)


def test_what_is_no_entailment_model_is_refused(tmp_path):
    """A folder that is not there, a broken one and a classifier of something else are typed errors; none is none."""
    assert load_entailment(Settings()) is None
    with pytest.raises(ModelRejectedError, match="no folder"):
        load_entailment(Settings(entailment=str(tmp_path / "nowhere")))
    (tmp_path / "empty").mkdir()
    with pytest.raises(ModelRejectedError, match="cannot be loaded"):
        load_entailment(Settings(entailment=str(tmp_path / "empty")))
    moods = tiny_models.classifier(tmp_path / "moods", ["good", "bad"])
    with pytest.raises(ModelRejectedError, match="bad, good"):
        load_entailment(Settings(entailment=str(moods)))


class Verdict:
    """Says the same of every pair."""

    name = "verdict"

    def __init__(self, entailed, contradicted):
        self.verdict = (entailed, contradicted)
        self.asked = []

    def judge(self, pairs):
        """The verdict, once for each."""
        self.asked += pairs
        return [self.verdict] * len(pairs)


def cited(draft, judge, question="How much water does the tank hold?"):
    """The citations of a draft."""
    reference = DocumentRef("d", "/d", None, "0", {})
    hit = Hit(1, 1.0, 1, TEXT, 0, len(TEXT), None, (), reference, Scores())
    return cite(draft, question, [hit], lambda _id: SourceText(TEXT), judges=Judges(entailment=judge)).citations


def test_a_paraphrase_is_supported_where_the_model_says_so():
    """Few shared words are enough then; without the model they are not, and a number has to be there in any case."""
    paraphrase = "Eighty litres fit into that reservoir belonging to the mill."
    assert cited(paraphrase, None) == ()
    (citation,) = cited(paraphrase, Verdict(0.95, 0.01))
    assert (citation.quote, citation.support) == ("The tank of the old mill holds 80 litres of water.", 0.95)
    assert cited(paraphrase.replace("Eighty", "90"), Verdict(0.95, 0.01)) == ()


def test_a_contradiction_is_not_supported_however_many_words_it_shares():
    """A sentence that the model says contradicts its evidence gets no citation; one that it is unsure of keeps it."""
    denied = "The tank of the old mill never holds 80 litres of water."
    assert cited(denied, Verdict(0.02, 0.9)) == ()
    assert len(cited(denied, Verdict(0.3, 0.1))) == 1


def test_a_bare_word_is_judged_as_the_answer_to_its_question():
    """The hypothesis of a short answer has the question with it."""
    judge = Verdict(0.9, 0.0)
    cited("80 litres", judge)
    assert judge.asked[0][1] == "How much water does the tank hold? 80 litres"
