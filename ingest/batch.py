"""Documents that wait for their vectors, and their embedding: in slices, each different text once.

Knows nothing about files or storage. Beside the vectors themselves, memory does not grow with the number of passages.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Self

from ragsys.indexes.records import NewPassage
from ragsys.types import with_table_header

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from ragsys.protocols import Embedder
    from ragsys.types import Extraction, Passage

__all__ = ["Parsed", "embed", "text_digest"]


def text_digest(text: str) -> bytes:
    """What stands for a passage's text, which alone shapes its vector: 16 bytes, so that no text is kept."""
    return hashlib.blake2b(text.encode("utf-8"), digest_size=16).digest()


@dataclass(frozen=True, slots=True)
class Parsed:
    """A document that waits for its vectors; `known` has its passages already where the same content is indexed.

    `vectors` are those of its texts, by `text_digest`, that are in the index already.
    """

    source: str
    sha256: str
    size: int
    mtime_ns: int
    parser: str
    extraction: Extraction
    spans: Sequence[Passage] = ()
    known: Sequence[NewPassage] = ()
    vectors: Mapping[bytes, NDArray[np.float32]] = field(default_factory=dict)

    def __len__(self) -> int:
        """The number of its passages."""
        return len(self.spans) + len(self.known)

    def with_passages(self, spans: Sequence[Passage] = (), known: Sequence[NewPassage] = ()) -> Self:
        """The same document with its passages."""
        return replace(self, spans=spans, known=known)


def embed(
    waiting: Sequence[Parsed],
    embedder: Embedder,
    *,
    together: int,
    report: Callable[[Parsed, int], None],
) -> tuple[list[list[NewPassage]], int]:
    """The passages of each document with their vectors, and how many texts had to be embedded for them.

    At most `together` texts are embedded at once; before each such slice, `report` is told of the document at hand and
    the number of spans that are behind.
    """
    import numpy as np

    total = sum(len(item.spans) for item in waiting)
    vectors = np.empty((total, embedder.space.dim), dtype=np.float32)
    rows: dict[bytes, int] = {}
    found: list[list[int | NDArray[np.float32]]] = []  # a row of `vectors`, or a vector that is there already
    texts: list[str] = []
    done = seen = 0

    def flush(item: Parsed) -> None:
        nonlocal done
        if texts:
            report(item, seen - len(texts))
            vectors[done : done + len(texts)] = embedder.embed_passages(texts)
            done += len(texts)
            texts.clear()

    for item in waiting:
        found.append([])
        for span in item.spans:
            text = with_table_header(item.extraction.text[span.start : span.end], span.heading)
            digest = text_digest(text)
            seen += 1
            if digest in item.vectors:
                found[-1].append(item.vectors[digest])
                continue
            row = rows.setdefault(digest, len(rows))
            found[-1].append(row)
            if row == done + len(texts):
                texts.append(text)
            if len(texts) >= together:
                flush(item)
    if waiting:
        flush(waiting[-1])
    return [_passages(item, vectors, own) for item, own in zip(waiting, found, strict=True)], done


def _passages(
    item: Parsed, vectors: NDArray[np.float32], found: Sequence[int | NDArray[np.float32]]
) -> list[NewPassage]:
    """A document's passages; those of known content have their vectors already."""
    if item.known:
        return list(item.known)
    return [
        NewPassage(
            span.start, span.end, span.page, span.heading, vectors[at] if isinstance(at, int) else at, span.place
        )
        for span, at in zip(item.spans, found, strict=True)
    ]
