"""/v1/embeddings and /v1/rerank: what the models of an index make of texts that are not in it."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from ragsys.errors import RequestError
from ragsys.server.bodies import Embed, Rerank
from ragsys.server.calls import Reader, answer, call, index_of
from ragsys.server.examples import EMBEDDINGS, RANKED, shown
from ragsys.server.trace import trace_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ragsys.server.service import Served

__all__ = ["router"]

router = APIRouter(tags=["models"])


@router.post("/v1/embeddings", responses=shown(EMBEDDINGS))
async def embed(request: Request, *, asked: Embed, identity: Reader) -> Response:
    """The vector of each text, of unit length; `input_type` is passage, unless it is said to be a query."""
    served = index_of(request, identity, asked.model)
    texts = [asked.input] if isinstance(asked.input, str) else asked.input
    vectors, tokens = await call(request, lambda: _embed(served, texts, asked))
    rows = [
        {"object": "embedding", "index": number, "embedding": _written(vector, asked.encoding_format)}
        for number, vector in enumerate(vectors)
    ]
    usage = {"prompt_tokens": tokens, "total_tokens": tokens}
    return answer({"object": "list", "model": served.name, "data": rows, "usage": usage})


@router.post("/v1/rerank", responses=shown(RANKED))
async def rerank(request: Request, *, asked: Rerank, identity: Reader) -> Response:
    """Documents by their relevance, in the shape of Cohere and Jina.

    Without a cross-encoder (the setting `reranker`), relevance is the cosine of the embedder; `model` says what it was.
    """
    served = index_of(request, identity, asked.model)
    texts = [item if isinstance(item, str) else item.text for item in asked.documents]
    scores, model, tokens = await call(request, lambda: _score(served, asked.query, texts))
    order = sorted(range(len(texts)), key=lambda at: (-scores[at], at))[: asked.top_n]
    results = [
        {"index": at, "relevance_score": scores[at]}
        | ({"document": {"text": texts[at]}} if asked.return_documents else {})
        for at in order
    ]
    usage = {"prompt_tokens": tokens, "total_tokens": tokens}
    return answer({"id": trace_of(request).id, "model": model, "results": results, "usage": usage})


def _embed(served: Served, texts: list[str], asked: Embed) -> tuple[NDArray[np.float32], int]:
    embedder = served.models.embedder
    if asked.dimensions not in {None, embedder.space.dim}:
        raise RequestError(f"{embedder.space.model} has {embedder.space.dim} dimensions, and no other number of them")
    if not all(text.strip() for text in texts):
        raise RequestError("a text is empty")
    counts = embedder.count_tokens(texts)
    if max(counts) > embedder.max_tokens:
        raise RequestError(f"a text of {max(counts)} tokens; the embedder reads {embedder.max_tokens}")
    embeds = embedder.embed_queries if asked.input_type == "query" else embedder.embed_passages
    return embeds(texts), sum(counts)


def _score(served: Served, query: str, texts: list[str]) -> tuple[list[float], str, int]:
    embedder = served.models.embedder
    counts = embedder.count_tokens([query, *texts])
    reranker = served.models.reranker
    if reranker is not None:
        return reranker.scores(query, texts).tolist(), reranker.name, sum(counts)
    if max(counts[1:]) > embedder.max_tokens:
        raise RequestError(f"a text of {max(counts[1:])} tokens; the embedder reads {embedder.max_tokens}")
    cosines = embedder.embed_passages(texts) @ embedder.embed_queries([query])[0]
    return cosines.tolist(), embedder.space.model, sum(counts)


def _written(vector: NDArray[np.float32], encoding: str) -> Any:
    if encoding == "base64":
        return base64.b64encode(vector.astype("<f4").tobytes()).decode()
    return vector.tolist()
