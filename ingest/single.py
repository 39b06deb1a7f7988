"""One file to its text, in memory: the same discovery, reading and parsing as `add`, and nothing is stored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ragsys.errors import DocumentError, NoTextError, UsageError
from ragsys.ingest.discover import discover, document_id, root_of
from ragsys.ingest.intake import storable
from ragsys.ingest.labelling import with_language
from ragsys.ingest.pipeline import read_content
from ragsys.ingest.reading import read_file
from ragsys.types import DocumentRef, SourceText

if TYPE_CHECKING:
    from pathlib import Path

    from ragsys.config import Settings

__all__ = ["read_document"]


def read_document(path: Path, settings: Settings) -> tuple[DocumentRef, SourceText]:
    """A file as a document, as it would be in an index: the same id, source, hash and text.

    Raises:
        UsageError: a folder.
        DocumentError: as `add` would report it.
    """
    if root_of(path).is_dir():
        raise UsageError(f"{path} is a folder", hint="add it to an index, then name its documents with --filter")
    found = next(iter(discover([path])), None)
    if found is None:
        raise DocumentError(f"{path} is no file that can be read")
    if found.error is not None:
        raise found.error
    content = read_file(found.path, settings.max_file_bytes)
    extraction = read_content(content, found.path.name, settings).extraction
    if not extraction.text.strip():
        raise NoTextError(f"{path} holds nothing but white space")
    title = None if extraction.title is None else str(storable(extraction.title))
    metadata = {str(storable(key)): storable(value) for key, value in extraction.metadata.items()}
    reference = DocumentRef(
        document_id(found.source), found.source, title, content.sha256, with_language(metadata, extraction.text)
    )
    return reference, SourceText(extraction.text, extraction.page_starts, extraction.places)
