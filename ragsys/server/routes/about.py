"""What the server is and how it is doing: /v1/models, /v1/me, /health, /ready, /metrics and the OpenAPI document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from starlette.responses import PlainTextResponse, Response

from ragsys._version import __version__
from ragsys.server.calls import Admin, Reader, answer, index_of, service_of
from ragsys.server.examples import ME, MODEL, MODELS, shown

if TYPE_CHECKING:
    from ragsys.server.service import Served

__all__ = ["router"]

router = APIRouter(tags=["server"])


@router.get("/v1/models", responses=shown(MODELS))
async def models(request: Request, *, identity: Reader) -> Response:
    """The indexes, in the shape of OpenAI's models: `model` of the other requests is one of their ids."""
    return answer({"object": "list", "data": [_model(served) for served in service_of(request).indexes(identity)]})


@router.get("/v1/models/{name}", responses=shown(MODEL))
async def model(request: Request, *, name: str, identity: Reader) -> Response:
    """One index."""
    return answer(_model(index_of(request, identity, name)))


@router.get("/v1/me", responses=shown(ME))
async def me(request: Request, *, identity: Reader) -> Response:
    """Who is calling: the id of the token, its scope and the names that it vouches for (null is the owner)."""
    names = None if identity.principals is None else list(identity.principals)
    tokens = bool(service_of(request).tokens.tokens())
    about = {"id": identity.id, "scope": identity.scope.name.lower(), "principals": names, "tokens": tokens}
    return answer({**about, "indexes": [served.name for served in service_of(request).indexes(identity)]})


@router.get("/health", responses=shown({"status": "ok"}))
async def health() -> Response:
    """Whether the process answers. Open to everybody."""
    return answer({"status": "ok"})


@router.get("/ready", responses=shown({"ready": True}) | shown({"ready": False}, status=503))
async def ready(request: Request) -> Response:
    """Whether the models and the indexes are loaded. Open to everybody."""
    is_ready = service_of(request).ready
    return answer({"ready": is_ready}, 200 if is_ready else 503)


@router.get("/metrics", response_class=PlainTextResponse)
async def metrics(request: Request, *, identity: Admin) -> Response:
    """Counters for Prometheus, in its text format."""
    del identity
    return Response(service_of(request).metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")


@router.get("/openapi.json", include_in_schema=False)
async def openapi(request: Request, *, identity: Reader) -> Response:
    """The OpenAPI document."""
    del identity
    return answer(request.app.openapi())


def _model(served: Served) -> dict[str, Any]:
    settings = served.settings
    models = {"embedder": settings.embedder, "generator": settings.generator, "reranker": settings.reranker or None}
    return {
        "id": served.name,
        "object": "model",
        "created": 0,
        "owned_by": "ragsys",
        "ragsys": {**models, "version": __version__},
    }
