"""Dates in prose, as ISO 8601, and none that can be read in two ways."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragsys.generate.dates import dates

FORMS = ("{0:%Y-%m-%d}", "{0:%Y/%m/%d}", "{0.day} {0:%B} {0.year}", "{0:%b} {0.day}, {0.year}", "{0:%d.%m.%Y}")
FORMS += ("{0.year}年{0.month}月{0.day}日", "the {0.day}th of {0:%B} {0.year}")


@given(st.dates(dt.date(1000, 1, 1)), st.sampled_from(FORMS))
def test_a_date_is_read_in_each_of_its_forms(day, form):
    """What was written comes out as the same day."""
    text = f"on {form.format(day)}, at noon"
    assert [date.value for date in dates(text)] == [day.isoformat()]


@pytest.mark.parametrize("text", ["3/5/2024", "30.2.2001", "March 2024", "2024", "99/99/2024", "version 1.2.2024.5"])
def test_a_guess_is_no_date(text):
    """Ambiguous, impossible and partial dates are left alone."""
    assert dates(text) == []


def test_chinese_figures():
    """A date in Chinese figures is a date as well."""
    assert [date.value for date in dates("成立于二〇二四年三月十五日。")] == ["2024-03-15"]
