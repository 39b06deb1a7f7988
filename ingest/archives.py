"""ZIP, TAR and compressed files: what is in them, one member at a time, and nothing is written anywhere.

What an archive says of itself is not believed: bytes are counted as they come out, members are read inside their own
bounds, links and devices are refused. Names are not paths here. Knows nothing about documents.
"""

from __future__ import annotations

import io
import stat
import struct
import tarfile
import zipfile
import zlib
from itertools import chain, pairwise
from pathlib import PurePath
from typing import TYPE_CHECKING

from ragsys.errors import (
    ArchiveDamagedError,
    ArchiveTooLargeError,
    DocumentError,
    FileTooLargeError,
    MemberEncryptedError,
    MemberRefusedError,
    NoTextError,
    TooManyMembersError,
    UnsupportedTypeError,
)
from ragsys.ingest.inflate import inflate
from ragsys.ingest.member_names import decode_names, is_hidden, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ragsys.ingest.inflate import Method
    from ragsys.ingest.wire import Limits

    # A name as it is shown, and the bytes or why there are none.
    Entry = tuple[str, bytes | DocumentError]

__all__ = ["ZIP", "Budget", "entries", "is_archive"]

# The beginnings of a ZIP: of its first file, which is one of the marks of an Office document or a book, too.
ZIP = b"PK\x03\x04"
_ZIPS = (ZIP, b"PK\x05\x06")
_ENTRY, _END = b"PK\x01\x02", b"PK\x05\x06"
_COMPRESSED: tuple[tuple[bytes, Method, tuple[str, ...]], ...] = (
    (b"\x1f\x8b\x08", "gzip", (".gz",)),
    (b"BZh", "bzip2", (".bz2",)),
    (b"\xfd7zXZ\x00", "xz", (".xz",)),
)
_METHODS: dict[int, Method] = {zipfile.ZIP_DEFLATED: "deflate", zipfile.ZIP_BZIP2: "bzip2"}
_LOCAL = struct.Struct("<4s22xHH")
_ENCRYPTED, _UTF8 = 0x1, 0x800  # general purpose flags, APPNOTE 4.4.4
# Documents that are ZIP files; a kind that no parser reads is not taken apart either.
_DOCUMENTS = frozenset({"[Content_Types].xml", "mimetype"})
_BLOCK = 512
_CHECKSUM = slice(148, 156)
# What the standard library raises on damage, each in its place.
_BROKEN = (ArithmeticError, EOFError, LookupError, NotImplementedError, OSError, ValueError, struct.error)
_LONGEST_PAX = 16 * 1024
# However small an archive is, it may hold this much.
_FREE = 16 * 1024 * 1024


class Budget:
    """What may still come out of one file, archives within archives included."""

    def __init__(self, limits: Limits, size: int) -> None:
        self.limits = limits
        self._bytes = min(limits.unpacked_bytes, max(limits.ratio * size, _FREE))
        self._most = self._bytes
        self._members = limits.members

    def spend(self, size: int) -> None:
        """Count unpacked bytes. Raises `ArchiveTooLargeError`."""
        self._bytes -= size
        if self._bytes < 0:
            raise ArchiveTooLargeError(f"it unpacks to more than the {self._most} bytes that it may")

    def enter(self, members: int = 1) -> None:
        """Count members. Raises `TooManyMembersError`."""
        self._members -= members
        if self._members < 0:
            raise TooManyMembersError(f"it holds more than the {self.limits.members} files that it may")


def is_archive(data: bytes) -> bool:
    """Whether a file is one of these, or a tar that its own checksum makes one."""
    return data.startswith(_ZIPS) or _compression(data) is not None or _is_tar(data)


def entries(data: bytes, name: str, budget: Budget) -> Iterator[Entry]:
    """The files in an archive; folders and hidden files are passed over.

    Raises:
        NoTextError: it has no others.
        ArchiveDamagedError: it cannot be read at all, or not further.
        UnsupportedTypeError: it is a document of a kind that no parser reads.
        ArchiveTooLargeError, TooManyMembersError: the budget is spent.
    """
    found = False
    for entry in _entries(data, name, budget):
        found = True
        yield entry
    if not found:
        raise NoTextError(f"{name} is an archive, and no file in it is one to read")


