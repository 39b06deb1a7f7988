"""Word documents."""

from __future__ import annotations

import docx
import offices
import pytest
from docx.enum.style import WD_STYLE_TYPE
from hypothesis import given, settings
from hypothesis import strategies as st

from ragsys.errors import NoTextError, OfficeDamagedError
from ragsys.ingest.parsers.docx import DocxParser

_LETTERS = st.text(st.sampled_from("abc xyz水泵坏了|<&\t"), min_size=1, max_size=30)


def _parse(data):
    return DocxParser().parse(data, name="a.docx")


def _text(xml, **parts):
    return _parse(offices.docx_body(xml, **parts)).text


def _p(words, properties=""):
    return f"<w:p><w:pPr>{properties}</w:pPr><w:r><w:t xml:space='preserve'>{words}</w:t></w:r></w:p>"


def _numbering(*levels):
    shown = "".join(
        f'<w:lvl w:ilvl="{at}"><w:start w:val="1"/><w:numFmt w:val="{kind}"/><w:lvlText w:val="{text}"/></w:lvl>'
        for at, (kind, text) in enumerate(levels)
    )
    return (
        f'<w:numbering {offices.W}><w:abstractNum w:abstractNumId="0">{shown}</w:abstractNum>'
        '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num></w:numbering>'
    )


