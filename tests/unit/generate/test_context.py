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
    """Rows bring their header once, from an earlier passage or their own, within the budget; prose brings none."""
    header, rows = "| Year | Ducks |", "| 2023 | 12 |\n| 2024 | 180 |"
    table = f"{header}\n{rows}"
    count = ScriptedGenerator([]).count_tokens
    below = evidence(text=rows, heading=("Birds", header))
    assert pack(below, count, 100) == pack(below[::-1], count, count(table)) == [table]
    assert pack(below, count, count(rows)) == [f"{header}\n| 2023 | 12 |"]
    assert pack(below[:1], count, count(below[0].text)) == []
    whole = evidence(text=f"Ducks.\n\n{header}\n| --- | --- |\n{rows}\n\nThey left.", heading=("Birds",))
    assert pack(whole[2:4], count, 100) == [table]
    assert pack(whole, count, 100) == [f"Ducks. {table}\nThey left."]
    assert pack(evidence(heading=("Birds", header))[2:3], count, 100) == ["Tea is green."]


def test_a_row_that_alone_holds_what_the_question_names_stands_alone():
    """What the header says counts for no row; where another holds a word that the first does not, both are shown."""
    rows = evidence(text="| Pond 96 | 151 |\n| Pond 97 | 212 |", heading=("| Pond | Ducks |",))
    assert focused("How many ducks at Pond 97?", rows[::-1]) == rows[1:]
    assert focused("How many ducks at Pond 96 and Pond 97?", rows) == rows
    assert focused("How many ducks?", rows) == rows


def test_a_sentence_that_says_all_of_the_question_stands_alone():
    """Where another one says half as much, both are shown; and the first is not chosen for little."""
    brewing = evidence(
        text="Use 60 grams of coffee for one litre of water. The water is hot. Coffee and water are poured."
    )
    question = "how many grams of coffee for one litre of water"
    assert focused(question, brewing[:2]) == brewing[:1]
    assert focused("coffee and water?", brewing) == brewing
    assert focused("who poured tea in Vienna", brewing) == brewing
