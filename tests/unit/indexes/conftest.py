"""Small documents for the storage tests."""

import hashlib

import pytest

from ragsys.indexes.index import Index
from ragsys.indexes.records import NewDocument, NewPassage
from ragsys.testing import HashEmbedder


@pytest.fixture
def embedder():
    """The hashing embedder."""
    return HashEmbedder()


@pytest.fixture
def document(embedder):
    """Makes a document of one passage."""

    def make(number, text, **changes):
        vector = changes.pop("vector", None)
        vector = embedder.embed_passages([text])[0] if vector is None else vector
        passages = (NewPassage(0, len(text), None, (), vector),)
        sha256 = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
        fields = {
            "id": f"{number:016x}", "source": f"/d/{number}.txt", "sha256": sha256, "size": 1, "mtime_ns": 1,
            "title": None, "metadata": {}, "acl": None, "parser": "text", "chunking": "c", "text": text,
            "page_starts": (), "passages": passages,
        }  # fmt: skip
        return NewDocument(**{**fields, **changes})

    return make


@pytest.fixture
def filled(tmp_path, embedder, document):
    """The path of an index of forty documents with two published generations."""
    path = tmp_path / "index"
    with Index.open(path, create=True) as index, index.writer() as writer:
        writer.set_space(embedder.space)
        writer.put([document(i, f"number {i} holds word{i}") for i in range(40)])
        writer.publish(force=True)
        writer.put([document(3, "replaced entirely")])
        writer.publish(force=True)
    return path
