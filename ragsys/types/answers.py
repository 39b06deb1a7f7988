"""An answer with everything behind it, and what a generator is told to make one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ragsys.notices import Notice
    from ragsys.types.documents import DocumentRef
    from ragsys.types.searching import Coverage, Hit

__all__ = [
    "Answer",
    "AnswerProfile",
    "AnswerStatus",
    "AnswerTranslation",
    "Citation",
    "Decoding",
    "IndexRef",
    "Measured",
    "Message",
    "ModelNames",
    "Sentence",
]

AnswerStatus = Literal["answered", "abstained"]


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
    place: str | None = None


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
