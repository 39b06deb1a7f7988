"""/v1/documents: list, read and remove, and the text around a citation. Uploads are uploads.py."""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from ragsys.errors import ForbiddenError, NotFoundError, RequestError
from ragsys.ingest.discover import document_id
from ragsys.members import split
from ragsys.server.calls import Reader, Writer, answer, call, index_of
from ragsys.server.examples import ARCHIVE, DOCUMENT, DOCUMENTS, REMOVED, WINDOW, shown
from ragsys.server.identity import Identity
from ragsys.server.service import Served
from ragsys.types import Document, SourceText

__all__ = ["namespace_for", "owners", "router"]

router = APIRouter(tags=["documents"])

_LONGEST_TEXT = 100_000
_MOST = 2**53 - 1
Index = Annotated[str, Query(max_length=100)]
Offset = Annotated[int | None, Query(ge=0, le=_MOST)]


@router.get("/v1/documents", responses=shown(DOCUMENTS))
async def list_documents(
    request: Request,
    *,
    identity: Reader,
    index: Index = "",
    filter: Annotated[str | None, Query(max_length=2_000)] = None,  # noqa: A002 - its name in the API
    offset: Annotated[int, Query(ge=0, le=_MOST)] = 0,
    limit: Annotated[int, Query(ge=1, le=1_000)] = 100,
) -> Response:
    """The documents that the caller may see, by source, and how many match in all."""
    engine = index_of(request, identity, index).engine(identity)
    found = await call(request, lambda: engine.documents(where=filter))
    return answer({"total": len(found), "offset": offset, "documents": found[offset : offset + limit]})


@router.get("/v1/documents/{document}", responses=shown(DOCUMENT, ARCHIVE))
async def get_document(request: Request, *, document: str, index: Index = "", identity: Reader) -> Response:
    """One document, without its text. Of an archive that the caller uploaded: its `members`, and what `failed`."""
    served = index_of(request, identity, index)
    return answer(await call(request, lambda: _found(served, document, identity)))


@router.get("/v1/documents/{document}/text", responses=shown(WINDOW))
async def get_text(
    request: Request,
    *,
    identity: Reader,
    document: str,
    index: Index = "",
    start: Offset = None,
    end: Offset = None,
    context: Annotated[int, Query(ge=0, le=20_000)] = 1_000,
) -> Response:
    """The extracted text, or a span of it with what stands around: offsets count code points, as in citations.

    Of a text that is longer than 100,000 characters, `next` is where to go on.
    """
    engine = index_of(request, identity, index).engine(identity)
    about, source = await call(request, lambda: (engine.document(document), engine.source_text(document)))
    return answer(_window(about, source, start, end, context))


@router.delete("/v1/documents/{document}", responses=shown(REMOVED))
async def remove_document(request: Request, *, document: str, index: Index = "", identity: Writer) -> Response:
    """Remove a document, or an uploaded archive with all that was read out of it; of an upload, the file as well."""
    served = index_of(request, identity, index)
    return answer({"removed": await call(request, lambda: _remove(served, document, identity))})


def _found(served: Served, name: str, identity: Identity) -> Document | dict[str, Any]:
    engine = served.engine(identity)
    try:
        return engine.document(name)
    except NotFoundError:
        archive = served.uploads.source_of(name, namespace_for(identity))
        if archive is None:
            raise
    failed = [f for f in served.owner().failures() if archive in {f.source, split(f.source)[0]}]
    return {
        "id": name,
        "source": archive,
        "members": engine.members(archive),
        "failed": [{"source": failure.source, "code": failure.code} for failure in failed],
    }


def _remove(served: Served, name: str, identity: Identity) -> list[Document]:
    """Remove a document. A caller who acts for somebody removes what was uploaded in that name, and nothing else."""
    engine = served.engine(identity)
    try:
        document = engine.document(name)
    except NotFoundError:
        file = served.uploads.source_of(name, namespace_for(identity))
        if file is None:
            raise
        return _remove_file(served, file, name)
    mine = served.uploads.namespace_of(document.source) == namespace_for(identity)
    if identity.named and not mine:
        raise ForbiddenError("the document was not uploaded in this name")

    def remove() -> None:
        engine.remove(document.id)
        file = split(document.source)[0]
        if served.uploads.namespace_of(file) is not None and _is_empty(served, file):
            with suppress(NotFoundError):  # what could not be read of it
                served.owner().remove(file)
            served.uploads.drop(file)

    served.uploads.remove(document.source, document.id, remove)
    return [document]


def _remove_file(served: Served, file: str, name: str) -> list[Document]:
    """Remove a file that was uploaded with all that was read out of it, if anything could be."""
    removed: list[Document] = []

    def remove() -> None:
        with suppress(NotFoundError):
            removed.extend(served.owner().remove(file))

    served.uploads.remove(file, name, remove)
    return removed


def _is_empty(served: Served, file: str) -> bool:
    """Whether the index has no document of an uploaded file any more."""
    owner = served.owner()
    try:
        owner.document(file)
    except NotFoundError:
        return not owner.members(file)
    return False


def namespace_for(identity: Identity) -> str:
    """The folder of what a caller uploads: two who act for different people overwrite nothing of each other's."""
    if not identity.named:
        return "shared"
    return document_id("\n".join(owners(identity)))


def owners(identity: Identity) -> tuple[str, ...]:
    """In whose names a caller acts: the people among its principals, or all of them where there is none."""
    names = [name for name in identity.principals or () if not name.startswith("token:")]
    return tuple(sorted(name for name in names if name.startswith("user:"))) or tuple(sorted(names))


def _window(document: Document, source: SourceText, start: int | None, end: int | None, context: int) -> dict[str, Any]:
    """A span of a text with its surroundings, and where the pages in it begin."""
    length = len(source.text)
    first = min(start or 0, length)
    last = length if end is None else min(end, length)
    if first > last:
        raise RequestError("start is after end")
    quoted = start is not None and end is not None
    low = max(first - context, 0) if quoted else first
    high = min(last + context if quoted else last, low + _LONGEST_TEXT, length)
    span = {"start": first, "end": last, "page": source.page(first), "place": source.place(first, last)}
    pages = [{"page": n, "start": at} for n, at in enumerate(source.page_starts, start=1) if low <= at < high]
    return {
        "document": document,
        "characters": length,
        "start": low,
        "end": high,
        "text": source.text[low:high],
        "quote": {**span, "text": source.text[first : min(last, high)]} if quoted else None,
        "page": source.page(low),
        "pages": pages,
        "next": high if high < (min(last + context, length) if quoted else last) else None,
    }
