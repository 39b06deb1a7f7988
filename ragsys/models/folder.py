"""A model of the user's own: a folder copied under its own name, so that it can have an int8 copy and hashes."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ragsys.errors import UsageError
from ragsys.models.entries import catalogue
from ragsys.models.fetch import Progress, cannot_write, hash_of, require_space
from ragsys.models.layout import choose, kind_of
from ragsys.models.source import Taken

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ragsys.models.store import Manifest

__all__ = ["FolderSource"]

_NAME = re.compile(r"\w[\w.-]*")


@dataclass(frozen=True, slots=True)
class FolderSource:
    """A folder, by its resolved path. Its base name becomes the model's name."""

    path: Path

    @property
    def name(self) -> str:
        """The folder's base name.

        Raises:
            UsageError: a name of the catalogue, or one that the model folder needs for something else.
        """
        name = self.path.name
        if name in {entry.name for entry in catalogue()}:
            raise UsageError(
                f"{name} is a name of the catalogue; a folder cannot take its place",
                hint=f"rename the folder, or use it as it is: --embedder {self.path}",
            )
        if not _NAME.fullmatch(name) or "--" in name or name == "downloads" or name.endswith(".lock"):
            raise UsageError(
                f"{name!r} cannot be the name of a model", hint="rename the folder: letters, digits, '.', '_' and '-'"
            )
        return name

    def matches(self, manifest: Manifest, *, offline: bool) -> bool:
        """Whether the model that is here was made of just these files."""
        del offline
        chosen = self._chosen()
        gguf = next((name for name in chosen if name.endswith(".gguf")), None)
        if gguf is not None:
            return hash_of(self.path / gguf) == manifest.weights_sha256
        return all(manifest.files.get(name) == hash_of(self.path / name) for name in chosen)

    def fetch(self, downloads: Path, building: Path, report: Callable[[Progress], None], *, offline: bool) -> Taken:
        """Copy the files that `choose` takes.

        Raises:
            ModelRejectedError: no weights in a format that cannot run code, or no kind of model that is known.
            DiskFullError: they do not fit.
        """
        del downloads, offline
        chosen = self._chosen()
        gguf = next((name for name in chosen if name.endswith(".gguf")), None)
        kind = "generator" if gguf else kind_of(self.path, str(self.path))
        require_space(building, sum((self.path / name).stat().st_size for name in chosen), str(self.path))
        for name in chosen:
            report(Progress(f"copying {name}"))
            target = building / ("source.gguf" if name == gguf else name)
            try:
                target.parent.mkdir(exist_ok=True)
                shutil.copyfile(self.path / name, target)
            except OSError as error:
                raise cannot_write(target, error) from None
        return Taken(
            kind=kind,
            licence="unknown",
            origin=(str(self.path / gguf) if gguf else str(self.path),),
            weights_sha256=hash_of(building / "source.gguf") if gguf else None,
            conversion="gguf" if gguf else "none",
        )

    def forget(self, downloads: Path) -> None:
        """Nothing was downloaded."""

    def _chosen(self) -> list[str]:
        files = [*self.path.glob("*"), *self.path.glob("*/*")]
        return choose([file.relative_to(self.path).as_posix() for file in files if file.is_file()], str(self.path))
