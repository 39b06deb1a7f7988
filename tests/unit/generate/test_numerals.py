"""Numbers in prose: their values at their places, and none where it is not certain."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragsys.generate.numerals import numerals


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("1,240 kg and 3.5 bar", [1240, 3.5]),
        ("3.3 million people", [3_300_000]),
        ("二百公里, 2.5万人, 两万三千", [200, 25_000, 23_000]),
        ("一千零五十米，百分之八十五，三点五巴", [1050, 85, 3.5]),
        ("二〇二四年", [2024]),
        ("twenty-five ships, forty thousand gulls", [25, 40_000]),
        ("-5 degrees, 62-65 mm", [-5, 62, 65]),
        ("192.168.1.2, v1.2.3, 10:30, 1,5 bar, 11-speed, AK-130", []),
        ("One of them has 3 gears", [3]),
        ("大坝是一座土石坝，宽七米", [7]),
        ("底特律三一堂，第三阶段，唯一一种", []),
    ],
)
def test_numbers_are_read(text, values):
    """Separators, units, Chinese figures and words; no part of an address, a name or an ordinal."""
    assert [number.value for number in numerals(text)] == values


@given(st.integers(0, 10**12), st.text(alphabet="ab ，。", max_size=5))
def test_a_number_is_found_as_it_was_written(value, around):
    """With separators, wherever it stands apart, its span is its text."""
    written = f"{value:,}"
    text = f"{around} {written} {around}"
    (found,) = numerals(text)
    assert (found.value, text[found.start : found.end]) == (value, written)
