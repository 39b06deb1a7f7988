"""What is in each file that was found: as the index knows it, or read. Runs ahead of embedding, and asks no index.

Unchanged files cost one look. A file is read by us, whose rights are needed for it, and understood by the process
that isolation.py keeps.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ragsys.errors import DocumentError
from ragsys.ingest.batch import Parsed
from ragsys.ingest.reading import read_file, stat_file
from ragsys.ingest.wire import Piece
from ragsys.members import inside

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ragsys.indexes.records import KnownFile
    from ragsys.ingest.discover import Found
    from ragsys.ingest.isolation import Reader
    from ragsys.ingest.reading import Content

__all__ = ["Done", "Read", "Same", "Step", "look", "understood"]


@dataclass(frozen=True, slots=True)
class Same:
    """A file is as the index knows it; `touched` is what it is now where only its time is another."""

    source: str
    touched: Content | None = None


@dataclass(frozen=True, slots=True)
class Read:
    """A document of a file, the file itself or one in it, or why it cannot be read."""

    source: str
    file: str
    outcome: Parsed | DocumentError


@dataclass(frozen=True, slots=True)
class Done:
    """A file has been read, all of it or not. It holds no bytes any more."""

    source: str
    sha256: str
    size: int
    mtime_ns: int
    complete: bool


Step = Same | Read | Done


def look(found: Found, known: KnownFile | None, reader: Reader, max_file_bytes: int) -> Iterator[Step]:
    """Look at a file of which the index remembers `known`, if that is still to be trusted."""
    source = found.source
    try:
        if found.error is not None:
            raise found.error
        status = stat_file(found.path)
        if known is not None and (known.size, known.mtime_ns) == (status.st_size, status.st_mtime_ns):
            yield Same(source)
            return
        content = read_file(found.path, max_file_bytes)
    except DocumentError as error:
        yield Read(source, source, error)
        return
    if known is not None and known.sha256 == content.sha256:
        touched = (known.size, known.mtime_ns) != (content.size, content.mtime_ns)
        yield Same(source, content if touched else None)
        return
    yield from understood(source, content, found.path.name, reader)


def understood(source: str, content: Content, name: str, reader: Reader) -> Iterator[Read | Done]:
    """What the content of a file holds: each document in it, the file's own, and that it is done.

    Its own comes last, whatever the parser's order: where an index has that, it has all of the file, also after a kill.
    """
    complete = True
    own: list[Read] = []
    for reply in reader.read(content.data, name):
        at = inside(source) + reply.member if reply.member else source
        if isinstance(reply, Piece):
            parsed = Parsed(at, reply.sha256, reply.size, content.mtime_ns, reply.parser, reply.extraction)
            step = Read(at, source, parsed)
        else:
            complete = complete and bool(reply.member)
            step = Read(at, source, reply.error)
        if reply.member:
            yield step
        else:
            own.append(step)
    yield from own
    yield Done(source, content.sha256, content.size, content.mtime_ns, complete)
