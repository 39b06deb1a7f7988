"""What is chosen of the candidates: copies count once, documents may be capped, and hits may be unlike each other."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragsys.indexes.records import StoredPassage
from ragsys.retrieve.duplicates import resemblance, same, shape_of
from ragsys.retrieve.selection import choose, diverse
from ragsys.types import DocumentRef

_LONG = "Rinse the filter with warm water, let it dry for a day, and put it back with the arrow pointing to the fan"


def passage(number, text, document="a"):
    """A passage of a document of that name."""
    reference = DocumentRef(document, f"/{document}.txt", None, "0" * 64, {})
    return StoredPassage(number, 0, len(text), None, (), text, reference)


@pytest.mark.parametrize(
    ("a", "b", "equal"),
    [
        ("Rinse  the filter.", "rinse the\nfilter", True),
        (f"{_LONG}.", f"{_LONG}. See below.", True),
        (f"{_LONG} every 30 days.", f"{_LONG} every 90 days.", False),
        (_LONG, f"{_LONG} and then {_LONG.upper()} again, or call whoever sold it to you", False),
        ("先用温水冲洗过滤器。", "先用温水冲洗过滤器", True),
        ("", "", True),
    ],
)
def test_what_says_the_same(a, b, equal):
    """White space, case and a few words more make no difference; a number does."""
    assert same(shape_of(a), shape_of(b)) is equal


@given(st.text(max_size=60), st.text(max_size=60))
def test_resemblance_is_symmetric_and_a_share(a, b):
    """Between 0 and 1, the same both ways, and 1 for a text and itself."""
    first, second = shape_of(a), shape_of(b)
    assert 0 <= resemblance(first, second) == resemblance(second, first) <= 1
    assert resemblance(first, first) == 1


def test_a_copy_names_its_document_beside_the_one_that_is_shown():
    """Of three equal texts in two documents one is a hit, and the other document is named once."""
    found = choose([passage(1, "Descale it."), passage(2, "descale it", "b"), passage(3, "Descale it!", "b")], 8)
    assert [(item.passage.passage_id, [d.id for d in item.copies]) for item in found] == [(1, ["b"])]


def test_a_document_has_no_more_hits_than_it_may():
    """The cap passes on to the next document; 0 is no cap."""
    candidates = [passage(1, "one"), passage(2, "two"), passage(3, "three", "b")]
    assert [item.passage.passage_id for item in choose(candidates, 2, per_source=1)] == [1, 3]
    assert [item.passage.passage_id for item in choose(candidates, 2)] == [1, 2]


def test_candidates_are_read_no_further_than_needed():
    """It looks for copies among as many again as there are hits, and leaves the rest unread."""
    source = iter([passage(1, "one"), passage(2, "one", "b"), passage(3, "one", "c")])
    found = choose(source, 1)
    assert [document.id for document in found[0].copies] == ["b"]
    assert next(source).passage_id == 3


def test_diversity_prefers_what_is_unlike_the_hits_before_it():
    """Three candidates, two of them alike: by score alone they are first, with diversity the third one is second."""
    ids = np.array([7, 8, 9])
    scores = np.array([3.0, 2.9, 2.0], dtype=np.float32)
    vectors = np.array([[1, 0], [0.999, 0.0447], [0, 1]], dtype=np.float32)
    assert diverse(ids, scores, vectors, 0.0).tolist() == [7, 8, 9]
    assert diverse(ids, scores, vectors, 0.6).tolist() == [7, 9, 8]


@given(
    st.integers(1, 12).flatmap(
        lambda n: st.tuples(
            st.lists(st.floats(-5, 5, width=32), min_size=n, max_size=n),
            st.lists(st.lists(st.floats(-1, 1, width=32), min_size=3, max_size=3), min_size=n, max_size=n),
            st.floats(0, 1),
        )
    )
)
def test_diversity_loses_nothing(case):
    """Whatever the scores and vectors: a permutation, and the best is first unless only variety counts."""
    scores, rows, diversity = case
    ids = np.arange(len(scores))
    order = diverse(ids, np.array(scores, np.float32), np.array(rows, np.float32), diversity)
    assert sorted(order.tolist()) == ids.tolist()
    if diversity < 1:
        assert scores[order[0]] == pytest.approx(max(scores), abs=1e-4)
