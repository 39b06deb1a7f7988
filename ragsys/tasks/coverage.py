"""How much of the files that were added is in the index, by format and by folder, and what is in it twice."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import TYPE_CHECKING

from ragsys.ingest.web.urls import is_url
from ragsys.members import split
from ragsys.types import CopyGroup, CoverageReport, Covered, SyncedRoot

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ragsys.indexes import View
    from ragsys.tasks.workspace import Workspace

__all__ = ["coverage"]

_LARGEST, _SOURCES, _OPENING = 10, 5, 80
_NO_FILE, _PAGE = "(no file)", "(web page)"


@dataclass(slots=True)
class _Sum:
    files: int = 0
    passages: int = 0
    pages: int = 0
    blank_pages: int = 0
    failures: Counter[str] = field(default_factory=Counter)

    def covered(self, name: str) -> Covered:
        failures = dict(sorted(self.failures.items()))
        return Covered(name, self.files, self.passages, self.pages, self.blank_pages, failures)


def coverage(workspace: Workspace, *, depth: int) -> CoverageReport:
    """Count everything. A folder is a root and up to `depth` folders in it; reads every passage once or twice."""
    roots = workspace.index.roots.all()
    paths = sorted((PurePath(root.path) for root in roots), key=lambda path: len(path.parts), reverse=True)
    formats: dict[str, _Sum] = defaultdict(_Sum)
    folders: dict[str, _Sum] = defaultdict(_Sum)
    truncated = 0
    with workspace.read() as view:
        for item in view.inventory():
            truncated += item.uncovered
            for total in (formats[item.parser], folders[_folder(item.source, paths, depth)]):
                total.files += 1
                total.passages += item.passages
                total.pages += item.pages
                total.blank_pages += item.blank_pages
        failed = view.failures()
        groups = _groups(view)
        largest = tuple(_described(view, group) for group in groups[:_LARGEST])
    for failure in failed:
        for total in (formats[_format(failure.source)], folders[_folder(failure.source, paths, depth)]):
            total.failures[failure.code] += 1
    return CoverageReport(
        formats=_listed(formats),
        folders=_listed(folders),
        failures=dict(sorted(Counter(failure.code for failure in failed).items())),
        pages=sum(total.pages for total in formats.values()),
        blank_pages=sum(total.blank_pages for total in formats.values()),
        truncated=truncated,
        copy_groups=len(groups),
        copies=sum(map(len, groups)),
        largest=largest,
        roots=tuple(SyncedRoot(root.path, root.synced_at) for root in roots),
    )


def _listed(totals: Mapping[str, _Sum]) -> tuple[Covered, ...]:
    return tuple(total.covered(name) for name, total in sorted(totals.items()))


def _format(source: str) -> str:
    """A file that failed has no parser: its ending, or its lack of one, stands for its format."""
    if is_url(source):
        return _PAGE
    return PurePath(source).suffix.lower() or "(no ending)"


def _folder(source: str, roots: Sequence[PurePath], depth: int) -> str:
    """The root that is nearest to a source, which is first in `roots`, and up to `depth` folders below it.

    Of a web page, its site.
    """
    if is_url(source):
        return "/".join(source.partition("?")[0].split("/")[:3])
    path = PurePath(split(source)[0])
    if not path.is_absolute():
        return _NO_FILE
    for root in roots:
        if path != root and path.is_relative_to(root):
            return str(root.joinpath(*path.relative_to(root).parts[:-1][:depth]))
    return str(path.parent)


def _groups(view: View) -> list[list[int]]:
    from ragsys.retrieve import copy_groups

    def texts_of(ids: Sequence[int]) -> Mapping[int, str]:
        return {number: passage.text for number, passage in view.passages(ids).items()}

    return copy_groups(view.select(None).tolist(), texts_of)


def _described(view: View, group: Sequence[int]) -> CopyGroup:
    found = view.passages(group)
    sources = dict.fromkeys(found[number].document.source for number in group)
    opening = " ".join(found[group[0]].text.split())[:_OPENING]
    return CopyGroup(len(group), tuple(list(sources)[:_SOURCES]), opening)
