"""Bounded decompression: pieces of at most 64 KiB, however much a few bytes stand for. Counts for nobody."""

from __future__ import annotations

import bz2
import lzma
import zlib
from typing import TYPE_CHECKING, Literal

from ragsys.errors import ArchiveDamagedError

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

__all__ = ["Method", "inflate"]

Method = Literal["deflate", "gzip", "bzip2", "xz"]
_PIECE = 64 * 1024
_GZIP, _RAW = 31, -15  # zlib's window bits
_XZ_MEMORY = 96 * 1024 * 1024  # a larger dictionary is refused: no usual setting makes one
_MAGIC = {"gzip": b"\x1f\x8b", "bzip2": b"BZh", "xz": b"\xfd7zXZ\x00"}
_EARLY = "it ends too early"


def inflate(method: Method, data: memoryview) -> Iterator[bytes]:
    """What `data` unpacks to; several streams are one. Raises `ArchiveDamagedError`, also where it ends early."""
    unpack = _zlib if method in {"deflate", "gzip"} else _blocks
    try:
        rest = yield from unpack(method, data)
        while method != "deflate" and bytes(rest[:6]).startswith(_MAGIC[method]):
            rest = yield from unpack(method, rest)
    except (zlib.error, lzma.LZMAError, OSError, ValueError) as error:
        raise ArchiveDamagedError(f"it cannot be unpacked ({error})") from None


def _zlib(method: Method, data: memoryview) -> Generator[bytes, None, memoryview]:
    """The pieces of one stream, and in the end what is behind it."""
    unpacker = zlib.decompressobj(_GZIP if method == "gzip" else _RAW)
    at = 0
    while not unpacker.eof:
        some: bytes | memoryview = unpacker.unconsumed_tail
        if not some:
            some = data[at : at + _PIECE]
            at += len(some)
        piece = unpacker.decompress(some, _PIECE)
        if piece:
            yield piece
        elif not some:
            raise ArchiveDamagedError(_EARLY)
    return data[at - len(unpacker.unused_data) :]


def _blocks(method: Method, data: memoryview) -> Generator[bytes, None, memoryview]:
    """The same for bzip2 and xz."""
    unpacker = bz2.BZ2Decompressor() if method == "bzip2" else lzma.LZMADecompressor(lzma.FORMAT_XZ, _XZ_MEMORY)
    at = 0
    while not unpacker.eof:
        some = data[at : at + _PIECE] if unpacker.needs_input else b""
        at += len(some)
        piece = unpacker.decompress(some, _PIECE)
        if piece:
            yield piece
        elif unpacker.needs_input and at >= len(data) and not unpacker.eof:
            raise ArchiveDamagedError(_EARLY)
    return data[at - len(unpacker.unused_data) :]
