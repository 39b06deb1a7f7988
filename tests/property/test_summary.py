"""What holds of an extract of any text."""

from hypothesis import given, settings
from hypothesis import strategies as st

from ragsys import Settings
from ragsys.errors import DocumentError, UsageError
from ragsys.generate.inert import inert
from ragsys.generate.prose import count_words, prose_of
from ragsys.tasks.materials import summarize_alone
from ragsys.tasks.summarizing import Request
from ragsys.types import TextDocument

SENTENCES = st.sampled_from(
    [
        "The old mill stands by the river. ",
        "Its wheel drove two stones for eighty years!\n",
        "A flood took the wheel away in the spring of 1910.  ",
        "老磨坊建在河边的山谷里。",
        "水轮带动两块\n磨石转了八十年！",
        "# Heading\n\n",
        "| a | b |\n",
        "```\n",
        "    indented = 1\n",
        "- item\n",
        "\n\n",
        "Dr. A. Smith went home",
        "\u2028\x0b\r\n",
        "<b>tag</b> ",
        "😀 ",
    ]
)
TEXTS = st.one_of(st.lists(SENTENCES, max_size=40).map("".join), st.text(max_size=300))


@settings(deadline=None)  # the first example loads what tells languages
@given(TEXTS, st.integers(1, 80))
def test_quotes_are_verbatim_the_limit_holds_and_the_order_is_the_texts(text, words):
    """Whatever the text, an extract is exact slices of it, in order, within the limit, each marked once."""
    try:
        summary = summarize_alone(TextDocument("t", text), Settings(), Request(words=words, mode="extractive"))
    except (DocumentError, UsageError):
        return
    starts = [citation.start for citation in summary.citations]
    assert starts == sorted(set(starts))
    shown = [summary.text[s.start : s.end] for s in summary.sentences]
    assert sum(map(count_words, shown)) == summary.words <= words
    assert [c.marker for c in summary.citations] == list(range(1, len(starts) + 1))
    for citation, sentence in zip(summary.citations, shown, strict=True):
        assert text[citation.start : citation.end] == citation.quote
        assert "".join(sentence.split()) == "".join(inert(citation.quote).split())


@settings(deadline=None)  # the first example loads what tells languages
@given(TEXTS)
def test_pieces_are_slices_in_order(text):
    """The pieces of any text are slices of it that do not overlap."""
    at = 0
    for piece in prose_of(text):
        assert piece.start >= at
        assert text[piece.start : piece.end] == piece.text
        at = piece.end
