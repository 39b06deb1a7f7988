"""The order of reading, whatever the order of drawing was."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ragsys.ingest.parsers.pdf import PdfParser

NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight")
LEFT = [f"left column line {number} of the running text" for number in NUMBERS]
RIGHT = [line.replace("left", "right") for line in LEFT]


def words(data):
    """The words of a file in order."""
    return PdfParser().parse(data, name="a.pdf").text.split()


def flat(*parts):
    """The words of some lines in order."""
    return " ".join(line for part in parts for line in part).split()


def test_lines_across_two_columns_are_read_column_by_column(drawn):
    """Where each line was drawn across both columns, the left column is read before the right one."""
    page = b"".join(
        drawn.text(50, 700 - 12 * i, left, 9) + drawn.text(310, 700 - 12 * i, right, 9)
        for i, (left, right) in enumerate(zip(LEFT, RIGHT, strict=True))
    )
    assert words(drawn.draw([page])) == flat(LEFT, RIGHT)


def test_what_spans_both_columns_parts_them(drawn):
    """A line across the page ends the columns above it, and those below begin again on the left."""

    def columns(top):
        return b"".join(
            drawn.text(50, top - 12 * i, left, 9) + drawn.text(310, top - 12 * i, right, 9)
            for i, (left, right) in enumerate(zip(LEFT, RIGHT, strict=True))
        )

    across = "A heading that stands right across the page and over both of the columns below it"
    page = columns(780) + drawn.text(50, 660, across, 12) + columns(640)
    assert words(drawn.draw([page])) == flat(LEFT, RIGHT, [across], LEFT, RIGHT)


@pytest.mark.parametrize("gap", [110, 180])
def test_a_table_without_rules_is_read_row_by_row(drawn, gap):
    """Columns of short cells are no columns of text, however many rows there are."""
    rows = [(f"item {i}", f"{i * 37}.50", f"{i} pieces") for i in range(12)]
    page = b"".join(
        drawn.text(50 + gap * column, 700 - 14 * i, cell)
        for i, row in enumerate(rows)
        for column, cell in enumerate(row)
    )
    assert words(drawn.draw([page])) == flat(*rows)


def test_what_is_drawn_late_is_read_where_it_stands(drawn):
    """A title and a table that are drawn last are read first and in between; a footer that is drawn first, last."""
    above = ["The text above the table goes on for a line", "and for another one, and ends here."]
    below = ["The text below the table begins here and", "goes on to the foot of the page."]
    page = (
        drawn.text(50, 40, "the foot of the page")
        + drawn.lines(50, 700, above)
        + drawn.lines(50, 600, below)
        + drawn.lines(50, 660, ["first row", "second row"])
        + drawn.text(50, 760, "The title", 18)
    )
    expected = flat(["The title"], above, ["first row", "second row"], below, ["the foot of the page"])
    assert words(drawn.draw([page])) == expected


def test_footnotes_of_a_column_follow_the_text(drawn):
    """A footnote at the foot of the left column does not part a sentence that goes on in the right one."""
    left = [*LEFT[:7], "and this long sentence of words goes on in the"]
    right = ["other column until it ends here.", *RIGHT[1:]]
    page = (
        drawn.lines(50, 700, left, 9)
        + drawn.lines(50, 560, ["1 A footnote of the left column."], 7)
        + drawn.lines(310, 700, right, 9)
    )
    found = PdfParser().parse(drawn.draw([page]), name="a.pdf").text
    assert found.split() == flat(left, right, ["1 A footnote of the left column."])
    assert "sentence of words goes on in the other column until it ends here." in found
    assert found.endswith("\n\n1 A footnote of the left column.\n\n")


@settings(deadline=None, max_examples=40)
@given(order=st.permutations(range(6)), wide=st.booleans())
def test_one_column_is_read_from_above_in_whatever_order_it_was_drawn(drawn, order, wide):
    """Paragraphs of one column are read from the top of the page."""
    paragraphs = [[f"paragraph {i} begins here", f"and ends with line two of {i}"] for i in range(6)]
    drawn_parts = [drawn.lines(50 + 20 * (wide and i % 2), 780 - 60 * i, paragraphs[i]) for i in order]
    assert words(drawn.draw([b"".join(drawn_parts)])) == flat(*paragraphs)


def test_every_word_is_kept(drawn):
    """Words anywhere on a page, over each other or not, come out exactly once."""
    rng = random.Random(3)
    for _ in range(20):
        names = [f"word{i}" for i in range(rng.randrange(1, 60))]
        page = b"".join(
            drawn.text(rng.randrange(20, 520), rng.randrange(20, 820), name, rng.choice([6, 9, 10, 24]))
            for name in names
        )
        found = "".join(words(drawn.draw([page])))
        assert all(found.count(name) >= 1 for name in names)
        assert len(found) == sum(map(len, names))
