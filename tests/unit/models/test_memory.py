"""What a model needs, by its files alone, against what loading it really makes."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from safetensors.numpy import load_file

from ragsys.generate.transformers_backend import TransformersGenerator
from ragsys.models import local, machine_memory, memory_needed, pull
from ragsys.models.memory import _TORCH
from ragsys.types import Decoding, Message

if TYPE_CHECKING:
    from pathlib import Path

    from ragsys.models import LocalModel


@pytest.fixture
def model(tmp_path: Path, tiny_generator: Path) -> LocalModel:
    """The tiny generator, pulled."""
    own = shutil.copytree(tiny_generator, tmp_path / "babble")
    return pull(str(own), models_dir=tmp_path / "models", offline=True)


def test_a_generator_needs_its_weights_and_a_full_context(model: LocalModel) -> None:
    """As many numbers as there are in its tensors and in the keys and values of its longest prompt."""
    generator = TransformersGenerator(model.path, "tiny", device="cpu")
    list(generator.stream([Message("user", "a" * 200)], Decoding(1)))
    assert generator._prefixes is not None
    (kept,) = generator._prefixes._kept
    cache = kept.size // len(kept.tokens) * generator.context_tokens
    weights = sum(array.nbytes for array in load_file(model.path / "model.safetensors").values())
    assert memory_needed(model) == _TORCH + weights + cache


def test_an_embedder_needs_what_its_int8_copy_takes(tmp_path: Path, tiny_embedder: Path) -> None:
    """Without torch; a model whose files say nothing has no estimate."""
    model = pull(str(shutil.copytree(tiny_embedder, tmp_path / "words")), models_dir=tmp_path / "models", offline=True)
    needed = memory_needed(model)
    assert needed is not None
    (model.path / "int8.onnx").unlink(missing_ok=True)
    assert (memory_needed(model) or 0) > _TORCH
    for weights in model.path.rglob("*.safetensors"):
        weights.write_bytes(b"no header")
    assert memory_needed(model) is None
    assert [found.name for found in local(tmp_path / "models")] == ["words"]


def test_the_machine_has_memory() -> None:
    """More than a gigabyte wherever the system says."""
    assert (machine_memory() or 1 << 40) > 1 << 30
