"""Forgetting documents: which ones are meant, what goes with them, and what stays that has the same content."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ragsys.errors import NotFoundError
from ragsys.ingest.discover import document_id
from ragsys.members import lies_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ragsys.indexes import View
    from ragsys.tasks.workspace import Workspace
    from ragsys.types import Document

__all__ = ["Forgotten", "failed_in", "forget"]


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was forgotten: documents, conversations by id; `copies` have the same content as one of them and stay.

    `failures` are sources that could not be read, and of which no more was known.
    `finished` says that an earlier call had been interrupted, and is done now, too.
    """

    documents: tuple[Document, ...]
    conversations: tuple[str, ...]
    copies: tuple[Document, ...]
    failures: tuple[str, ...]
    finished: bool


def forget(workspace: Workspace, names: Sequence[str]) -> Forgotten:
    """Forget documents by id or source. Raises as `Collection.forget`."""
    from ragsys.indexes.erasure import erase

    index = workspace.index
    with workspace.read() as view:
        finished = view.erasing()
        everything = view.documents() if names else []
        failures = failed_in(view, names)
        passing = {name for name in names if finished or failed_in(view, [name])}
        chosen = [document for name in names for document in _meant(view, name, everything, passing=name in passing)]
    documents = tuple({document.id: document for document in chosen}.values())
    ids = [document.id for document in documents]
    contents = {document.sha256 for document in documents}
    failed = {document_id(source): source for source in failures}
    erased = erase(index, ids, failed, gone=not names, timeout=workspace.settings.lock_timeout)
    copies = tuple(d for d in everything if d.sha256 in contents and d.id not in ids)
    return Forgotten(documents, erased.conversations, copies, tuple(failures), finished)


def failed_in(view: View, names: Iterable[str]) -> list[str]:
    """The sources of what could not be read: that of a name itself, and those of what lies in it."""
    failed = [failure.source for failure in view.failures()]
    return [source for source in failed if any(source == name or lies_in(source, name) for name in names)]


def _meant(view: View, name: str, everything: Sequence[Document], *, passing: bool) -> list[Document]:
    """A document and the files in it. `passing` lets there be none: it was removed before, or could not be read."""
    try:
        document = view.document(name)
    except NotFoundError:
        inside = [d for d in everything if lies_in(d.source, name)]
        if inside or passing:
            return inside
        raise
    return [document, *(d for d in everything if lies_in(d.source, document.source))]
