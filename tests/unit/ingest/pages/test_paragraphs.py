"""Lines to paragraphs: joined where a line was full, whole words, Chinese without spaces."""

import pytest

from ragsys.ingest.parsers.pdf import PdfParser

FULL = [
    "The mill stands at the lower end of the valley, where the",
    "brook leaves the wood and turns towards the village. In",
]


def text_of(drawn, *content):
    """The text of one page."""
    return PdfParser().parse(drawn.draw([b"".join(content)]), name="a.pdf").text


def test_lines_of_a_paragraph_are_joined(drawn):
    """Full lines become one paragraph, and space between paragraphs a blank line."""
    found = text_of(drawn, drawn.lines(50, 700, [*FULL, "winter it rests."]), drawn.lines(50, 650, ["Another one."]))
    assert found == " ".join(FULL) + " winter it rests.\n\nAnother one.\n\n"


def test_short_lines_stay_lines(drawn):
    """Verse, code and addresses are not run together."""
    rows = ["def mill(corn):", "    flour = grind(corn, stones=2)", "    return flour"]
    assert text_of(drawn, drawn.lines(50, 700, [*rows, "# " + FULL[0]])).split("\n")[:3] == [
        row.strip() for row in rows
    ]


def test_items_of_a_list_begin_lines(drawn):
    """A bullet or a number begins a line, and what hangs below it belongs to it."""
    rows = ["1. " + FULL[0], "brook leaves the wood.", "2. The miller and his wife live here."]
    assert text_of(drawn, drawn.lines(50, 700, rows)) == f"{rows[0]} {rows[1]}\n{rows[2]}\n\n"


def test_an_indent_begins_a_paragraph(drawn):
    """Where no space parts paragraphs, the indent of their first lines does."""
    first = drawn.lines(50, 700, [*FULL, "winter it rests, and the miller repairs it. This is full."])
    found = text_of(drawn, first, drawn.lines(65, 664, ["A second paragraph."]))
    assert found.endswith("This is full.\n\nA second paragraph.\n\n")


def test_a_bold_heading_is_a_paragraph(drawn):
    """A heading of the same size and without space around it does not run into its text."""
    found = text_of(drawn, drawn.text(50, 712, "The mill", bold=True), drawn.lines(50, 700, FULL))
    assert found.startswith("The mill\n\nThe mill stands")


@pytest.mark.parametrize(
    ("first", "second", "elsewhere", "whole"),
    [
        ("docu-", "ment of the mill", "", "document of"),
        ("long-", "term plan of the mill", "A term is long.", "long-term plan"),
        ("self-", "locking gate", "It is self-locking.", "self-locking gate"),
        ("over-", "view of it", "Over the mill is a view; an overview.", "overview of"),
        ("Jean-", "Pierre of the mill", "", "Jean-Pierre of"),
    ],
)
def test_divided_words_are_whole_again(drawn, first, second, elsewhere, whole):
    """A hyphen at the end of a line goes, unless the document shows that it is the word's own, or a name follows."""
    rows = [f"The mill stands at the lower end of the valley and is {first}", second]
    found = text_of(drawn, drawn.lines(50, 700, rows), drawn.text(50, 600, elsewhere or "Nothing."))
    assert f"valley and is {whole}" in found


def test_chinese_lines_are_joined_without_spaces(drawn):
    """No space comes between characters, in a line or between lines, and no character is lost."""
    rows = ["水车在山谷的下游，溪水在那里离开树林", "转向村庄。磨坊主在那里住了很久，他每天", "磨面。"]
    assert text_of(drawn, drawn.lines(50, 700, rows, 12, 16)) == "".join(rows) + "\n\n"


def test_spaces_that_are_only_a_distance_are_found(drawn):
    """Two words whose letters stand apart are two words where all other letters touch."""
    # The first words end at 162.8, in Helvetica; pdfium takes up to 2 points more for no space.
    found = text_of(drawn, drawn.text(50, 700, "The miller grinds the corn"), drawn.text(164.4, 700, "and rests"))
    assert "corn and rests" in found
