"""Rich Text Format."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragsys.errors import NoTextError
from ragsys.ingest.parsers.rtf import RtfParser


def _parse(body, head=rb""):
    return RtfParser().parse(rb"{\rtf1\ansi\ansicpg1252\deff0" + head + body + b"}", name="a.rtf")


def _escaped(text):
    units = text.encode("utf-16-le")
    return b"".join(
        b"\\u%d?" % int.from_bytes(units[at : at + 2], "little", signed=True) for at in range(0, len(units), 2)
    )


def test_headings_come_from_outline_levels_and_style_names():
    """A style's outline level or its name makes a heading; the words stand at its offset."""
    head = rb"{\stylesheet{\s0 Normal;}{\s1\outlinelevel0 Kapitel;}{\s2 heading 2;}}"
    found = _parse(rb"\pard\s1 One\par\pard\s2 Two\par\pard Text.\par\pard\outlinelevel2 Three\par", head)
    assert found.text == "One\n\nTwo\n\nText.\n\nThree\n"
    assert [(heading.level, heading.title) for heading in found.headings] == [(1, "One"), (2, "Two"), (3, "Three")]


def test_characters_come_from_the_font_and_from_unicode():
    """Bytes are read by the charset of their font, also over two tokens; what stands for Unicode is skipped."""
    head = rb"{\fonttbl{\f0\fcharset0 Arial;}{\f1\fcharset134 SimSun;}}"
    found = _parse(rb"\f1\'cb\'ae\'b1\'c3 {\f0 caf\'e9} \u27700? \uc2\u19968 ab!\par " + _escaped("😀"), head)
    assert found.text == "水泵 café 水 一!\n\n😀\n"


def test_tables_lists_and_notes_keep_their_form():
    """Rows are Markdown rows, bullets dashes, a footnote has a mark and stands at the end."""
    body = (
        rb"{\listtext\'b7\tab}one\par{\listtext 1.\tab}two\par"
        rb"\trowd\intbl a|b\cell c\par d\cell\row\trowd\intbl 1\cell 2\cell\row\pard After{\footnote \chftn Note.}.\par"
    )
    assert _parse(body).text == (
        "- one\n1. two\n\n| a\\|b | c d |\n| --- | --- |\n| 1 | 2 |\n\nAfter[^1].\n\n[^1]: Note.\n"
    )


def test_what_is_not_shown_is_left_out():
    """Hidden and deleted text, headers, comments, pictures, fields and unknown destinations are not read."""
    body = (
        rb"{\header no}{\*\unknown no}{\pict 0102}{\v no}{\deleted no}{\*\annotation no}"
        rb"{\field{\*\fldinst HYPERLINK no}{\fldrslt shown}} \{kept\}\~here\bin3 }}} .\par"
    )
    assert _parse(body).text == "shown {kept} here .\n"


def test_properties_become_metadata():
    """Title, author and keywords come from the info group."""
    found = _parse(rb"Text\par", rb"{\info{\title A manual}{\author Li}{\keywords water}}")
    assert (found.title, found.metadata) == ("A manual", {"author": "Li", "keywords": "water"})


def test_a_document_without_text_is_a_typed_error():
    """Control words alone are no text."""
    with pytest.raises(NoTextError):
        _parse(rb"\pard\par")


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=40))
def test_any_text_comes_back(text):
    """Whatever characters a paragraph has, the text has the same words."""
    try:
        found = _parse(_escaped(text))
    except NoTextError:
        assert not text.strip()
        return
    assert found.text.split() == text.split()


@given(
    st.binary(max_size=60),
    st.lists(
        st.sampled_from(
            [
                rb"{",
                rb"}",
                rb"\par ",
                rb"\cell ",
                rb"\row ",
                rb"\u-1?",
                rb"\'8",
                rb"{\footnote ",
                rb"\bin9 ",
                rb"{\stylesheet{\s1 ",
                rb"\trowd\intbl ",
                rb"\f9\uc3 ",
                b"a",
            ]
        ),
        max_size=20,
    ).map(b"".join),
)
def test_no_stream_fails(noise, words):
    """Anything that begins as RTF is text or has none, and the text is valid Unicode."""
    try:
        found = _parse(words + noise + words)
    except NoTextError:
        return
    assert found.text.encode()
