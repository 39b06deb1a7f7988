"""Models on this machine: found by name, checked by SHA-256, listed and removed. Knows nothing of where they come from.

A model is a folder with a `manifest.json` that records where it came from and what each file must hash to. A hash that
was right once is remembered with the file's size, time and inode, so that a start does not read half a gigabyte.
"""

from __future__ import annotations

import contextlib
import json
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ragsys.errors import ModelHashError, ModelMissingError, ModelUnknownError
from ragsys.models.entries import catalogue
from ragsys.models.fetch import cannot_write, hash_of
from ragsys.models.layout import identity

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = [
    "DOWNLOADS",
    "MANIFEST",
    "LocalModel",
    "Manifest",
    "VerifyResult",
    "folder_name",
    "installed",
    "local",
    "read_manifest",
    "remove",
    "resolve",
    "verify",
]

MANIFEST = "manifest.json"
DOWNLOADS = "downloads"
_STAMPS = "verified.json"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What is recorded of a model: its licence, its origin, the hash of its source weights and of each file.

    `origin` names each file's source (package, repository at a commit, or folder); `revision` is what was asked of the
    hub and `commit` what it stood for. `int8` holds the agreement of the ONNX copy, or why there is none. `lineage`
    says of a model that was made here what it was made of, and what it was measured to be worth.
    """

    name: str
    kind: str
    licence: str
    weights_sha256: str
    notice: str | None = None
    origin: tuple[str, ...] = ()
    revision: str | None = None
    commit: str | None = None
    files: Mapping[str, str] = field(default_factory=dict)
    int8: Mapping[str, float | str] = field(default_factory=dict)
    lineage: Mapping[str, Any] = field(default_factory=dict)


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


def folder_name(name: str) -> str:
    """The name of a model's folder: a hub id has no slash in it there."""
    return name.replace("/", "--")


def installed(models_dir: Path) -> set[str]:
    """The names of the catalogue's models that are on this machine."""
    return {e.name for e in catalogue() if (models_dir / e.name / MANIFEST).is_file()}


def local(models_dir: Path) -> list[LocalModel]:
    """Every model on this machine, by name. Nothing is hashed; a folder whose manifest is damaged is left out."""
    models = []
    for path in models_dir.glob(f"*/{MANIFEST}"):
        with contextlib.suppress(ModelHashError):
            manifest = read_manifest(path.parent)
            models.append(LocalModel(manifest.name, path.parent, manifest))
    return sorted(models, key=lambda model: model.name)


def remove(name: str, models_dir: Path) -> LocalModel:
    """Delete a model, and what a pull of it left half done. Raises `ModelMissingError` for one that is not here."""
    from filelock import FileLock

    folder = models_dir / folder_name(name)
    if not (folder / MANIFEST).is_file():
        raise ModelMissingError(f"the model {name} is not here", hint="run `ragsys models list` to see what is")
    with FileLock(models_dir / f"{folder.name}.lock"):
        model = LocalModel(name, folder, read_manifest(folder))
        try:
            (folder / MANIFEST).unlink()  # from here on it is no model, however far the rest gets
            shutil.rmtree(folder)
        except OSError as error:
            raise cannot_write(folder, error) from None
        for rest in (
            *models_dir.glob(f"{DOWNLOADS}/{folder.name}.*"),
            *models_dir.glob(f"{DOWNLOADS}/{folder.name}@*"),
        ):
            shutil.rmtree(rest, ignore_errors=True)
    return model


def resolve(name: str, models_dir: Path) -> LocalModel:
    """The local model for a name that was pulled (`org/name@revision` too), or a folder; its hashes are right.

    Raises:
        ModelMissingError: known, but not here.
        ModelHashError: a file is not what it was when it was pulled.
        ModelUnknownError: nothing of that name.
    """
    plain, _, revision = name.partition("@") if name.count("/") else (name, "", "")
    folder = models_dir / folder_name(plain)
    if (folder / MANIFEST).is_file():
        manifest = read_manifest(folder)
        if revision and revision not in {manifest.revision, manifest.commit}:
            raise ModelMissingError(
                f"{plain} is in {models_dir} at {manifest.revision or manifest.commit}, not at {revision}",
                hint=f"run `ragsys models pull {name} --force` to put that revision in its place",
            )
        _check(folder, manifest, models_dir / _STAMPS)
        return LocalModel(manifest.name, folder, manifest)
    path = Path(name).expanduser()
    if (path / "config.json").is_file() or (path / "modules.json").is_file():
        return _from_folder(path.resolve(), models_dir / _STAMPS)
    if name in {e.name for e in catalogue()} or plain.count("/") == 1:
        raise ModelMissingError(
            f"the model {name} is not in {models_dir}", hint=f"run `ragsys models pull {name}` once, with a network"
        )
    raise ModelUnknownError(
        f"no model {name!r}: not in the catalogue, and no folder of that name holds a model",
        hint="run `ragsys models list` to see the catalogue",
    )


def verify(models_dir: Path, name: str | None = None) -> list[VerifyResult]:
    """Hash every file of one model, or of all, and compare. Raises `ModelMissingError` for a name that is not here."""
    folders = sorted(path.parent for path in models_dir.glob(f"*/{MANIFEST}"))
    if name is not None:
        folders = [models_dir / folder_name(name)]
        if not (folders[0] / MANIFEST).is_file():
            raise ModelMissingError(f"the model {name} is not here", hint=f"run `ragsys models pull {name}`")
    results = []
    for folder in folders:
        manifest = read_manifest(folder)
        for file, expected in manifest.files.items():
            found = hash_of(folder / file) if (folder / file).is_file() else None
            message = "missing" if found is None else "as recorded" if found == expected else f"is {found}"
            results.append(VerifyResult(manifest.name, file, found == expected, message))
    return results


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a model's folder. Raises `ModelHashError` where it cannot be read."""
    try:
        fields = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        return Manifest(**{**fields, "origin": tuple(fields["origin"])})
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise ModelHashError(f"{folder / MANIFEST} cannot be read: {error}") from None


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
    kind = "embedder" if (path / "modules.json").is_file() else "generator"
    return LocalModel(str(path), path, Manifest(str(path), kind, "unknown", identity(hashes)))


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
            known = [*stamp, hash_of(path)]
            stamps[str(path)], changed = known, True
        hashes[name] = str(known[3])
    if changed:
        with contextlib.suppress(OSError):  # a read-only model folder is merely slower to start from
            temporary = stamps_file.with_suffix(".tmp")
            temporary.write_text(json.dumps(stamps), encoding="utf-8")
            temporary.replace(stamps_file)
    return hashes
