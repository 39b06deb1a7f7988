"""OpenDocument texts, spreadsheets and presentations."""

from __future__ import annotations

import offices
import pytest

from ragsys.errors import NoTextError, OfficeDamagedError, OfficeEncryptedError
from ragsys.ingest.parsers.odp import OdpParser
from ragsys.ingest.parsers.ods import OdsParser
from ragsys.ingest.parsers.odt import OdtParser
from ragsys.types import Place


def _odt(body, **settings):
    return OdtParser().parse(offices.odf("text", body, **settings), name="a.odt")


def _ods(rows, *, before="", **settings):
    body = f'<table:table table:name="My sheet">{before}{rows}</table:table>'
    return OdsParser().parse(offices.odf("spreadsheet", body, **settings), name="a.ods")


def _cell(text, attributes='office:value-type="string"'):
    return f"<table:table-cell {attributes}><text:p>{text}</text:p></table:table-cell>"


def _row(*cells, attributes=""):
    return f"<table:table-row {attributes}>{''.join(cells)}</table:table-row>"


def test_a_text_has_headings_notes_and_its_title():
    """Headings have levels and stand at their offsets, notes come last, properties become metadata."""
    note = "<text:note-citation>1</text:note-citation><text:note-body><text:p>Why.</text:p></text:note-body>"
    found = _odt(
        '<text:h text:outline-level="2">Pumps <text:s text:c="2"/>up</text:h>'
        f"<text:p>Water<text:note>{note}</text:note><text:line-break/>rises.</text:p>",
        meta="<dc:title>Manual</dc:title><meta:initial-creator>Li</meta:initial-creator><dc:date>2024-05-06T07:08:09.1</dc:date>"
        "<meta:keyword>a</meta:keyword><meta:keyword>b</meta:keyword>",
    )
    assert found.text == "Pumps up\n\nWater[^1]\nrises.\n\n[^1]: Why.\n"
    assert [(heading.start, heading.level, heading.title) for heading in found.headings] == [(0, 2, "Pumps up")]
    assert found.title == "Manual"
    assert found.metadata == {"author": "Li", "modified": "2024-05-06T07:08:09", "keywords": "a, b"}


def test_lists_are_nested_and_numbered():
    """Items have the number or the bullet of their list's style, indented by depth."""
    styles = (
        '<text:list-style style:name="L">'
        '<text:list-level-style-number text:level="1" style:num-format="1" style:num-suffix="."/>'
        '<text:list-level-style-bullet text:level="2" text:bullet-char="x"/></text:list-style>'
    )
    inner = "<text:list><text:list-item><text:p>in</text:p></text:list-item></text:list>"
    items = f"<text:p>one</text:p>{inner}", "<text:p>two</text:p><text:p>more</text:p>"
    listed = "".join(f"<text:list-item>{item}</text:list-item>" for item in items)
    body = f'<text:list text:style-name="L">{listed}</text:list>'
    assert _odt(body, styles=styles).text == "1. one\n  - in\n2. two\n\nmore\n"


def test_deleted_and_hidden_text_is_left_out():
    """What tracked changes keep of deletions, comments, and hidden sections and spans are no part of the text."""
    styles = (
        '<style:style style:name="H" style:family="text"><style:text-properties text:display="none"/></style:style>'
    )
    body = (
        "<text:tracked-changes><text:changed-region><text:deletion><text:p>gone</text:p></text:deletion>"
        "</text:changed-region></text:tracked-changes><text:section text:display='none'><text:p>secret</text:p>"
        "</text:section><text:p>Kept<office:annotation><text:p>comment</text:p></office:annotation>"
        "<text:span text:style-name='H'>hidden</text:span>.</text:p>"
    )
    assert _odt(body, styles=styles).text == "Kept.\n"


def test_merged_cells_of_a_text_say_their_words_in_every_place():
    """A cell over two rows stands in both of them."""
    table = (
        "<table:table>"
        + _row(_cell("a"), _cell("b"))
        + _row(_cell("both", 'table:number-rows-spanned="2"'), _cell("1"))
        + _row("<table:covered-table-cell/>", _cell("2"))
        + "</table:table>"
    )
    assert _odt(table).text == "| a | b |\n| --- | --- |\n| both | 1 |\n| both | 2 |\n"


