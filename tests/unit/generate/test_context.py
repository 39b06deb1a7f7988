"""Context: the best sentences in the order of their document, within the budget."""

from ragsys.generate.context import focused, pack
from ragsys.generate.evidence import sentences_of
from ragsys.testing import ScriptedGenerator
from ragsys.types import DocumentRef, Hit, Scores

TEXT = "The mill is red. It burned in 1910. Tea is green. The river is wide."


def evidence(number=1, text=TEXT, heading=()):
    """The sentences of a hit."""
    return sentences_of(
        Hit(1, 1.0, number, text, 0, len(text), None, heading, DocumentRef("d", "/d", None, "0", {}), Scores())
    )


def test_sentences_stand_in_their_order_and_lean_on_the_one_before():
    """The best comes last where it stands last; one that says "It" brings what it speaks of, once."""
    first, second, _, last = evidence()
    assert pack([last, second], ScriptedGenerator([]).count_tokens, 100) == [
        "The mill is red. It burned in 1910. The river is wide."
    ]
    assert pack([second, first], ScriptedGenerator([]).count_tokens, 100) == ["The mill is red. It burned in 1910."]


def test_a_chinese_sentence_leans_as_well():
    """A word such as "因此" brings the sentence before it."""
    (_, second) = evidence(text="水箱漏水。因此水泵停止了。")
    assert pack([second], ScriptedGenerator([]).count_tokens, 100) == ["水箱漏水。 因此水泵停止了。"]


def test_passages_are_apart_and_what_does_not_fit_is_left_out():
    """One text for each passage, the best one first, and never more tokens than the budget."""
    best, other = evidence(1)[3], evidence(2)[2]
    generator = ScriptedGenerator([])
    assert pack([best, other], generator.count_tokens, 100) == ["The river is wide.", "Tea is green."]
    assert pack([best, other], generator.count_tokens, generator.count_tokens(best.text)) == ["The river is wide."]
    assert pack([best], generator.count_tokens, 1) == []


def test_rows_stand_below_the_header_of_their_table():
    """A passage that begins inside a table brings the header, within the budget and never twice."""
    header, rows = "| Year | Ducks |", "| 2023 | 12 |\n| 2024 | 180 |"
    (item,) = evidence(text=rows, heading=("Birds", header))
    generator = ScriptedGenerator([])
    assert pack([item], generator.count_tokens, 100) == [f"{header}\n{rows}"]
    assert pack([item], generator.count_tokens, generator.count_tokens(rows)) == []
    (whole,) = evidence(text=f"{header}\n| --- | --- |\n{rows}", heading=("Birds", header))
    assert pack([whole], generator.count_tokens, 100) == [whole.text]
    assert pack(evidence(heading=("Birds", header))[2:3], generator.count_tokens, 100) == ["Tea is green."]


def test_a_sentence_that_says_all_of_the_question_stands_alone():
    """Where another one says half as much, both are shown; and the first is not chosen for little."""
    brewing = evidence(
        text="Use 60 grams of coffee for one litre of water. The water is hot. Coffee and water are poured."
    )
    question = "how many grams of coffee for one litre of water"
    assert focused(question, brewing[:2]) == brewing[:1]
    assert focused("coffee and water?", brewing) == brewing
    assert focused("who poured tea in Vienna", brewing) == brewing
