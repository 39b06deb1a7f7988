"""Printing: what comes out of documents cannot drive a terminal."""

import pytest

from ragsys.cli.output import clean, one_line, place, shown
from ragsys.plain import as_data
from ragsys.types import Scores


@pytest.mark.parametrize("hostile", ["\x1b[31mred", "a\rb", "x\u202ey", "\x9b2J", "zero\u200bwidth", "bell\x07"])
def test_clean_leaves_no_control_character(hostile):
    """Escapes, carriage returns, bidirectional marks and zero-width characters do not reach the terminal."""
    shown = clean(hostile)
    assert not any(ord(c) < 32 or 0x7F <= ord(c) <= 0x9F or c in "\u200b\u202e" for c in shown)


def test_clean_keeps_text():
    """Ordinary text of any script stays as it is."""
    assert clean("tab\tline\n中文 é 🙂") == "tab\tline\n中文 é 🙂"


def test_one_line_counts_wide_characters_twice():
    """A Chinese line is cut at half as many characters as an English one."""
    assert one_line("abcdef", 4) == "abc…"
    assert one_line("中文中文", 5) == "中…"
    assert one_line("a\n  b", 10) == "a b"


def test_a_path_is_one_line():
    """Newlines and tabs of a name are shown, not obeyed."""
    assert shown("/a/new\nline\t\x1b[2J.txt") == "/a/new\\nline\\t[2J.txt"


def test_dataclasses_become_objects():
    """Nested dataclasses and tuples turn into plain JSON values."""
    assert as_data((Scores(dense=0.5),)) == [{"dense": 0.5, "lexical": None, "fused": None, "rerank": None}]


def test_place_names_the_page_where_there_is_one():
    """A place is the file, the page or what else the format has, and the span."""
    assert place("/a/b.pdf", 3, None, 1, 2) == "/a/b.pdf, page 3 [1:2]"
    assert place("/a/b.pptx", 3, "slide 3", 1, 2) == "/a/b.pptx, slide 3 [1:2]"
    assert place("/a/b.md", None, None, 1, 2) == "/a/b.md [1:2]"
