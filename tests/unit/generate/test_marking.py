"""Numbers of passages in a draft: put there in training, taken out of what is shown."""

import re

from hypothesis import given
from hypothesis import strategies as st

from ragsys.generate.marking import marked, marks, unmarked

_PIECES = st.lists(st.text(alphabet="ab .[]12\n", max_size=6), max_size=12)


@given(_PIECES)
def test_how_a_text_is_cut_into_pieces_does_not_matter(pieces):
    """Streamed or whole, the same is left."""
    assert "".join(unmarked(pieces)) == "".join(unmarked(["".join(pieces)]))


@given(st.text(alphabet="ab .", max_size=30), st.integers(1, 20))
def test_what_was_marked_is_unmarked_again(text, number):
    """The numbers go, the words stay, in both directions."""
    said = marked(text, number)
    assert set(marks(said)) <= {number}
    assert "".join(unmarked([said])).split() == text.split()


def test_only_numbers_in_brackets_are_markers():
    """A citation in words, a year in brackets and an open bracket at the end are the text's own."""
    for text in ("as [he] said", "[1910] was dry", "see [1", "a [b", "x[i]"):
        assert "".join(unmarked(list(text))) == text
    assert re.fullmatch(r"in 1910", "".join(unmarked(["in 19", "10", " ", "[", "1", "2", "]"])))
