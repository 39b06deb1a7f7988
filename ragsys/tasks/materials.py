"""What a summary is made of: a file, a text or documents of the index, and the models to make it with."""

from __future__ import annotations

import hashlib
from functools import cache
from typing import TYPE_CHECKING

from ragsys.errors import NoTextError, UsageError
from ragsys.ingest import read_document
from ragsys.ingest.discover import document_id
from ragsys.tasks.summarizing import Material, Models, summarize
from ragsys.tasks.workspace import compile_where
from ragsys.types import DocumentRef, IndexRef, SourceText, TextDocument

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ragsys.config import Settings
    from ragsys.indexes import View
    from ragsys.tasks.summarizing import Request
    from ragsys.tasks.summary import Summary, SummaryProgress
    from ragsys.tasks.workspace import Workspace
    from ragsys.types import Document

__all__ = ["models_of", "summarize_alone", "summarize_in"]


def summarize_in(
    workspace: Workspace,
    document: str | Path | TextDocument | None,
    where: str | None,
    request: Request,
    *,
    progress: Callable[[SummaryProgress], None] | None = None,
) -> Summary:
    """A summary with the models of an engine. Raises as `QueryEngine.summarize`."""
    models = Models(lambda: workspace.embedder, lambda: workspace.generator, workspace.generator_name)
    if (document is None) == (where is None):
        raise UsageError("a summary is of one document, or of those that match a filter")
    if document is not None and not isinstance(document, str):
        return summarize(_alone(document, workspace.settings), models, workspace.settings, request, progress=progress)
    with workspace.answering() as view:
        return summarize(_of(view, document, where), models, workspace.settings, request, progress=progress)


def summarize_alone(
    document: Path | TextDocument,
    settings: Settings,
    request: Request,
    *,
    progress: Callable[[SummaryProgress], None] | None = None,
) -> Summary:
    """A summary of a file or a text where there is no index. Raises as `QueryEngine.summarize`."""
    return summarize(_alone(document, settings), models_of(settings), settings, request, progress=progress)


def models_of(settings: Settings) -> Models:
    """The configured models, loaded once and only when they are needed."""
    from ragsys.generate import load_generator
    from ragsys.models import load_embedder

    return Models(cache(lambda: load_embedder(settings)), cache(lambda: load_generator(settings)), settings.generator)


def _alone(document: Path | TextDocument, settings: Settings) -> Material:
    if isinstance(document, TextDocument):
        if not document.text.strip():
            raise NoTextError(f"{document.source} holds nothing but white space")
        sha256 = hashlib.sha256(document.text.encode("utf-8", "surrogatepass")).hexdigest()
        reference = DocumentRef(
            document_id(document.source), document.source, document.title, sha256, document.metadata
        )
        source = SourceText(document.text)
    else:
        reference, source = read_document(document, settings)
    return Material((reference,), lambda _: source)


def _of(view: View, document: str | None, where: str | None) -> Material:
    """One document of the index, or those that match."""
    found = view.documents(compile_where(where)) if document is None else [view.document(document)]
    if not found:
        raise UsageError("no document matches the filter", hint="run `ragsys list --filter ...` to try it")
    return Material(
        tuple(map(_reference, found)),
        lambda reference: view.source_text(reference.id),
        IndexRef(view.seq, view.digest()),
    )


def _reference(document: Document) -> DocumentRef:
    return DocumentRef(document.id, document.source, document.title, document.sha256, document.metadata)
