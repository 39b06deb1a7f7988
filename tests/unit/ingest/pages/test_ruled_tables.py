"""Tables with rules become Markdown rows; other drawings do not."""

import pytest

from ragsys.ingest.parsers.pdf import PdfParser

XS, YS = [50, 200, 300, 400], [600, 620, 640, 660]
CELLS = [["Mill", "Stones", "Corn"], ["upper", "2", "rye | oats"], ["lower", "", "wheat"]]
ROWS = "| Mill | Stones | Corn |\n| --- | --- | --- |\n| upper | 2 | rye \\| oats |\n| lower |  | wheat |"


def text_of(drawn, *content):
    """The text of one page."""
    return PdfParser().parse(drawn.draw([b"".join(content)]), name="a.pdf").text


def cells(drawn, order):
    """The cells of the table, drawn in this order."""
    return b"".join(drawn.text(XS[c] + 5, YS[2 - r] + 6, CELLS[r][c]) for r, c in order if CELLS[r][c])


@pytest.mark.parametrize("by_column", [False, True])
def test_a_ruled_table_becomes_rows(drawn, by_column):
    """Cells come out as rows between the text above and below, whatever order they were drawn in."""
    order = [(r, c) for r in range(3) for c in range(3)]
    order.sort(key=lambda cell: cell[::-1] if by_column else cell)
    found = text_of(
        drawn, drawn.text(50, 700, "Above."), drawn.grid(XS, YS), cells(drawn, order), drawn.text(50, 560, "Below.")
    )
    assert found == f"Above.\n\n{ROWS}\n\nBelow.\n\n"


def test_a_cell_of_several_lines_is_one_cell(drawn):
    """Lines of a cell are joined, and a cell that spans two columns stands in the first."""
    rules = drawn.grid([50, 200, 400], [600, 640]) + drawn.rule(50, 640, 50, 660) + drawn.rule(400, 640, 400, 660)
    found = text_of(
        drawn,
        rules,
        drawn.rule(50, 660, 400, 660),
        drawn.text(55, 646, "All mills"),
        drawn.lines(55, 628, ["the upper", "mill"]),
        drawn.text(205, 615, "rye"),
    )
    assert found == "| All mills |  |\n| --- | --- |\n| the upper mill | rye |\n\n"


@pytest.mark.parametrize(
    ("xs", "ys"), [([50, 545], [50, 800]), ([50, 545], [600, 620, 640, 660]), ([40, 300, 550], [590, 690])]
)
def test_frames_are_no_tables(drawn, xs, ys):
    """One column, one row or one cell around text is no table."""
    rows = ["A page of text in a frame goes on", "for some lines, and then it ends."]
    assert text_of(drawn, drawn.grid(xs, ys), drawn.lines(60, 646, rows, 10, 20)).split() == " ".join(rows).split()


def test_axes_are_no_table(drawn):
    """A chart with a grid and hardly a word in it is no table."""
    content = drawn.grid(list(range(50, 400, 50)), list(range(400, 700, 50))) + drawn.text(60, 410, "flour")
    assert text_of(drawn, content) == "flour\n\n"
