"""Which files are taken and which never, and what kind of model they make."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragsys.errors import ModelRejectedError
from ragsys.models.layout import choose, identity, kind_of

if TYPE_CHECKING:
    from pathlib import Path

_REPO = [
    ".gitattributes",
    "1_Pooling/config.json",
    "2_Dense/model.safetensors",
    "2_Dense/pytorch_model.bin",
    "LICENSE",
    "README.md",
    "config.json",
    "consolidated.safetensors",
    "merges.txt",
    "model.safetensors",
    "modeling_own.py",
    "modules.json",
    "onnx/model.onnx",
    "onnx/tokenizer.json",
    "pytorch_model.bin",
    "requirements.txt",
    "rust_model.ot",
    "sentencepiece.bpe.model",
    "tf_model.h5",
    "tokenizer.json",
    "train_script.py",
    "vocab.txt",
]


def test_of_a_usual_repository_the_safe_half_is_taken() -> None:
    """Weights, JSON, tokenizers and texts of the model and its numbered folders; no pickle, code or other format."""
    assert choose(_REPO, "x") == [
        "1_Pooling/config.json",
        "2_Dense/model.safetensors",
        "LICENSE",
        "README.md",
        "config.json",
        "merges.txt",
        "model.safetensors",
        "modules.json",
        "sentencepiece.bpe.model",
        "tokenizer.json",
        "vocab.txt",
    ]


@given(st.lists(st.text(alphabet="./\\_-am19M", max_size=12) | st.sampled_from(_REPO), max_size=6))
def test_nothing_that_is_taken_leaves_the_model_or_can_run(names: list[str]) -> None:
    """Whatever a repository lists, a chosen path stays inside and has none of the refused endings."""
    for name in choose([*names, "model.safetensors", "../model.safetensors", "/etc/1_a/x.json", "1_a/../x.json"], "x"):
        assert ".." not in name.split("/")
        assert not name.startswith("/")
        assert "\\" not in name
        assert not name.endswith((".py", ".bin", ".pt", ".h5", ".ot", ".onnx"))


def test_weights_in_parts_are_taken_when_they_are_all_there() -> None:
    """Two of two are whole; one of two is refused."""
    parts = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors", "model.safetensors.index.json"]
    assert choose(parts, "x") == parts
    with pytest.raises(ModelRejectedError, match="lacks 1"):
        choose(parts[1:], "x")


def test_whole_weights_are_preferred_to_the_same_in_parts() -> None:
    """Nothing is fetched twice."""
    parts = ["model-00001-of-00001.safetensors", "model.safetensors"]
    assert choose(parts, "x") == ["model.safetensors"]


def test_an_adapter_is_not_a_model() -> None:
    """An adapter without its base is refused as such."""
    with pytest.raises(ModelRejectedError, match="adapter"):
        choose(["adapter_config.json", "adapter_model.safetensors"], "x")


def test_a_gguf_file_comes_without_the_json_beside_it() -> None:
    """All that a GGUF model needs is in the one file."""
    assert choose(["config.json", "README.md", "a.Q4_0.gguf", "a-00001-of-00002.gguf", "sub/b.gguf"], "x") == [
        "README.md",
        "a.Q4_0.gguf",
    ]


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"modules.json": [{"path": "", "type": "sentence_transformers.models.Transformer"}]}, "embedder"),
        ({"config.json": {"architectures": ["LlamaForCausalLM"]}}, "generator"),
        ({"config.json": {"architectures": ["GPT2LMHeadModel"]}}, "generator"),
        ({"config.json": {"architectures": ["BertModel"]}}, "BertModel"),
        ({"config.json": {"architectures": ["OwnLM"], "auto_map": {"AutoModel": "own.Own"}}}, "code of its own"),
        ({"config.json": {}}, "architecture"),
        ({}, "architecture"),
        ({"modules.json": [{"path": "", "type": "os.system"}]}, "code of its own"),
        ({"modules.json": [{"path": "../x", "type": "sentence_transformers.models.Pooling"}]}, "outside"),
        ({"modules.json": ["text"]}, "code of its own"),
    ],
)
def test_what_a_folder_is(tmp_path: Path, files: dict[str, object], expected: str) -> None:
    """An embedder, a generator, or refused with the reason."""
    for name, content in files.items():
        (tmp_path / name).write_text(json.dumps(content))
    if expected in {"embedder", "generator"}:
        assert kind_of(tmp_path, "x") == expected
    else:
        with pytest.raises(ModelRejectedError, match=expected):
            kind_of(tmp_path, "x")


def test_json_that_is_none_is_a_typed_error(tmp_path: Path) -> None:
    """Damaged JSON does not become a traceback."""
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(ModelRejectedError, match=r"config\.json"):
        kind_of(tmp_path, "x")


def test_the_identity_follows_the_weights_and_nothing_else() -> None:
    """Other files do not change it; a weight, or its name, does."""
    weights = {"model.safetensors": "a", "2_Dense/model.safetensors": "b"}
    assert identity(weights | {"README.md": "c"}) == identity(dict(reversed(weights.items())))
    assert identity(weights | {"model.safetensors": "c"}) != identity(weights)
    assert identity({"model.safetensors": "b", "2_Dense/model.safetensors": "a"}) != identity(weights)
