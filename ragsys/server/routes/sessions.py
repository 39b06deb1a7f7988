"""/v1/sessions: conversations that the index keeps. Each is there for whoever began it only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from ragsys.server.answers import begin, native_events, whole
from ragsys.server.bodies import Ask, AskInSession
from ragsys.server.calls import Reader, answer, call, index_of
from ragsys.server.examples import ANSWER, BEGUN, REMOVED_SESSION, SESSION, SESSIONS, shown, streamed
from ragsys.server.identity import Identity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ragsys.server.answers import Made

__all__ = ["router"]

router = APIRouter(tags=["sessions"])
Index = Annotated[str, Query(max_length=100)]


@router.post("/v1/sessions", status_code=201, responses=shown(BEGUN, status=201))
async def begin_session(request: Request, *, index: Index = "", identity: Reader) -> Response:
    """Begin a conversation. `kept` is false where the index cannot be written to."""
    engine = index_of(request, identity, index).engine(identity)
    talk = await call(request, engine.chat)
    return answer({"id": talk.id, "kept": talk.kept}, 201)


@router.get("/v1/sessions", responses=shown(SESSIONS))
async def list_sessions(request: Request, *, index: Index = "", identity: Reader) -> Response:
    """The caller's conversations, the last one that was spoken in first."""
    engine = index_of(request, identity, index).engine(identity)
    return answer({"sessions": await call(request, engine.sessions)})


@router.get("/v1/sessions/{session}", responses=shown(SESSION))
async def get_session(request: Request, *, session: str, index: Index = "", identity: Reader) -> Response:
    """The turns of a conversation, as they may be shown now."""
    engine = index_of(request, identity, index).engine(identity)
    turns = await call(request, lambda: engine.chat(session).turns())
    return answer({"id": session, "turns": turns})


@router.get("/v1/sessions/{session}/ask", responses=streamed(), response_class=Response)
async def ask_by_address(
    request: Request, *, identity: Reader, session: str, asked: Annotated[Ask, Query()]
) -> Response:
    """The same as POST, as events."""
    if "last-event-id" in request.headers:
        return Response(status_code=204)
    return await _ask(request, session, asked, asked.index or "", identity, events=True)


@router.post("/v1/sessions/{session}/ask", responses=shown(ANSWER, events=True))
async def ask(request: Request, *, session: str, asked: AskInSession, index: Index = "", identity: Reader) -> Response:
    """Ask in a conversation: a question is understood from those before it, and the turn is kept."""
    return await _ask(request, session, asked, index, identity, events=asked.stream)


@router.delete("/v1/sessions/{session}", responses=shown(REMOVED_SESSION))
async def delete_session(request: Request, *, session: str, index: Index = "", identity: Reader) -> Response:
    """Delete a conversation, and overwrite where it lay."""
    engine = index_of(request, identity, index).engine(identity)
    await call(request, lambda: engine.delete_session(session))
    return answer({"removed": session})


async def _ask(
    request: Request, session: str, asked: AskInSession, index: str, identity: Identity, *, events: bool
) -> Response:
    served = index_of(request, identity, index)
    engine = served.engine(identity, asked.changes())
    decoding = asked.decoding(served.settings.max_new_tokens)

    def make() -> Iterator[Made]:
        talk = engine.chat(session)
        return talk.stream(asked.question, top_k=asked.k, where=asked.filter, decoding=decoding)

    if events:
        return native_events(request, await begin(request, make))
    found, _ = await whole(request, make)
    return answer(found)
