"""What goes between ragsys and the process that reads files: frames of JSON behind their length, and bytes as they are.

Nothing is ever unpickled. Knows nothing about processes.
"""

from __future__ import annotations

import json
import struct
from dataclasses import asdict, dataclass, field
from typing import IO, TYPE_CHECKING, Self

from ragsys.errors import DocumentError, documents
from ragsys.ingest.parsers.json_records import Fields
from ragsys.types import Extraction, Heading, Place

if TYPE_CHECKING:
    from ragsys.config import Settings

__all__ = [
    "BEYOND",
    "MIB",
    "Begun",
    "Ended",
    "Limits",
    "Piece",
    "Recognised",
    "Refused",
    "Reply",
    "Request",
    "Shown",
    "decode_reply",
    "encode_reply",
    "receive",
    "send",
]

MIB = 2**20
# What a reply may have beside a document's text: headings, places, page starts and metadata, and JSON's own escapes.
BEYOND = 64 * MIB
_LENGTH = struct.Struct("<Q")
_ERRORS = {cls.code: cls for cls in (getattr(documents, name) for name in documents.__all__)}


@dataclass(frozen=True, slots=True)
class Limits:
    """What reading one file may cost; the settings of the same meaning say more."""

    file_bytes: int
    text_bytes: int
    members: int
    unpacked_bytes: int
    ratio: int
    nesting: int
    memory: int
    seconds: float

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """The limits that the settings name."""
        return cls(
            file_bytes=settings.max_file_bytes,
            text_bytes=settings.max_text_bytes,
            members=settings.max_members,
            unpacked_bytes=settings.max_unpacked_bytes,
            ratio=settings.max_unpacked_ratio,
            nesting=settings.max_nesting,
            memory=settings.parser_memory,
            seconds=settings.parser_seconds,
        )

    def allowance(self, size: int) -> float:
        """Seconds for a document out of a file of so many bytes."""
        return self.seconds + 2 * size / MIB


@dataclass(frozen=True, slots=True)
class Request:
    """A file to read; `fields` are those of JSON records that are meant. With `recognises`, images may be shown.

    The first `done` documents were read before, and those of `dead` ended the process. Of what was read before,
    `parents` have members, so that they are opened again.
    """

    name: str
    limits: Limits
    fields: Fields = field(default_factory=Fields)
    recognises: bool = False
    done: int = 0
    dead: tuple[int, ...] = ()
    parents: tuple[int, ...] = ()

    def encode(self) -> bytes:
        """As a frame's body."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def decode(cls, body: bytes) -> Self:
        """From a frame's body."""
        fields = json.loads(body)
        limits = Limits(**fields["limits"])
        records = Fields(tuple(fields["fields"]["text"]), fields["fields"]["title"])
        seen = fields["done"], tuple(fields["dead"]), tuple(fields["parents"])
        return cls(fields["name"], limits, records, fields["recognises"], *seen)


@dataclass(frozen=True, slots=True)
class Begun:
    """A document is looked at now. `member` is the path inside the file, "" for itself; `depth` is its nesting."""

    member: str
    depth: int


@dataclass(frozen=True, slots=True)
class Piece:
    """A document out of a file: the file itself, or a member."""

    member: str
    parser: str
    sha256: str
    size: int
    extraction: Extraction


@dataclass(frozen=True, slots=True)
class Refused:
    """A document that cannot be read. Where `member` is "", what comes after it in the file is not read either."""

    member: str
    error: DocumentError


@dataclass(frozen=True, slots=True)
class Shown:
    """An image of so many bytes follows, whose text is asked for: no program is started where files are read."""

    size: int


@dataclass(frozen=True, slots=True)
class Recognised:
    """The text of each page of an image that was shown, or why there is none."""

    pages: list[str]
    error: DocumentError | None = None

    def encode(self) -> bytes:
        """As a frame's body."""
        error = None if self.error is None else [self.error.code, self.error.message, self.error.hint]
        return json.dumps([self.pages, error]).encode()

    @classmethod
    def decode(cls, body: bytes) -> Self:
        """From a frame's body."""
        pages, error = json.loads(body)
        return cls(pages, None if error is None else _error(*error))


@dataclass(frozen=True, slots=True)
class Ended:
    """The file is done, and the process goes on, or not (`last`)."""

    last: bool


Reply = Begun | Piece | Refused | Shown | Ended


def encode_reply(reply: Reply) -> bytes:
    """A reply as a frame's body. Halves of characters (lone surrogates) come through as they are."""
    return json.dumps(_fields(reply), ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def _fields(reply: Reply) -> list[object]:
    match reply:
        case Begun(member, depth):
            return ["begun", member, depth]
        case Piece(member, parser, sha256, size, found):
            headings = [(h.start, h.level, h.title) for h in found.headings]
            places = [(p.start, p.unit, p.first, p.last) for p in found.places]
            about = [found.title, found.page_starts, headings, dict(found.metadata), places]
            return ["piece", member, parser, sha256, size, found.text, *about]
        case Refused(member, error):
            return ["refused", member, error.code, error.message, error.hint]
        case Shown(size):
            return ["shown", size]
        case Ended(last):
            return ["ended", last]


def decode_reply(body: bytes) -> Reply:
    """A reply from a frame's body."""
    kind, *fields = json.loads(body.decode("utf-8", "surrogatepass"))
    if kind == "begun":
        return Begun(*fields)
    if kind == "piece":
        member, parser, sha256, size, text, title, starts, headings, metadata, places = fields
        extraction = Extraction(
            text,
            title,
            tuple(starts),
            tuple(Heading(*heading) for heading in headings),
            metadata,
            tuple(Place(*place) for place in places),
        )
        return Piece(member, parser, sha256, size, extraction)
    if kind == "refused":
        member, *error = fields
        return Refused(member, _error(*error))
    return Shown(*fields) if kind == "shown" else Ended(*fields)


def _error(code: str, message: str, hint: str) -> DocumentError:
    error: DocumentError = _ERRORS.get(code, DocumentError)(message, hint=hint)
    return error


def send(stream: IO[bytes], body: bytes | memoryview) -> None:
    """Write a frame."""
    stream.write(_LENGTH.pack(len(body)))
    stream.write(body)
    stream.flush()


def receive(stream: IO[bytes], most: int) -> bytes | None:
    """The body of the next frame; None where the other side has ended, or says nothing sensible."""
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    if length > most:
        return None
    body = stream.read(length)
    return body if len(body) == length else None
