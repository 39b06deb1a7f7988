"""One suite over every embedder: the shipped fake, and both backends on a tiny model and on the default one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from ragsys.config import Settings
from ragsys.errors import QueryError
from ragsys.models import installed, load_embedder, pull
from ragsys.testing import HashEmbedder

if TYPE_CHECKING:
    from ragsys.protocols import Embedder

_TEXTS = [
    "The burrs of the grinder are cleaned with a dry brush.",
    "磨豆机的刀盘用干刷子清洁。",
    "Short.",
    "Ownership is a set of rules that govern how a program manages memory. " * 8,
]


@pytest.fixture(scope="session")
def tiny_models(tmp_path_factory: pytest.TempPathFactory, tiny_embedder: Path) -> Path:
    """A model folder with the tiny embedder in it, its int8 copy made and checked."""
    folder = tmp_path_factory.mktemp("models")
    pull(str(tiny_embedder), models_dir=folder)
    return folder


@pytest.fixture(scope="module", params=["hash", "tiny-torch", "tiny-onnx", "default-torch", "default-onnx"])
def embedder(request: pytest.FixtureRequest) -> Embedder:
    """Each embedder in turn; the default model has to be on this machine."""
    if request.param == "hash":
        return HashEmbedder(max_tokens=512)
    size, backend = request.param.split("-")
    settings = Settings(embed_backend=backend, device="cpu", threads=1)
    if size == "tiny":
        folder = request.getfixturevalue("tiny_models")
        return load_embedder(replace(settings, embedder="tiny-embedder", models_dir=str(folder)))
    if settings.embedder not in installed(Path(settings.models_dir)):
        pytest.skip(f"run `ragsys models pull {settings.embedder}` first")
    return load_embedder(settings)


def test_vectors_have_the_declared_shape_and_unit_length(embedder: Embedder) -> None:
    """Shape (n, dim), float32, norm 1."""
    vectors = embedder.embed_passages(_TEXTS)
    assert vectors.shape == (len(_TEXTS), embedder.space.dim)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_vectors_come_in_the_order_of_the_texts(embedder: Embedder) -> None:
    """Sorting by length inside does not show outside: a batch equals its texts alone, but for rounding."""
    batch = embedder.embed_passages(_TEXTS)
    alone = np.concatenate([embedder.embed_passages([text]) for text in _TEXTS])
    assert float((batch * alone).sum(axis=1).min()) > 0.985
    assert ((batch @ alone.T).argmax(axis=1) == np.arange(len(_TEXTS))).all()


def test_the_same_text_twice_is_the_same_vector(embedder: Embedder) -> None:
    """Nothing is random."""
    np.testing.assert_array_equal(embedder.embed_queries(_TEXTS[:2]), embedder.embed_queries(_TEXTS[:2]))


def test_no_texts_are_no_vectors(embedder: Embedder) -> None:
    """An empty batch has shape (0, dim)."""
    assert embedder.embed_passages([]).shape == (0, embedder.space.dim)


def test_a_question_is_nearest_to_the_passage_that_answers_it(embedder: Embedder) -> None:
    """Queries and passages share one space."""
    question = embedder.embed_queries(["How are the burrs of the grinder cleaned?"])
    passages = embedder.embed_passages([_TEXTS[3], _TEXTS[0]])
    assert int((question @ passages.T).argmax()) == 1


def test_token_starts_ascend_within_the_text(embedder: Embedder) -> None:
    """Offsets are code points of the text, in order, also where characters take several bytes."""
    for text in _TEXTS:
        starts = list(embedder.token_starts(text))
        assert starts == sorted(starts)
        assert starts[0] == 0
        assert starts[-1] < len(text)


def test_what_counts_as_fitting_can_be_embedded(embedder: Embedder) -> None:
    """A passage of exactly `max_tokens` tokens is read; twice as much is refused, never cut."""
    word = " a"
    text = ("a" + word * (embedder.max_tokens - 1))[: len(word) * embedder.max_tokens]
    (count,) = embedder.count_tokens([text])
    assert count == embedder.max_tokens
    assert embedder.embed_passages([text]).shape[0] == 1
    for embed in (embedder.embed_passages, embedder.embed_queries):
        with pytest.raises(QueryError):
            embed([text + text])


def test_the_space_is_stable_and_named(embedder: Embedder) -> None:
    """The digest is a SHA-256, the same every time."""
    assert len(embedder.space.digest) == 64
    assert embedder.space == embedder.space
