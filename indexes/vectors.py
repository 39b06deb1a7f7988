"""The vector index: an immutable FAISS base, an exact FAISS delta, and a mask of dead ids for each.

Inner products of L2-normalised vectors. Filters and deletions act inside the search (`IDSelectorBitmap`); a small set
of allowed ids is searched exactly, because graph indexes lose recall there. Does not know where vectors come from.
"""

from __future__ import annotations

import io
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from ragsys.errors import ConfigError, IndexDamagedError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from ragsys.indexes.records import Writable

__all__ = ["FLAT", "VectorIndex", "check_kind", "kind_for"]

# Below this many allowed ids, an exact scan of just those is both exact and fastest (measured at 100,000 x 384:
# 0.5 ms for 2 %), while a graph's recall falls to .4.
_EXACT_BELOW = 20_000
_FLAT_UP_TO = 200_000
# FAISS's defaults (16 and 40) lose too much recall at the sizes where a graph is used at all.
_EF_SEARCH, _EF_CONSTRUCTION = 64, 80
# Of inverted lists FAISS looks at one. At 100,000 x 384 and 1,024 lists, a sixteenth of them has a recall of .995.
_LEAST_PROBES, _PROBE_EVERY = 8, 16
FLAT = "Flat"
_GRAPH = "HNSW32,Flat"
# Below this many numbers, one query is quickest on one thread, and does not wait for a second one to be scheduled.
_ONE_THREAD = 16_000_000
_BLOCK = 1 << 20
_SAMPLE = 1000


def check_kind(setting: str, dim: int) -> None:
    """Raise `ConfigError` where a setting is neither "auto" nor a factory string that FAISS knows."""
    if setting != "auto":
        VectorIndex.build(dim, [], setting)


def kind_for(setting: str, ntotal: int) -> str:
    """The FAISS factory string for a setting ("auto" goes by size)."""
    if setting != "auto":
        return setting
    return FLAT if ntotal <= _FLAT_UP_TO else _GRAPH