def _item(words, level=0):
    return _p(words, f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="1"/></w:numPr>')


def test_headings_have_levels_and_stand_where_they_start():
    """Word's own heading styles and a title become headings whose words begin at their offsets."""
    found = _parse(offices.docx((0, "Manual"), (1, "Pumps"), "Water goes up.", (2, "Seals")))
    assert [(heading.level, heading.title) for heading in found.headings] == [(1, "Manual"), (1, "Pumps"), (2, "Seals")]
    assert all(found.text[heading.start :].startswith(heading.title + "\n") for heading in found.headings)
    assert found.title == "Manual"


def test_a_heading_in_another_language_is_told_by_its_outline_level():
    """The name of a style says nothing where its outline level does."""
    styles = (
        f'<w:styles {offices.W}><w:style w:type="paragraph" w:styleId="a1"><w:name w:val="Kapitel"/>'
        '<w:pPr><w:outlineLvl w:val="1"/></w:pPr></w:style>'
        '<w:style w:type="paragraph" w:styleId="a2"><w:name w:val="Mein"/><w:basedOn w:val="a1"/></w:style>'
        '<w:style w:type="paragraph" w:styleId="a3"><w:name w:val="标题 3"/></w:style></w:styles>'
    )
    xml = _p("Eins", '<w:pStyle w:val="a2"/>') + _p("三", '<w:pStyle w:val="a3"/>') + _p("Text")
    found = _parse(offices.docx_body(xml, styles=styles))
    assert [(heading.level, heading.title) for heading in found.headings] == [(2, "Eins"), (3, "三")]


def test_lists_are_numbered_as_word_numbers_them():
    """Bullets become dashes, numbers count by level and start again below a new one."""
    numbering = _numbering(("decimal", "%1."), ("lowerLetter", "%1.%2)"), ("bullet", "x"))
    xml = "".join([_item("one"), _item("in", 1), _item("dot", 2), _item("in two", 1), _item("two"), _item("again", 1)])
    assert _text(xml, numbering=numbering) == ("1. one\n  1.a) in\n    - dot\n  1.b) in two\n2. two\n  2.a) again\n")


def test_a_chinese_chapter_keeps_its_number():
    """A numbered heading begins with the number that Word shows."""
    numbering = _numbering(("chineseCountingThousand", "第%1章"))
    heading = '<w:outlineLvl w:val="0"/><w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr>'
    found = _parse(offices.docx_body("".join(_p("总则", heading) for _ in range(12)), numbering=numbering))
    assert [heading.title for heading in found.headings][9:] == ["第十章 总则", "第十一章 总则", "第十二章 总则"]


def test_deleted_and_hidden_text_and_comments_are_left_out():
    """What tracked changes deleted or moved away is gone, what they inserted is there, hidden text is not."""
    xml = (
        "<w:p><w:r><w:t>Kept </w:t></w:r><w:del><w:r><w:delText>gone</w:delText></w:r></w:del>"
        "<w:moveFrom><w:r><w:t>moved</w:t></w:r></w:moveFrom><w:ins><w:r><w:t>inserted</w:t></w:r></w:ins>"
        "<w:r><w:rPr><w:vanish/></w:rPr><w:t>hidden</w:t></w:r><w:r><w:commentReference w:id='1'/></w:r></w:p>"
    )
    assert _text(xml) == "Kept inserted\n"


def test_notes_follow_the_text_in_the_order_of_their_marks():
    """A footnote has a mark where it is referred to, and its words at the end."""
    notes = (
        f"<w:footnotes {offices.W}>"
        + "".join(
            f'<w:footnote w:id="{key}">{_p(words)}</w:footnote>'
            for key, words in ((4, "Later."), (7, "First."), (8, "None."))
        )
        + "</w:footnotes>"
    )
    xml = "".join(f'<w:p><w:r><w:t>T{key}</w:t><w:footnoteReference w:id="{key}"/></w:r></w:p>' for key in (7, 4))
    assert _text(xml, footnotes=notes) == "T7[^1]\n\nT4[^2]\n\n[^1]: First.\n\n[^2]: Later.\n"


def test_merged_cells_say_their_words_in_every_row():
    """A cell over two rows stands in both; one as wide as the table is a paragraph before it."""
    cell = "<w:tc><w:tcPr>{}</w:tcPr><w:p><w:r><w:t>{}</w:t></w:r></w:p></w:tc>".format
    rows = [
        [cell('<w:gridSpan w:val="2"/>', "Table 1")],
        [cell("", "name"), cell("", "litres")],
        [cell('<w:vMerge w:val="restart"/>', "pump"), cell("", "1|2")],
        [cell("<w:vMerge/>", ""), cell("", "3")],
    ]
    xml = "".join(f"<w:tr>{''.join(row)}</w:tr>" for row in rows)
    hidden = f"<w:tr><w:trPr><w:hidden/></w:trPr>{cell('', 'no')}{cell('', 'no')}</w:tr>"
    expected = "Table 1\n\n| name | litres |\n| --- | --- |\n| pump | 1\\|2 |\n| pump | 3 |\n"
    assert _text(f"<w:tbl>{xml}{hidden}</w:tbl>") == expected


def test_a_frame_around_text_is_no_table():
    """A table of one cell is written as what is in it, headings included."""
    inner = _p("Pumps", '<w:outlineLvl w:val="0"/>') + _p("Water.")
    found = _parse(offices.docx_body(f"<w:tbl><w:tr><w:tc>{inner}</w:tc></w:tr></w:tbl>"))
    assert found.text == "Pumps\n\nWater.\n"
    assert found.headings


def test_code_keeps_its_lines():
    """Paragraphs in a style for code are one block with their indentation."""
    document = docx.Document()
    document.styles.add_style("Source Code", WD_STYLE_TYPE.PARAGRAPH)
    for line in ("def f():", "    return 1"):
        document.add_paragraph(line, style="Source Code")
    document.add_paragraph("After.")
    assert _parse(offices.saved(document)).text == "```\ndef f():\n    return 1\n```\n\nAfter.\n"


def test_a_text_box_is_read_once():
    """Of the two forms in which a box is stored, one is read, after the paragraph it is anchored to."""
    box = f"<w:txbxContent>{_p('In the box.')}</w:txbxContent>"
    mc = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    xml = (
        f"<w:p><w:r><mc:AlternateContent {mc}><mc:Choice><w:drawing>{box}</w:drawing></mc:Choice>"
        f"<mc:Fallback><w:pict>{box}</w:pict></mc:Fallback></mc:AlternateContent><w:t>Before.</w:t></w:r></w:p>"
    )
    assert _text(xml) == "Before.\n\nIn the box.\n"


def test_properties_become_metadata():
    """Title, author, subject, keywords and dates come from the core properties; what a library wrote there does not."""
    document = docx.Document()
    document.add_paragraph("Words.")
    properties = document.core_properties
    properties.title, properties.author, properties.subject, properties.keywords = "A manual", "Li", "pumps", "water"
    found = _parse(offices.saved(document))
    assert found.title == "A manual"
    assert {key: found.metadata[key] for key in ("author", "subject", "keywords")} == {
        "author": "Li", "subject": "pumps", "keywords": "water",
    }  # fmt: skip
    assert found.metadata["created"] == "2013-12-23T23:15:00"
    assert "description" not in found.metadata


def test_bad_documents_are_typed_errors():
    """Nothing to read, no document part, and XML that is none each have their own outcome."""
    with pytest.raises(NoTextError):
        _parse(offices.docx_body(_p(" ")))
    with pytest.raises(OfficeDamagedError):
        _parse(offices.replaced(offices.docx("a"), **{"word/document.xml": "<w:document>"}))


@settings(max_examples=25, deadline=None)
@given(st.lists(st.one_of(_LETTERS, st.tuples(st.integers(1, 4), _LETTERS)), min_size=1, max_size=6))
def test_offsets_are_exact(paragraphs):
    """Whatever stands in a document, each heading's words begin at its offset and every paragraph is in the text."""
    try:
        found = _parse(offices.docx(*paragraphs))
    except NoTextError:
        return
    for heading in found.headings:
        assert found.text[heading.start :].startswith(heading.title)
        assert heading.start == 0 or found.text[heading.start - 1] == "\n"
    words = [" ".join((item[1] if isinstance(item, tuple) else item).split()) for item in paragraphs]
    assert " ".join(found.text.split()) == " ".join(word for word in words if word)
