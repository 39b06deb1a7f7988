"""Tables of text are rows with their numbers, whatever divides their cells."""

import pytest

from ragsys.errors import NoTextError
from ragsys.ingest.parsers.delimited import DelimitedParser


def parse(text, encoding="utf-8"):
    """A table."""
    return DelimitedParser().parse(text.encode(encoding), name="a.csv")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(delimiter):
    """Rows are divided by what divides all of them, also where other marks are in the cells."""
    rows = [["name", "note", "size"], ["pump", '"a;b,c|d\te"', "1"], ["pipe", '"x\ny"', "2"]]
    found = parse("\n".join(delimiter.join(row) for row in rows))
    note = "a;b,c\\|d e"
    shown = f"| name | note | size |\n| --- | --- | --- |\n| pump | {note} | 1 |\n| pipe | x y | 2 |\n"
    assert found.text == shown


def test_rows_have_the_numbers_of_a_spreadsheet():
    """The header is row 1, empty rows count, and each place begins at its row."""
    found = parse("名称,大小\n\n水泵,3\n管,4,x\n", "gb18030")
    places = [(place.first, found.text[place.start :].split("\n", 1)[0]) for place in found.places]
    assert places == [("1", "| 名称 | 大小 |"), ("3", "| 水泵 | 3 |"), ("4", "| 管 | 4 | x |")]
    assert {place.unit for place in found.places} == {"row"}


def test_one_column_and_one_huge_cell_are_tables():
    """A list without delimiters is a column; a cell may be longer than the csv module's own limit."""
    assert parse("Name\nA/B\nC\n").text == "| Name |\n| --- |\n| A/B |\n| C |\n"
    assert len(parse("a,b\n1," + "x" * 200_000).text) > 200_000


def test_what_is_no_row_is_kept_as_it_is():
    """A cell beyond every limit loses nothing: from there on, lines stand as they are."""
    assert "last" in parse("a,b\n1," + '"' + "x" * 600_000 + "\nlast\n").text


def test_empty_cells_are_no_text():
    """A table of nothing is an outcome."""
    with pytest.raises(NoTextError):
        parse(",,\n,,\n")
