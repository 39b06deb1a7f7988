"""Text of an answer: it can be read, and nothing in it acts or passes for a marker of ours."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from ragsys.generate.inert import inert

PIECES = ["[", "]", "(", ")", "!", "<", ">", "\\", ":", "=", "1", "12", "x", " ", "\n", "https://e.example/?q=1", "img"]
PIECES += ["img src", "a href", "script", "/", "--", "?", '"', "'", ",", "\u200b", "^", "[x]: /u", "b onclick", "svg/x"]
HOSTILE = st.lists(st.sampled_from(PIECES), max_size=25).map("".join)


@given(HOSTILE)
def test_a_markdown_viewer_finds_nothing_to_load_or_to_follow(text):
    """CommonMark with raw HTML sees no image, no link with another text than its address, and no element that acts."""
    tokens = [t for block in MarkdownIt("commonmark").parse(inert(text)) for t in (block, *(block.children or []))]
    assert not [t for t in tokens if t.type == "image"]
    assert not [t for t in tokens if t.type == "link_open" and t.info != "auto"]
    html = [t.content for t in tokens if t.type in {"html_inline", "html_block"}]
    assert not [h for h in html if re.search(r"<(?:img|script|a|svg)\b|<\w[\w-]*[\s/][^>]*=|<!|<\?", h, re.IGNORECASE)]


@given(HOSTILE)
def test_no_number_in_brackets_is_left(text):
    """A marker can be found by a plain pattern, and only ours are."""
    assert not re.search(r"(?<!\\)\[[\d,; \n-]+\]|(?<!\\)\[\?\]", inert(text))


@given(st.text(alphabet=st.characters(categories=["L", "N", "Zs"]), max_size=50))
def test_prose_is_left_as_it_is(text):
    """Letters, numbers and spaces come out unchanged."""
    assert inert(text) == text


@pytest.mark.parametrize("text", ["if a < b and b > c", "Vec<String>", "$5 [sic] (see p. 3)", "a <= b", "x = [a, b]"])
def test_harmless_marks_are_left(text):
    """Comparisons, generic types and words in brackets need no backslash."""
    assert inert(text) == text
