"""Models are loaded once for all that share them, and never shared by settings that name others."""

from dataclasses import replace
from threading import Barrier, Thread

import pytest

import ragsys.generate
import ragsys.models
from ragsys.config import Settings
from ragsys.tasks.loaded import Loaded, Models
from ragsys.testing import HashEmbedder, ScriptedGenerator


@pytest.fixture
def loads(monkeypatch):
    """What was loaded, one entry a load."""
    made = []

    def loading(kind, model):
        def load(settings):
            made.append(kind)
            return model()

        return load

    monkeypatch.setattr(ragsys.models, "load_embedder", loading("embedder", HashEmbedder))
    monkeypatch.setattr(ragsys.generate, "load_generator", loading("generator", lambda: ScriptedGenerator([])))
    return made


def test_engines_and_threads_share_what_is_the_same(loads):
    """Settings that a model does not depend on leave it as it is; threads that ask at once get one."""
    shared, gate, found = Loaded(), Barrier(4), []

    def ask(number):
        models = Models(Settings(top_k=number + 1), shared)
        gate.wait()
        found.append((models.embedder, models.generator, models.meaning))

    threads = [Thread(target=ask, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(loads) == ["embedder", "generator"]
    assert len({tuple(map(id, models)) for models in found}) == 1


@pytest.mark.parametrize(
    "other", [{"adapter": "none"}, {"generator": "other"}, {"device": "cpu"}, {"generator_context": 512}]
)
def test_a_generator_of_other_settings_is_another(loads, other):
    """Two indexes with other adapters, among others, do not answer by the same weights."""
    settings, shared = Settings(), Loaded()
    one = Models(settings, shared)
    assert one.under(replace(settings, **other)).generator is not one.generator
    assert one.under(settings).generator is one.generator
    assert loads == ["generator"] * 2


def test_what_is_given_is_used_and_nothing_loaded(loads):
    """A model that is given takes the place of every configured one of its kind."""
    embedder = HashEmbedder()
    models = Models(Settings(embedder="other"), Loaded(embedder=embedder, generator=ScriptedGenerator([])))
    assert models.embedder is embedder
    assert models.generator_name == models.generator.name == "scripted"
    assert models.reranker is None
    assert loads == []
