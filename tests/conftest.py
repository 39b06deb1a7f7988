"""What several kinds of tests need: tiny models made on the spot, and a hub on loopback."""

import signal
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "support"))
# A shell ignores Ctrl-C in what it runs in the background, and processes pass that on to those that they start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


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
