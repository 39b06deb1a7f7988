"""Files that were moved or renamed: a document whose own file is gone, and the same bytes where there were none.

Only documents under the folders that are looked at can have moved: of another one, the disk may not be there just now.
"""

from __future__ import annotations

import os
from collections import defaultdict
from pathlib import PurePath
from typing import TYPE_CHECKING

from ragsys.ingest.discover import document_id
from ragsys.ingest.web.urls import is_url
from ragsys.members import split

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from ragsys.indexes.records import KnownFile

__all__ = ["Moves", "is_gone"]


class Moves:
    """The documents under `roots` that a new source may turn out to be; each is given once."""

    def __init__(self, known: Mapping[str, KnownFile], roots: Sequence[Path]) -> None:
        self._known = known
        self._roots = tuple(roots)
        self._by_content: dict[str, list[str]] | None = None

    def candidate(self, source: str, sha256: str) -> str | None:
        """The id of a document that may be at `source` now: the same bytes, and its own file is gone.

        One of the same file name rather than another.
        """
        if not self._roots or is_url(source) or document_id(source) in self._known:
            return None
        if self._by_content is None:
            self._by_content = defaultdict(list)
            for identity, known in self._known.items():
                self._by_content[known.sha256].append(identity)
        name = PurePath(source).name
        same = self._by_content.get(sha256, [])
        same.sort(key=lambda identity: PurePath(self._known[identity].source).name != name)
        return next((identity for identity in same if self._is_away(self._known[identity].source)), None)

    def claim(self, source: str, sha256: str, chunking: str) -> str | None:
        """The id of the document that is at `source` now, or None; from now on it is nobody else's."""
        identity = self.candidate(source, sha256)
        if identity is None or self._known[identity].chunking != chunking or self._by_content is None:
            return None
        self._by_content[sha256].remove(identity)
        return identity

    def _is_away(self, source: str) -> bool:
        return any(map(PurePath(source).is_relative_to, self._roots)) and is_gone(source)


def is_gone(source: str) -> bool:
    """Whether nothing is where a document came from.

    What cannot be looked at (a folder without permission) is not taken for gone, nor is a file in a file that is there.
    """
    try:
        os.lstat(split(source)[0])
    except (FileNotFoundError, NotADirectoryError):
        return True
    except (OSError, ValueError):
        return False
    return False
