"""What routes share: who calls, which index is meant, a call of the engine in a thread, and its answer as JSON."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from fastapi import Depends, Request
from fastapi.security import HTTPBearer
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from ragsys.errors import UnauthorizedError
from ragsys.server.identity import Identity
from ragsys.server.service import Served, Service
from ragsys.server.sse import to_json
from ragsys.server.tokens import Scope
from ragsys.server.trace import trace_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from ragsys.server.gate import Gate

__all__ = ["Admin", "Reader", "Writer", "answer", "call", "index_of", "needs", "service_of", "until_gone"]

T = TypeVar("T")


def service_of(request: Request) -> Service:
    """The service behind a request."""
    found = request.app.state.service
    if not isinstance(found, Service):
        raise TypeError(found)
    return found


_BEARER = HTTPBearer(auto_error=False, description="a token of `ragsys token create`; not needed where there are none")


def needs(scope: Scope) -> Any:
    """A dependency that is the caller, who may do what has this scope."""

    async def caller(request: Request, _: Annotated[object, Depends(_BEARER)]) -> Identity:
        identity = trace_of(request).identity
        if identity is None:
            raise UnauthorizedError("a token is needed")
        identity.require(scope)
        return identity

    caller.__dict__["scope"] = scope
    return Depends(caller)


Reader = Annotated[Identity, needs(Scope.READ)]
Writer = Annotated[Identity, needs(Scope.WRITE)]
Admin = Annotated[Identity, needs(Scope.ADMIN)]


def index_of(request: Request, identity: Identity, name: str | None) -> Served:
    """The index that a request names. Raises as `Service.served`."""
    served = service_of(request).served(name, identity)
    trace_of(request).index = served.name
    return served


async def call(request: Request, function: Callable[[], T], *, gate: Gate | None = None) -> T:
    """What a function returns, run in a thread within the request's time. Raises as `Workers.call`."""
    service, trace = service_of(request), trace_of(request)
    return await service.workers.call(gate or service.searching, trace.ends, function)


def answer(value: Any, status: int = 200) -> Response:
    """A result as JSON."""
    return Response(to_json(value), status, media_type="application/json")


async def until_gone(request: Request, work: Awaitable[T], stop: Callable[[], None]) -> T:
    """What `work` comes to. Raises `ClientDisconnect`, after `stop`, where the client goes away before."""
    working = asyncio.ensure_future(work)
    gone = asyncio.create_task(_gone(request))
    try:
        await asyncio.wait((working, gone), return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise ClientDisconnect
        return await working
    finally:
        stop()
        for task in (working, gone):
            task.cancel()


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
