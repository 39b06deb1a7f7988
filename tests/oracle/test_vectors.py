"""The vector index against NumPy, with filters and deletions."""

import io

import numpy as np
import pytest

from ragsys.errors import ConfigError, IndexDamagedError
from ragsys.indexes.vectors import VectorIndex, kind_for

DIM = 24


def written(index):
    """The bytes of an index's snapshot."""
    file = io.BytesIO()
    index.write(file)
    return file.getvalue()


def unit_vectors(rng, count):
    """Random unit vectors of shape (count, DIM)."""
    values = rng.standard_normal((count, DIM)).astype(np.float32)
    return values / np.linalg.norm(values, axis=1, keepdims=True)


@pytest.mark.parametrize("kind", ["Flat", "HNSW32,Flat", "IVF4,Flat"])
@pytest.mark.parametrize("seed", range(5))
def test_base_delta_deletions_and_filter_equal_brute_force(kind, seed):
    """Whatever was added, deleted and allowed, the best five and their scores are those of a full scan."""
    rng = np.random.default_rng(seed)
    vectors = unit_vectors(rng, 500)
    ids = np.sort(rng.choice(5000, 500, replace=False)).astype(np.int64)
    index = VectorIndex.build(DIM, [(ids[:150], vectors[:150]), (ids[150:400], vectors[150:400])], kind)
    index = VectorIndex.from_bytes(written(index), DIM, 400, kind)
    dead = rng.choice(ids, 60, replace=False)
    index.apply(ids[400:], vectors[400:], dead.tolist())
    live = ~np.isin(ids, dead)
    assert index.ids.tolist() == ids[live].tolist()
    for allowed in (None, np.sort(rng.choice(ids, 50, replace=False)), np.empty(0, np.int64)):
        usable = live if allowed is None else live & np.isin(ids, allowed)
        query = unit_vectors(rng, 1)[0]
        truth = vectors @ query
        order = np.argsort(-truth[usable])[:5]
        found, scores = index.search(query, 5, allowed)
        assert found.tolist() == ids[usable][order].tolist()
        assert np.allclose(scores, truth[usable][order], atol=1e-5)
        assert np.allclose(index.scores(query, found), scores, atol=1e-5)


def test_an_unknown_factory_is_a_typed_error():
    """A string that FAISS does not know is reported as a setting, not as a traceback."""
    with pytest.raises(ConfigError):
        VectorIndex.build(DIM, [(np.arange(3), np.zeros((3, DIM), np.float32))], "Nonsense7")


def test_bytes_that_are_no_index_are_refused():
    """Bytes that FAISS cannot parse, or of another shape than recorded, are damage."""
    with pytest.raises(IndexDamagedError):
        VectorIndex.from_bytes(b"nothing", DIM, 1, "Flat")
    data = written(VectorIndex.build(DIM, [(np.arange(3), np.ones((3, DIM), np.float32))], "Flat"))
    with pytest.raises(IndexDamagedError):
        VectorIndex.from_bytes(data, DIM, 4, "Flat")


def test_the_kind_goes_by_size_unless_it_is_named():
    """Exact search up to 200,000 passages, a graph above, and any factory string on request."""
    assert (kind_for("auto", 200_000), kind_for("auto", 200_001)) == ("Flat", "HNSW32,Flat")
    assert kind_for("SQ8", 10) == "SQ8"
