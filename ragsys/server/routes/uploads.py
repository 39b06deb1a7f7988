"""/v1/documents by POST, and /v1/uploads: a file is durable before it is acknowledged, and then indexed."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.datastructures import FormData, UploadFile
from starlette.responses import Response

from ragsys.errors import DocumentError, ForbiddenError, NotFoundError, RagsysError, RequestError
from ragsys.indexes.database import translated
from ragsys.plain import as_data
from ragsys.retrieve import check_principals
from ragsys.server.calls import Writer, answer, call, index_of
from ragsys.server.examples import RECEIVED, UPLOAD, UPLOADS, shown, streamed
from ragsys.server.identity import Identity
from ragsys.server.routes.documents import namespace_for, owners
from ragsys.server.service import Served
from ragsys.server.sse import EventStream, event
from ragsys.server.trace import trace_of
from ragsys.server.uploads import Upload

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

__all__ = ["router"]

router = APIRouter(tags=["documents"])

_MOST_FILES, _MOST_FIELDS = 20, 50
_LOOK = 0.1
_FORM = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": {
                            "type": "array",
                            "maxItems": _MOST_FILES,
                            "items": {"type": "string", "format": "binary"},
                        },
                        "acl": {"type": "array", "items": {"type": "string"}, "description": "who may see it"},
                    },
                }
            }
        },
    }
}
Index = Annotated[str, Query(max_length=100)]


@dataclass(frozen=True, slots=True)
class _Refused:
    name: str
    code: str
    message: str


@router.post(
    "/v1/documents",
    status_code=202,
    openapi_extra=_FORM,
    responses=shown(RECEIVED, status=202) | shown(RECEIVED),
)
async def upload(
    request: Request,
    *,
    identity: Writer,
    index: Index = "",
    wait: Annotated[bool, Query(description="answer when they are indexed")] = False,
) -> Response:
    """Upload files. When this answers, they survive a crash; they are then indexed, which `/v1/uploads/ID` shows.

    A file of the same name and caller replaces the one before. `acl` names who may see them; a token that acts for
    somebody uploads for them, and may name nobody else.
    """
    served = index_of(request, identity, index)
    kept: list[Upload] = []
    refused: list[_Refused] = []
    async with _form(request) as form:
        files = [value for key, value in form.multi_items() if key == "file" and isinstance(value, UploadFile)]
        if not files:
            raise RequestError("there is no file in it: the field is called file")
        acl = _granted(identity, [str(value) for key, value in form.multi_items() if key == "acl"])
        for file in files:
            try:
                kept.append(await call(request, lambda file=file: _keep(served, file, identity, acl)))  # type: ignore[misc]
            except RagsysError as error:
                # What is kept has to be told, whatever befalls those after it.
                if not kept and (len(files) == 1 or not isinstance(error, DocumentError)):
                    raise
                refused.append(_Refused(file.filename or "", error.code, error.message))
    if wait:
        kept = await _settled(served, kept, trace_of(request).ends)
    done = all(found.done for found in kept)
    return answer({"uploads": [_shown(found) for found in kept], "refused": refused}, 200 if done else 202)


@router.get("/v1/uploads", responses=shown(UPLOADS))
async def uploads(request: Request, *, index: Index = "", identity: Writer) -> Response:
    """The last uploads of the caller and how far they are, newest first."""
    served = index_of(request, identity, index)
    return answer({"uploads": [_shown(found) for found in served.uploads.all() if _is_theirs(found, identity)]})


@router.get("/v1/uploads/{upload}", responses=shown(UPLOAD))
async def get_upload(request: Request, *, upload: str, index: Index = "", identity: Writer) -> Response:
    """How far an upload is: stored, indexing, indexed or failed."""
    return answer(_shown(_find(index_of(request, identity, index), upload, identity)))


@router.get("/v1/uploads/{upload}/events", responses=streamed(), response_class=Response)
async def watch(request: Request, *, upload: str, index: Index = "", identity: Writer) -> Response:
    """The progress of an upload as events, until it is indexed or has failed."""
    served = index_of(request, identity, index)
    _find(served, upload, identity)
    if "last-event-id" in request.headers:
        return Response(status_code=204)
    return EventStream(_progress(served, upload, identity), stop=lambda: None)


async def _progress(served: Served, upload: str, identity: Identity) -> AsyncIterator[bytes]:
    before: Upload | None = None
    while True:
        now = _find(served, upload, identity)
        if now != before:
            yield event(_shown(now), "done" if now.done else "progress", identity=now.id if now.done else None)
            before = now
        if now.done:
            return
        await asyncio.sleep(_LOOK)


@asynccontextmanager
async def _form(request: Request) -> AsyncIterator[FormData]:
    """The parts of an upload, the large ones on the disk. Raises `DiskFullError` where it does not take them."""
    with translated():
        form = await request.form(max_files=_MOST_FILES, max_fields=_MOST_FIELDS)
    try:
        yield form
    finally:
        await form.close()


def _granted(identity: Identity, names: Sequence[str]) -> tuple[str, ...] | None:
    """Who may see an upload. Raises `ForbiddenError` for names that are not the caller's to give."""
    wanted = check_principals(names)
    if identity.principals is None:
        return wanted or None
    if not identity.named:
        if wanted:
            raise ForbiddenError("only a token that acts for somebody, or an admin's, says who may see a document")
        return None
    if not set(wanted) <= set(identity.principals):
        raise ForbiddenError("a token names only those that it acts for")
    return wanted or owners(identity)


def _keep(served: Served, file: UploadFile, identity: Identity, acl: Sequence[str] | None) -> Upload:
    return served.uploads.receive(
        file.filename or "",
        file.file,
        namespace=namespace_for(identity),
        acl=acl,
        most_bytes=served.settings.max_file_bytes,
    )


async def _settled(served: Served, kept: Sequence[Upload], ends: float) -> list[Upload]:
    """The uploads when they are done, or when the time is over."""
    while True:
        now = [served.uploads.get(found.id) or found for found in kept]
        if all(found.done for found in now) or time.monotonic() + _LOOK > ends:
            return now
        await asyncio.sleep(_LOOK)


def _find(served: Served, identity: str, caller: Identity) -> Upload:
    found = served.uploads.get(identity)
    if found is None or not _is_theirs(found, caller):
        raise NotFoundError(f"no upload {identity!r}", hint="GET /v1/uploads lists the last ones")
    return found


def _is_theirs(upload: Upload, identity: Identity) -> bool:
    return identity.principals is None or upload.namespace == namespace_for(identity)


def _shown(upload: Upload) -> dict[str, Any]:
    return {name: value for name, value in as_data(upload).items() if name != "namespace"}
