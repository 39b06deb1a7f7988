"""Texts put together from pieces keep exact offsets."""

from ragsys.ingest.parsers.pieces import Pieces, thinned
from ragsys.types import Extraction, Heading, Place


def test_headings_and_places_begin_where_their_words_are():
    """Blank lines between paragraphs count; a place without words is none; a graft moves what it brings."""
    pieces = Pieces()
    pieces.place("cell", 1)
    pieces.paragraph(" \n")
    pieces.place("cell", 2)
    pieces.heading(1, "One\n two")
    pieces.graft(
        Extraction("\n# Deep\n", headings=(Heading(1, 1, "Deep"),), places=(Place(3, "line", "1", "1"),)), deeper=1
    )
    pieces.line("end")
    found = pieces.result("t", {"a": 1})
    assert found.text == "One two\n\n# Deep\nend\n"
    assert found.headings == (Heading(0, 1, "One two"), Heading(9, 2, "Deep"))
    assert found.places == (Place(0, "cell", "2", "2"), Place(11, "line", "1", "1"))
    assert (found.title, found.metadata) == ("t", {"a": 1})


def test_very_many_places_are_joined():
    """Places that follow one another become one from the first to the last, and none is lost."""
    places = [Place(n, "row", str(n), str(n)) for n in range(50_001)]
    few = thinned(places)
    assert len(few) <= 20_000
    assert few[0] == Place(0, "row", "0", "2")
    assert few[-1].last == "50000"
    assert thinned(places[:9]) == tuple(places[:9])
