"""Files with documents in them over a run of `add`: what the index remembers of them, and what has become of it."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

from ragsys.indexes.records import KnownFile
from ragsys.ingest.discover import document_id
from ragsys.members import enclosing

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from ragsys.ingest.intake import Intake
    from ragsys.ingest.looking import Done
    from ragsys.types import Failure

__all__ = ["Containers"]

_UNSURE = -1


class Containers:
    """What is known of files with documents in them, by their sources."""

    def __init__(
        self, run: Intake, known: dict[str, KnownFile], failures: Iterable[Failure], excluded: Collection[str] = ()
    ) -> None:
        self.known = known
        self._run = run
        self._excluded = excluded
        self._passed_by = False
        self._members: dict[str, list[str]] = {}
        self._failures: dict[str, list[Failure]] = {}
        for source in (file.source for file in run.known.values()):
            if container := self.above(source):
                self._members.setdefault(container, []).append(source)
        for failure in failures:
            if container := self.above(failure.source):
                self._failures.setdefault(container, []).append(failure)
        self._file = ""
        self._seen: set[str] = set()
        self._failed: set[str] = set()

    def recipe(self, source: str) -> str:
        """What the documents in a file are made by: which parsers there are, what they are told, what is redacted."""
        recipes = " ".join(sorted(self._run.recipes(source)))
        digest = hashlib.blake2b(recipes.encode(), digest_size=4).hexdigest()
        return self._run.recipe(f"container {digest}", source)

    def passes_by(self, source: str, file: str) -> bool:
        """Whether a document in a file was removed on purpose and stays away; the file is then not taken for known."""
        if source == file or document_id(source) not in self._excluded:
            return False
        self.see(source, file, failed=False)
        self._passed_by = True
        return True

    def above(self, source: str) -> str | None:
        """The file on disk that a document is in; None where it is in none that is known."""
        return next((file for file in enclosing(source) if file in self.known), None)

    def members(self, source: str) -> list[str]:
        """The sources of the documents that the index has out of a file."""
        return self._members.get(source, [])

    def failures(self, source: str) -> list[Failure]:
        """What of a file could not be read when it was read last."""
        return self._failures.get(source, [])

    def see(self, source: str, file: str, *, failed: bool) -> None:
        """A document of a file has been looked at; files come one after another.

        The first in a new file makes that known as one that has to be read again, until it is done.
        """
        if file != self._file:
            self._file, self._seen, self._failed, self._passed_by = file, set(), set(), False
        if source != file and file not in self.known:
            self.known[file] = KnownFile(file, "", _UNSURE, _UNSURE, self.recipe(file))
            self._run.writer.remember([self.known[file]])
        self._seen.add(source)
        if failed:
            self._failed.add(source)

    def close(self, file: Done) -> None:
        """The file at hand is done: what it does not hold any more is removed, unless it could not all be read."""
        seen = self._seen if self._file == file.source else set()
        failed, self._file = self._failed, ""
        if file.source not in seen:
            self._run.passed()
        if file.source not in self.known and not seen - {file.source}:
            return
        # What lies in an archive that is damaged now is kept, as an earlier version of a file is.
        gone = [s for s in self.members(file.source) if s not in seen and failed.isdisjoint(enclosing(s))]
        known = KnownFile(file.source, file.sha256, file.size, file.mtime_ns, self.recipe(file.source))
        unsure = replace(known, sha256="", size=_UNSURE, mtime_ns=_UNSURE)
        if file.complete:
            self._run.contain(unsure if self._passed_by else known, [document_id(source) for source in gone])
        else:
            self._run.contain(unsure, [])
        self.known[file.source] = known
