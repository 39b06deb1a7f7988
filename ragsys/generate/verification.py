"""Checking a saved answer again: does each quote still stand in the index, and is the file still the same?"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ragsys.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["Check", "Stored", "verify"]


@dataclass(frozen=True, slots=True)
class Check:
    """Whether one citation holds, and what is wrong where it does not."""

    marker: int
    source: str
    ok: bool
    message: str


@dataclass(frozen=True, slots=True)
class Stored:
    """What the index has of a document, or, where it is not `indexed`, what was read from its file just now.

    `within` is the file that it was read out of, an archive or a message, and that file's hash then.
    """

    sha256: str
    source: str
    text: str
    indexed: bool = True
    within: tuple[str, str] | None = None


def verify(answer: Mapping[str, object], stored: Callable[[str, str], Stored | None]) -> list[Check]:
    """Check every citation of an answer (the JSON of `ragsys ask` or `summarize`).

    `stored` gives a document by its id and by the source that the answer names. Of one that is indexed, which file is
    looked at is the index's word, not the answer's.

    Raises:
        UsageError: not an answer.
    """
    citations = answer.get("citations")
    if not isinstance(citations, list):
        raise UsageError("this is not an answer: it has no citations", hint="save one with `ragsys ask ... --json`")
    return [_check(citation, stored) for citation in citations]


def _check(citation: Any, stored: Callable[[str, str], Stored | None]) -> Check:
    try:
        marker, quote = int(citation["marker"]), str(citation["quote"])
        start, end = int(citation["start"]), int(citation["end"])
        document = citation["document"]
        identity, source, sha256 = str(document["id"]), str(document["source"]), str(document["sha256"])
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError(f"a citation lacks what it needs: {error}") from None
    found = stored(identity, source)
    on_disk = None if found is None else _on_disk(found)
    return Check(marker, source, *_verdict(found, on_disk, sha256, quote, (start, end)))


def _verdict(
    stored: Stored | None, on_disk: str | None, sha256: str, quote: str, span: tuple[int, int]
) -> tuple[bool, str]:
    start, end = span
    if stored is None:
        return False, "the document is not in the index (any more)"
    if stored.sha256 != sha256:
        changed = "has been indexed again with other content" if stored.indexed else "is not indexed, and has changed"
        return False, f"the document {changed}"
    if not 0 <= start < end or stored.text[start:end] != quote:
        return False, f"the text at [{start}:{end}] is not the quote"
    if on_disk is None:
        return False, "the quote stands in the index, but the file cannot be read any more"
    if on_disk != sha256:
        return False, "the quote stands in the index, but the file has changed on disk"
    return True, f"the quote stands at [{start}:{end}], and the file is unchanged"


def _on_disk(stored: Stored) -> str | None:
    """The hash of a document as it is on disk now; another one where the file around it has changed."""
    if stored.within is not None:
        file, sha256 = stored.within
        now = _file_sha256(file)
        return stored.sha256 if now == sha256 else now
    # A text that is no file cannot change behind the index.
    return _file_sha256(stored.source) if Path(stored.source).is_absolute() else stored.sha256


def _file_sha256(source: str) -> str | None:
    """The hash of a file as it is on disk now, or None where it cannot be read."""
    try:
        with Path(source).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except (OSError, ValueError):
        return None
