"""A writer that writes nothing: for a rehearsal, which needs no lock and leaves no trace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ragsys.indexes.store import Writer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ragsys.indexes.database import Database
    from ragsys.indexes.records import KnownFile, NewDocument
    from ragsys.indexes.snapshot import SnapshotStore
    from ragsys.types import Failure

__all__ = ["Onlooker"]


class Onlooker(Writer):
    """Reads like a writer, and passes over every change of an intake; `removed` are the ids that were to go."""

    def __init__(self, database: Database, snapshots: SnapshotStore, vector_index: str) -> None:
        super().__init__(database, snapshots, vector_index)
        self.removed: list[str] = []

    def put(self, documents: Sequence[NewDocument]) -> int:
        """Nothing."""
        del documents
        return 0

    def remove(self, ids: Sequence[str], *, exclude: bool = False) -> int:
        """Only note which documents those are."""
        del exclude
        self.removed += ids
        return 0

    def move(self, moved: Sequence[tuple[str, NewDocument]]) -> int:
        """Nothing."""
        del moved
        return 0

    def relabel(self, documents: Sequence[NewDocument]) -> None:
        """Nothing."""

    def record_failures(self, failures: Sequence[Failure]) -> None:
        """Nothing."""

    def readmit(self, ids: Sequence[str]) -> None:
        """Nothing."""

    def forget_failures(self, sources: Sequence[str]) -> None:
        """Nothing."""

    def touch(self, document_id: str, size: int, mtime_ns: int) -> None:
        """Nothing."""

    def remember(self, containers: Sequence[KnownFile]) -> None:
        """Nothing."""

    def forget(self, sources: Sequence[str]) -> None:
        """Nothing."""

    def doubt(self, sources: Sequence[str]) -> None:
        """Nothing."""

    def grant(self, document_id: str, acl: Sequence[str]) -> None:
        """Nothing."""

    def label(self, languages: Mapping[str, str]) -> None:
        """Nothing."""

    def note_speed(self, passages_per_second: float) -> None:
        """Nothing."""

    def publish(self, *, force: bool = False) -> None:
        """Nothing."""
        del force
