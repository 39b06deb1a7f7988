"""Training on a model made on the spot: it learns, it goes on where it was killed, and it stops in time."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ragsys.errors import ConfigError, DatasetError, ModelError
from ragsys.training.batches import Encoded, epoch_of
from ragsys.training.loop import held_out_loss, train
from ragsys.training.lora import LowRank
from ragsys.training.recipe import Recipe

pytest.importorskip("peft", reason="needs the extra train")

RECIPE = Recipe(
    rank=4,
    alpha=8,
    dropout=0.1,
    rate=0.02,
    epochs=6,
    step_tokens=120,
    batch_tokens=60,
    check_every=4,
    precision="fp32",
)
# What follows depends on the prompt's last token: something that can be learnt.
EXAMPLES = [Encoded((5, 6 + n % 7, 20 + n % 3), (40 + n % 3, 1)) for n in range(48)]
HELD_OUT = [Encoded((9, 6 + n % 5, 20 + n % 3), (40 + n % 3, 1)) for n in range(9)]


@pytest.fixture
def folder(tiny_generator):
    """A llama of two layers."""
    return tiny_generator


def run(folder, place, recipe=RECIPE, progress=None, identity="one"):
    """Train a fresh model."""
    model = LowRank(folder, recipe, device="cpu")
    return model, train(model, EXAMPLES, HELD_OUT, recipe, folder=place, identity=identity, progress=progress)


def test_training_lowers_the_loss(folder, tmp_path):
    """On what it was trained on and on what was held out; before the first step the model is the base model."""
    model = LowRank(folder, RECIPE, device="cpu")
    with model.model.disable_adapter():
        base = held_out_loss(model, HELD_OUT, 60)
    assert held_out_loss(model, HELD_OUT, 60) == pytest.approx(base, abs=1e-5)
    _, trained = run(folder, tmp_path, replace(RECIPE, epochs=40, patience=99))
    assert trained.looks[-1].loss < trained.looks[0].loss
    assert trained.held_out < 0.7 * base
    assert trained.steps == trained.planned == 80


def test_a_killed_training_ends_where_it_would_have_ended(folder, tmp_path):
    """Interrupted between two checkpoints, the second run repeats the lost steps and gives the same numbers."""
    import torch

    _, whole = run(folder, tmp_path / "whole")

    def kill(progress):
        if progress.step == 6:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(folder, tmp_path / "killed", progress=kill)
    seen = []
    _, resumed = run(folder, tmp_path / "killed", progress=lambda p: seen.append(p.step))
    assert seen[0] == 5
    assert [look.held_out for look in resumed.looks] == [look.held_out for look in whole.looks]
    assert all(torch.equal(resumed.tensors[name], value) for name, value in whole.tensors.items())


def test_padding_and_batching_change_no_loss(folder):
    """The loss of examples of several lengths is the same one by one and together."""
    model = LowRank(folder, replace(RECIPE, dropout=0.0), device="cpu")
    mixed = [Encoded(tuple(range(5, 5 + n)), (40, 41)[: 1 + n % 2]) for n in range(2, 12)]
    assert held_out_loss(model, mixed, 1) == pytest.approx(held_out_loss(model, mixed, 10_000), rel=1e-5)


def test_it_ends_early_where_nothing_improves(folder, tmp_path):
    """After `patience` looks in vain; the parameters are those of the best look."""
    recipe = replace(RECIPE, rate=5.0, check_every=1, patience=2, epochs=20)
    model, trained = run(folder, tmp_path, recipe)
    assert trained.steps < trained.planned
    model.restore(trained.tensors)
    assert held_out_loss(model, HELD_OUT, 60) == pytest.approx(trained.held_out, rel=1e-5)


def test_a_checkpoint_of_another_training_is_refused(folder, tmp_path):
    """Other data, another recipe or another model: nothing is mixed."""
    run(folder, tmp_path, replace(RECIPE, epochs=1))
    with pytest.raises(ModelError, match="another training"):
        run(folder, tmp_path, identity="two")


def test_what_cannot_be_trained_is_refused(folder, tmp_path):
    """Layers that the model has not, no examples, and choices that cannot be."""
    with pytest.raises(ConfigError):
        LowRank(folder, replace(RECIPE, targets=("nothing",)), device="cpu")
    model = LowRank(folder, RECIPE, device="cpu")
    with pytest.raises(DatasetError):
        train(model, [], HELD_OUT, RECIPE, folder=tmp_path, identity="one")
    with pytest.raises(ConfigError):
        Recipe(rank=0)


def test_every_example_is_in_one_batch_of_like_lengths():
    """An epoch holds each once, no batch is larger than it may be, and another seed gives another order."""
    encoded = [Encoded(tuple(range(3 + n % 17)), (1,)) for n in range(100)]
    steps = epoch_of(encoded, batch_tokens=60, step_tokens=150, seed=1)
    assert sorted(at for step in steps for batch in step for at in batch) == list(range(100))
    assert all(max(len(encoded[at]) for at in batch) * len(batch) <= 60 for step in steps for batch in step)
    assert steps == epoch_of(encoded, batch_tokens=60, step_tokens=150, seed=1)
    assert steps != epoch_of(encoded, batch_tokens=60, step_tokens=150, seed=2)
