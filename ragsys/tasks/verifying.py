"""Where a saved answer's or summary's citations are looked up: in the index, or in files that are in none."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ragsys.errors import RagsysError
from ragsys.generate import Stored, verify
from ragsys.members import enclosing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ragsys.config import Settings
    from ragsys.generate import Check
    from ragsys.indexes import View

__all__ = ["verify_against"]


def verify_against(
    answer: Mapping[str, object], view: View | None, settings: Settings, *, files: bool = False
) -> list[Check]:
    """Check each citation against `view`, and with `files` one of no indexed document against the file that it names.

    Raises:
        UsageError: not an answer.
    """
    known = {} if view is None else {document.id: (document.sha256, document.source) for document in view.documents()}
    containers = {} if view is None else view.containers()
    read: dict[str, Stored | None] = {}

    def stored(identity: str, source: str) -> Stored | None:
        if identity in known and view is not None:
            above = next((containers[file] for file in enclosing(known[identity][1]) if file in containers), None)
            within = None if above is None else (above.source, above.sha256)
            return Stored(*known[identity], view.text(identity), within=within)
        if not files or not Path(source).is_absolute():
            return None
        if source not in read:
            read[source] = _from_file(Path(source), identity, settings)
        return read[source]

    return verify(answer, stored)


def _from_file(path: Path, identity: str, settings: Settings) -> Stored | None:
    """What a file holds now; None where it cannot be read, or is not the document."""
    from ragsys.ingest import read_document

    try:
        reference, source = read_document(path, settings)
    except RagsysError:
        return None
    return Stored(reference.sha256, reference.source, source.text, indexed=False) if reference.id == identity else None
