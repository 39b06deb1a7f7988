"""Numbers by the codes of their formats."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragsys.ingest.parsers.number_formats import BUILT_IN, general, shown


@pytest.mark.parametrize(
    ("value", "code", "expected"),
    [
        (0, "0", "0"), (7, "000", "007"), (2.5, "0", "3"), (1.005, "0.00", "1.01"), (1234.5, "#,##0", "1,235"),
        (0.5, "0%", "50%"), (-0.125, "0.0%", "-12.5%"), (5, '0 "kg"', "5 kg"), (-5, "0;[Red]-0", "-5"),
        (0, '0;-0;"none"', "none"),
        (1500000, '0.0,,"M"', "1.5M"), (1.5, "0.##", "1.5"), (2, "0.##", "2"), (0.1 + 0.2, "General", "0.3"),
        (45351, "d mmm yyyy", "2024-02-29"), (45351.25, "yyyy-mm-dd hh:mm", "2024-02-29 06:00"),
        (0.5, "h:mm", "12:00"),
        (1.5, "[h]:mm", "36:00:00"), (45351, 'yyyy"年"m"月"d"日"', "2024-02-29"), (45351, "mmm-yy", "2024-02"),
        (12, "@", "12"),
        (1, "yyyy-mm-dd", "1900-01-01"), (61, "yyyy-mm-dd", "1900-03-01"), (-1, "yyyy-mm-dd", "-1"),
        (0.5, "# ?/?", "0.5"),
        (99, "[$¥-804]#,##0.00", "¥99.00"), (1e300, "0", "1e+300"), (12345, "0.00E+00", "12345"),
    ],
)  # fmt: skip
def test_numbers_are_shown_by_their_codes(value, code, expected):
    """Digits, groups, percent, literals, sections and times as a spreadsheet shows them, dates in ISO's order."""
    assert shown(value, code) == expected


def test_a_sheet_of_1904_counts_from_there():
    """The same number is another day where days are counted from 1904."""
    assert shown(0, "yyyy-mm-dd", since_1904=True) == "1904-01-01"


def test_whole_numbers_have_no_fraction():
    """A number without a format has no digits that nobody wrote."""
    assert [general(value) for value in (3.0, -2.5, 1e15, 1 / 3)] == ["3", "-2.5", "1e+15", "0.333333333333333"]


@given(
    st.floats(allow_nan=False, allow_infinity=False),
    st.one_of(st.sampled_from(sorted(BUILT_IN.values())), st.text('0#,.%;ymdh"[]$ E/@?', max_size=12)),
)
def test_no_code_fails(value, code):
    """Any number comes out as text by any code, without a line break."""
    assert "\n" not in shown(value, code)
