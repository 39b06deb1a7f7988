"""One file to its text, in memory: the same discovery, reading and parsing as `add`, and nothing is stored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ragsys.errors import DocumentError, NoTextError, UsageError
from ragsys.ingest.discover import discover, document_id, root_of
from ragsys.ingest.given import storable
from ragsys.ingest.labelling import with_language
from ragsys.ingest.pipeline import read_content
from ragsys.ingest.reading import read_file
from ragsys.ingest.web.urls import normal
from ragsys.types import DocumentRef, SourceText

if TYPE_CHECKING:
    from pathlib import Path

    from ragsys.config import Settings
    from ragsys.ingest.reading import Content
    from ragsys.types import Extraction, Metadata

__all__ = ["extract", "read_document", "storable_metadata", "storable_title"]


def read_document(path: Path, settings: Settings) -> tuple[DocumentRef, SourceText]:
    """A file as a document, as it would be in an index: the same id, source, hash and text.

    Raises:
        UsageError: a folder.
        DocumentError: as `add` would report it.
    """
    source, content, _, extraction = extract(path, settings)
    if not extraction.text.strip():
        raise NoTextError(f"{path} holds nothing but white space")
    metadata = with_language(storable_metadata(extraction), extraction.text)
    reference = DocumentRef(document_id(source), source, storable_title(extraction), content.sha256, metadata)
    return reference, SourceText(extraction.text, extraction.page_starts, extraction.places)


def extract(path: Path | str, settings: Settings) -> tuple[str, Content, str, Extraction]:
    """A file's source, its bytes, the name of its parser and what that finds. Raises as `read_document`.

    A string is the address of a page, for which `UrlError`, `NetworkRefusedError` and `OfflineError` may be raised.
    """
    if isinstance(path, str):
        from ragsys.ingest.web.pages import fetch_page

        source = normal(path)
        content, name = fetch_page(source, settings)
        piece = read_content(content, name, settings)
        return source, content, piece.parser, piece.extraction
    if root_of(path).is_dir():
        raise UsageError(
            f"{path} is a folder", hint="name a file, or add the folder to an index: then --filter names its documents"
        )
    found = next(iter(discover([path])), None)
    if found is None:
        raise DocumentError(f"{path} is no file that can be read")
    if found.error is not None:
        raise found.error
    content = read_file(found.path, settings.max_file_bytes)
    piece = read_content(content, found.path.name, settings)
    return found.source, content, piece.parser, piece.extraction


def storable_metadata(extraction: Extraction) -> Metadata:
    """A file's own metadata as the index would hold it."""
    return {str(storable(key)): storable(value) for key, value in extraction.metadata.items()}


def storable_title(extraction: Extraction) -> str | None:
    """A file's own title as the index would hold it."""
    return None if extraction.title is None else str(storable(extraction.title))
