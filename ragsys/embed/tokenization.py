"""A model's own tokenizer, from `tokenizer.json`: counting, offsets, and padded batches. No transformers, no torch."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ragsys.errors import ModelRejectedError, QueryError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["Shape", "TextTokenizer", "pad", "read_shape", "refuse_longer"]


@dataclass(frozen=True, slots=True)
class Shape:
    """What a sentence-transformers folder says about how a vector is made."""

    dim: int
    max_length: int
    pooling: str
    query_prefix: str
    passage_prefix: str


def read_shape(folder: Path) -> Shape:
    """Read the shape of a folder. Raises `ModelRejectedError` where it is not a sentence-transformers one."""

    def load(name: str) -> dict[str, object]:
        path = folder / name
        content = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
        return content if isinstance(content, dict) else {}

    config = load("config.json")
    pooling = load("1_Pooling/config.json")
    prompts = load("config_sentence_transformers.json").get("prompts") or {}
    lengths = (
        load("sentence_bert_config.json").get("max_seq_length"),
        load("tokenizer_config.json").get("model_max_length"),
        _positions(config),
    )
    limit = min((length for length in lengths if isinstance(length, int) and length > 0), default=None)
    dim = pooling.get("word_embedding_dimension") or pooling.get("embedding_dimension") or config.get("hidden_size")
    if not isinstance(dim, int) or limit is None or not isinstance(prompts, dict):
        raise ModelRejectedError(f"{folder} is not a sentence-transformers folder")
    # Older folders have a switch for each mode; newer ones name it.
    named = pooling.get("pooling_mode")
    names = [str(mode) for mode in (named if isinstance(named, list) else [named]) if mode]
    modes = [f"pooling_mode_{name}_{'token' if name == 'cls' else 'tokens'}" for name in names]
    modes += sorted(key for key, value in pooling.items() if key.startswith("pooling_mode") and value is True)
    query = str(prompts.get("query") or "")
    passage = str(prompts.get("passage") or prompts.get("document") or "")
    return Shape(dim, limit, ",".join(modes) or "mean", query, passage)


def _positions(config: dict[str, object]) -> int | None:
    """The most tokens that an encoder has positions for; RoBERTa's begin after its padding index."""
    positions, padding = config.get("max_position_embeddings"), config.get("pad_token_id")
    if not isinstance(positions, int):
        return None
    offset = str(config.get("model_type")) in {"roberta", "xlm-roberta", "camembert", "mpnet"}
    return positions - (padding if isinstance(padding, int) else 1) - 1 if offset else positions


class TextTokenizer:
    """Tokens of texts as one model sees them."""

    def __init__(self, folder: Path, shape: Shape) -> None:
        from tokenizers import Tokenizer

        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self._shape = shape
        empty = len(self._tokenizer.encode("").ids)
        # A prefix's tokens may merge with the text's: one to spare.
        prefix = len(self._tokenizer.encode(shape.passage_prefix, add_special_tokens=False).ids)
        self.max_tokens = shape.max_length - empty - prefix - (1 if prefix else 0)

    def starts(self, text: str) -> list[int]:
        """Where each token of `text` starts."""
        encoding = self._tokenizer.encode(text, add_special_tokens=False)
        return [start for start, _ in encoding.offsets]

    def count(self, texts: Sequence[str]) -> list[int]:
        """The number of tokens of each text, special tokens left out."""
        encodings = self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
        return [len(encoding.ids) for encoding in encodings]

    def encode(self, texts: Sequence[str], prefix: str) -> list[list[int]]:
        """Token ids of each text with its prefix and special tokens. Raises `QueryError` for one that is too long."""
        encodings = self._tokenizer.encode_batch_fast([prefix + text for text in texts])
        return refuse_longer([encoding.ids for encoding in encodings], self._shape)


def refuse_longer(ids: list[list[int]], shape: Shape) -> list[list[int]]:
    """`ids` as they are. Raises `QueryError` where a text has more tokens than the model reads."""
    longest = max(map(len, ids), default=0)
    if longest > shape.max_length:
        raise QueryError(
            f"a text of {longest} tokens; the embedder reads {shape.max_length}",
            hint="shorten the query: it is never cut silently",
        )
    return ids


def pad(ids: Sequence[Sequence[int]]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Ids and mask of shape (n, longest). What stands where the mask is 0 has no effect."""
    width = max(map(len, ids))
    padded = np.zeros((len(ids), width), dtype=np.int64)
    mask = np.zeros((len(ids), width), dtype=np.int64)
    for row, tokens in enumerate(ids):
        padded[row, : len(tokens)] = tokens
        mask[row, : len(tokens)] = 1
    return padded, mask
