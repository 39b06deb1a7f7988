"""Checking a saved answer again: does each quote still stand in the index, and is the file still the same?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ragsys.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["Check", "verify"]


@dataclass(frozen=True, slots=True)
class Check:
    """Whether one citation holds, and what is wrong where it does not."""

    marker: int
    source: str
    ok: bool
    message: str


def verify(
    answer: Mapping[str, object],
    *,
    text_of: Callable[[str], tuple[str, str] | None],
    file_sha256: Callable[[str], str | None],
) -> list[Check]:
    """Check every citation of an answer (the JSON of `ragsys ask`).

    `text_of` gives a document's SHA-256 and text by its id, `file_sha256` the hash of a file as it is on disk.

    Raises:
        UsageError: not an answer.
    """
    citations = answer.get("citations")
    if not isinstance(citations, list):
        raise UsageError("this is not an answer: it has no citations", hint="save one with `ragsys ask ... --json`")
    return [_check(citation, text_of, file_sha256) for citation in citations]


def _check(
    citation: Any,
    text_of: Callable[[str], tuple[str, str] | None],
    file_sha256: Callable[[str], str | None],
) -> Check:
    try:
        marker, quote = int(citation["marker"]), str(citation["quote"])
        start, end = int(citation["start"]), int(citation["end"])
        document = citation["document"]
        identity, source, sha256 = str(document["id"]), str(document["source"]), str(document["sha256"])
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError(f"a citation lacks what it needs: {error}") from None
    return Check(marker, source, *_verdict(text_of(identity), file_sha256(source), sha256, quote, (start, end)))


def _verdict(
    stored: tuple[str, str] | None, on_disk: str | None, sha256: str, quote: str, span: tuple[int, int]
) -> tuple[bool, str]:
    start, end = span
    if stored is None:
        return False, "the document is not in the index any more"
    if stored[0] != sha256:
        return False, "the document has been indexed again with other content"
    if not 0 <= start < end or stored[1][start:end] != quote:
        return False, f"the text at [{start}:{end}] is not the quote"
    if on_disk is None:
        return False, "the quote stands in the index, but the file cannot be read any more"
    if on_disk != sha256:
        return False, "the quote stands in the index, but the file has changed on disk"
    return True, f"the quote stands at [{start}:{end}], and the file is unchanged"
