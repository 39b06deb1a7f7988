"""Tables as Markdown rows."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from ragsys.ingest.parsers.tables import markdown_table, separator, table_row


def test_the_first_row_is_the_header():
    """A rule of as many cells follows the first row, and narrower rows are filled up."""
    assert markdown_table([["a", "b"], ["1"]]) == "| a | b |\n| --- | --- |\n| 1 |  |"


def test_a_table_without_header_is_rows_alone():
    """Nothing is made up where a table has no header."""
    assert markdown_table([["a", "b"], ["1", "2"]], header=False) == "| a | b |\n| 1 | 2 |"


def test_empty_rows_and_columns_are_left_out():
    """What no cell of a row or column fills takes no place."""
    assert markdown_table([["", " ", ""], ["a", "", "b"], ["", "", "2"]]) == "| a | b |\n| --- | --- |\n|  | 2 |"
    assert markdown_table([[""], []]) == ""


def test_one_row_alone():
    """A row may be written by itself, as wide as its table."""
    assert table_row(["x|y", "two\nlines"], 3) == r"| x\|y | two lines |  |"
    assert separator(2) == "| --- | --- |"


@given(st.lists(st.lists(st.text(max_size=8), max_size=4), max_size=4))
def test_every_row_is_one_line_of_equal_width(rows):
    """Whatever cells hold, a table has one line a row, with the same number of unescaped pipes in each."""
    table = markdown_table(rows)
    lines = table.split("\n") if table else []
    assert len(table.splitlines()) == len(lines)
    assert len({len(re.findall(r"(?<!\\)\|", line)) for line in lines}) <= 1
