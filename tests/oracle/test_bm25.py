"""The lexical leg against bm25s on the same tokens."""

import random

import bm25s
import numpy as np
import pytest

from ragsys.indexes.lexical import K1, B, LexicalIndex
from ragsys.indexes.postings import pack_bag

WORDS = [f"w{number}" for number in range(200)]


def test_scores_equal_bm25s():
    """Over a random collection, every score is the one that bm25s gives with Lucene's formula."""
    rng = random.Random(7)
    weights = [1 / (rank + 1) for rank in range(len(WORDS))]
    texts = [rng.choices(WORDS, weights, k=rng.randint(5, 60)) for _ in range(300)]
    ours = LexicalIndex.build(range(1, 301), [pack_bag(text) for text in texts])
    theirs = bm25s.BM25(method="lucene", k1=K1, b=B)
    theirs.index(texts, show_progress=False)
    for _ in range(50):
        query = sorted(set(rng.choices(WORDS, weights, k=6)))
        expected = theirs.get_scores([word for word in query if word in theirs.vocab_dict])
        found = ours.scores(query, np.arange(1, 301))
        # bm25s leaves out the constant (k1 + 1), as Lucene does; so do we.
        assert found == pytest.approx(expected, abs=1e-4)
