"""The reference embedder: sentence-transformers in fp32, for any of its models, on whatever device there is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ragsys.embed.tokenization import TextTokenizer, read_shape

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from ragsys.types import Space

__all__ = ["SentenceTransformerEmbedder"]


class SentenceTransformerEmbedder:
    """Vectors from a sentence-transformers folder."""

    def __init__(self, folder: Path, space: Space | None = None, *, device: str = "cpu", threads: int = 0) -> None:
        import torch
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging

        logging.set_verbosity_error()
        if threads:
            torch.set_num_threads(threads)
        # The reference is fp32 whatever precision the weights were saved in.
        self._model = SentenceTransformer(
            str(folder), device=device, local_files_only=True, model_kwargs={"dtype": torch.float32}
        )
        self._shape = read_shape(folder)
        self._tokenizer = TextTokenizer(folder, self._shape)
        self._space = space

    @property
    def space(self) -> Space:
        """The identity of the vectors."""
        if self._space is None:
            raise ValueError("this embedder was opened without an identity")
        return self._space

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
        return self._embed(texts, self._shape.passage_prefix)

    def embed_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of shape (len(texts), dim), in order."""
        return self._embed(texts, self._shape.query_prefix)

    def _embed(self, texts: Sequence[str], prefix: str) -> NDArray[np.float32]:
        self._tokenizer.encode(texts, prefix)  # refuses what the model would cut
        if not texts:
            return np.empty((0, self._shape.dim), dtype=np.float32)
        vectors = self._model.encode(
            [prefix + text for text in texts], prompt="", normalize_embeddings=True, show_progress_bar=False
        )
        return np.asarray(vectors, dtype=np.float32)
