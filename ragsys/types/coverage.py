"""What an index covers of the files that it was made of: counted, never estimated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["CopyGroup", "CoverageReport", "Covered", "SyncedRoot"]


@dataclass(frozen=True, slots=True)
class Covered:
    """The files of one format or one folder. `failures` counts those that failed by code.

    `pages` is 0 where the format has none; `blank_pages` carry no text.
    """

    name: str
    files: int
    passages: int
    pages: int
    blank_pages: int
    failures: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class CopyGroup:
    """Passages that say the same: how many, in which documents (their sources), and how the first begins."""

    passages: int
    documents: tuple[str, ...]
    opening: str


@dataclass(frozen=True, slots=True)
class SyncedRoot:
    """A file or folder that was added, and when it was last looked at to its end; None where it never was."""

    path: str
    synced_at: str | None


@dataclass(frozen=True, slots=True)
class CoverageReport:
    """Files, passages and failures by format and by folder; a failed file's format is its ending.

    `truncated` counts the characters of stored texts that no passage covers, as found by looking at every passage.
    `copy_groups` counts the groups of near copies, `copies` the passages in them; `largest` are some.
    """

    formats: tuple[Covered, ...]
    folders: tuple[Covered, ...]
    failures: Mapping[str, int]
    pages: int
    blank_pages: int
    truncated: int
    copy_groups: int
    copies: int
    largest: tuple[CopyGroup, ...]
    roots: tuple[SyncedRoot, ...]
