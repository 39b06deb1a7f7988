"""What several kinds of tests need: tiny models made on the spot, and a hub on loopback."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "support"))


@pytest.fixture(scope="session")
def tiny_embedder(tmp_path_factory):
    """A sentence-transformers folder of our own making. Not to be changed: copy it."""
    import tiny_models

    return tiny_models.embedder(tmp_path_factory.mktemp("tiny") / "tiny-embedder")


@pytest.fixture(scope="session")
def tiny_generator(tmp_path_factory):
    """A causal language model of our own making, in a transformers folder. Not to be changed: copy it."""
    import tiny_models

    return tiny_models.causal_lm(tmp_path_factory.mktemp("tiny") / "tiny-generator")


@pytest.fixture
def hub(monkeypatch):
    """A hub on loopback, which HF_ENDPOINT names; no token of this machine is used."""
    import hub_server

    for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HF_HUB_DISABLE_IMPLICIT_TOKEN", "1")
    with hub_server.serve() as running:
        monkeypatch.setenv("HF_ENDPOINT", running.url)
        yield running
