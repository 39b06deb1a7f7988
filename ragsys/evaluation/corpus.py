"""A set's corpus in an index, and which document of an index is which document of the set.

The documents go through the product's own chunking, embedding and writing, as texts and not as files.
"""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import TYPE_CHECKING

from ragsys.errors import DatasetError
from ragsys.types import TextDocument

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from ragsys.engine import QueryEngine
    from ragsys.evaluation.datasets import Dataset
    from ragsys.ingest import Progress
    from ragsys.types import AddReport, Document, DocumentRef

__all__ = ["Names", "holds_corpus", "index_corpus"]


def index_corpus(
    engine: QueryEngine, dataset: Dataset, *, progress: Callable[[Progress], None] | None = None
) -> AddReport:
    """Bring the corpus of `dataset` into the engine's index; what is unchanged there costs no embedding.

    A title becomes the first line of its document and the heading of its passages, as it does in a Markdown file.
    Documents of this set that its corpus has no more are removed.
    """
    present: set[str] = set()

    def documents() -> Iterator[TextDocument]:
        for document in dataset.documents():
            source = f"{_prefix(dataset)}{document.id}"
            present.add(source)
            text = document.text
            if document.title and not text.startswith(document.title):
                text = f"{document.title}\n\n{text}"
            yield TextDocument(source, text, document.title or None, document.metadata)

    report = engine.add_documents(documents(), progress=progress)
    stale = [d.source for d in engine.documents() if d.source.startswith(_prefix(dataset)) and d.source not in present]
    if stale:
        engine.remove(*stale)
    return report


def holds_corpus(engine: QueryEngine, dataset: Dataset) -> bool:
    """Whether the index is empty or holds documents of this set: then the corpus belongs there."""
    documents = engine.documents()
    return not documents or any(document.source.startswith(_prefix(dataset)) for document in documents)


def _prefix(dataset: Dataset) -> str:
    name = re.sub(r"[^\w.-]", "_", dataset.name)
    return f"beir:{name}/"


class Names:
    """Names the documents of an index as the judgements do.

    A document that came from the set's corpus has its id. Any other goes by its id, its source, its file's name or the
    name without the extension, whichever the judgements use; a name that two documents share names neither.
    """

    def __init__(self, dataset: Dataset, documents: Iterable[Document]) -> None:
        self._prefix = _prefix(dataset)
        judged = {document for grades in dataset.qrels.values() for document in grades}
        self._known: dict[str, str] = {}
        claims: dict[str, list[str]] = {}
        for document in documents:
            if document.source.startswith(self._prefix):
                self._known[document.id] = document.source.removeprefix(self._prefix)
                continue
            path = PurePath(document.source)
            for name in {document.id, document.source, path.name, path.stem} & judged:
                claims.setdefault(name, []).append(document.id)
        for name, owners in sorted(claims.items()):
            if len(owners) == 1:
                self._known.setdefault(owners[0], name)
        self.judged = len(judged)
        self.indexed = len(judged & set(self._known.values()))
        if judged and not self.indexed:
            raise DatasetError(
                f"none of the {self.judged} judged documents of {dataset.name} is in this index",
                hint="evaluate it on its own corpus (without --index), or name documents by id, path or file name",
            )

    def of(self, document: DocumentRef) -> str:
        """The name of a hit's document; its id in the index where the judgements do not know it."""
        return self._known.get(document.id, document.id)
