"""Adapters: merged as peft computes, applied only to what they were trained for, and refused where anything is off."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace

import pytest

from ragsys.config import Settings
from ragsys.errors import AdapterBaseError, AdapterError
from ragsys.generate import load_generator, profile_of
from ragsys.generate.adapting import name_of_generator
from ragsys.generate.profile import GROUNDED
from ragsys.models import local, pull
from ragsys.models.adapter import CARD, CONFIG, WEIGHTS, read_adapter
from ragsys.models.merging import merged

pytest.importorskip("peft", reason="needs the extra train")


@pytest.fixture(scope="module")
def trained(tiny_generator, tmp_path_factory):
    """A model folder with a base model, an adapter that changes much, and peft's own model of the two."""
    import torch

    from ragsys.training.lora import LowRank
    from ragsys.training.recipe import Recipe
    from ragsys.training.writing import write_adapter

    home = tmp_path_factory.mktemp("models")
    base = pull(str(tiny_generator), models_dir=home)
    model = LowRank(base.path, Recipe(rank=4, alpha=12, dropout=0.0, precision="fp32"), device="cpu")
    with torch.no_grad():
        torch.manual_seed(1)
        for value in model.trained.values():
            value.normal_(0, 0.3)
    adapter = write_adapter(
        home / "adapters" / "mine",
        model,
        model.trained,
        name="mine",
        base=base,
        profile=GROUNDED,
        licence="Apache-2.0",
        about={"seed": 0, "metrics": {"F1": 0.5}},
    )
    return home, base, adapter, model


@pytest.fixture
def copied(trained, tmp_path):
    """The adapter's folder, to be changed."""
    return shutil.copytree(trained[2].path, tmp_path / "copied")


def test_the_merged_model_computes_what_peft_computes(trained):
    """The same logits as the base model with its low-rank matrices beside it, and not the base model's."""
    import torch
    from transformers import AutoModelForCausalLM

    home, base, adapter, model = trained
    whole = merged(base, adapter, home)
    ids = torch.arange(2, 42)[None]
    model.model.eval()
    with torch.inference_mode():
        expected = model.model(input_ids=ids).logits
        with model.model.disable_adapter():
            plain = model.model(input_ids=ids).logits
        found = AutoModelForCausalLM.from_pretrained(whole.path, dtype=torch.float32).eval()(input_ids=ids).logits
    assert torch.allclose(found, expected, atol=1e-4)
    assert not torch.allclose(found, plain, atol=1e-1)


def test_a_merged_model_is_made_once_and_says_what_it_is(trained):
    """It is listed with its lineage, is not written again, and is made anew where a file of it was damaged."""
    home, base, adapter, _ = trained
    whole = merged(base, adapter, home)
    stamp = (whole.path / "model.safetensors").stat().st_mtime_ns
    assert merged(base, adapter, home) == whole
    assert (whole.path / "model.safetensors").stat().st_mtime_ns == stamp
    lineage = next(model for model in local(home) if model.name == whole.name).manifest.lineage
    assert (lineage["base"], lineage["adapter"], lineage["metrics"]) == (base.name, "mine", {"F1": 0.5})
    (whole.path / "model.safetensors").write_bytes(b"damaged")
    assert merged(base, adapter, home).manifest.files == whole.manifest.files
    assert not list((home / "downloads").glob("*.building"))


def test_the_configured_adapter_is_loaded_with_its_prompt(trained):
    """By its name or its folder; its generator's name says which profile it has; "none" leaves the base model."""
    home, base, adapter, _ = trained
    plain = Settings(models_dir=str(home), generator=base.name, device="cpu", adapter="none")
    for wanted in ("mine", str(adapter.path)):
        settings = replace(plain, adapter=wanted)
        generator = load_generator(settings)
        assert generator.name == name_of_generator(settings) == adapter.model_name
        assert profile_of(generator.name) is GROUNDED
    assert load_generator(plain).name == base.name
    assert profile_of(base.name).prompt == "examples"


@pytest.mark.parametrize("name", [CONFIG, WEIGHTS])
def test_a_file_that_was_changed_is_refused(copied, name):
    """One byte more, and the card no longer speaks of this file."""
    with (copied / name).open("ab") as file:
        file.write(b" ")
    with pytest.raises(AdapterError, match="not the file that its card names") as caught:
        read_adapter(copied)
    assert caught.value.code == "adapter-invalid"


def test_a_pinned_card_is_the_only_one(trained):
    """What comes with ragsys is pinned by its card's hash."""
    adapter = trained[2]
    assert read_adapter(adapter.path, adapter.digest) == adapter
    with pytest.raises(AdapterError, match="pinned"):
        read_adapter(adapter.path, "0" * 64)


def test_another_base_model_is_refused(trained, tmp_path):
    """Weights of another hash, whatever their shapes and names are."""
    import tiny_models

    home, _, adapter, _ = trained
    other = pull(str(tiny_models.causal_lm(tmp_path / "other", seed=5)), models_dir=tmp_path / "models")
    with pytest.raises(AdapterBaseError) as caught:
        merged(other, adapter, home)
    assert caught.value.code == "adapter-base"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"use_dora": True}, "use_dora"),
        ({"modules_to_save": ["lm_head"]}, "modules_to_save"),
        ({"r": 0}, "rank 0"),
        ({"r": "many"}, "rank and scale"),
    ],
)
def test_what_is_more_than_low_rank_matrices_is_not_applied(copied, change, said):
    """Silently leaving out a part of an adapter would make another model of it."""
    config = json.loads((copied / CONFIG).read_text()) | change
    (copied / CONFIG).write_text(json.dumps(config))
    _seal(copied)
    with pytest.raises(AdapterError, match=said):
        read_adapter(copied).pairs()


def test_half_an_adapter_is_refused(copied):
    """A matrix A without its B."""
    from safetensors.torch import load_file, save_file

    tensors = load_file(copied / WEIGHTS)
    tensors.pop(next(name for name in tensors if "lora_B" in name))
    save_file(tensors, copied / WEIGHTS)
    _seal(copied)
    with pytest.raises(AdapterError, match="both matrices"):
        read_adapter(copied).pairs()


def test_a_folder_without_a_card_and_an_unknown_profile_are_refused(copied):
    """Somebody else's adapter has no card; a later version's names a prompt that is not known here."""
    card = json.loads((copied / CARD).read_text())
    (copied / CARD).write_text(json.dumps(card | {"profile": "grounded/99"}))
    with pytest.raises(AdapterError, match="grounded/99"):
        name_of_generator(Settings(adapter=str(copied)))
    (copied / CARD).unlink()
    with pytest.raises(AdapterError, match="no adapter"):
        read_adapter(copied)


def _seal(folder):
    """Let the card name the files as they are now."""
    from ragsys.models.fetch import hash_of

    card = json.loads((folder / CARD).read_text())
    card["files"] = {name: hash_of(folder / name) for name in card["files"]}
    (folder / CARD).write_text(json.dumps(card))
