"""PowerPoint presentations."""

from __future__ import annotations

import offices
import pptx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Cm

from ragsys.errors import NoTextError, OfficeDamagedError
from ragsys.ingest.parsers.pptx import PptxParser
from ragsys.types import Place

_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_LINE = st.text(st.sampled_from("ab水泵 "), max_size=12)


def _parse(data):
    return PptxParser().parse(data, name="a.pptx")


def _blank():
    presentation = pptx.Presentation()
    return presentation, presentation.slides.add_slide(presentation.slide_layouts[6])


def _box(slide, text, left, top):
    slide.shapes.add_textbox(Cm(left), Cm(top), Cm(5), Cm(2)).text_frame.text = text


def test_a_slide_is_a_page_and_a_place():
    """Titles are headings, bodies lists, notes follow; page n is slide n."""
    found = _parse(offices.pptx(("Pumps", ["up", "down"], "Say it."), ("Seals", ["tight"], "")))
    assert found.text == "Pumps\n\n- up\n- down\n\nNotes:\n\nSay it.\n\nSeals\n\n- tight\n"
    second = found.text.index("Seals")
    assert found.page_starts == (0, second)
    assert found.places == (Place(0, "slide", "1", "1"), Place(second, "slide", "2", "2"))
    assert [(heading.level, heading.title, heading.start) for heading in found.headings] == [
        (1, "Pumps", 0), (1, "Seals", second),
    ]  # fmt: skip


def test_hidden_and_empty_slides_keep_their_number():
    """A hidden slide is left out and counted; the ones after it are still called what PowerPoint calls them."""
    presentation = pptx.Presentation()
    for title in ("One", "Secret", "", "Four"):
        presentation.slides.add_slide(presentation.slide_layouts[5]).shapes.title.text = title
    presentation.slides[1]._element.set("show", "0")
    found = _parse(offices.saved(presentation))
    assert found.text == "One\n\nFour\n"
    assert found.page_starts == (0, 5, 5, 5)
    assert found.places[-1] == Place(5, "slide", "4", "4")
    assert found.metadata["hidden"] == "1 slide"


def test_shapes_are_read_row_by_row():
    """From top to bottom, and from left to right where shapes stand side by side, whatever order they were made in."""
    presentation, slide = _blank()
    for text, left, top in (("D", 8, 6), ("B", 8, 1.3), ("C", 1, 6), ("A", 1, 1)):
        _box(slide, text, left, top)
    assert _parse(offices.saved(presentation)).text.split() == ["A", "B", "C", "D"]


def test_a_slide_without_a_title_has_a_heading_of_its_own():
    """Its text does not stand under the heading of the slide before."""
    presentation = pptx.Presentation()
    presentation.slides.add_slide(presentation.slide_layouts[5]).shapes.title.text = "First"
    _box(presentation.slides.add_slide(presentation.slide_layouts[6]), "A long story. " * 20, 1, 1)
    found = _parse(offices.saved(presentation))
    assert [heading.title for heading in found.headings] == ["First", "Slide 2"]


def test_tables_groups_and_charts_are_read():
    """A table's merged cells stand in each place, groups are entered, charts give titles and values."""
    presentation, slide = _blank()
    table = slide.shapes.add_table(3, 3, Cm(1), Cm(1), Cm(10), Cm(3)).table
    for at, text in {(0, 0): "x", (0, 1): "both", (1, 0): "r1", (1, 1): "1", (1, 2): "2", (2, 0): "r2"}.items():
        table.cell(*at).text = text
    table.cell(0, 1).merge(table.cell(0, 2))
    group = slide.shapes.add_group_shape()
    group.shapes.add_textbox(Cm(1), Cm(6), Cm(4), Cm(1)).text_frame.text = "in a group"
    data = CategoryChartData()
    data.categories = ["2023", "2024"]
    data.add_series("Ducks", (1, 2.5))
    chart = slide.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, Cm(1), Cm(9), Cm(9), Cm(5), data).chart
    chart.has_title = True
    chart.chart_title.text_frame.text = "Ducks by year"
    text = _parse(offices.saved(presentation)).text
    assert "| x | both | both |\n| --- | --- | --- |\n| r1 | 1 | 2 |\n| r2 |  |  |" in text
    assert "in a group" in text
    assert "Ducks by year\n\n|  | Ducks |\n| --- | --- |\n| 2023 | 1 |\n| 2024 | 2.5 |" in text


def test_numbered_lists_count():
    """A paragraph that PowerPoint numbers has its number, by its own scheme."""
    presentation, slide = _blank()
    _box(slide, "Steps\none\ntwo", 1, 1)
    frame = slide.shapes[0].text_frame
    for paragraph in frame.paragraphs[1:]:
        properties = paragraph._p.get_or_add_pPr()
        properties.append(properties.makeelement(f"{_A}buAutoNum", {"type": "romanLcParenR"}))
    assert _parse(offices.saved(presentation)).text == "Steps\n\ni) one\nii) two\n"


def test_bad_presentations_are_typed_errors():
    """Slides without text, and a presentation without its parts, each have their own outcome."""
    with pytest.raises(NoTextError):
        _parse(offices.saved(_blank()[0]))
    with pytest.raises(OfficeDamagedError):
        _parse(offices.replaced(offices.pptx(("a", [], "")), **{"ppt/slides/slide1.xml": None}))


@settings(max_examples=12, deadline=None)
@given(st.lists(st.tuples(_LINE, st.lists(_LINE, max_size=3), _LINE), min_size=1, max_size=4))
def test_pages_and_places_agree(slides):
    """Each place begins the page of its slide, and headings and places ascend."""
    try:
        found = _parse(offices.pptx(*slides))
    except NoTextError:
        return
    assert len(found.page_starts) == len(slides)
    assert found.page_starts[0] == 0
    assert list(found.page_starts) == sorted(found.page_starts)
    for place, heading in zip(found.places, found.headings, strict=True):
        assert place.start == heading.start
        assert place.start == found.page_starts[int(place.first) - 1]
        assert found.text[heading.start :].startswith(heading.title)
