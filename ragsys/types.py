"""The values that the layers exchange: frozen, slotted, and shaped like the JSON that `--json` prints.

Knows nothing about where values come from. Offsets (`start`, `end`) count Unicode code points in a
document's extracted text, half-open. Pages are 1-based; None where the format has no pages.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from ragsys.notices import Notice

__all__ = [
    "AddReport",
    "Answer",
    "AnswerProfile",
    "AnswerStatus",
    "AnswerTranslation",
    "Citation",
    "Coverage",
    "Decoding",
    "Document",
    "DocumentRef",
    "Extraction",
    "Failure",
    "Heading",
    "Hit",
    "IndexRef",
    "Measured",
    "Message",
    "Metadata",
    "ModelNames",
    "Passage",
    "Scalar",
    "Scores",
    "SearchResult",
    "Sentence",
    "SourceText",
    "Space",
    "Status",
    "TextDocument",
    "VectorsStatus",
]

Scalar = str | int | float | bool
Metadata = Mapping[str, Scalar]
AnswerStatus = Literal["answered", "abstained"]


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of a document: where its line starts, its level (1 is the highest) and its words."""

    start: int
    level: int
    title: str


@dataclass(frozen=True, slots=True)
class Extraction:
    """What a parser found in a file.

    `page_starts[i]` is the offset at which page i + 1 begins (`page_starts[0] == 0`); empty where the
    format has no pages. `headings` ascend by `start`, and each heading's line is part of `text`.
    Paragraphs are separated by a blank line.
    """

    text: str
    title: str | None = None
    page_starts: tuple[int, ...] = ()
    headings: tuple[Heading, ...] = ()
    metadata: Metadata = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TextDocument:
    """A document that a program holds in memory. `source` names it, such as "tickets:4711", and is its identity."""

    source: str
    text: str
    title: str | None = None
    metadata: Metadata = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Passage:
    """A span of a document's text that is embedded and retrieved as one unit.

    The passages of a document tile it: the first starts at 0, the last ends at the text's length, and
    none starts after the end of the one before (an overlap is whole sentences).
    """

    start: int
    end: int
    page: int | None = None
    heading: tuple[str, ...] = ()


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
class Document:
    """A document as the index holds it; `id` is stable over updates of the same source."""

    id: str
    source: str
    title: str | None
    sha256: str
    metadata: Metadata
    size: int
    characters: int
    pages: int | None
    passages: int
    added_at: str


@dataclass(frozen=True, slots=True)
class DocumentRef:
    """The part of a document that a hit or a citation carries."""

    id: str
    source: str
    title: str | None
    sha256: str
    metadata: Metadata


@dataclass(frozen=True, slots=True)
class SourceText:
    """The stored text of a document and where its pages start: what every citation is verified against."""

    text: str
    page_starts: tuple[int, ...] = ()

    def page(self, offset: int) -> int | None:
        """The page on which an offset lies; None where the format has no pages."""
        return bisect_right(self.page_starts, offset) if self.page_starts else None


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
class Citation:
    """A verbatim span of a document that supports a span of an answer.

    `document text[start:end] == quote` held when the citation was emitted; `support` in [0, 1] says how
    much of the cited sentence the quote carries.
    """

    marker: int
    answer_start: int
    answer_end: int
    quote: str
    start: int
    end: int
    page: int | None
    document: DocumentRef
    support: float


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of an answer, and whether a citation supports it."""

    start: int
    end: int
    supported: bool


@dataclass(frozen=True, slots=True)
class ModelNames:
    """The models behind an answer."""

    embedder: str
    generator: str


@dataclass(frozen=True, slots=True)
class IndexRef:
    """The state of the index that an answer was made from."""

    seq: int
    digest: str


@dataclass(frozen=True, slots=True)
class Measured:
    """A share as it was measured on `n` questions, with its 95 % interval."""

    share: float
    low: float
    high: float
    n: int


@dataclass(frozen=True, slots=True)
class AnswerProfile:
    """How an answer was made, beside the models and the index: with these, it can be made again.

    `prompt` is a digest of the prompt's fixed words, `decoding` None where nothing was generated. `calibration` names
    what made the confidence: what ships, or the index's own, with its date and data. From `threshold` on it answers,
    and `measured` are the shares of questions of each kind that this answers on the questions named in `fitted_on`.
    """

    name: str
    prompt: str
    decoding: Decoding | None
    calibration: str
    threshold: float
    measured: Mapping[str, Measured]
    fitted_on: str


@dataclass(frozen=True, slots=True)
class AnswerTranslation:
    """An answer's text in the language that was asked for: an aid to reading, which no citation supports.

    `quality` is what is known of the generator for the pair of languages; `problems` are the checks that it fails.
    """

    language: str
    text: str
    generator: str
    quality: str
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """A generated answer, every citation of which was verified against the index before it was emitted.

    `language` is what its text is in: for a quotation the document's, whatever was asked for.
    """

    question: str
    status: AnswerStatus
    text: str
    confidence: float
    citations: tuple[Citation, ...]
    sentences: tuple[Sentence, ...]
    passages: tuple[Hit, ...]
    models: ModelNames
    index: IndexRef
    coverage: Coverage
    timings: Mapping[str, float]
    reason: str | None = None
    profile: AnswerProfile | None = None
    language: str | None = None
    translation: AnswerTranslation | None = None
    warnings: tuple[Notice, ...] = ()


@dataclass(frozen=True, slots=True)
class Failure:
    """A file that could not be ingested, and why."""

    source: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class AddReport:
    """What one `add` did. Counts are files, except `passages` (embedded and stored) and `seq`.

    `languages` counts the documents that were added or updated, by language.
    """

    added: int
    updated: int
    unchanged: int
    deleted: int
    failed: tuple[Failure, ...]
    vanished: tuple[str, ...]
    passages: int
    embedded: int
    seq: int
    seconds: float
    languages: Mapping[str, int] = field(default_factory=dict)
    warnings: tuple[Notice, ...] = ()


@dataclass(frozen=True, slots=True)
class VectorsStatus:
    """The vector index in use: its FAISS kind, its number of vectors and its snapshot generation."""

    kind: str
    ntotal: int
    generation: int | None


@dataclass(frozen=True, slots=True)
class Status:
    """What an index holds and how it is doing. `languages` counts documents by their metadata `lang`."""

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


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a prompt."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Decoding:
    """How tokens are chosen. Temperature 0 is greedy, and then the other settings have no effect."""

    max_new_tokens: int = 128
    temperature: float = 0.0
    top_p: float = 1.0
    top_k: int = 0
    seed: int | None = None
    stop: tuple[str, ...] = ()
