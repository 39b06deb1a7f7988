"""PDF: every word on its page, whatever the page is like; a damaged file is an outcome."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ragsys.errors import DocumentError, PdfDamagedError, PdfEncryptedError, PdfNoTextError, PdfTooLongError
from ragsys.ingest.parsers.pdf import PdfParser
from ragsys.types import Heading, SourceText

_LINES = st.lists(st.text("abcdefgh ", max_size=30), max_size=4)


def parse(data):
    """What is found in a file."""
    return PdfParser().parse(data, name="a.pdf")


@settings(deadline=None, max_examples=30)
@given(bodies=st.lists(_LINES, min_size=1, max_size=6), rotate=st.sampled_from([0, 90, 180, 270]))
def test_each_pages_word_is_on_its_page(build_pdf, bodies, rotate):
    """A word that stands on one page only is found at an offset of that page, empty pages and rotation or not."""
    words = [f"w{letter}x" for letter in "klmnop"]
    pages = [[word, *lines] for word, lines in zip(words, bodies, strict=False)]
    found = parse(build_pdf([[], *pages, []], rotate=rotate))
    source = SourceText(found.text, found.page_starts)
    assert len(found.page_starts) == len(pages) + 2
    for number in range(len(pages)):
        assert found.text.count(words[number]) == 1
        assert source.page(found.text.index(words[number])) == number + 2


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
def test_lines_are_in_order_on_a_rotated_page(build_pdf, rotate):
    """Lines of a page that lies on its side are read as they were drawn."""
    assert parse(build_pdf([["first line", "second", "third"]], rotate=rotate)).text == "first line\nsecond\nthird\n\n"


@pytest.mark.parametrize(
    ("rotate", "matrix"), [(90, "0 1 -1 0 56 60"), (180, "-1 0 0 -1 540 780"), (270, "0 -1 1 0 540 780")]
)
def test_lines_stay_apart_on_a_page_that_rotation_sets_upright(build_pdf, rotate, matrix):
    """Text that was drawn sideways for a rotated page keeps its lines and their order."""
    data = build_pdf([["first line", "second", "third one"]], rotate=rotate)
    # The new operator is longer, which moves what follows it: pdfium then rebuilds the table of objects.
    data = data.replace(b"56 780 Td", f"{matrix} Tm".encode()).replace(b"/Length", b"/Nothing")
    assert parse(data).text == "first line\nsecond\nthird one\n\n"


def test_control_characters_separate_or_go(build_pdf):
    """A form feed inside a page is a line's end, not a page's; other control characters are dropped."""
    found = parse(build_pdf([["one\\014two", "three\\007x"], ["last"]]))
    assert len(found.page_starts) == 2
    assert not set(found.text) & set("\x07\x0b\x0c\x00\r")
    assert found.text.index("last") >= found.page_starts[1]


def test_bookmarks_are_headings_where_their_words_stand(build_pdf):
    """A bookmark is found at the beginning of a line of its page, also where the page has a dot after the number."""
    pages = [["The Mill", "1. The wheel", "text"], ["1. The wheel", "2.1 Repairs"]]
    outline = [("The Mill", 0), ("1 The wheel", 1), ("2.1 Repairs", 1)]
    found = parse(build_pdf(pages, outline=outline, title="Microsoft Word - mill.doc"))
    second = found.page_starts[1]
    assert found.headings == (
        Heading(0, 1, "The Mill"),
        Heading(second, 1, "1. The wheel"),
        Heading(second + 13, 1, "2.1 Repairs"),
    )
    assert found.title == "mill.doc"


def test_an_outline_that_does_not_fit_is_left_out(build_pdf):
    """Where bookmarks are not found on their pages, no passage is put under the few that are."""
    found = parse(build_pdf([["The Mill", "text"]], outline=[("The Mill", 0), ("Elsewhere", 0), ("Nowhere", 0)]))
    assert found.headings == ()


@pytest.mark.parametrize("title", ["untitled", "(anonymous)", ""])
def test_a_placeholder_is_no_title(build_pdf, title):
    """What writers put where nobody gave a title is no title."""
    assert parse(build_pdf([["text"]], title=title)).title is None


def test_a_password_is_needed_or_not(build_pdf):
    """A file that opens without a password is read; one that needs it is told apart from damage."""
    assert parse(build_pdf([["secret text"]], password="")).text == "secret text\n\n"
    with pytest.raises(PdfEncryptedError):
        parse(build_pdf([["secret text"]], password="open sesame"))


def test_a_file_without_text_is_told_apart(build_pdf):
    """Pages without text are most often a scan."""
    with pytest.raises(PdfNoTextError, match="3 pages"):
        parse(build_pdf([[], [], [" "]]))


def test_a_page_that_fails_is_empty(build_pdf):
    """Damage to one page leaves the others, each under its number."""
    data = build_pdf([["first"], ["second"], ["third"]])
    kids = data.index(b"/Kids [") + len(b"/Kids [")
    broken = (
        data[:kids] + data[kids : data.index(b"]", kids)].replace(b"8 0 R", b"9 9 R") + data[data.index(b"]", kids) :]
    )
    found = parse(broken)
    source = SourceText(found.text, found.page_starts)
    assert source.page(found.text.index("first")) == 1
    assert source.page(found.text.index("third")) == 3
    assert "second" not in found.text


def test_damage_never_raises_anything_else(build_pdf):
    """Truncated at any point and with bytes changed anywhere: some text, or an error of ours."""
    whole = build_pdf([["first page", "text"], ["second page"]], outline=[("first page", 0)], title="T")
    rng = random.Random(1)
    damaged = [whole[:end] for end in range(0, len(whole), 7)]
    for _ in range(300):
        data = bytearray(whole)
        for _ in range(rng.choice([1, 4, 40])):
            data[rng.randrange(len(data))] = rng.randrange(256)
        damaged.append(bytes(data))
    outcomes = set()
    for data in damaged:
        try:
            outcomes.add(bool(parse(data).text.strip()))
        except DocumentError as error:
            outcomes.add(type(error))
    assert {True, PdfDamagedError, PdfNoTextError} <= outcomes


def test_a_tree_that_promises_too_many_pages_is_refused(build_pdf):
    """Whether they are there or not."""
    data = build_pdf([["Good."]]).replace(b"/Count 1 ", b"/Count 1000000 ")
    with pytest.raises(PdfTooLongError):
        PdfParser().parse(data, name="a.pdf")
