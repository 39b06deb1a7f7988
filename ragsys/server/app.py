"""The application: routes behind the guard, errors as answers, models loaded before it is ready."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from ragsys._version import __version__
from ragsys.errors import InternalError, MethodError, RagsysError, RequestError, RouteError
from ragsys.server.examples import ERROR, shape
from ragsys.server.guard import Guard
from ragsys.server.log import log_event
from ragsys.server.page import add_page
from ragsys.server.problems import problem
from ragsys.server.routes import about, ask, chat, documents, embeddings, responses, search, sessions, uploads
from ragsys.server.trace import trace_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request
    from starlette.responses import Response

    from ragsys.server.service import Service

__all__ = ["ROUTERS", "create_app"]

ROUTERS = tuple(
    module.router for module in (search, ask, chat, responses, embeddings, documents, uploads, sessions, about)
)

_ERROR = {
    "description": "an error: its code, what to do next, and the id of the request",
    "content": {"application/json": {"schema": shape(ERROR), "example": ERROR}},
}
_ABOUT = """Ask your own documents, and check every answer.

With tokens, every request needs `Authorization: Bearer TOKEN`. `/v1/chat/completions`, `/v1/responses`,
`/v1/embeddings` and `/v1/models` are OpenAI's; `/v1/rerank` is Cohere's and Jina's."""


def create_app(service: Service) -> FastAPI:
    """The ASGI application of a service; it closes the service when it ends."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        starting = asyncio.create_task(_start(service))
        yield
        starting.cancel()
        await asyncio.to_thread(service.close)

    app = FastAPI(
        title="ragsys",
        version=__version__,
        description=_ABOUT,
        lifespan=lifespan,
        openapi_url=None,  # /openapi.json is a route of ours, and needs a token as the others do
        redirect_slashes=False,
        docs_url=None,  # these pages load scripts from elsewhere
        redoc_url=None,
        responses={"4XX": _ERROR, "5XX": _ERROR},
        # Its own would tell query strings, which are questions, to whatever the environment names.
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
    )
    app.state.service = service
    for router in ROUTERS:
        app.include_router(router)
    add_page(app)
    app.add_exception_handler(RagsysError, _deliberate)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_middleware(Guard, service=service)
    return app


async def _start(service: Service) -> None:
    """Load the models; a server that cannot says so at /ready and in its log, and answers what needs none."""
    try:
        await asyncio.to_thread(service.start)
        log_event("ready", {})
    except Exception as error:  # noqa: BLE001 - the process goes on, and is not ready
        code = error.code if isinstance(error, RagsysError) else InternalError.code
        log_event("not ready", {"code": code}, failed=error)


async def _deliberate(request: Request, error: Exception) -> Response:
    assert isinstance(error, RagsysError)  # noqa: S101 - what it is registered for
    trace_of(request).code = error.code
    return problem(error, trace_of(request).id)


async def _invalid(request: Request, error: Exception) -> Response:
    """What is wrong with a request, by the names of its fields and without its values."""
    assert isinstance(error, RequestValidationError)  # noqa: S101 - what it is registered for
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"] if part != "body")
    hint = first.get("ctx", {}).get("hint")
    return await _deliberate(request, RequestError(f"{where or 'body'}: {first['msg']}", hint=hint))


async def _http(request: Request, error: Exception) -> Response:
    """What the framework refuses; while it reads a body, that can be for a reason of the guard's."""
    assert isinstance(error, HTTPException)  # noqa: S101 - what it is registered for
    if isinstance(error.__cause__, RagsysError):
        return await _deliberate(request, error.__cause__)
    kinds: dict[int, type[RequestError]] = {404: RouteError, 405: MethodError}
    kind = kinds.get(error.status_code, RequestError)
    response = await _deliberate(request, kind(str(error.detail)))
    response.headers.update(error.headers or {})
    return response
