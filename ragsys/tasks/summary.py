"""The values of a summary, shaped like the JSON of `ragsys summarize`; its citations are those of an answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ragsys.types import Citation, Decoding, DocumentRef, IndexRef, ModelNames, Sentence

__all__ = ["Summary", "SummaryCoverage", "SummaryMode", "SummaryProfile", "SummaryProgress"]

SummaryMode = Literal["extractive", "abstractive"]


@dataclass(frozen=True, slots=True)
class SummaryCoverage:
    """How much was read: never a silent subset.

    Of `documents`, `cited` have a sentence in the summary. Of `characters`, `in_sentences` stand in sentences, of which
    there are `sentences`; the rest is headings, tables, code and what repeats. Where a generator wrote, it was given
    `read` of the `passages` that the sentences make, and of the sentences that it has `written`, `supported` were. All
    four are None in an extract, which weighs every sentence.
    """

    documents: int
    cited: int
    characters: int
    in_sentences: int
    sentences: int
    passages: int | None = None
    read: int | None = None
    written: int | None = None
    supported: int | None = None


@dataclass(frozen=True, slots=True)
class SummaryProfile:
    """How a summary was made, beside the models and the index: with these, it can be made again.

    `language` is the one that it was written in, `prompt` a digest of the prompt's fixed words; that and `decoding` are
    None where nothing was generated.
    """

    name: str
    mode: str
    words: int
    focus: str | None
    language: str
    unsupported: str
    prompt: str | None
    decoding: Decoding | None


@dataclass(frozen=True, slots=True)
class SummaryProgress:
    """How far a summary is: `done` of `total` documents, sentences or passages, as `stage` says."""

    stage: Literal["reading", "comparing", "writing", "shortening"]
    done: int
    total: int | None


@dataclass(frozen=True, slots=True)
class Summary:
    """A summary, every citation of which was verified against its document.

    `mode` says what made it, `reason` why an extract stands in where a generator was asked for. `index` is None where
    the documents are not from an index.
    """

    text: str
    mode: SummaryMode
    citations: tuple[Citation, ...]
    sentences: tuple[Sentence, ...]
    words: int
    documents: tuple[DocumentRef, ...]
    coverage: SummaryCoverage
    models: ModelNames
    index: IndexRef | None
    timings: Mapping[str, float]
    profile: SummaryProfile
    reason: str | None = None