def _entries(data: bytes, name: str, budget: Budget) -> Iterator[Entry]:
    compression = _compression(data)
    if data.startswith(_ZIPS):
        yield from _zip(data, name, budget)
    elif compression is not None:
        pieces = _counted(inflate(compression[1], memoryview(data)), budget)
        head = b""
        while len(head) < _BLOCK and (piece := next(pieces, b"")):
            head += piece
        if _is_tar(head):
            yield from _tar(chain([head], pieces), budget)
        else:
            budget.enter()
            inside = shown(_without(name, compression[2]))
            yield inside, _collected(chain([head], pieces), inside, budget)
    else:
        yield from _tar(iter([data]), budget)


def _compression(data: bytes) -> tuple[bytes, Method, tuple[str, ...]] | None:
    return next((kind for kind in _COMPRESSED if data.startswith(kind[0])), None)


def _without(name: str, suffixes: tuple[str, ...]) -> str:
    """The name of what a compressed file holds."""
    return name[: -len(suffix)] if (suffix := PurePath(name).suffix).lower() in suffixes else f"{name}.unpacked"


def _counted(pieces: Iterable[bytes], budget: Budget) -> Iterator[bytes]:
    for piece in pieces:
        budget.spend(len(piece))
        yield piece


def _collected(pieces: Iterable[bytes], name: str, budget: Budget) -> bytes | DocumentError:
    """All of a member, or why not; one that is too large is given up where it becomes so."""
    found, most = bytearray(), budget.limits.file_bytes
    for piece in pieces:
        found += piece
        if len(found) > most:
            return FileTooLargeError(f"{name} has more than {most} bytes, which is the limit")
    return bytes(found)


def _zip(data: bytes, name: str, budget: Budget) -> Iterator[Entry]:
    # The directory is counted before it is read: 100,000 entries take 60 MB as objects.
    end = data.rfind(_END)
    size = int.from_bytes(data[end + 12 : end + 16], "little") if end >= 0 else 0
    count = data.count(_ENTRY, max(end - size, 0) if end >= 0 else 0)
    budget.enter(min(count, budget.limits.members + 1))
    try:
        infos = zipfile.ZipFile(io.BytesIO(data)).infolist()
    except (zipfile.BadZipFile, *_BROKEN) as error:
        raise ArchiveDamagedError(f"its directory cannot be read ({error})") from None
    if _DOCUMENTS & {info.filename for info in infos}:
        raise UnsupportedTypeError(f"{name} is an Office document or an e-book of a kind that no parser reads")
    _refuse_overlaps(infos)
    for info, inside in zip(infos, map(shown, _zip_names(infos)), strict=True):
        if not info.is_dir() and not is_hidden(inside):
            yield inside, _zip_member(data, info, inside, budget)


def _zip_names(infos: list[zipfile.ZipInfo]) -> list[str]:
    """Names as they were meant; zipfile takes those without a mark for CP437, which loses nothing."""
    unmarked = [i for i, info in enumerate(infos) if not info.flag_bits & _UTF8 and not info.orig_filename.isascii()]
    names = [info.orig_filename for info in infos]
    for i, decoded in zip(unmarked, decode_names([names[i].encode("cp437") for i in unmarked]), strict=True):
        names[i] = decoded
    return names


def _refuse_overlaps(infos: list[zipfile.ZipInfo]) -> None:
    """Members that share bytes are a trap (D. Fifield, A better zip bomb, WOOT 2019), or damage."""
    spans = sorted((info.header_offset, info.header_offset + _LOCAL.size + info.compress_size) for info in infos)
    if any(end > start for (_, end), (start, _) in pairwise(spans)):
        raise ArchiveDamagedError("files in it overlap")


