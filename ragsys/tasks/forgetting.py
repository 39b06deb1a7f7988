"""Forgetting documents: which ones are meant, what goes with them, and what stays that has the same content."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ragsys.errors import NotFoundError
from ragsys.members import lies_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ragsys.indexes import View
    from ragsys.tasks.workspace import Workspace
    from ragsys.types import Document

__all__ = ["Forgotten", "forget"]


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was forgotten: documents, conversations by id; `copies` have the same content as one of them and stay.

    `finished` says that an earlier call had been interrupted, and is done now, too.
    """

    documents: tuple[Document, ...]
    conversations: tuple[str, ...]
    copies: tuple[Document, ...]
    finished: bool


def forget(workspace: Workspace, names: Sequence[str]) -> Forgotten:
    """Forget documents by id or source. Raises as `Collection.forget`."""
    from ragsys.indexes.erasure import erase

    index = workspace.index
    with workspace.read() as view:
        finished = view.erasing()
        everything = view.documents() if names else []
        chosen = [document for name in names for document in _meant(view, name, everything, passing=finished)]
    documents = tuple({document.id: document for document in chosen}.values())
    ids = [document.id for document in documents]
    contents = {document.sha256 for document in documents}
    erased = erase(index, ids, gone=not names, timeout=workspace.settings.lock_timeout)
    copies = tuple(d for d in everything if d.sha256 in contents and d.id not in ids)
    return Forgotten(documents, erased.conversations, copies, finished)


def _meant(view: View, name: str, everything: Sequence[Document], *, passing: bool) -> list[Document]:
    """A document and the files in it. What an interrupted call has removed already is passed over."""
    try:
        document = view.document(name)
    except NotFoundError:
        inside = [d for d in everything if lies_in(d.source, name)]
        if inside or passing:
            return inside
        raise
    return [document, *(d for d in everything if lies_in(d.source, document.source))]
