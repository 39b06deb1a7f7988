"""The int8 backend on a tiny model: order, batches, and what it does not import."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest

from ragsys.embed.onnx import OnnxEmbedder
from ragsys.models import pull

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, tiny_embedder: Path) -> Path:
    """The tiny embedder with its int8 copy."""
    return pull(str(tiny_embedder), models_dir=tmp_path_factory.mktemp("models")).path


def test_many_texts_of_every_length_keep_their_order(folder: Path) -> None:
    """More texts than a batch holds, long and short mixed: each row is the vector of its own text."""
    embedder = OnnxEmbedder(folder, threads=1)
    texts = [("burrs " * (1 + 7 * i % 90)) + f"grinder {i}" for i in range(60)]
    together = embedder.embed_passages(texts)
    for row in (0, 17, 59):
        alone = embedder.embed_passages([texts[row]])[0]
        assert float(together[row] @ alone) > 0.999


def test_queries_and_passages_have_prefixes_of_their_own(folder: Path) -> None:
    """The same words as a question and as a passage are different vectors."""
    embedder = OnnxEmbedder(folder)
    query, passage = embedder.embed_queries(["grinder"]), embedder.embed_passages(["grinder"])
    assert not np.allclose(query, passage)


def test_without_an_identity_there_is_no_space(folder: Path) -> None:
    """An embedder that is only being checked cannot be indexed with."""
    with pytest.raises(ValueError, match="identity"):
        _ = OnnxEmbedder(folder).space


def test_it_imports_neither_torch_nor_transformers(folder: Path) -> None:
    """The quick path to a vector stays quick."""
    code = (
        "import sys; from pathlib import Path; from ragsys.embed.onnx import OnnxEmbedder; "
        f"OnnxEmbedder(Path({str(folder)!r})).embed_queries(['a']); "
        "print([name for name in ('torch', 'transformers', 'sentence_transformers') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
