"""What goes into the index and what comes out of it, as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ragsys.types import DocumentRef, Metadata, Place

__all__ = [
    "Counts",
    "KnownFile",
    "NewDocument",
    "NewPassage",
    "Session",
    "StoredPassage",
    "StoredRoot",
    "StoredTurn",
    "Writable",
]


class Writable(Protocol):
    """What a snapshot is written to."""

    def write(self, data: bytes | memoryview, /) -> int:
        """Write all of `data` and return its size in bytes."""
        ...


@dataclass(frozen=True, slots=True)
class NewPassage:
    """A passage with its vector of shape (dim,), ready to be stored."""

    start: int
    end: int
    page: int | None
    heading: tuple[str, ...]
    vector: NDArray[np.float32]
    place: str | None = None


@dataclass(frozen=True, slots=True)
class NewDocument:
    """A whole document: it is stored in one transaction or not at all.

    `chunking` identifies how it was parsed and chunked, so that a change of settings is noticed; `acl` is None
    where no principals were named. `own` and `given` are kept as they are: the file's own title and metadata, where
    others take their place, and what was said of it beside the file.
    """

    id: str
    source: str
    sha256: str
    size: int
    mtime_ns: int
    title: str | None
    metadata: Metadata
    acl: tuple[str, ...] | None
    parser: str
    chunking: str
    text: str
    page_starts: tuple[int, ...]
    passages: tuple[NewPassage, ...]
    places: tuple[Place, ...] = ()
    own: str | None = None
    given: str | None = None


@dataclass(frozen=True, slots=True)
class KnownFile:
    """What the index remembers of a file, to tell whether it changed."""

    source: str
    sha256: str
    size: int
    mtime_ns: int
    chunking: str
    acl: tuple[str, ...] | None = None
    labelled: bool = True  # whether its metadata names its language
    given: str | None = None  # what was said of it beside its file


@dataclass(frozen=True, slots=True)
class StoredPassage:
    """A live passage joined to its document; `text` is the slice [start:end] of the document's text."""

    passage_id: int
    start: int
    end: int
    page: int | None
    heading: tuple[str, ...]
    text: str
    document: DocumentRef
    place: str | None = None


@dataclass(frozen=True, slots=True)
class StoredRoot:
    """A file or folder that was added. `options` is JSON; `synced_at` is None until it was walked to its end."""

    path: str
    options: str
    added_at: str
    synced_at: str | None


@dataclass(frozen=True, slots=True)
class Counts:
    """How much is in the index."""

    documents: int
    passages: int


@dataclass(frozen=True, slots=True)
class Session:
    """A conversation without its turns. `owner` is None where nobody in particular began it."""

    id: str
    owner: tuple[str, ...] | None
    started_at: str
    last_at: str
    turns: int
    first: str | None


@dataclass(frozen=True, slots=True)
class StoredTurn:
    """A question as it was typed and as it was searched for, and its answer as JSON; `number` counts from 1."""

    number: int
    question: str
    standalone: str
    method: str
    history: int
    answer: str
    seq: int
    digest: str
    asked_at: str
