"""The resources: each document's extracted text under an address of its own, whole or one span of it.

Knows nothing of transports, and imports no SDK.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ragsys.errors import NotFoundError, UsageError

if TYPE_CHECKING:
    from ragsys.aio import AsyncQueryEngine
    from ragsys.types import Document

__all__ = ["SPAN_TEMPLATE", "TEMPLATE", "page_of", "read"]

TEMPLATE = "ragsys://documents/{id}"
SPAN_TEMPLATE = "ragsys://documents/{id}/{start}-{end}"
_ADDRESS = re.compile(r"ragsys://documents/([0-9A-Za-z]{1,64})(?:/([0-9]{1,12})-([0-9]{1,12}))?")
_MOST_CHARACTERS = 200_000
_PAGE = 100


async def page_of(engine: AsyncQueryEngine, cursor: str | None) -> tuple[list[Document], str | None]:
    """A page of the documents by source, from a cursor on, and the next cursor. Raises `UsageError` for another."""
    if cursor is not None and not re.fullmatch(r"[0-9]{1,12}", cursor):
        raise UsageError("this cursor is none of ours")
    start = int(cursor or 0)
    documents = await engine.documents()
    end = start + _PAGE
    return documents[start:end], str(end) if end < len(documents) else None


async def read(engine: AsyncQueryEngine, uri: str) -> str:
    """The text at an address.

    Raises:
        NotFoundError: no such document, or nothing that one has an address for.
        UsageError: more text than is given at once, or a span that the text does not have.
    """
    match = _ADDRESS.fullmatch(uri)
    if match is None:
        raise NotFoundError("there is nothing at this address", hint=f"addresses are {TEMPLATE} and {SPAN_TEMPLATE}")
    name, first, last = match.groups()
    text = await engine.run(lambda e: e.text(e.document(name).id))
    start, end = (0, len(text)) if first is None else (int(first), int(last))
    if not start <= end <= len(text):
        raise UsageError(f"the text has {len(text)} characters, and no span {start}-{end}")
    if end - start > _MOST_CHARACTERS:
        raise UsageError(
            f"{end - start} characters are more than the {_MOST_CHARACTERS} that are given at once",
            hint=f"read spans of it ({SPAN_TEMPLATE}) or call get_document",
        )
    return text[start:end]
