"""Putting a model that was made in a folder of its own into its place, in one step."""

from __future__ import annotations

import json
import shutil
import stat
from dataclasses import asdict
from typing import TYPE_CHECKING

from ragsys.models.fetch import cannot_write, hash_of
from ragsys.models.store import MANIFEST

if TYPE_CHECKING:
    from pathlib import Path

    from ragsys.models.store import Manifest

__all__ = ["hashes_of", "swap", "write_manifest"]


def hashes_of(folder: Path) -> dict[str, str]:
    """The SHA-256 of every file in a folder, by its path there."""
    return {p.relative_to(folder).as_posix(): hash_of(p) for p in sorted(folder.rglob("*")) if p.is_file()}


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Record what a model is. Raises `DiskFullError` or `ModelError`."""
    path = folder / MANIFEST
    try:
        path.write_text(json.dumps(asdict(manifest), indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise cannot_write(path, error) from None


def swap(building: Path, place: Path) -> None:
    """Put a whole model in its place, as readable as what this user writes is; the one that was there then goes."""
    old = building.with_suffix(".old")
    shutil.rmtree(old, ignore_errors=True)
    try:
        _share(building)
        if place.exists():
            place.rename(old)
        building.rename(place)
    except OSError as error:
        raise cannot_write(place, error) from None
    shutil.rmtree(old, ignore_errors=True)


def _share(folder: Path) -> None:
    """Give every file the mode that a new one gets: safetensors writes its files for their owner alone."""
    probe = folder / "mode.tmp"
    probe.touch()
    usual = stat.S_IMODE(probe.stat().st_mode)
    probe.unlink()
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink() and stat.S_IMODE(path.stat().st_mode) != usual:
            path.chmod(usual)
