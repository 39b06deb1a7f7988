"""A LangChain retriever over an index. Needs the extra `langchain`; importing this module without it says so.

After LangChain's interface for retrievers (`langchain_core.retrievers.BaseRetriever`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ragsys.aio import AsyncQueryEngine  # noqa: TC001 - pydantic reads the annotations of fields
from ragsys.engine import QueryEngine  # noqa: TC001
from ragsys.errors import ExtraMissingError
from ragsys.integrations.hits import Searcher, metadata_of

try:
    from langchain_core.documents import Document
    from langchain_core.retrievers import BaseRetriever
    from pydantic import PrivateAttr
except ImportError:
    raise ExtraMissingError(
        "the retriever for LangChain needs langchain-core", hint="install it with: pip install 'ragsys[langchain]'"
    ) from None

if TYPE_CHECKING:
    from langchain_core.callbacks import AsyncCallbackManagerForRetrieverRun, CallbackManagerForRetrieverRun

    from ragsys.types import Hit

__all__ = ["RagsysRetriever"]


class RagsysRetriever(BaseRetriever):
    """The passages of an index as LangChain's documents, best first; who may see them is the engine's business.

    `k` and `where` are those of `QueryEngine.search`. With a `QueryEngine`, calls that meet follow one another; with an
    `AsyncQueryEngine`, which has to be open, only the asynchronous methods work. Raises what the engine does.
    """

    engine: QueryEngine | AsyncQueryEngine
    k: int | None = None
    where: str | None = None
    _searcher: Searcher = PrivateAttr()

    def model_post_init(self, _context: object) -> None:
        """Get ready to search."""
        self._searcher = Searcher(self.engine, top_k=self.k, where=self.where)

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
        del run_manager
        return _documents(self._searcher.hits(query))

    async def _aget_relevant_documents(
        self, query: str, *, run_manager: AsyncCallbackManagerForRetrieverRun
    ) -> list[Document]:
        del run_manager
        return _documents(await self._searcher.ahits(query))


def _documents(hits: tuple[Hit, ...]) -> list[Document]:
    return [Document(id=str(hit.passage_id), page_content=hit.text, metadata=metadata_of(hit)) for hit in hits]