def _zip_member(data: bytes, info: zipfile.ZipInfo, name: str, budget: Budget) -> bytes | DocumentError:
    refused = _refusal(info, name)
    if refused is not None:
        return refused
    head = data[info.header_offset : info.header_offset + _LOCAL.size]
    if len(head) < _LOCAL.size or not head.startswith(ZIP):
        return ArchiveDamagedError(f"{name} is not where the archive says")
    _, names, extra = _LOCAL.unpack(head)
    start = info.header_offset + _LOCAL.size + names + extra
    raw = memoryview(data)[start : start + info.compress_size]
    method = _METHODS.get(info.compress_type)
    try:
        found = _collected(_counted(inflate(method, raw) if method else [bytes(raw)], budget), name, budget)
    except ArchiveDamagedError as error:
        return ArchiveDamagedError(f"{name}: {error.message}")
    if isinstance(found, bytes) and zlib.crc32(found) != info.CRC:
        return ArchiveDamagedError(f"{name} is not what its checksum says")
    return found


def _refusal(info: zipfile.ZipInfo, name: str) -> DocumentError | None:
    """Why a member is not to be read, by its header."""
    mode = info.external_attr >> 16
    if info.flag_bits & _ENCRYPTED:
        return MemberEncryptedError(f"{name} needs a password")
    if stat.S_IFMT(mode) not in {0, stat.S_IFREG}:
        return MemberRefusedError(
            f"{name} is a {'link' if stat.S_ISLNK(mode) else 'special file'}, and only files are taken"
        )
    if info.compress_type != zipfile.ZIP_STORED and info.compress_type not in _METHODS:
        return UnsupportedTypeError(f"{name} is compressed in a way that is not read (method {info.compress_type})")
    return None


def _is_tar(head: bytes) -> bool:
    """Whether a first block's checksum is right (POSIX.1-1988: the sum of its bytes, the sum's own as spaces)."""
    block = head[:_BLOCK]
    if len(block) < _BLOCK or not block[0]:
        return False
    try:
        stated = int(block[_CHECKSUM].strip(b" \x00") or b"x", 8)
    except ValueError:
        return False
    return stated == sum(block) - sum(block[_CHECKSUM]) + 8 * ord(" ")


class _Stream(io.RawIOBase):
    """Pieces as a file that is read forwards."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._rest = memoryview(b"")

    def read(self, size: int = -1) -> bytes:
        """At most `size` bytes; none at the end."""
        if not self._rest:
            self._rest = memoryview(next(self._pieces, b""))
        some, self._rest = self._rest[:size], self._rest[size:]
        return bytes(some)


class _Info(tarfile.TarInfo):
    """A header whose extension is short: a search in it takes the square of its length before Python 3.11.10."""

    def _proc_pax(self, archive: tarfile.TarFile) -> tarfile.TarInfo:
        if self.size > _LONGEST_PAX:
            raise tarfile.ReadError(f"an extended header of {self.size} bytes")
        found: tarfile.TarInfo = super()._proc_pax(archive)  # type: ignore[misc]
        return found


def _tar(pieces: Iterator[bytes], budget: Budget) -> Iterator[Entry]:
    # Read forwards only: headers that point backwards lead nowhere.
    stream = _Stream(pieces)
    try:
        with tarfile.open(fileobj=stream, mode="r|", tarinfo=_Info, encoding="utf-8") as archive:
            while (info := archive.next()) is not None:
                archive.members.clear()  # type: ignore[attr-defined]  # it would keep all of them
                budget.enter()
                name = shown(decode_names([info.name.encode("utf-8", "surrogateescape")])[0])
                if not info.isdir() and not is_hidden(name):
                    yield name, _tar_member(archive, info, name, budget)
    except (tarfile.TarError, *_BROKEN) as error:
        raise ArchiveDamagedError(f"it cannot be read further ({error})") from None


def _tar_member(archive: tarfile.TarFile, info: tarfile.TarInfo, name: str, budget: Budget) -> bytes | DocumentError:
    if not info.isreg():
        return MemberRefusedError(
            f"{name} is a {'link' if info.islnk() or info.issym() else 'special file'}, and only files are taken"
        )
    if info.issparse():
        return MemberRefusedError(f"{name} is a sparse file")
    if info.size > budget.limits.file_bytes:
        return FileTooLargeError(f"{name} has {info.size} bytes; the limit is {budget.limits.file_bytes}")
    file = archive.extractfile(info)
    return file.read() if file is not None else MemberRefusedError(f"{name} is no file")
