"""Files that were moved or renamed: a document whose own file is gone, and the same bytes where there were none.

Only documents under the folders that are looked at can have moved: of another one, the disk may not be there just now.
"""

from __future__ import annotations

import os
from collections import defaultdict
from pathlib import PurePath
from typing import TYPE_CHECKING

from ragsys.ingest.discover import document_id

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from ragsys.indexes.records import KnownFile

__all__ = ["MEMBER", "Moves", "is_gone"]

MEMBER = "!/"  # between the source of a file and the name of a file in it


class Moves:
    """The documents under `roots` that a new source may turn out to be; each is given once."""

    def __init__(self, known: Mapping[str, KnownFile], roots: Sequence[Path]) -> None:
        self._known = known
        self._roots = tuple(roots)
        self._by_content: dict[tuple[str, str], list[str]] | None = None

    def claim(self, source: str, sha256: str, chunking: str) -> str | None:
        """The id of the document that is at `source` now, or None; one of the same file name rather than another."""
        if not self._roots or document_id(source) in self._known:
            return None
        if self._by_content is None:
            self._by_content = defaultdict(list)
            for identity, known in self._known.items():
                self._by_content[known.sha256, known.chunking].append(identity)
        candidates = self._by_content.get((sha256, chunking), [])
        name = PurePath(source).name
        candidates.sort(key=lambda identity: PurePath(self._known[identity].source).name != name)
        for identity in candidates:
            before = self._known[identity].source
            if any(map(PurePath(before).is_relative_to, self._roots)) and is_gone(before):
                candidates.remove(identity)
                return identity
        return None


def is_gone(source: str) -> bool:
    """Whether nothing is where a document came from.

    What cannot be looked at (a folder without permission) is not taken for gone, nor is a file in a file that is there.
    """
    try:
        os.lstat(source.partition(MEMBER)[0])
    except (FileNotFoundError, NotADirectoryError):
        return True
    except (OSError, ValueError):
        return False
    return False
