"""Headers, footers and page numbers go; what only repeats stays."""

import pytest

from ragsys.ingest.parsers.pdf import PdfParser


def text_of(data):
    """The text of a file."""
    return PdfParser().parse(data, name="a.pdf").text


def body(drawn, number):
    """Some text of a page's own."""
    name = ("alpha", "beta", "gamma", "delta", "epsilon", "zeta")[number % 6]
    return drawn.lines(50, 700, [f"This is what the page {name} has to say,", f"and {name} says it in two lines."])


@pytest.mark.parametrize("mirrored", [False, True])
def test_heads_and_page_numbers_go(drawn, mirrored):
    """A header, a footer and a number that rises with the page are no part of the text, on left and right pages."""
    pages = []
    for i in range(6):
        left, right = (400, 50) if mirrored and i % 2 else (50, 400)
        head = drawn.text(left, 800, "The Mill in the Valley") + drawn.text(right, 800, "A Story")
        pages.append(head + body(drawn, i) + drawn.text(left, 30, f"- {i + 11} -"))
    found = text_of(drawn.draw(pages))
    assert "Mill" not in found
    assert "Story" not in found
    assert not any(map(str.isdigit, found))
    assert all(name in found for name in ("alpha", "zeta"))


def test_a_line_that_repeats_elsewhere_stays(drawn):
    """The same line at different heights, such as a refrain or a heading, is text even where it is a page's first."""
    pages = [drawn.text(50, 800 - 90 * (i % 3), "Sing ho for the mill") + body(drawn, i) for i in range(9)]
    assert text_of(drawn.draw(pages)).count("Sing ho for the mill") == 9


def test_numbered_headings_stay(drawn):
    """Headings at the top of consecutive pages that differ by their number only are larger than the text, and stay."""
    pages = [drawn.text(50, 800, f"Lesson {i + 1}", 20) + body(drawn, i) for i in range(5)]
    found = text_of(drawn.draw(pages))
    assert all(f"Lesson {i + 1}" in found for i in range(5))


def test_figures_at_the_edge_stay(drawn):
    """Numbers at the foot of pages that do not count them are figures."""
    figures = [120, 7, 43, 99, 12]
    pages = [body(drawn, i) + drawn.text(50, 30, str(figure)) for i, figure in enumerate(figures)]
    found = text_of(drawn.draw(pages))
    assert all(str(figure) in found for figure in figures)


def test_the_first_rows_of_a_table_that_goes_on_stay(drawn):
    """The header of a table that is repeated on each page, close to its rows, is no running head."""
    grains = ("oats", "rye", "corn", "wheat", "barley")
    pages = [drawn.lines(50, 700, ["Name Price Stock", f"{grain} 7 4", f"{grain}meal 9 5"]) for grain in grains]
    assert text_of(drawn.draw(pages)).count("Name Price Stock") == 5


def test_two_pages_tell_nothing(drawn):
    """What stands on two pages only is kept."""
    pages = [drawn.text(50, 800, "The Mill in the Valley") + body(drawn, i) for i in range(2)]
    assert text_of(drawn.draw(pages)).count("The Mill in the Valley") == 2


def test_a_page_of_nothing_else_keeps_its_head(drawn):
    """A page that would be left empty is left as it is."""
    pages = [drawn.text(50, 800, "The Mill in the Valley") + (body(drawn, i) if i else b"") for i in range(5)]
    found = PdfParser().parse(drawn.draw(pages), name="a.pdf")
    assert found.text[: found.page_starts[1]] == "The Mill in the Valley\n\n"
    assert found.text.count("Mill") == 1
