"""Plain text is kept as it is."""

import pytest

from ragsys.ingest.parsers.text import TextParser


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("\n  The Mill \n\nIt stood by the river.", "The Mill"),
        ("河边的磨坊\n\n它建于1872年。", "河边的磨坊"),
        ("The first line,\n\nand so on", None),
        ("One line\nand another", None),
        ("Only one line", None),
        ("word " * 50 + "\n\ntext", None),
    ],
)
def test_a_first_line_that_stands_alone_is_the_title(text, title):
    """Short, no part of a sentence, and with a blank line after it; the text keeps it."""
    found = TextParser().parse(text.encode("utf-8"), name="a.txt")
    assert (found.text, found.title) == (text, title)
