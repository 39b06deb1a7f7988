"""/v1/ask: an answer with its citations, whole or as events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from ragsys.server.answers import begin, native_events, whole
from ragsys.server.bodies import Ask
from ragsys.server.calls import Reader, answer, index_of
from ragsys.server.examples import AGAIN, ANSWER, shown
from ragsys.server.identity import Identity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ragsys.server.answers import Made

__all__ = ["router"]

router = APIRouter(tags=["ask"])


@router.get("/v1/ask", responses=shown(ANSWER, events=True) | AGAIN)
async def ask_by_address(request: Request, asked: Annotated[Ask, Query()], identity: Reader) -> Response:
    """The same as POST. With `stream`, or for a browser's `EventSource`, as events."""
    if "last-event-id" in request.headers:
        return Response(status_code=204)  # what stops an EventSource
    wanted = "text/event-stream" in request.headers.get("accept", "")
    return await _ask(request, asked, identity, events=asked.stream or wanted)


@router.post("/v1/ask", responses=shown(ANSWER, events=True))
async def ask(request: Request, *, asked: Ask, identity: Reader) -> Response:
    """An answer, each citation of which is a verbatim span that was verified before, or a refusal and its reason."""
    return await _ask(request, asked, identity, events=asked.stream)


async def _ask(request: Request, asked: Ask, identity: Identity, *, events: bool) -> Response:
    served = index_of(request, identity, asked.index)
    engine = served.engine(identity, asked.changes())
    decoding = asked.decoding(served.settings.max_new_tokens)

    def make() -> Iterator[Made]:
        return engine.stream(asked.question, top_k=asked.k, where=asked.filter, decoding=decoding)

    if events:
        return native_events(request, await begin(request, make))
    found, _ = await whole(request, make)
    return answer(found)
