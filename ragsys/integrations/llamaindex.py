"""A LlamaIndex retriever over an index. Needs the extra `llamaindex`; importing this module without it says so.

After LlamaIndex's interface for retrievers (`llama_index.core.retrievers.BaseRetriever`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ragsys.errors import ExtraMissingError
from ragsys.integrations.hits import Searcher, metadata_of

try:
    from llama_index.core.retrievers import BaseRetriever
    from llama_index.core.schema import NodeRelationship, NodeWithScore, QueryBundle, RelatedNodeInfo, TextNode
except ImportError:
    raise ExtraMissingError(
        "the retriever for LlamaIndex needs llama-index-core", hint="install it with: pip install 'ragsys[llamaindex]'"
    ) from None

if TYPE_CHECKING:
    from ragsys.aio import AsyncQueryEngine
    from ragsys.engine import QueryEngine
    from ragsys.types import Hit

__all__ = ["RagsysRetriever"]

# What a model is shown beside the text; the rest of the metadata is for programs.
_SHOWN = frozenset({"source", "title", "page", "place", "heading"})


class RagsysRetriever(BaseRetriever):
    """The passages of an index as LlamaIndex's nodes, best first; who may see them is the engine's business.

    `top_k` and `where` are those of `QueryEngine.search`. With a `QueryEngine`, calls that meet follow one another;
    with an `AsyncQueryEngine`, which has to be open, only the asynchronous methods work. Raises what the engine does.
    """

    def __init__(
        self, engine: QueryEngine | AsyncQueryEngine, *, top_k: int | None = None, where: str | None = None
    ) -> None:
        super().__init__()
        self._searcher = Searcher(engine, top_k=top_k, where=where)

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return [_node(hit) for hit in self._searcher.hits(query_bundle.query_str)]

    async def _aretrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return [_node(hit) for hit in await self._searcher.ahits(query_bundle.query_str)]


def _node(hit: Hit) -> NodeWithScore:
    metadata = metadata_of(hit)
    hidden = [key for key in metadata if key not in _SHOWN]
    node = TextNode(
        id_=str(hit.passage_id),
        text=hit.text,
        metadata=metadata,
        excluded_llm_metadata_keys=hidden,
        excluded_embed_metadata_keys=list(metadata),
        start_char_idx=hit.start,
        end_char_idx=hit.end,
        relationships={NodeRelationship.SOURCE: RelatedNodeInfo(node_id=hit.document.id)},
    )
    return NodeWithScore(node=node, score=hit.score)
