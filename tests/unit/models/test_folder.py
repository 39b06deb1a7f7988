"""A user's own folder: copied under its name, with hashes and an int8 copy, and never in another model's place."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from ragsys.config import Settings
from ragsys.errors import DiskFullError, ModelRejectedError, UsageError
from ragsys.models import load_embedder, local, pull, resolve
from ragsys.models.pulling import pull as pull_again

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def own(tmp_path: Path, tiny_embedder: Path) -> Path:
    """A folder of the user's own."""
    return shutil.copytree(tiny_embedder, tmp_path / "our-words")


def test_a_folder_becomes_a_model_of_its_name(tmp_path: Path, own: Path) -> None:
    """The copy has the fast path and survives the folder; the folder itself is not touched."""
    before = sorted(p.name for p in own.rglob("*"))
    models = tmp_path / "models"
    model = pull(str(own), models_dir=models, offline=True)
    assert (model.name, model.manifest.origin) == ("our-words", (str(own.resolve()),))
    assert sorted(p.name for p in own.rglob("*")) == before
    shutil.rmtree(own)
    embedder = load_embedder(Settings(embedder="our-words", models_dir=str(models), device="cpu"))
    assert type(embedder).__name__ == "OnnxEmbedder"
    assert embedder.embed_queries(["grinder"]).shape == (1, 32)


def test_code_and_pickles_are_left_behind(tmp_path: Path, own: Path) -> None:
    """Only what `choose` takes is copied."""
    (own / "modeling.py").write_text("1 / 0")
    (own / "optimizer.pt").write_bytes(b"x")
    model = pull(str(own), models_dir=tmp_path / "models")
    assert not {"modeling.py", "optimizer.pt"} & {p.name for p in model.path.iterdir()}


def test_the_same_folder_again_is_nothing_new(tmp_path: Path, own: Path) -> None:
    """The same files are recognised; others under that name need --force."""
    models = tmp_path / "models"
    first = pull(str(own), models_dir=models)
    stamp = (first.path / "manifest.json").stat().st_mtime_ns
    pull(str(own), models_dir=models)
    assert (first.path / "manifest.json").stat().st_mtime_ns == stamp
    (own / "README.md").write_text("changed")
    with pytest.raises(UsageError, match="another model named our-words") as caught:
        pull(str(own), models_dir=models)
    assert "--force" in caught.value.hint
    pull(str(own), models_dir=models, force=True)
    assert (resolve("our-words", models).path / "README.md").read_text() == "changed"


@pytest.mark.parametrize("name", ["all-MiniLM-L6-v2", "acme--words", "downloads", "with space"])
def test_a_name_that_means_something_else_is_refused(tmp_path: Path, own: Path, name: str) -> None:
    """A folder cannot take the place of the catalogue, of a hub model, or of what the store needs itself."""
    own.rename(tmp_path / name)
    with pytest.raises(UsageError) as caught:
        pull(str(tmp_path / name), models_dir=tmp_path / "models")
    assert "rename" in caught.value.hint
    assert local(tmp_path / "models") == []


def test_a_folder_that_is_no_model_is_refused(tmp_path: Path, own: Path) -> None:
    """Weights of a plain encoder, without modules.json, are neither an embedder nor a generator."""
    (own / "modules.json").unlink()
    with pytest.raises(ModelRejectedError, match="BertModel"):
        pull(str(own), models_dir=tmp_path / "models")
    assert not list((tmp_path / "models" / "downloads").iterdir())


def test_weights_larger_than_the_disk_are_refused_before_they_are_copied(tmp_path: Path, own: Path) -> None:
    """A (sparse) file of ten terabytes is compared with the free space, not written until the disk is full."""
    with (own / "model.safetensors").open("r+b") as file:
        file.truncate(10 * 2**40)
    with pytest.raises(DiskFullError, match=str(10 * 2**40)[:4]):
        pull_again(str(own), models_dir=tmp_path / "models")


def test_a_causal_model_of_ones_own_is_a_generator(tmp_path: Path, tiny_generator: Path) -> None:
    """Its architecture says so."""
    model = pull(str(tiny_generator), models_dir=tmp_path)
    assert (model.name, model.manifest.kind) == ("tiny-generator", "generator")
