"""From a file to the documents in it: itself, what an archive holds, what is attached to a message, and so on inwards.

They come one after another, so that an archive is never held unpacked. Whatever goes wrong in one of them is its own
outcome. Runs in the process that reads files (worker.py), and knows neither processes nor the index.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from ragsys.errors import (
    ArchiveTooLargeError,
    DocumentError,
    NestedTooDeeplyError,
    ParserMemoryError,
    TextTooLargeError,
    TooManyMembersError,
    UnsupportedTypeError,
)
from ragsys.ingest.archives import ZIP, Budget, entries, is_archive
from ragsys.ingest.member_names import Distinct, shown
from ragsys.ingest.parsers import parser_for
from ragsys.ingest.wire import Begun, Piece, Refused
from ragsys.members import inside

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from ragsys.ingest.archives import Entry
    from ragsys.ingest.wire import Reply, Request
    from ragsys.protocols import Parser
    from ragsys.types import Extraction

__all__ = ["Unpacking", "parse"]

_SPENT = (ArchiveTooLargeError, TooManyMembersError)


class Unpacking:
    """One file on its way to documents. `prepare` is told the size of each before it is parsed, to set limits.

    `recognise` gives the text of each page of an image; None where nothing does.
    """

    def __init__(
        self,
        data: bytes,
        request: Request,
        prepare: Callable[[int], None],
        recognise: Callable[[bytes], list[str]] | None = None,
    ) -> None:
        self._data, self._request, self._prepare, self._recognise = data, request, prepare, recognise
        self._budget = Budget(request.limits, len(data))
        self._distinct = Distinct()
        self._number = -1

    def replies(self) -> Iterator[Reply]:
        """Each document, or why it cannot be read. `Begun` comes before each, and counts what a later request skips."""
        try:
            yield from self._document(self._data, self._request.name, "", 0)
        except _SPENT as error:
            yield Refused("", error)

    def _document(self, data: bytes, name: str, path: str, depth: int) -> Iterator[Reply]:
        self._number += 1
        number, request = self._number, self._request
        yield Begun(path, depth)
        if number in request.dead or (number < request.done and number not in request.parents):
            return
        self._prepare(len(data))
        try:
            found = self._look(data, name, path)
        except DocumentError as error:
            if number >= request.done:
                yield Refused(path, error)
            return
        if isinstance(found, Piece):
            members = found.extraction.members
            if number >= request.done and (found.extraction.text.strip() or not members):
                yield found
            self._budget.enter(len(members))
            held: Iterable[Entry] = ((shown(member.name), member.data) for member in members)
        else:
            held = found
        del data, found
        yield from self._members(held, path, depth + 1)

    def _look(self, data: bytes, name: str, path: str) -> Piece | Iterator[Entry]:
        """A document, or what an archive holds: an archive is what no format claims."""
        archive = is_archive(data)
        if archive and not data.startswith(ZIP):
            return entries(data, name, self._budget)
        try:
            parser = parser_for(data, name, self._request.fields, self._recognise)
        except UnsupportedTypeError:
            if archive:
                return entries(data, name, self._budget)
            raise
        extraction = parse(parser, data, name)
        if len(extraction.text) > self._request.limits.text_bytes:
            raise TextTooLargeError(f"{name} holds {len(extraction.text)} characters of text")
        return Piece(path, parser.name, hashlib.sha256(data).hexdigest(), len(data), extraction)

    def _members(self, held: Iterable[Entry], path: str, depth: int) -> Iterator[Reply]:
        try:
            for name, content in held:
                if depth > self._request.limits.nesting:
                    yield Refused(path, NestedTooDeeplyError(f"it lies {depth} deep in other files"))
                    return
                member = self._distinct(inside(path) + name if path else name)
                if isinstance(content, DocumentError):
                    yield from self._refused(member, content, depth)
                else:
                    yield from self._document(content, name.rpartition("/")[2], member, depth)
        except _SPENT:
            raise
        except MemoryError:
            yield Refused(path, ParserMemoryError("unpacking it takes more memory than it may"))
        except DocumentError as error:
            yield Refused(path, error)

    def _refused(self, member: str, error: DocumentError, depth: int) -> Iterator[Reply]:
        self._number += 1
        yield Begun(member, depth)
        if self._number >= self._request.done:
            yield Refused(member, error)


def parse(parser: Parser, data: bytes, name: str) -> Extraction:
    """What the parser finds. Whatever else goes wrong in it is the file's outcome, never the end of the batch."""
    try:
        return parser.parse(data, name=name)
    except DocumentError:
        raise
    except MemoryError:
        raise ParserMemoryError(f"reading {name} as {parser.name} takes more memory than it may") from None
    except RecursionError:
        raise NestedTooDeeplyError(f"{name} is nested too deeply to be read as {parser.name}") from None
    except Exception as error:
        raise DocumentError(f"{name} cannot be read as {parser.name} ({type(error).__name__})") from error
