"""The fp32 backend on a tiny model: what the library itself would give."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from sentence_transformers import SentenceTransformer

from ragsys.embed.sentence_transformer import SentenceTransformerEmbedder
from ragsys.errors import QueryError
from ragsys.models.quiet import quiet

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def embedder(tiny_embedder: Path) -> SentenceTransformerEmbedder:
    """The tiny embedder in fp32."""
    with quiet():
        return SentenceTransformerEmbedder(tiny_embedder)


def test_vectors_are_those_of_the_library(embedder: SentenceTransformerEmbedder, tiny_embedder: Path) -> None:
    """The library's own query and document prompts give the same vectors."""
    texts = ["How often are the burrs brushed?", "磨豆机"]
    with quiet():
        model = SentenceTransformer(str(tiny_embedder), device="cpu")
        queries = model.encode(texts, prompt_name="query", normalize_embeddings=True)
        passages = model.encode(texts, prompt_name="document", normalize_embeddings=True)
    np.testing.assert_allclose(embedder.embed_queries(texts), queries, atol=1e-6)
    np.testing.assert_allclose(embedder.embed_passages(texts), passages, atol=1e-6)


def test_nothing_is_cut(embedder: SentenceTransformerEmbedder) -> None:
    """The library would cut a long text silently; here it is refused."""
    with pytest.raises(QueryError):
        embedder.embed_passages(["a " * 600])


def test_without_an_identity_there_is_no_space(embedder: SentenceTransformerEmbedder) -> None:
    """An embedder that is only being checked cannot be indexed with."""
    with pytest.raises(ValueError, match="identity"):
        _ = embedder.space
