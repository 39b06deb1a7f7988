"""The int8 embedder on ONNX Runtime: the default on a CPU. Imports neither torch nor transformers."""

from __future__ import annotations

import os
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from ragsys.embed.query_tokenizer import QueryTokenizer
from ragsys.embed.tokenization import TextTokenizer, pad, read_shape, refuse_longer

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from ragsys.types import Space

__all__ = ["OnnxEmbedder"]

# Tokens in a batch, padding included: large enough to keep two cores busy, small enough to stay in cache.
_BATCH_TOKENS = 2048


class OnnxEmbedder:
    """Vectors from `int8.onnx` in a model folder. `space` is None only while the copy is being checked."""

    def __init__(self, folder: Path, space: Space | None = None, threads: int = 0) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads or _cores()
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        shape = read_shape(folder)
        self._shape = shape
        self._session = onnxruntime.InferenceSession(
            str(folder / "int8.onnx"), options, providers=["CPUExecutionProvider"]
        )
        self._folder = folder
        self._queries = QueryTokenizer.open(folder)
        self._space = space

    @property
    def space(self) -> Space:
        """The identity of the vectors."""
        if self._space is None:
            raise ValueError("this embedder was opened without an identity")
        return self._space

    @cached_property
    def _tokenizer(self) -> TextTokenizer:
        """The whole tokenizer, which a query does without where it can: loading it is most of a first search."""
        return TextTokenizer(self._folder, self._shape)

    @property
    def max_tokens(self) -> int:
        """The most tokens of a passage's own text."""
        return self._tokenizer.max_tokens

    def token_starts(self, text: str) -> Sequence[int]:
        """Where each token starts."""
        return self._tokenizer.starts(text)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """The number of tokens of each text."""
        return self._tokenizer.count(texts)

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of shape (len(texts), dim), in order."""
        return self._embed(self._tokenizer.encode(texts, self._shape.passage_prefix))

    def embed_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of shape (len(texts), dim), in order."""
        prefix = self._shape.query_prefix
        if self._queries is None:
            return self._embed(self._tokenizer.encode(texts, prefix))
        return self._embed(refuse_longer(self._queries.encode([prefix + text for text in texts]), self._shape))

    def _embed(self, ids: Sequence[Sequence[int]]) -> NDArray[np.float32]:
        vectors = np.empty((len(ids), self._shape.dim), dtype=np.float32)
        # Longest first, so that a batch holds texts of like length and little padding is computed.
        order = sorted(range(len(ids)), key=lambda row: -len(ids[row]))
        at = 0
        while at < len(order):
            rows = order[at : at + max(1, _BATCH_TOKENS // len(ids[order[at]]))]
            tokens, mask = pad([ids[row] for row in rows])
            (found,) = self._session.run(None, {"input_ids": tokens, "attention_mask": mask})
            vectors[rows] = found
            at += len(rows)
        return vectors


def _cores() -> int:
    """The cores that this process may use; only Linux tells them apart from those that there are."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