def test_text_boxes_follow_their_paragraph():
    """What is in a frame comes after the paragraph that it is anchored to, once."""
    body = (
        "<text:p>Before<draw:frame><draw:text-box><text:p>In the box.</text:p></draw:text-box></draw:frame>.</text:p>"
    )
    assert _odt(body).text == "Before.\n\nIn the box.\n"


def test_a_sheet_skips_what_is_repeated_and_empty():
    """A million empty rows take no time, and rows keep their numbers; dates are in ISO's order."""
    empty = _row(
        '<table:table-cell table:number-columns-repeated="16384"/>', attributes='table:number-rows-repeated="1048000"'
    )
    day = _cell("29.02.24", 'office:value-type="date" office:date-value="2024-02-29T00:00:00"')
    found = _ods(
        _row(_cell("Day"), _cell("Ducks"))
        + empty
        + _row(day, _cell("1,200", 'office:value-type="float" office:value="1200"'))
    )
    assert found.text == "My sheet\n\n| Day | Ducks |\n| --- | --- |\n| 2024-02-29 | 1,200 |\n"
    assert found.places[-1] == Place(found.text.index("| 2024"), "'My sheet'!", "A1048002", "B1048002")


def test_hidden_rows_and_columns_of_a_sheet_are_left_out_and_counted():
    """What the author hid is not read; what a filter hides is."""
    column = '<table:table-column/><table:table-column table:visibility="collapse"/>'
    rows = [("a", ""), ("no", 'table:visibility="collapse"'), ("yes", 'table:visibility="filter"')]
    found = _ods(
        "".join(_row(_cell(text), _cell("x"), _cell("1"), attributes=how) for text, how in rows), before=column
    )
    assert found.text == "My sheet\n\n| a | 1 |\n| --- | --- |\n| yes | 1 |\n"
    assert found.metadata["hidden"] == "1 row, 1 column"


def test_slides_are_pages_and_hidden_ones_are_left_out():
    """Titles are headings, shapes are read from top to bottom, notes follow, numbers stay those of the program."""
    styles = (
        '<style:style style:name="S" style:family="drawing-page">'
        '<style:drawing-page-properties presentation:visibility="hidden"/></style:style>'
    )

    def frame(text, kind="", top="1cm"):
        role = f'presentation:class="{kind}"' if kind else ""
        box = f"<draw:text-box><text:p>{text}</text:p></draw:text-box>"
        return f'<draw:frame {role} svg:y="{top}" svg:x="1cm" svg:height="1cm">{box}</draw:frame>'

    notes = f"<presentation:notes>{frame('Say it.', 'notes')}</presentation:notes>"
    body = (
        f"<draw:page>{frame('low', top='9cm')}{frame('high', top='3cm')}{frame('Title', 'title')}"
        f"{frame('7', 'page-number')}{notes}</draw:page>"
        f'<draw:page draw:style-name="S">{frame("Secret", "title")}</draw:page>'
        f"<draw:page>{frame('Last', 'title')}</draw:page>"
    )
    found = OdpParser().parse(offices.odf("presentation", body, styles=styles), name="a.odp")
    assert found.text == "Title\n\nhigh\n\nlow\n\nNotes:\n\nSay it.\n\nLast\n"
    assert found.page_starts == (0, found.text.index("Last"), found.text.index("Last"))
    assert [place.first for place in found.places] == ["1", "3"]
    assert found.metadata["hidden"] == "1 slide"


def test_bad_documents_are_typed_errors():
    """No text, another kind of body, and an encrypted document each have their own outcome."""
    with pytest.raises(NoTextError):
        _odt("<text:p> </text:p>")
    with pytest.raises(OfficeDamagedError):
        OdtParser().parse(offices.odf("presentation", ""), name="a.odt")
    with pytest.raises(OfficeEncryptedError):
        _odt("<text:p>a</text:p>", manifest="<encryption-data/>")
