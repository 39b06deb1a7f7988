"""/v1/search: passages."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from ragsys.server.bodies import Search
from ragsys.server.calls import Reader, answer, call, index_of
from ragsys.server.examples import HITS, shown
from ragsys.server.identity import Identity

__all__ = ["router"]

router = APIRouter(tags=["search"])


@router.get("/v1/search", responses=shown(HITS))
async def search_by_address(request: Request, asked: Annotated[Search, Query()], identity: Reader) -> Response:
    """The passages that fit a query best; the same as POST."""
    return await _search(request, asked, identity)


@router.post("/v1/search", responses=shown(HITS))
async def search(request: Request, *, asked: Search, identity: Reader) -> Response:
    """The passages that fit a query best, with the coverage of the search; `explain` shows each score's parts."""
    return await _search(request, asked, identity)


async def _search(request: Request, asked: Search, identity: Identity) -> Response:
    served = index_of(request, identity, asked.index)
    engine = served.engine(identity, asked.shape())
    result = await call(
        request, lambda: engine.search(asked.query, top_k=asked.k, where=asked.filter, explain=asked.explain)
    )
    return answer(result)
