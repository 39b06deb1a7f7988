"""From a setting to an embedder: which backend, which identity, and which errors."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from ragsys.config import Settings
from ragsys.errors import ConfigError, ModelRejectedError
from ragsys.models import load_embedder, pull

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def models(tmp_path: Path, tiny_embedder: Path) -> Path:
    """A model folder that holds the tiny embedder, with its int8 copy."""
    pull(str(tiny_embedder), models_dir=tmp_path / "models")
    return tmp_path / "models"


def _load(models: Path, **settings: Any) -> Any:
    return load_embedder(
        Settings(**{"embedder": "tiny-embedder", "models_dir": str(models), "device": "cpu"} | settings)
    )


@pytest.mark.parametrize(
    ("backend", "expected"),
    [("auto", "OnnxEmbedder"), ("onnx", "OnnxEmbedder"), ("torch", "SentenceTransformerEmbedder")],
)
def test_the_backend_follows_the_setting(models: Path, backend: str, expected: str) -> None:
    """On a CPU the int8 copy is the default, and fp32 is there when it is asked for."""
    assert type(_load(models, embed_backend=backend)).__name__ == expected


def test_the_precision_is_part_of_the_identity(models: Path) -> None:
    """int8 and fp32 vectors of one model do not mix; each identity is stable."""
    small, full = _load(models), _load(models, embed_backend="torch")
    assert small.space.digest != full.space.digest
    assert _load(models).space == small.space


def test_a_copy_that_was_not_checked_is_not_used(models: Path, tmp_path: Path, tiny_embedder: Path) -> None:
    """A file named int8.onnx in a folder of the user's own counts for nothing: fp32 runs."""
    own = shutil.copytree(tiny_embedder, tmp_path / "own")
    shutil.copy(models / "tiny-embedder" / "int8.onnx", own)
    assert type(_load(models, embedder=str(own))).__name__ == "SentenceTransformerEmbedder"
    with pytest.raises(ConfigError, match="no accepted int8 copy"):
        _load(models, embedder=str(own), embed_backend="onnx")


@pytest.mark.parametrize("settings", [{"embed_backend": "tensorflow"}, {"device": "tpu"}, {"device": "cuda:99"}])
def test_a_setting_that_cannot_be_is_a_typed_error(models: Path, settings: dict[str, str]) -> None:
    """An unknown backend, an unknown device, and one that is not there."""
    with pytest.raises(ConfigError):
        _load(models, **settings)


def test_a_generator_is_not_an_embedder(models: Path, tiny_generator: Path) -> None:
    """Pulled or not, a causal language model is refused: the library would make vectors of it that mean nothing."""
    pull(str(tiny_generator), models_dir=models)
    for name in ("tiny-generator", str(tiny_generator)):
        with pytest.raises(ModelRejectedError, match="tiny-generator is a generator"):
            _load(models, embedder=name)


def test_a_plain_encoder_runs_in_fp32(models: Path, tmp_path: Path, tiny_embedder: Path) -> None:
    """A folder without modules.json is read as the library reads it: with mean pooling."""
    own = shutil.copytree(tiny_embedder, tmp_path / "own")
    (own / "modules.json").unlink()
    assert _load(models, embedder=str(own)).embed_queries(["grinder"]).shape == (1, 32)


def test_a_folder_that_cannot_be_loaded_is_a_typed_error(models: Path, tmp_path: Path, tiny_embedder: Path) -> None:
    """What the library raises for a folder it does not understand is not a traceback."""
    own = shutil.copytree(tiny_embedder, tmp_path / "own")
    (own / "config.json").write_text(json.dumps({"model_type": "nonesuch", "max_position_embeddings": 256}))
    with pytest.raises(ModelRejectedError, match="cannot be loaded"):
        _load(models, embedder=str(own))


def test_damaged_weights_are_a_typed_error(models: Path, tmp_path: Path, tiny_embedder: Path) -> None:
    """A safetensors file that ends early is refused."""
    own = shutil.copytree(tiny_embedder, tmp_path / "own")
    (own / "model.safetensors").write_bytes((own / "model.safetensors").read_bytes()[:1000])
    with pytest.raises(ModelRejectedError, match="cannot be loaded"):
        _load(models, embedder=str(own))
