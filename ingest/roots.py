"""What was said of each file or folder when it was added, which holds for what is found there later.

The nearest root that says something of an option decides it; tags of the others stay beside its own. Knows nothing
about storage.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ragsys.errors import UsageError
from ragsys.ingest.discover import root_of
from ragsys.ingest.given import Beside, Says
from ragsys.ingest.redaction import together
from ragsys.ingest.sidecar import Sidecar, read_sidecar
from ragsys.notices import Notice

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ragsys.indexes import Index
    from ragsys.indexes.records import StoredRoot
    from ragsys.types import Scalar

__all__ = ["Options", "Root", "beside", "is_reachable", "list_roots", "merged_options", "resolved"]


@dataclass(frozen=True, slots=True)
class Options:
    """What holds for the files at and under a root. `metadata` is the path of a side-car, `folder` what the root is."""

    folder: bool = True
    acl: tuple[str, ...] | None = None
    tags: Mapping[str, Scalar | None] = field(default_factory=dict)
    metadata: str | None = None
    redact: str | None = None

    def to_json(self) -> str:
        """As it is stored."""
        return json.dumps({key: value for key, value in asdict(self).items() if value is not None}, ensure_ascii=False)

    @classmethod
    def from_json(cls, stored: str) -> Options:
        """What `to_json` made."""
        found = json.loads(stored)
        return cls(**(found | {"acl": tuple(found["acl"])} if "acl" in found else found))

    def then(self, later: Options) -> Options:
        """These, and what was said later: what it leaves open stays."""
        said = {name: value for name in ("acl", "metadata") if (value := getattr(later, name)) is not None}
        tags = {**self.tags, **later.tags}
        redact = later.redact and (together(later.redact, self.redact) or "none")
        return replace(self, folder=later.folder, tags=tags, redact=redact or self.redact, **said)


@dataclass(frozen=True, slots=True)
class Root:
    """A file or a folder that was added, and when it was last looked at to the end."""

    path: str
    options: Options
    added_at: str
    synced_at: str | None


def list_roots(index: Index) -> list[Root]:
    """What was added, by path."""
    found = index.roots.all()
    return [Root(root.path, Options.from_json(root.options), root.added_at, root.synced_at) for root in found]


def resolved(paths: Sequence[Path]) -> list[Path]:
    """The paths as an index holds them; what cannot be a path is left out."""
    return [Path(os.path.realpath(root_of(path))) for path in paths if "\0" not in str(path)]


def merged_options(
    stored: Iterable[StoredRoot], paths: Iterable[Path], now: Options, urls: Iterable[str] = ()
) -> dict[str, Options]:
    """The options of every root, those of existing `paths` and of `urls` with what is said of them now."""
    known = {root.path: Options.from_json(root.options) for root in stored}
    here = {str(path): replace(now, folder=path.is_dir()) for path in paths if _storable(path) and path.exists()}
    for name, said in (here | dict.fromkeys(urls, replace(now, folder=False))).items():
        known[name] = known[name].then(said) if name in known else said
    return known


def beside(
    options: Mapping[str, Options],
    *,
    needed: str | None = None,
    web: Mapping[str, Mapping[str, str]] | None = None,
) -> tuple[Beside, list[Notice]]:
    """What roots say of documents, their side-cars read, and which side-cars could not be.

    Where one cannot be read, what it said before stays; only the one that is `needed` has to be readable. `web` is what
    servers say of pages.

    Raises:
        UsageError: a side-car with a bad line, or the needed one cannot be read.
    """
    sidecars: dict[str, Sidecar | None] = {}
    notices = []
    for path in {said.metadata for said in options.values() if said.metadata is not None}:
        try:
            sidecars[path] = read_sidecar(Path(path))
        except UsageError as error:
            if path == needed or os.path.lexists(path):
                raise
            sidecars[path] = None
            notices.append(Notice("metadata-missing", f"{error.message}; what it said before stays"))
    says = {
        path: Says(said.tags, sidecars[said.metadata] if said.metadata is not None else None, said.acl, said.redact)
        for path, said in options.items()
    }
    return Beside(says, web), notices


def is_reachable(path: Path, options: Options) -> bool:
    """Whether what is missing under a root is gone.

    Not where the whole root may only be out of sight, as on a disk that is not mounted: that looks like a folder with
    nothing in it, or like none.
    """
    folder = path if options.folder else path.parent
    try:
        with os.scandir(folder) as entries:
            return next(entries, None) is not None
    except OSError:
        return False


def _storable(path: Path) -> bool:
    try:
        str(path).encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
