"""The vector index: an immutable FAISS base, a small exact delta, and a set of dead ids.

Inner products of L2-normalised vectors. Filters and deletions act inside the search (`IDSelectorBitmap`); a small set
of allowed ids is searched exactly, because graph indexes lose recall there. Does not know where vectors come from.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np

from ragsys.errors import ConfigError, IndexDamagedError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

__all__ = ["VectorIndex", "kind_for"]

# Below this many allowed ids, an exact scan of just those is both exact and fastest (measured at 100,000 x 384:
# 0.5 ms for 2 %), while a graph's recall falls to .4.
_EXACT_BELOW = 20_000
_FLAT_UP_TO = 200_000
# FAISS's defaults (16 and 40) lose too much recall at the sizes where a graph is used at all.
_EF_SEARCH, _EF_CONSTRUCTION = 64, 80
_CLEAN, _GRAPH = "Flat", "HNSW32,Flat"


def kind_for(setting: str, ntotal: int) -> str:
    """The FAISS factory string for a setting ("auto" goes by size)."""
    if setting != "auto":
        return setting
    return _CLEAN if ntotal <= _FLAT_UP_TO else _GRAPH


class VectorIndex:
    """Live vectors of one space, by passage id."""

    def __init__(self, dim: int, base: Any = None, kind: str = "none") -> None:
        import faiss

        if base is not None:
            inner = faiss.downcast_index(base.index)
            if isinstance(inner, faiss.IndexHNSW):
                inner.hnsw.efSearch = _EF_SEARCH
            elif isinstance(inner, faiss.IndexIVF):
                inner.make_direct_map()  # vectors can be read back by number only with it
        self._dim = dim
        self._base = base
        self.kind = kind
        ids = faiss.vector_to_array(base.id_map).astype(np.int64) if base is not None else np.empty(0, np.int64)
        self._base_ids: NDArray[np.int64] = ids
        self._base_dead = np.zeros(len(ids), dtype=bool)
        self._delta = np.empty((0, dim), dtype=np.float32)
        self._delta_ids = np.empty(0, dtype=np.int64)
        self._delta_dead = np.zeros(0, dtype=bool)

    @classmethod
    def build(cls, dim: int, ids: NDArray[np.int64], vectors: NDArray[np.float32], kind: str) -> Self:
        """Build a base of shape (n, dim) by a FAISS factory string; `ids` ascend.

        Raises:
            ConfigError: FAISS does not know the factory string, or cannot train it on so few vectors.
        """
        import faiss

        try:
            inner = faiss.index_factory(dim, kind, faiss.METRIC_INNER_PRODUCT)
            if isinstance(inner, faiss.IndexHNSW):
                inner.hnsw.efConstruction = _EF_CONSTRUCTION
            base = faiss.IndexIDMap2(inner)
            if not base.is_trained:
                base.train(vectors)
            base.add_with_ids(vectors, ids)
        except (RuntimeError, AssertionError) as error:
            raise ConfigError(f"vector_index cannot be {kind!r} here: {str(error).splitlines()[0]}") from None
        inner.this.disown()
        base.own_fields = True
        return cls(dim, base, kind)

    @classmethod
    def from_bytes(cls, data: bytes, dim: int, ntotal: int, kind: str) -> Self:
        """The base that `to_bytes` wrote. The caller has checked the bytes' SHA-256: FAISS checks nothing itself.

        Raises:
            IndexDamagedError: not such a base, or of another shape than recorded.
        """
        import faiss

        try:
            base = faiss.deserialize_index(np.frombuffer(data, dtype=np.uint8))
        except (RuntimeError, MemoryError, AssertionError) as error:
            raise IndexDamagedError(f"FAISS cannot read the snapshot: {error}") from None
        if not isinstance(base, faiss.IndexIDMap2) or base.d != dim or base.ntotal != ntotal:
            raise IndexDamagedError("the vector snapshot is not of the recorded shape")
        return cls(dim, base, kind)

    def to_bytes(self) -> bytes:
        """The base, serialised. Publish only an index that was just built: a delta is not part of it."""
        import faiss

        serialised: bytes = faiss.serialize_index(self._base).tobytes()
        return serialised

    @property
    def ids(self) -> NDArray[np.int64]:
        """The live passages, ascending."""
        return np.concatenate([self._base_ids[~self._base_dead], self._delta_ids[~self._delta_dead]])

    @property
    def delta(self) -> int:
        """How many changes (new and dead passages) the base does not have."""
        return len(self._delta_ids) + int(self._base_dead.sum())

    def apply(self, new_ids: NDArray[np.int64], new_vectors: NDArray[np.float32], dead_ids: Iterable[int]) -> None:
        """Add vectors of shape (n, dim), whose ids are above all earlier ones, and drop dead ids."""
        if len(new_ids):
            self._delta = np.concatenate([self._delta, new_vectors])
            self._delta_ids = np.concatenate([self._delta_ids, new_ids])
            self._delta_dead = np.append(self._delta_dead, np.zeros(len(new_ids), dtype=bool))
        dead = np.fromiter(dead_ids, np.int64)
        if len(dead):
            self._base_dead |= np.isin(self._base_ids, dead)
            self._delta_dead |= np.isin(self._delta_ids, dead)

    def search(
        self, query: NDArray[np.float32], k: int, allowed: NDArray[np.int64] | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """The `k` nearest live vectors to `query` (dim,) among `allowed` (ascending; None is all), best first."""
        base_ids, base_scores = self._search_base(query, k, allowed)
        usable = ~self._delta_dead if allowed is None else ~self._delta_dead & np.isin(self._delta_ids, allowed)
        ids = np.concatenate([base_ids, self._delta_ids[usable]])
        scores = np.concatenate([base_scores, self._delta[usable] @ query]).astype(np.float32)
        order = np.lexsort((ids, -scores))[:k]
        return ids[order], scores[order]

    def scores(self, query: NDArray[np.float32], ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """Exact inner products of `query` with live ids, in their order."""
        return (self._vectors(ids) @ query).astype(np.float32)

    def _search_base(
        self, query: NDArray[np.float32], k: int, allowed: NDArray[np.int64] | None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        import faiss

        empty = np.empty(0, np.int64), np.empty(0, np.float32)
        if self._base is None or not len(self._base_ids):
            return empty
        live = ~self._base_dead if allowed is None else ~self._base_dead & np.isin(self._base_ids, allowed)
        count = int(np.count_nonzero(live))
        if count == 0:
            return empty
        if self.kind != _CLEAN and count < _EXACT_BELOW:
            ids = self._base_ids[live]
            return ids, self.scores(query, ids)
        parameters = None
        if count < len(live):
            member = np.zeros(int(self._base_ids[-1]) + 1, dtype=bool)
            member[self._base_ids[live]] = True
            parameters = self._restricted(faiss.IDSelectorBitmap(np.packbits(member, bitorder="little")))
        scores, ids = self._base.search(query.reshape(1, -1), min(k, count), params=parameters)
        found = ids[0] >= 0
        return ids[0][found], scores[0][found]

    def _restricted(self, selector: Any) -> Any:
        """The search parameters that make this kind of base look at selected ids only."""
        import faiss

        inner = faiss.downcast_index(self._base.index)
        if isinstance(inner, faiss.IndexHNSW):
            return faiss.SearchParametersHNSW(sel=selector, efSearch=inner.hnsw.efSearch)
        if isinstance(inner, faiss.IndexIVF):
            return faiss.SearchParametersIVF(sel=selector, nprobe=inner.nprobe)
        return faiss.SearchParameters(sel=selector)

    def _vectors(self, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """The vectors of live ids, shape (n, dim)."""
        result = np.empty((len(ids), self._dim), dtype=np.float32)
        in_delta = np.isin(ids, self._delta_ids)
        result[in_delta] = self._delta[np.searchsorted(self._delta_ids, ids[in_delta])]
        if not in_delta.all():
            result[~in_delta] = self._base.reconstruct_batch(ids[~in_delta])
        return result
