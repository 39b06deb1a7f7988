"""Citations: a verbatim span, verified, or none."""

import numpy as np
import pytest

from ragsys.generate.citations import Judges, cite
from ragsys.generate.evidence import sentences_of
from ragsys.types import DocumentRef, Hit, Scores, SourceText

TEXT = (
    "Intro page.\n\nThe pump stops at 3.5 bar. The tank holds 80 litres.\n\n"
    "水箱的容量是八十升。压力达到三点五巴时水泵停止。"
)
PASSAGE = TEXT.index("The pump")


def hit(text=TEXT[PASSAGE:], start=PASSAGE):
    """The passage that the tests cite from."""
    document = DocumentRef("d", "/d.txt", None, "0", {})
    return Hit(1, 1.0, 1, text, start, start + len(text), 1, (), document, Scores())


def source(_document):
    """The stored document: its second page begins where the passage does."""
    return SourceText(TEXT, (0, PASSAGE))


def test_a_supported_sentence_is_cited_at_its_exact_place():
    """The quote is the sentence that holds the fact, cut out of the document, on the page of its own offset."""
    cited = cite("The tank holds 80 litres.", "How much does the tank hold?", [hit()], source)
    (citation,) = cited.citations
    assert TEXT[citation.start : citation.end] == citation.quote == "The tank holds 80 litres."
    assert citation.page == 2
    assert cited.text == "The tank holds 80 litres. [1]"
    assert cited.text[citation.answer_start : citation.answer_end] == "The tank holds 80 litres."
    assert cited.support == 1.0


@pytest.mark.parametrize(
    "draft", ["The tank holds 90 litres.", "The boiler is red and heavy.", "The tank of Anna holds 80 litres."]
)
def test_a_wrong_number_name_or_topic_is_not_supported(draft):
    """A sentence with a number or name that the evidence lacks, or about something else, gets no citation."""
    cited = cite(draft, "How much does the tank hold?", [hit()], source)
    assert cited.citations == ()
    assert [sentence.supported for sentence in cited.sentences] == [False]


def test_a_chinese_answer_is_cited():
    """Chinese sentences are matched by pairs of characters."""
    cited = cite("水泵在压力达到三点五巴时停止。", "水泵什么时候停止？", [hit()], source)
    assert cited.citations[0].quote == "压力达到三点五巴时水泵停止。"


def test_a_bare_number_needs_a_sentence_about_the_question():
    """A number alone is cited where its sentence is about the question, and not where it merely occurs."""
    assert cite("80", "How many litres does the tank hold?", [hit()], source).citations[0].quote.startswith("The tank")
    assert cite("80", "How old is the queen of Denmark?", [hit()], source).citations == ()


def test_a_span_that_is_not_in_the_document_is_no_citation():
    """If what is stored differs from what was retrieved, nothing is cited."""
    cited = cite("The tank holds 80 litres.", "tank", [hit()], lambda _id: SourceText(TEXT.upper()))
    assert cited.citations == ()


def test_the_same_evidence_keeps_its_marker():
    """Two sentences that rest on one span share its number."""
    cited = cite("The pump stops at 3.5 bar. At 3.5 bar the pump stops.", "When does the pump stop?", [hit()], source)
    assert [c.marker for c in cited.citations] == [1, 1]


@pytest.mark.parametrize(
    ("draft", "supported"), [("水箱的容量是八十升", True), ("水箱的容量是九十升", False), ("水箱容量", False)]
)
def test_a_chinese_answer_may_repeat_its_question(draft, supported):
    """What it adds to the question has to stand in the evidence; what it repeats of it proves nothing by itself."""
    text = "本机的储水部分共可容纳八十升。茶是绿色的。"
    document = DocumentRef("d", "/d.txt", None, "0", {})
    only = Hit(1, 1.0, 1, text, 0, len(text), None, (), document, Scores())
    shown = sentences_of(only)[:1]
    cited = cite(draft, "水箱的容量是多少？", [only], lambda _id: SourceText(text), shown=shown)
    assert bool(cited.citations) is supported


def test_a_bare_word_from_what_the_writer_was_shown_needs_no_other_sign():
    """A short answer is supported by a sentence of the prompt that holds it, whatever it shares with the question."""
    question = "Whose capacity is known?"
    assert cite("80 litres", question, [hit()], source).citations == ()
    shown = [item for item in sentences_of(hit()) if "80" in item.text]
    assert cite("80 litres", question, [hit()], source, shown=shown).citations[0].quote == "The tank holds 80 litres."


def test_of_two_that_support_it_the_nearer_in_meaning_is_cited():
    """Where words do not decide, the cosine to question and answer does."""
    twice = TEXT.replace("Intro page.", "The jar holds 80 litres.")
    whole = Hit(1, 1.0, 1, twice, 0, len(twice), 1, (), hit().document, Scores())

    def alike(texts, others):
        return np.array([["jar" in other for other in others]], dtype=np.float32)

    plain = cite("80 litres", "What holds how much?", [whole], lambda _id: SourceText(twice), shown=sentences_of(whole))
    near = cite(
        "80 litres", "What holds how much?", [whole], lambda _id: SourceText(twice), shown=sentences_of(whole),
        judges=Judges(alike=lambda texts, others: 1 - alike(texts, others)),
    )  # fmt: skip
    assert plain.citations[0].quote == "The jar holds 80 litres."
    assert near.citations[0].quote == "The tank holds 80 litres."
