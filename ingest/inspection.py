"""What `add` would make of one file: its text and how it is chunked. No index, and nothing is embedded."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from ragsys.errors import NoTextError
from ragsys.ingest import chunk as chunking
from ragsys.ingest.labelling import with_language
from ragsys.ingest.redaction import redact, together
from ragsys.ingest.single import extract, storable_metadata, storable_title

if TYPE_CHECKING:
    from pathlib import Path

    from ragsys.config import Settings
    from ragsys.protocols import Embedder
    from ragsys.types import Extraction, Metadata, Passage

__all__ = ["InspectedPassage", "Inspection", "inspect_file", "passages_in"]

_TOGETHER = 256


@dataclass(frozen=True, slots=True)
class Inspection:
    """A file as it would be stored: `title` and `metadata` as the index would hold them."""

    source: str
    sha256: str
    size: int
    parser: str
    title: str | None
    metadata: Metadata
    extraction: Extraction

    @property
    def blank_pages(self) -> int:
        """How many of its pages carry no text."""
        edges = (*self.extraction.page_starts, len(self.extraction.text))
        return sum(not self.extraction.text[a:b].strip() for a, b in pairwise(edges))


@dataclass(frozen=True, slots=True)
class InspectedPassage:
    """A passage and its exact number of tokens, special tokens and prefix left out."""

    passage: Passage
    tokens: int


def inspect_file(path: Path | str, settings: Settings) -> Inspection:
    """Extract a file, or the page at an address (a string), as `add` does, redacted as the settings say.

    Raises:
        UsageError: a folder; an address that cannot be used, or while none may be fetched.
        OfflineError: an address, while ragsys is offline.
        DocumentError: as `add` would report it.
    """
    source, content, parser, extraction = extract(path, settings)
    if not extraction.text.strip() and not extraction.members:
        raise NoTextError(f"{path} holds nothing but white space")
    if kinds := together(settings.redact):
        extraction = redact(extraction, kinds.split(","))
    metadata = with_language(storable_metadata(extraction), extraction.text)
    title = storable_title(extraction)
    return Inspection(source, content.sha256, content.size, parser, title, metadata, extraction)


def passages_in(extraction: Extraction, embedder: Embedder, settings: Settings) -> list[InspectedPassage]:
    """The passages that would be embedded, in order."""
    spans = chunking.chunk(extraction, embedder, settings.chunk_tokens, settings.chunk_overlap)
    counted: list[InspectedPassage] = []
    for at in range(0, len(spans), _TOGETHER):
        some = spans[at : at + _TOGETHER]
        sizes = embedder.count_tokens([extraction.text[span.start : span.end] for span in some])
        counted += [InspectedPassage(span, size) for span, size in zip(some, sizes, strict=True)]
    return counted
