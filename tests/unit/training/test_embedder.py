"""An embedder that is fitted: it learns what belongs together, and what is kept computes what was trained."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ragsys import QueryEngine
from ragsys.config import Settings
from ragsys.embed.sentence_transformer import SentenceTransformerEmbedder
from ragsys.errors import DatasetError, UsageError
from ragsys.models import pull
from ragsys.training.contrastive import Contrastive, learn_from
from ragsys.training.embedder import RECIPE, FittedEmbedder, fit_embedder, keep_embedder
from ragsys.training.loop import held_out_loss, train
from ragsys.training.measuring import judge
from ragsys.training.pairs import Asked, Pair, held_out_document, mined, unlabelled
from ragsys.types import TextDocument

RECIPE_HERE = replace(RECIPE, rate=0.01, epochs=8, step_tokens=600, batch_tokens=600, check_every=4, patience=99)
# Nothing in a query is in its passage: only training can tell them.
_WORDS = ["bridge", "river", "winter", "garden", "music", "school", "coffee", "engine", "paper", "stone"]
PAIRS = [
    Pair(f"{one} {two}", f"{far} {other}", (f"{two} {one}",))
    for one, far in zip(_WORDS, reversed(_WORDS), strict=True)
    for two, other in zip(_WORDS, reversed(_WORDS), strict=True)
    if one != two
]


@pytest.fixture(scope="module")
def base(tiny_embedder, tmp_path_factory):
    """A model folder with a base embedder."""
    home = tmp_path_factory.mktemp("models")
    return home, pull(str(tiny_embedder), models_dir=home)


def words(texts):
    """The number of words."""
    return [len(text.split()) for text in texts]


def test_training_brings_together_what_belongs_together(base, tmp_path):
    """The loss falls on pairs that were held out, the table of words stays as it was."""
    _, model = base
    fresh = Contrastive(model.path, device="cpu", longest=64, temperature=0.05)
    table = fresh.encoder.get_input_embeddings().weight.detach().clone()
    learnt = learn_from(PAIRS, words, 64)
    before = held_out_loss(fresh, learnt[::9], 600)
    trained = train(
        fresh, [p for n, p in enumerate(learnt) if n % 9], learnt[::9], RECIPE_HERE, folder=tmp_path, identity="x"
    )
    assert trained.held_out < 0.9 * before
    assert np.array_equal(fresh.encoder.get_input_embeddings().weight.detach().numpy(), table.numpy())


def test_everything_that_is_trained_has_a_part_in_the_vector(base):
    """A part that gets no gradient (such as a pooler that the folder does not even hold) could not be kept."""
    fresh = Contrastive(base[1].path, device="cpu", longest=64, temperature=0.05)
    with_pooler = type(fresh.encoder)(fresh.encoder.config)
    assert any(name.startswith("pooler.") for name in with_pooler.state_dict())
    fresh.loss(learn_from(PAIRS[:4], words, 64)).backward()
    assert [name for name, value in fresh.trained.items() if value.grad is None] == []


def test_the_same_passage_is_no_wrong_answer(base):
    """Two queries with one passage: neither is pushed away from it, so that the loss of the two alone is zero."""
    fresh = Contrastive(base[1].path, device="cpu", longest=64, temperature=0.05)
    fresh.model.eval()
    twice = learn_from([Pair("river", "stone paper", ()), Pair("winter", "stone paper", ())], words, 64)
    assert float(fresh.loss(twice).detach()) == pytest.approx(0.0, abs=1e-6)


def test_what_is_kept_computes_what_was_trained(base, tmp_path):
    """A model of its own with lineage; the same name is taken again, another model's name is not."""
    import torch

    home, model = base
    fresh = Contrastive(model.path, device="cpu", longest=64, temperature=0.05)
    with torch.no_grad():
        for value in fresh.trained.values():
            value.add_(torch.randn_like(value) * 0.02)
    verdict = judge([0.0] * 30, [0.0, 1.0] * 15)
    fitted = FittedEmbedder(fresh, None, verdict, len(PAIRS))
    for _ in range(2):
        kept = keep_embedder(fitted, model, "ours", home, about={"seed": 0})
    fresh.model.eval()
    query = SentenceTransformerEmbedder(kept.path).embed_queries(["winter river"])
    trained = fresh.model.encode(["query: winter river"], prompt="", normalize_embeddings=True)
    assert np.allclose(query, trained, atol=1e-5)
    assert not np.allclose(query, SentenceTransformerEmbedder(model.path).embed_queries(["winter river"]), atol=1e-3)
    lineage = kept.manifest.lineage
    assert (lineage["base"], lineage["metrics"]["nDCG@10, dense"]["kept"]) == (model.name, True)
    assert kept.manifest.weights_sha256 != model.manifest.weights_sha256
    with pytest.raises(UsageError, match="is in"):
        keep_embedder(fitted, model, model.name, home, about={})


@pytest.fixture
def engine(base, tmp_path):
    """An index of a few documents."""
    home, model = base
    settings = Settings(models_dir=str(home), embedder=model.name, device="cpu")
    with QueryEngine.open(tmp_path / "index", settings=settings) as opened:
        opened.add_documents(
            TextDocument(
                f"d{n}", f"The {word} stands by the water. In {1900 + n} a {word} was built there.", f"About {word}"
            )
            for n, word in enumerate(_WORDS)
        )
        yield opened


def test_pairs_come_from_documents_that_are_not_held_out(engine):
    """Titles and sentences with their passages; negatives are of other documents; the same seed, the same pairs."""
    asked = unlabelled(engine, limit=100, held_out=0.3, seed=1)
    assert asked == unlabelled(engine, limit=100, held_out=0.3, seed=1)
    assert not [item for item in asked if any(held_out_document(name, 0.3) for name in item.documents)]
    assert any(item.query.startswith("About") for item in asked)
    for pair, item in zip(mined(engine, asked, others=2), asked, strict=True):
        assert pair.passage == item.passage
        assert pair.others
        assert pair.passage not in pair.others


def test_too_little_to_learn_from_is_refused(engine, base, tmp_path):
    """A handful of pairs or of questions decides nothing."""
    asked = [Asked("river", frozenset({"d1"}), "")] * 30
    with pytest.raises(DatasetError, match="too few"):
        fit_embedder(engine, base[1], PAIRS[:5], asked, RECIPE, folder=tmp_path, device="cpu")
