"""What a search finds, and what an index says of itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ragsys.notices import Notice
    from ragsys.types.documents import DocumentRef, Failure, Scalar

__all__ = [
    "Coverage",
    "Hit",
    "Scores",
    "SearchResult",
    "Space",
    "Status",
    "VectorsStatus",
]


@dataclass(frozen=True, slots=True)
class Space:
    """The identity of a vector space: vectors of different spaces are never compared.

    `digest` is a SHA-256 over the source weights' hash and everything else that shapes a vector:
    precision, prefixes, pooling, normalisation and maximum length.
    """

    model: str
    digest: str
    dim: int
    metric: Literal["inner_product"] = "inner_product"


@dataclass(frozen=True, slots=True)
class Scores:
    """Every score behind a hit; None where a leg did not see the passage.

    `dense` is a cosine, `lexical` a BM25 score, `fused` the calibrated sum that orders the hits.
    """

    dense: float | None = None
    lexical: float | None = None
    fused: float | None = None
    rerank: float | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """A live passage that answers a query, re-joined to the index in the read transaction of the search.

    `copies` are other documents in which the same text was met; it is shown once. `text` is [start:end] of the
    document's text: the passage, or more where neighbours were asked for.
    """

    rank: int
    score: float
    passage_id: int
    text: str
    start: int
    end: int
    page: int | None
    heading: tuple[str, ...]
    document: DocumentRef
    scores: Scores
    explanation: Mapping[str, object] | None = None
    copies: tuple[DocumentRef, ...] = ()
    place: str | None = None


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of the index a search could see: never a silent subset.

    `documents` counts what is indexed, `searched` what passed the filter, `failed` the files that
    were added but could not be ingested.
    """

    documents: int
    searched: int
    failed: int
    seq: int


@dataclass(frozen=True, slots=True)
class SearchResult:
    """Hits, best first, with what was searched and the seconds each stage took."""

    query: str
    hits: tuple[Hit, ...]
    coverage: Coverage
    timings: Mapping[str, float]
    warnings: tuple[Notice, ...] = ()


@dataclass(frozen=True, slots=True)
class VectorsStatus:
    """The vector index in use: its FAISS kind, its number of vectors and its snapshot generation.

    `recall` is recall@10 of an approximate kind against an exact search, as measured when it was built; None where the
    search is exact.
    """

    kind: str
    ntotal: int
    generation: int | None
    recall: float | None = None


@dataclass(frozen=True, slots=True)
class Status:
    """What an index holds and how it is doing. `languages` counts documents by their metadata `lang`.

    `conversations` are those that are kept. While `erasing`, what was forgotten may still lie in a file.
    """

    path: str
    documents: int
    passages: int
    seq: int
    space: Space | None
    lexical: Mapping[str, Scalar]
    vectors: VectorsStatus
    failed: tuple[Failure, ...]
    bytes: int
    languages: Mapping[str, int] = field(default_factory=dict)
    conversations: int = 0
    erasing: bool = False
