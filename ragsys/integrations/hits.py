"""What the retrievers share: searching for a caller in whatever thread or loop, and a hit as other frameworks know it.

Imports no framework.
"""

from __future__ import annotations

import asyncio
from threading import Lock
from typing import TYPE_CHECKING

from ragsys.aio import AsyncQueryEngine
from ragsys.errors import UsageError

if TYPE_CHECKING:
    from ragsys.engine import QueryEngine
    from ragsys.types import Hit, Scalar

__all__ = ["Searcher", "metadata_of"]


class Searcher:
    """Searches with one engine for any number of threads. A `QueryEngine` serves them one after the other."""

    def __init__(self, engine: QueryEngine | AsyncQueryEngine, *, top_k: int | None, where: str | None) -> None:
        self._engine = engine
        self._top_k = top_k
        self._where = where
        self._turn = Lock()

    def hits(self, query: str) -> tuple[Hit, ...]:
        """The hits. Raises `UsageError` on an `AsyncQueryEngine`, and as `QueryEngine.search`."""
        if isinstance(self._engine, AsyncQueryEngine):
            raise UsageError(
                "an AsyncQueryEngine cannot be waited for here",
                hint="use the retriever's asynchronous methods, or give it a QueryEngine",
            )
        with self._turn:
            return self._engine.search(query, top_k=self._top_k, where=self._where).hits

    async def ahits(self, query: str) -> tuple[Hit, ...]:
        """The hits, without holding the event loop."""
        if isinstance(self._engine, AsyncQueryEngine):
            return (await self._engine.search(query, top_k=self._top_k, where=self._where)).hits
        return await asyncio.to_thread(self.hits, query)


def metadata_of(hit: Hit) -> dict[str, Scalar]:
    """The document's own metadata, and over it what it takes to cite the hit: `text == document text[start:end]`.

    What a hit does not have (`title`, `page`, `place`, `heading`) is left out.
    """
    known: dict[str, Scalar | None] = {
        "source": hit.document.source,
        "document_id": hit.document.id,
        "sha256": hit.document.sha256,
        "passage_id": hit.passage_id,
        "start": hit.start,
        "end": hit.end,
        "rank": hit.rank,
        "score": hit.score,
        "title": hit.document.title,
        "page": hit.page,
        "place": hit.place,
        "heading": " > ".join(hit.heading) or None,
    }
    return {**hit.document.metadata, **{key: value for key, value in known.items() if value is not None}}
