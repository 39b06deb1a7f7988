"""Recall of an approximate index: what it finds of the true ten nearest, counted against a search of everything."""

import numpy as np
import pytest

from ragsys import QueryEngine
from ragsys.config import Settings
from ragsys.indexes import recall, vectors
from ragsys.indexes.vectors import VectorIndex
from ragsys.testing import HashEmbedder
from ragsys.types import TextDocument

IDS = np.arange(1, 3001, dtype=np.int64)


@pytest.fixture(scope="module")
def points():
    """Three thousand unit vectors of sixteen dimensions, of no structure: hard for an approximate index."""
    found = np.random.default_rng(3).standard_normal((len(IDS), 16)).astype(np.float32)
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def batches(points):
    """The points in batches of unequal sizes."""
    for part in np.split(np.arange(len(IDS)), [7, 1500, 1501]):
        yield IDS[part], points[part]


def counted(index, points, own):
    """The same by hand: each query against everything, itself left out."""
    shares = []
    for one in own:
        scores = points @ points[one - 1]
        scores[one - 1] = -2
        wanted = set((np.argsort(-scores, kind="stable")[:10] + 1).tolist())
        shares.append(len(wanted & set(index.search(points[one - 1], 11)[0].tolist())) / 10)
    return np.mean(shares)


def test_it_is_what_counting_finds(points, monkeypatch):
    """An index that looks at one list of 64 finds a part, and exactly that part is reported."""
    monkeypatch.setattr(vectors, "_EXACT_BELOW", 0)
    monkeypatch.setattr(vectors, "_LEAST_PROBES", 1)
    index = VectorIndex.build(16, batches(points), "IVF64,Flat")
    own = recall.sample(IDS)
    assert len(own) == recall.QUERIES
    found = recall.measure(index, (own, points[own - 1]), batches(points))
    assert 0.1 < found < 0.9
    assert found == pytest.approx(counted(index, points, own))


def test_an_exact_index_finds_all_of_it(points):
    """A flat index has a recall of one."""
    index = VectorIndex.build(16, batches(points), vectors.FLAT)
    own = recall.sample(IDS)
    assert recall.measure(index, (own, points[own - 1]), batches(points)) == 1.0


@pytest.mark.parametrize("count", [0, 1])
def test_nothing_to_find_is_no_recall(points, count):
    """An empty index, and one whose only vector is the query, have none."""
    some = (IDS[:count], points[:count])
    index = VectorIndex.build(16, [some] if count else [], vectors.FLAT)
    assert recall.measure(index, some, [some]) is None


def test_status_names_it_for_an_approximate_index_only(tmp_path):
    """It is measured when the index is built, and is there after opening it again."""
    documents = [TextDocument(f"n:{n}", f"note {n} says {n * 7 % 13} and {n * 5 % 11}") for n in range(60)]
    settings = Settings(vector_index="HNSW8,Flat")
    with QueryEngine.open(tmp_path, settings=settings, embedder=HashEmbedder()) as engine:
        engine.add_documents(documents)
        assert engine.status().vectors.recall is None
        engine._index.refine()
    with QueryEngine.open(tmp_path, settings=settings, embedder=HashEmbedder()) as engine:
        status = engine.status().vectors
        assert (status.kind, status.recall) == ("HNSW8,Flat", 1.0)  # so few are searched exactly all the same
