"""What is said of the documents of one run, by their files and beside them, and what of it may not be stored.

Between `given.py`, which knows what was said, and the intake, which stores documents. Knows nothing about storage.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ragsys.ingest.discover import document_id
from ragsys.ingest.given import Given, merged, storable
from ragsys.ingest.labelling import with_language
from ragsys.ingest.redaction import VERSION, redact, redact_words
from ragsys.ingest.sidecar import notice_of_unused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ragsys.indexes.records import KnownFile, NewDocument
    from ragsys.ingest.given import Beside
    from ragsys.notices import Notice
    from ragsys.types import Extraction, Metadata

__all__ = ["Labels", "Said"]


@dataclass(frozen=True, slots=True)
class Said:
    """The columns of what is said about a document: see `NewDocument`."""

    title: str | None
    metadata: Metadata
    own: str | None
    given: str | None


class Labels:
    """The titles, metadata and redactions of one run; `known` is the intake's, which changes as documents move."""

    def __init__(self, known: Mapping[str, KnownFile], beside: Beside, redact: str) -> None:
        self._known = known
        self._beside = beside
        self._redact = redact
        self._inherited: dict[str, str | None] = {}

    def inherit(self, source: str, identity: str) -> None:
        """A new source may be where a known document has moved to: what was said of that holds for it."""
        self._inherited[source] = self._known[identity].given

    def of(self, source: str) -> Given:
        """What is said of a document beside its file."""
        known = self._known.get(document_id(source))
        before = Given.from_json(self._inherited.get(source) if known is None else known.given)
        return self._beside.of(source, before, self._redact)

    def acl(self, source: str) -> tuple[str, ...] | None:
        """Who may see a document that nobody has said it of: as before, or as the folder that it is in says."""
        known = self._known.get(document_id(source))
        return self._beside.acl(source) if known is None else known.acl

    def recipe(self, source: str) -> str:
        """The part of a document's recipe that says what it is redacted of; empty where that is nothing."""
        kinds = self.of(source).redact
        return f", redact {VERSION} {kinds}" if kinds else ""

    def redacted(self, source: str, extraction: Extraction) -> Extraction:
        """What may be stored of a document."""
        kinds = self.of(source).redact
        return redact(extraction, kinds.split(",")) if kinds else extraction

    def message(self, source: str, message: str) -> str:
        """What may be stored of a message about a document."""
        kinds = self.of(source).redact
        return redact_words(message, kinds.split(",")) if kinds else message

    def said(self, source: str, extraction: Extraction) -> Said:
        """The title and the metadata of a document, of which the file says what is in `extraction`."""
        title = None if extraction.title is None else str(storable(extraction.title))
        fields = {str(storable(key)): storable(value) for key, value in extraction.metadata.items()}
        return _said(title, with_language(fields, extraction.text), self.of(source))

    def renewed(self, stored: NewDocument, given: str | None) -> NewDocument:
        """A stored document of which something else is given now. What was never overruled is the file's own."""
        title, metadata = (stored.title, stored.metadata) if stored.own is None else json.loads(stored.own)
        said = _said(title, metadata, Given.from_json(given))
        return replace(stored, title=said.title, metadata=said.metadata, own=said.own, given=said.given)

    def notices(self) -> list[Notice]:
        """What a side-car says of files that were not looked at."""
        found = map(notice_of_unused, self._beside.sidecars)
        return [notice for notice in found if notice is not None]


def _said(title: str | None, metadata: Metadata, given: Given) -> Said:
    stored = given.to_json()
    own = None if stored is None else json.dumps([title, dict(metadata)], ensure_ascii=False, sort_keys=True)
    return Said(*merged(title, metadata, given), own, stored)
