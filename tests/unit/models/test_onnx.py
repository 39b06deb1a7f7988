"""The int8 copy: exported from a real model, measured against it, and refused where it does not agree."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import numpy as np
import onnx
import pytest
from safetensors.numpy import load_file, save_file

from ragsys.embed.onnx import OnnxEmbedder
from ragsys.embed.sentence_transformer import SentenceTransformerEmbedder
from ragsys.errors import ModelRejectedError
from ragsys.models import pull
from ragsys.models.onnx import LEAST_COSINE, LEAST_NDCG, agreement, export, export_bytes
from ragsys.models.quiet import quiet

if TYPE_CHECKING:
    from pathlib import Path

_WORDS = "embeddings.word_embeddings.weight"


@pytest.fixture
def folder(tmp_path: Path, tiny_embedder: Path) -> Path:
    """A copy of the tiny embedder, to be exported or spoilt."""
    return shutil.copytree(tiny_embedder, tmp_path / "model")


def _spoil(folder: Path) -> None:
    """Give the vocabulary one word that int8 cannot hold beside the others: their differences round to nothing."""
    weights = load_file(folder / "model.safetensors")
    weights[_WORDS] = weights[_WORDS].copy()
    weights[_WORDS][-1] = 1e4 * np.sign(weights[_WORDS][-1])
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})


def test_the_copy_agrees_and_is_int8(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """The figures are within the limits, the weights are bytes, nothing else is left, and no library says a word."""
    before = {p.name for p in folder.iterdir()}
    figures = export(folder)
    assert capfd.readouterr() == ("", "")
    assert figures["cosine_mean"] >= LEAST_COSINE
    assert figures["ndcg_int8"] >= figures["ndcg_fp32"] - max(LEAST_NDCG, figures["ndcg_chance"])
    assert figures["n"] > 50
    assert {p.name for p in folder.iterdir()} == before | {"int8.onnx"}
    kinds = {tensor.data_type for tensor in onnx.load(folder / "int8.onnx").graph.initializer}
    assert onnx.TensorProto.INT8 in kinds


def test_the_room_it_needs_is_counted_in_fp32(folder: Path) -> None:
    """Two copies of the weights in fp32, also where they are stored in half precision; damaged ones are refused."""
    weights = load_file(folder / "model.safetensors")
    save_file({k: v.astype(np.float16) for k, v in weights.items()}, folder / "model.safetensors")
    assert export_bytes(folder) == 2 * sum(4 * v.size for v in weights.values())
    (folder / "model.safetensors").write_bytes(b"\xff" * 100)
    with pytest.raises(ModelRejectedError, match="cannot be read"):
        export_bytes(folder)


def test_both_backends_make_the_same_vectors_but_for_rounding(folder: Path) -> None:
    """Texts of different lengths in one batch, English and Chinese: padding has no effect."""
    export(folder)
    with quiet():
        full, small = SentenceTransformerEmbedder(folder), OnnxEmbedder(folder)
    texts = ["grinder", "The burrs of a coffee grinder are brushed dry every two weeks.", "磨豆机", "x " * 100]
    for name in ("embed_passages", "embed_queries"):
        cosine = (getattr(full, name)(texts) * getattr(small, name)(texts)).sum(axis=1)
        assert cosine.min() > LEAST_COSINE


def test_first_token_pooling_is_exported_as_such(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the pooling set to the first token, the copy agrees with that and no longer with the mean."""
    # The first token of a model that was never trained says next to nothing of the text: its ranking of the probe set
    # is chance and changes with the processor, so here only the vectors are compared.
    monkeypatch.setattr("ragsys.models.onnx.LEAST_NDCG", 1.0)
    export(folder)
    mean = OnnxEmbedder(folder).embed_passages(["how often should grinder burrs be brushed"])
    (folder / "1_Pooling" / "config.json").write_text(
        json.dumps({"word_embedding_dimension": 32, "pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False})
    )
    assert export(folder)["cosine_mean"] >= LEAST_COSINE
    first = OnnxEmbedder(folder).embed_passages(["how often should grinder burrs be brushed"])
    assert float((mean * first).sum()) < 0.9


def test_a_copy_that_lost_the_differences_is_refused(folder: Path) -> None:
    """A model that int8 cannot represent is measured, refused with its figures, and no copy is left."""
    _spoil(folder)
    with pytest.raises(ModelRejectedError, match=r"does not agree.*cosine_mean"):
        export(folder)
    assert not (folder / "int8.onnx").exists()


def test_a_copy_of_other_weights_is_measured_as_such(folder: Path, tmp_path: Path) -> None:
    """Agreement is between the files that are there: a copy with exchanged rows does not agree."""
    export(folder)
    other = shutil.copytree(folder, tmp_path / "other")
    weights = load_file(other / "model.safetensors")
    weights[_WORDS] = weights[_WORDS][::-1].copy()
    save_file(weights, other / "model.safetensors", metadata={"format": "pt"})
    with quiet():
        assert agreement(other)["cosine_mean"] < 0.9 < agreement(folder)["cosine_mean"]


def test_a_refused_copy_leaves_a_model_that_runs_in_fp32(folder: Path, tmp_path: Path) -> None:
    """The pull goes on without the copy, and the manifest says why."""
    _spoil(folder)
    model = pull(str(folder), models_dir=tmp_path / "models")
    assert "does not agree" in str(model.manifest.int8["rejected"])
    assert "int8.onnx" not in model.manifest.files


@pytest.mark.parametrize(
    ("file", "content", "reason"),
    [
        ("1_Pooling/config.json", {"embedding_dimension": 32, "pooling_mode": "max"}, "pooling"),
        ("config.json", {"model_type": "nonesuch"}, "exported"),
        (
            "modules.json",
            [{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"}],
            "modules",
        ),
    ],
)
def test_what_the_graph_cannot_do_is_refused(folder: Path, file: str, content: object, reason: str) -> None:
    """Other pooling, an unknown encoder, missing modules: a typed error and no file."""
    (folder / file).write_text(json.dumps(content))
    with pytest.raises(ModelRejectedError, match=reason):
        export(folder)
    assert not (folder / "int8.onnx").exists()


def test_a_model_that_cannot_be_loaded_at_all_is_not_pulled(folder: Path, tmp_path: Path) -> None:
    """Where fp32 does not run either, there is no model, and nothing of it is left."""
    (folder / "config.json").write_text(json.dumps({"model_type": "nonesuch", "hidden_size": 32}))
    with pytest.raises(ModelRejectedError, match="cannot be loaded"):
        pull(str(folder), models_dir=tmp_path / "models")
    assert not list((tmp_path / "models" / "downloads").iterdir())


def test_older_tokenizer_files_are_made_into_the_one_that_is_read(folder: Path, tmp_path: Path) -> None:
    """A model with nothing but vocab.txt gets its tokenizer.json, with the same tokens."""
    import tokenizers

    before = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
    words = sorted(before.get_vocab(), key=before.get_vocab().__getitem__)
    (folder / "tokenizer.json").unlink()
    (folder / "vocab.txt").write_text("\n".join(words) + "\n", encoding="utf-8")
    (folder / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "BertTokenizer"}))
    model = pull(str(folder), models_dir=tmp_path / "models")
    after = tokenizers.Tokenizer.from_file(str(model.path / "tokenizer.json"))
    text = "The burrs are brushed, 磨豆机."
    assert after.encode(text).ids == before.encode(text).ids
