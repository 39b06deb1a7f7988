"""Checks of a translated sentence: each finds its fault, and good sentences pass all."""

import pytest

from ragsys.generate.translation_checks import LEAST_SIMILARITY, has_words, problems_of

GOOD = [
    ("The pump stops at 3.5 bar.", "泵在3.5巴时停止。", "zh"),
    ("水箱的容量是八十升。", "The tank holds eighty litres.", "en"),
    ("See table 4 on page 12.", "见第12页的表4。", "zh"),
    ("Wann wurde die Mühle gebaut?", "When was the mill built?", "en"),
]


@pytest.mark.parametrize(("source", "target", "to"), GOOD)
def test_a_good_translation_passes(source, target, to):
    """Right sentences of several kinds have no problem."""
    assert problems_of(source, target, to=to, similarity=0.9, least=0.8) == ()


@pytest.mark.parametrize(
    ("source", "target", "to", "problem"),
    [
        ("The pump stops.", "  ", "zh", "empty"),
        ("The old pump stops at night.", "The old pump stops at night.", "zh", "copy"),
        ("The old pump stops at night and in the morning.", "老 the old pump stops at night and in", "zh", "copy"),
        ("The pump stops.", "La pompe s'arrête pendant la nuit et le jour.", "zh", "language"),
        ("水泵停止。", "水泵在夜里停止。", "en", "language"),
        ("The pump stops.", "泵停 泵停 泵停 泵停 泵停", "zh", "repetition"),
        ("The pump stops at 3.5 bar.", "泵在35巴时停止。", "zh", "numbers"),
        (
            "After the flood, the monks moved the library to a castle in the hills, where it stayed for sixty years.",
            "洪水。",
            "zh",
            "length",
        ),
        ("The pump stops.", "今天天气很好。", "zh", "meaning"),
    ],
)
def test_each_fault_has_its_name(source, target, to, problem):
    """A fault of each kind is found under its name."""
    similarity = 0.7 if problem == "meaning" else None
    assert problem in problems_of(source, target, to=to, similarity=similarity, least=0.8)


def test_a_repetition_of_the_source_is_no_fault():
    """What repeats itself may repeat itself in translation."""
    assert "repetition" not in problems_of("no no no no no", "不不不不不", to="zh", similarity=None, least=None)


def test_meaning_is_judged_only_where_it_was_measured():
    """Without a threshold for the embedder, a low cosine says nothing."""
    assert problems_of("The pump stops.", "泵停止。", to="zh", similarity=0.1, least=None) == ()
    assert "hash-embedder" not in LEAST_SIMILARITY


def test_marks_and_numbers_need_no_translation():
    """Only letters do."""
    assert [has_words(text) for text in ("---", "12.5", "a", "水")] == [False, False, True, True]
