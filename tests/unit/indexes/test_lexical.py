"""The lexical index: equal to a rebuild at every moment, and safe with bytes that are not its own."""

import io
import random

import numpy as np
import pytest

from ragsys.errors import IndexDamagedError
from ragsys.indexes.lexical import K1, B, LexicalIndex
from ragsys.indexes.postings import pack_bag, unpack_bag


def written(index):
    """The bytes of an index's snapshot."""
    file = io.BytesIO()
    index.write(file)
    return file.getvalue()


WORDS = [f"w{number}" for number in range(60)]


def collection(count, seed):
    """Bags of passages with skewed word frequencies."""
    rng = random.Random(seed)
    weights = [1 / (rank + 1) for rank in range(len(WORDS))]
    return [pack_bag(rng.choices(WORDS, weights, k=rng.randint(3, 40))) for _ in range(count)]


@pytest.mark.parametrize("seed", range(3))
def test_changes_give_what_a_rebuild_gives(seed):
    """After additions and deletions, results, scores, statistics and bytes are those of an index built afresh."""
    bags = collection(120, seed)
    index = LexicalIndex.build(range(1, 61), bags[:60])
    index.apply(range(61, 101), bags[60:100], [3, 50, 7])
    index.apply(range(101, 121), bags[100:], [61, 100, 1])
    alive = [number for number in range(1, 121) if number not in {3, 50, 7, 61, 100, 1}]
    fresh = LexicalIndex.build(alive, [bags[number - 1] for number in alive])
    allowed = np.array(alive[::3], dtype=np.int64)
    rng = random.Random(seed)
    for _ in range(30):
        query = rng.choices(WORDS, k=rng.randint(1, 6))
        for subset in (None, allowed):
            for mine, theirs in zip(index.search(query, 10, subset), fresh.search(query, 10, subset), strict=True):
                assert mine.tolist() == theirs.tolist()
        assert index.statistics(query) == fresh.statistics(query)
    assert written(index) == written(fresh)
    assert index.ids.tolist() == alive


def test_a_score_is_the_textbooks():
    """One term in one of two passages scores idf * tf / (tf + k1 (1 - b + b length / average))."""
    index = LexicalIndex.build([1, 2], [pack_bag(["a", "a", "b"]), pack_bag(["b"])])
    expected = np.log1p((2 - 1 + 0.5) / (1 + 0.5)) * 2 / (2 + K1 * (1 - B + B * 3 / 2))
    ids, scores = index.search(["a"], 5)
    assert ids.tolist() == [1]
    assert scores[0] == pytest.approx(expected, rel=1e-5)
    assert index.scores(["a"], np.array([2, 1, 9])).tolist() == pytest.approx([0, expected, 0], rel=1e-5)


def test_only_allowed_passages_come_back():
    """A filter acts inside the search: a full result is found among the allowed passages alone."""
    index = LexicalIndex.build(range(1, 101), [pack_bag(["x", f"y{i}"]) for i in range(100)])
    assert index.search(["x"], 3, np.array([97, 98, 99]))[0].tolist() == [97, 98, 99]


def test_bytes_that_are_not_ours_are_refused():
    """Truncations and foreign bytes raise the typed error, and never an index."""
    data = written(LexicalIndex.build(range(1, 31), collection(30, 1)))
    assert LexicalIndex.from_bytes(data).search(["w0"], 3)[0].tolist()
    for size in (0, 4, 11, len(data) // 2, len(data) - 1):
        with pytest.raises(IndexDamagedError):
            LexicalIndex.from_bytes(data[:size])
    with pytest.raises(IndexDamagedError):
        unpack_bag(b"123")
