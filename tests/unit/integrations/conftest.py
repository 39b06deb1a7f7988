"""An index that every retriever is asked about."""

import pytest

from ragsys import QueryEngine, Settings, TextDocument
from ragsys.testing import HashEmbedder

CHAIN = "The bicycle chain is oiled after every ride in the rain."


@pytest.fixture
def engine(tmp_path):
    """Two public notes and one of Ann's, seen by nobody in particular."""
    settings = Settings()
    with QueryEngine.open(tmp_path / "index", settings=settings, embedder=HashEmbedder()) as opened:
        opened.add_documents(
            [
                TextDocument("chain", CHAIN, title="Chains", metadata={"year": 2020, "source": "overridden"}),
                TextDocument("mill", "The coffee mill has steel burrs.", metadata={"year": 2024}),
            ],
            acl=["*"],
        )
        opened.add_documents([TextDocument("secret", "The bicycle chain is secret.")], acl=["user:ann"])
        yield opened
