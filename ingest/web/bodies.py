"""What a server sends: unpacked within bounds, in UTF-8 where it names another encoding, with a name for its kind."""

from __future__ import annotations

import codecs
import zlib
from email.message import Message
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import unquote

from ragsys.errors import PageTooLargeError, PageUnreachableError
from ragsys.ingest.encoding import declared_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["GZIP", "content_type", "file_name", "gathered", "in_utf8", "inflated"]

GZIP = b"\x1f\x8b"
_GZIP_BITS = 31
_STEP = 1 << 20
# The ending that a kind of content goes by here. What is not in it is told by its content, or by the address's ending:
# servers call almost any text "text/plain".
_ENDINGS = {
    "text/html": ".html",
    "application/xhtml+xml": ".html",
    "text/markdown": ".md",
    "text/csv": ".csv",
    "text/tab-separated-values": ".tsv",
    "application/json": ".json",
    "application/xml": ".xml",
    "text/xml": ".xml",
    "application/rss+xml": ".xml",
    "application/atom+xml": ".xml",
}
# They name their encoding themselves.
_DECLARING = frozenset({"text/xml"})
# What says more than any header.
_MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def content_type(header: str) -> tuple[str, str]:
    """The kind and the encoding that a Content-Type names; empty where it names none."""
    message = Message()
    message["content-type"] = header
    charset = message.get_param("charset", "")
    return message.get_content_type() if "/" in header else "", charset if isinstance(charset, str) else ""


def gathered(chunks: Iterable[bytes], most: int, *, packed: bool) -> bytes:
    """The whole body, unpacked where it is packed. Raises `PageTooLargeError`, `PageUnreachableError`."""
    found, size = [], 0
    for chunk in inflated(chunks) if packed else chunks:
        size += len(chunk)
        if size > most:
            raise PageTooLargeError(f"the server sends more than {most} bytes")
        found.append(chunk)
    return b"".join(found)


def inflated(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """What gzip packed, in pieces that are never large. Raises `PageUnreachableError` where it is damaged or cut."""
    unpacker, begun = zlib.decompressobj(_GZIP_BITS), False
    for rest in chunks:
        tail, begun = rest, True
        while tail:
            if unpacker.eof and not tail.startswith(GZIP):
                break  # what stands behind it is none of it
            unpacker = zlib.decompressobj(_GZIP_BITS) if unpacker.eof else unpacker
            yield _step(unpacker, tail)
            tail = unpacker.unused_data if unpacker.eof else unpacker.unconsumed_tail
    while begun and not unpacker.eof:
        piece = _step(unpacker, b"")
        if not piece:
            raise PageUnreachableError("what the server packed ends in the middle")
        yield piece


def _step(unpacker: zlib._Decompress, data: bytes) -> bytes:
    try:
        return unpacker.decompress(data, _STEP)
    except zlib.error as error:
        raise PageUnreachableError(f"what the server packed cannot be unpacked ({error})") from None


def in_utf8(data: bytes, kind: str, charset: str) -> bytes:
    """A text in UTF-8, with its mark, where the server names another encoding and that is true; else as it is."""
    if not charset or not kind.startswith("text/") or kind in _DECLARING or data.startswith((*_MARKS, GZIP)):
        return data
    text = declared_text(data, charset)
    return data if text is None else codecs.BOM_UTF8 + text.encode("utf-8", "replace")


def file_name(path: str, host: str, kind: str) -> str:
    """What a page would be called as a file: the last part of its path, with an ending that goes with its kind."""
    name = PurePosixPath(unquote(path, errors="replace")).name.replace("\0", "") or host
    ending = _ENDINGS.get(kind, "")
    return name if name.lower().endswith(ending) else name + ending
