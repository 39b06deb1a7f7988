"""GGUF files: a tiny llama is written with the gguf package, converted, loaded by transformers, and compared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gguf_writer
import numpy as np
import pytest
from safetensors.numpy import load_file

from ragsys.errors import DiskFullError, ModelRejectedError
from ragsys.generate.transformers_backend import TransformersGenerator
from ragsys.models import pull
from ragsys.models.fetch import hash_of
from ragsys.models.gguf import convert, expanded_bytes
from ragsys.types import Decoding, Message

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def written(tmp_path: Path, tiny_generator: Path) -> tuple[Path, dict[str, Any]]:
    """A GGUF file and the weights that it stands for."""
    return tmp_path / "source.gguf", gguf_writer.write(tiny_generator, tmp_path / "source.gguf")


def test_every_weight_is_the_dequantised_one(
    tmp_path: Path, written: tuple[Path, dict[str, Any]], capfd: pytest.CaptureFixture[str]
) -> None:
    """The folder holds float32, exactly what Q8_0 stands for; and no library says a word meanwhile."""
    folder = tmp_path / "folder"
    folder.mkdir()
    convert(written[0], folder)
    assert capfd.readouterr() == ("", "")
    found = load_file(folder / "model.safetensors")
    assert found.keys() == written[1].keys()
    for name, weights in written[1].items():
        np.testing.assert_array_equal(found[name], weights, err_msg=name)
    assert expanded_bytes(written[0]) == sum(weights.nbytes for weights in found.values())


def test_the_folder_generates_with_its_own_tokenizer(
    tmp_path: Path, written: tuple[Path, dict[str, Any]], tiny_generator: Path
) -> None:
    """Token counts are those of the original, and the model runs without the GGUF file."""
    folder = tmp_path / "folder"
    folder.mkdir()
    convert(written[0], folder)
    written[0].unlink()
    generator = TransformersGenerator(folder, "toy", device="cpu")
    text = "The grinder, 磨豆机, is cleaned."
    assert generator.count_tokens(text) == TransformersGenerator(tiny_generator, "x", device="cpu").count_tokens(text)
    assert "".join(generator.stream([Message("user", "a")], Decoding(max_new_tokens=8)))


def test_a_folder_with_one_gguf_file_is_pulled(tmp_path: Path, written: tuple[Path, dict[str, Any]]) -> None:
    """Its identity is the hash of the GGUF file; the same file again is recognised."""
    own = tmp_path / "toy"
    own.mkdir()
    written[0].rename(own / "toy-q8_0.gguf")
    model = pull(str(own), models_dir=tmp_path / "models")
    assert model.manifest.kind == "generator"
    assert model.manifest.weights_sha256 == hash_of(own / "toy-q8_0.gguf")
    assert not list(model.path.glob("*.gguf"))
    assert pull(str(own), models_dir=tmp_path / "models") == model


@pytest.mark.parametrize("content", [b"", b"GGUF", b"GGUF" + bytes(range(200)), b"no GGUF at all"])
def test_a_damaged_file_is_a_typed_error(tmp_path: Path, content: bytes) -> None:
    """Whatever the reader makes of it, it is a ModelRejectedError with a next step."""
    (tmp_path / "source.gguf").write_bytes(content)
    for read in (expanded_bytes, lambda source: convert(source, tmp_path)):
        with pytest.raises(ModelRejectedError) as caught:
            read(tmp_path / "source.gguf")
        assert caught.value.hint


def test_weights_that_would_fill_the_disk_are_not_expanded(
    tmp_path: Path, written: tuple[Path, dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Free space is compared with the expanded size before the conversion starts."""
    import shutil
    from types import SimpleNamespace

    own = tmp_path / "toy"
    own.mkdir()
    written[0].rename(own / "toy.gguf")
    room = (own / "toy.gguf").stat().st_size + 1
    needed = expanded_bytes(own / "toy.gguf")
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: SimpleNamespace(free=room))
    with pytest.raises(DiskFullError, match=f"conversion of toy needs {needed} bytes in {tmp_path}"):
        pull(str(own), models_dir=tmp_path / "models")
    assert not list((tmp_path / "models" / "downloads").iterdir())