class VectorIndex:
    """Live vectors of one space, by passage id.

    Attributes:
        kind: the FAISS factory string of the base.
        recall: what was measured of an approximate base when it was built (`ragsys.indexes.recall`).
    """

    def __init__(self, dim: int, base: Any = None, kind: str = "none") -> None:
        self._dim = dim
        self._base = _Part(_new(dim, FLAT) if base is None else base)
        self._delta = _Part(_new(dim, FLAT))
        self._sample: NDArray[np.float32] | None = None
        self.kind = kind
        self.recall: float | None = None

    @classmethod
    def build(cls, dim: int, batches: Iterable[tuple[NDArray[np.int64], NDArray[np.float32]]], kind: str) -> Self:
        """Build a base by a FAISS factory string from ids (n,) and vectors (n, dim) by ascending id, batch by batch.

        Raises:
            ConfigError: FAISS does not know the factory string, or cannot train it on so few vectors.
        """
        try:
            base = _new(dim, kind)
            every = [] if base.is_trained else list(batches)
            if every:
                batches = [(np.concatenate([i for i, _ in every]), np.concatenate([v for _, v in every]))]
                base.train(batches[0][1])
            for ids, vectors in batches:
                base.add_with_ids(vectors, ids)
        except (RuntimeError, AssertionError, ValueError) as error:
            raise ConfigError(f"vector_index cannot be {kind!r} here: {str(error).splitlines()[0]}") from None
        return cls(dim, base, kind)

    @classmethod
    def from_bytes(cls, data: bytes, dim: int, ntotal: int, kind: str) -> Self:
        """The base that `write` wrote. The caller has checked the bytes' SHA-256: FAISS checks nothing itself.

        Raises:
            IndexDamagedError: not such a base, or of another shape than recorded.
        """
        import faiss

        try:
            base = faiss.read_index(faiss.PyCallbackIOReader(io.BytesIO(data).read, _BLOCK))
        except (RuntimeError, MemoryError, AssertionError) as error:
            raise IndexDamagedError(f"FAISS cannot read the snapshot: {error}") from None
        if not isinstance(base, faiss.IndexIDMap2) or base.d != dim or base.ntotal != ntotal:
            raise IndexDamagedError("the vector snapshot is not of the recorded shape")
        return cls(dim, base, kind)

    def write(self, file: Writable) -> None:
        """Write the base, block by block. Publish only an index that was just built: a delta is not part of it."""
        import faiss

        faiss.write_index(self._base.index, faiss.PyCallbackIOWriter(file.write, _BLOCK))

    @property
    def ids(self) -> NDArray[np.int64]:
        """The live passages, ascending."""
        return np.concatenate([part.ids[~part.dead] for part in (self._base, self._delta)])

    def __len__(self) -> int:
        """The number of live passages."""
        return sum(part.live for part in (self._base, self._delta))

    @property
    def delta(self) -> int:
        """How many changes (new and dead passages) the base does not have."""
        return len(self._delta.ids) + len(self._base.ids) - self._base.live

    def apply(self, new_ids: NDArray[np.int64], new_vectors: NDArray[np.float32], dead_ids: Iterable[int]) -> None:
        """Add vectors of shape (n, dim), whose ids are above all earlier ones, and drop dead ids."""
        self._sample = None
        if len(new_ids):
            self._delta.append(new_ids, new_vectors)
        dead = np.unique(np.fromiter(dead_ids, np.int64))
        self._base.bury(dead)
        self._delta.bury(dead)

    def search(
        self, query: NDArray[np.float32], k: int, allowed: NDArray[np.int64] | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """The `k` nearest live vectors to `query` (dim,) among `allowed` (ascending; None is all), best first."""
        found = [
            part.search(query, k, allowed, exact_below=0 if kind == FLAT else _EXACT_BELOW)
            for part, kind in ((self._base, self.kind), (self._delta, FLAT))
        ]
        ids, scores = (np.concatenate(both) for both in zip(*found, strict=True))
        order = np.lexsort((ids, -scores))[:k]
        return ids[order], scores[order]

    def scores(self, query: NDArray[np.float32], ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """Exact inner products of `query` with live ids, in their order."""
        return _products(self.vectors(ids), query)

    def sample(self, query: NDArray[np.float32]) -> NDArray[np.float32]:
        """Exact inner products of `query` with up to a thousand live vectors, evenly spread over the ids."""
        if self._sample is None:
            ids = self.ids
            spread = np.linspace(0, len(ids) - 1, min(len(ids), _SAMPLE)).astype(np.int64)
            self._sample = self.vectors(ids[spread])
        return _products(self._sample, query)

    def vectors(self, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """The vectors of live ids, in their order."""
        vectors = np.empty((len(ids), self._dim), dtype=np.float32)
        new = ids >= self._delta.ids[0] if len(self._delta.ids) else np.zeros(len(ids), dtype=bool)
        for part, here in ((self._base, ~new), (self._delta, new)):
            vectors[here] = part.vectors(ids[here])
        return vectors


class _Part:
    """A FAISS index of passages by ascending id, some of which have died."""

    def __init__(self, index: Any) -> None:
        import faiss

        self.index = index
        inner = faiss.downcast_index(index.index)
        if isinstance(inner, faiss.IndexHNSW):
            inner.hnsw.efSearch = _EF_SEARCH
        elif isinstance(inner, faiss.IndexIVF):
            inner.nprobe = max(_LEAST_PROBES, inner.nlist // _PROBE_EVERY)
            inner.make_direct_map()  # vectors can be read back by number only with it
        self.ids: NDArray[np.int64] = faiss.vector_to_array(index.id_map).astype(np.int64)
        self.dead = np.zeros(len(self.ids), dtype=bool)
        self.live = len(self.ids)

    def append(self, ids: NDArray[np.int64], vectors: NDArray[np.float32]) -> None:
        """Add vectors with higher ids."""
        self.index.add_with_ids(vectors, ids)
        self.ids = np.concatenate([self.ids, ids])
        self.dead = np.append(self.dead, np.zeros(len(ids), dtype=bool))
        self.live += len(ids)

    def bury(self, ids: NDArray[np.int64]) -> None:
        """Mark those of `ids` that are here as dead."""
        if len(self.ids):
            at = np.minimum(np.searchsorted(self.ids, ids), len(self.ids) - 1)
            self.dead[at[self.ids[at] == ids]] = True
            self.live = len(self.ids) - int(np.count_nonzero(self.dead))

    def search(
        self, query: NDArray[np.float32], k: int, allowed: NDArray[np.int64] | None, *, exact_below: int
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """At least the best `k` of the live and allowed ids, with their inner products."""
        usable = self._usable(allowed)
        count = self.live if usable is None else len(usable)
        if count == 0:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        if count < exact_below:
            ids = self.ids if usable is None else usable
            return ids, _products(self.vectors(ids), query)
        parameters = None if usable is None else self._restricted(usable)
        with _threads(1 if self.index.ntotal * self.index.d < _ONE_THREAD else 0):
            scores, ids = self.index.search(query.reshape(1, -1), min(k, count), params=parameters)
        found = ids[0] >= 0
        return ids[0][found], scores[0][found]

    def vectors(self, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """The vectors of ids that are here, shape (n, dim)."""
        if not len(ids):
            return np.empty((0, self.index.d), np.float32)
        vectors: NDArray[np.float32] = self.index.reconstruct_batch(ids)
        return vectors

    def _usable(self, allowed: NDArray[np.int64] | None) -> NDArray[np.int64] | None:
        """The ids to search among; None for all of them."""
        if allowed is None:
            return None if self.live == len(self.ids) else self.ids[~self.dead]
        if not len(self.ids) or not len(allowed):
            return np.empty(0, np.int64)
        at = np.minimum(np.searchsorted(self.ids, allowed), len(self.ids) - 1)
        usable: NDArray[np.int64] = allowed[(self.ids[at] == allowed) & ~self.dead[at]]
        return usable

    def _restricted(self, usable: NDArray[np.int64]) -> Any:
        """The search parameters that make this kind of index look at these ids only."""
        import faiss

        member = np.zeros(int(self.ids[-1]) + 1, dtype=bool)
        member[usable] = True
        selector = faiss.IDSelectorBitmap(np.packbits(member, bitorder="little"))
        inner = faiss.downcast_index(self.index.index)
        if isinstance(inner, faiss.IndexHNSW):
            return faiss.SearchParametersHNSW(sel=selector, efSearch=inner.hnsw.efSearch)
        if isinstance(inner, faiss.IndexIVF):
            return faiss.SearchParametersIVF(sel=selector, nprobe=inner.nprobe)
        return faiss.SearchParameters(sel=selector)


def _products(vectors: NDArray[np.float32], query: NDArray[np.float32]) -> NDArray[np.float32]:
    """Inner products, not by BLAS: it would wake its threads for a few thousand numbers."""
    products: NDArray[np.float32] = np.einsum("ij,j->i", vectors, query)
    return products


def _new(dim: int, kind: str) -> Any:
    """An empty FAISS index of a kind that knows its vectors by passage id."""
    import faiss

    inner = faiss.index_factory(dim, kind, faiss.METRIC_INNER_PRODUCT)
    if isinstance(inner, faiss.IndexHNSW):
        inner.hnsw.efConstruction = _EF_CONSTRUCTION
    index = faiss.IndexIDMap2(inner)
    inner.this.disown()
    index.own_fields = True
    return index


@contextmanager
def _threads(count: int) -> Iterator[None]:
    """Let FAISS use so many threads for calls from this one; 0 leaves it as it is."""
    import faiss

    before = faiss.omp_get_max_threads()
    if count:
        faiss.omp_set_num_threads(count)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(before)
