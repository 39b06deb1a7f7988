"""Places: where in a format without pages a span of text is, in words."""

import pytest

from ragsys.types import Place, SourceText, place_of

SLIDES = (Place(0, "slide", "1", "1"), Place(10, "slide", "2", "2"), Place(20, "slide", "3", "3"))
SHEETS = (
    Place(5, "Sales!", "A1", "C1"),
    Place(15, "Sales!", "A2", "C2"),
    Place(25, "Sales!", "A3", "C3"),
    Place(40, "Costs!", "A1", "A1"),
)
CUES = (Place(0, "", "00:00:01", "00:00:04"), Place(30, "", "00:00:04", "00:00:09"))


@pytest.mark.parametrize(
    ("places", "span", "words"),
    [
        (SLIDES, (0, 10), "slide 1"),
        (SLIDES, (12, 13), "slide 2"),
        (SLIDES, (9, 21), "slides 1-3"),
        (SLIDES, (25, 99), "slide 3"),
        (SHEETS, (0, 5), None),
        (SHEETS, (0, 6), "Sales!A1:C1"),
        (SHEETS, (16, 26), "Sales!A2:C3"),
        (SHEETS, (26, 41), "Sales!A3:C3, Costs!A1"),
        (CUES, (0, 10), "00:00:01-00:00:04"),
        (CUES, (0, 31), "00:00:01-00:00:09"),
        ((), (0, 5), None),
    ],
)
def test_a_span_is_where_its_places_are(places, span, words):
    """From the place that it starts in to the last that it touches, each unit by itself."""
    assert place_of(places, *span) == words
    assert SourceText("x" * 100, places=places).place(*span) == words
