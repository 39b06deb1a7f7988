"""GGUF files: a tiny llama is written with the gguf package, converted, loaded by transformers, and compared."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import gguf
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

_NAMES = {
    "model.embed_tokens.weight": "token_embd.weight",
    "model.norm.weight": "output_norm.weight",
    "lm_head.weight": "output.weight",
    "input_layernorm.weight": "attn_norm.weight",
    "post_attention_layernorm.weight": "ffn_norm.weight",
    "self_attn.q_proj.weight": "attn_q.weight",
    "self_attn.k_proj.weight": "attn_k.weight",
    "self_attn.v_proj.weight": "attn_v.weight",
    "self_attn.o_proj.weight": "attn_output.weight",
    "mlp.gate_proj.weight": "ffn_gate.weight",
    "mlp.up_proj.weight": "ffn_up.weight",
    "mlp.down_proj.weight": "ffn_down.weight",
}


def _gguf_name(name: str) -> str:
    if not name.startswith("model.layers."):
        return _NAMES[name]
    layer, part = name.removeprefix("model.layers.").split(".", 1)
    return f"blk.{layer}.{_NAMES[part]}"


def _permuted(weights: Any, heads: int) -> Any:
    """Rows of a rotary projection as llama.cpp orders them: halves of each head interleaved."""
    return weights.reshape(heads, 2, weights.shape[0] // heads // 2, -1).swapaxes(1, 2).reshape(weights.shape)


def _write(source: Path, target: Path) -> dict[str, Any]:
    """Write the llama in `source` as GGUF, matrices in Q8_0; returns its dequantised weights by transformers' names."""
    config = json.loads((source / "config.json").read_text())
    tokenizer = json.loads((source / "tokenizer.json").read_text())["model"]
    writer = gguf.GGUFWriter(target, "llama")
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_head_count_kv(config["num_key_value_heads"])
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_rope_freq_base(10000.0)
    writer.add_vocab_size(config["vocab_size"])
    writer.add_tokenizer_model("gpt2")
    tokens = sorted(tokenizer["vocab"], key=tokenizer["vocab"].__getitem__)
    writer.add_token_list(tokens)
    writer.add_token_types([3, 3] + [1] * (len(tokens) - 2))
    writer.add_token_merges([" ".join(pair) for pair in tokenizer["merges"]])
    writer.add_bos_token_id(0)
    writer.add_eos_token_id(1)
    expected = {}
    for name, weights in load_file(source / "model.safetensors").items():
        stored = weights
        if "q_proj" in name or "k_proj" in name:
            stored = _permuted(weights, config["num_attention_heads"])
        kind = gguf.GGMLQuantizationType.F32 if weights.ndim == 1 else gguf.GGMLQuantizationType.Q8_0
        packed = gguf.quants.quantize(stored, kind)
        writer.add_tensor(_gguf_name(name), packed, raw_dtype=kind)
        expected[name] = gguf.quants.dequantize(gguf.quants.quantize(weights, kind), kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return expected


@pytest.fixture
def written(tmp_path: Path, tiny_generator: Path) -> tuple[Path, dict[str, Any]]:
    """A GGUF file and the weights that it stands for."""
    return tmp_path / "source.gguf", _write(tiny_generator, tmp_path / "source.gguf")


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
