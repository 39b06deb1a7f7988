"""One suite over every reranker: the shipped fake, and a cross-encoder of a few thousand parameters."""

import numpy as np
import pytest
import tiny_models

from ragsys.config import Settings
from ragsys.errors import ModelMissingError, ModelRejectedError, QueryError
from ragsys.models import local, pull
from ragsys.retrieve import load_reranker
from ragsys.testing import OverlapReranker

_QUERY = "how is the grinder cleaned"
_TEXTS = ["The grinder is cleaned with a dry brush.", "磨豆机的刀盘用干刷子清洁。", "Rust owns its memory.", ""]


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """A model folder with a pulled cross-encoder in it."""
    made = tiny_models.cross_encoder(tmp_path_factory.mktemp("tiny") / "tiny-ranker")
    folder = tmp_path_factory.mktemp("models")
    pull(str(made), models_dir=folder)
    return folder


@pytest.fixture(scope="module", params=["overlap", "cross-encoder"])
def reranker(request):
    """Each reranker in turn."""
    if request.param == "overlap":
        return OverlapReranker()
    folder = request.getfixturevalue("models")
    return load_reranker(Settings(reranker="tiny-ranker", models_dir=str(folder), threads=1))


def test_scores_come_one_for_each_text_in_their_order(reranker):
    """Shape (n,), float32, and the order of the texts is that of the scores."""
    scores = reranker.scores(_QUERY, _TEXTS)
    assert (scores.shape, scores.dtype) == ((len(_TEXTS),), np.float32)
    assert np.isfinite(scores).all()
    np.testing.assert_allclose(reranker.scores(_QUERY, _TEXTS[::-1]), scores[::-1], atol=1e-5)


def test_a_text_is_scored_as_if_it_were_alone(reranker):
    """What else is read in the same call changes nothing but rounding."""
    alone = [float(reranker.scores(_QUERY, [text])[0]) for text in _TEXTS]
    np.testing.assert_allclose(reranker.scores(_QUERY, _TEXTS), alone, atol=1e-5)


def test_no_text_gives_no_score(reranker):
    """An empty list is no error."""
    assert reranker.scores(_QUERY, []).shape == (0,)


def test_a_long_text_is_read_to_its_end(reranker):
    """Nothing is cut: what stands behind many windows of the worst text lifts the score."""
    pieces = ["Rust owns its memory. ", "The grinder is cleaned. ", "Tea is green. ", "A dry brush. "]
    alone = reranker.scores(_QUERY, [piece * 60 for piece in pieces])
    worst, best = int(alone.argmin()), int(alone.argmax())
    assert reranker.scores(_QUERY, [pieces[worst] * 60 + pieces[best] * 60])[0] > alone[worst]


def test_a_query_that_fills_the_model_is_refused(models):
    """There has to be room for a passage beside it."""
    ranker = load_reranker(Settings(reranker="tiny-ranker", models_dir=str(models), threads=1))
    with pytest.raises(QueryError, match="no room"):
        ranker.scores("grinder " * 100, ["text"])


def test_a_pulled_cross_encoder_is_known_as_one(models):
    """Its kind is read from its configuration, whether or not sentence-transformers saved it."""
    assert {model.name: model.manifest.kind for model in local(models)} == {"tiny-ranker": "reranker"}


def test_what_is_no_reranker_is_refused(tiny_generator, tiny_embedder, tmp_path):
    """Other models have no relevance to give; a name that is not here says how to get it."""
    for folder in (tiny_generator, tiny_embedder):
        with pytest.raises(ModelRejectedError, match="another kind"):
            load_reranker(Settings(reranker=str(folder), models_dir=str(tmp_path)))
    with pytest.raises(ModelMissingError):
        load_reranker(Settings(reranker="cross-encoder/ms-marco-MiniLM-L6-v2", models_dir=str(tmp_path)))
