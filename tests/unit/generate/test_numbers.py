"""Numbers by value: what a translation must keep."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragsys.generate.numbers import numbers_of, same_numbers


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("It was built in 1872.", "它建于1872年。"),
        ("About 1,240 degrees", "大约1240度"),
        ("1.2 million people and two ships", "120万人和2艘船"),
        ("In May 1999", "1999年5月"),
        ("in the 1980s", "20世纪80年代"),
        ("twenty-five sheep", "25只羊"),
        ("three hundred ships", "300艘船"),
        ("91% of it", "百分之九十一"),
        ("1984年", "in 1984"),
        ("２０２０年", "2020"),
        ("nothing to count", "没有数字"),
    ],
)
def test_the_same_values_are_the_same(source, target):
    """Digits, words, Chinese numerals, scales, months and full width do not matter."""
    assert same_numbers(source, target)
    assert same_numbers(target, source)


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("It was built in 1872.", "它建于1827年。"),
        ("2 million people", "20万人"),
        ("It has 4 pumps on page 12.", "它有4个水泵。"),
        ("水泵停止。", "The pump stops at 3 bar."),
        ("3.5 bar", "35巴"),
    ],
)
def test_another_value_is_seen(source, target):
    """A number that is lost, new or of another size is no translation."""
    assert not same_numbers(source, target)


@given(st.integers(0, 10**15), st.integers(0, 10**15))
def test_two_numbers_are_the_same_only_if_they_are(one, other):
    """Grouping changes nothing, another value everything."""
    assert same_numbers(f"{one:,} ships", f"{one}艘船")
    assert same_numbers(f"{one} ships", f"{other}艘船") == (one == other)


@given(st.text(max_size=60))
def test_any_text_has_numbers(text):
    """Nothing that is written raises, and what is in digits is among all."""
    found = numbers_of(text)
    assert found.digits <= found.every


def test_chinese_numerals_are_read_with_their_units():
    """Units of ten, hundred, thousand and ten thousand."""
    assert {Decimal(320), Decimal(30000)} <= {value.normalize() + 0 for value in numbers_of("三百二十，三万").every}
