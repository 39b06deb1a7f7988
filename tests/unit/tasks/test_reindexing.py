"""Another vector space: made beside the old one, switched in one step, and gone back from."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from contextlib import closing

import numpy as np
import pytest

from ragsys import QueryEngine
from ragsys.config import Settings
from ragsys.errors import IndexStateError, SpaceMismatchError, UsageError
from ragsys.indexes import Index
from ragsys.indexes.spaces import SpareVectors, switch_space
from ragsys.tasks.reindexing import former_embedder, prepare_space
from ragsys.testing import HashEmbedder
from ragsys.types import TextDocument

OLD, NEW = HashEmbedder(dim=8), HashEmbedder(dim=16)
_TEXTS = {f"d{n}": f"The {word} is kept in room {n}. Nobody has opened it since spring." for n, word in enumerate(
    ["kettle", "ladder", "mirror", "needle", "organ", "piano"])}  # fmt: skip


@pytest.fixture
def folder(tmp_path):
    """An index in the old space."""
    with opened(tmp_path / "index", OLD) as engine:
        engine.add_documents(TextDocument(name, text) for name, text in _TEXTS.items())
    return tmp_path / "index"


def opened(folder, embedder):
    """An engine with an embedder."""
    return QueryEngine.open(folder, settings=Settings(batch_passages=2), embedder=embedder)


def switch(folder, present=OLD, wanted=NEW, **settings):
    """Reindex, as the command does."""
    with opened(folder, present) as engine:
        return engine.reindex(wanted, setting="new", former="old", **settings)


def state(folder):
    """Ids, texts and vectors of the index."""
    with Index.open(folder) as index, index.read() as view:
        ids = view.select(None)
        return ids.tolist(), [p.text for _, p in sorted(view.passages(ids.tolist()).items())], view.vectors(ids)


def test_every_passage_keeps_its_id_and_gets_its_new_vector(folder):
    """The texts and ids are the same, the vectors those of the new embedder, and the index is whole."""
    ids, texts, old = state(folder)
    result = switch(folder)
    assert (result.passages, result.before, result.now) == (6, OLD.space.model, NEW.space.model)
    again, same, new = state(folder)
    assert (again, same) == (ids, texts)
    assert np.allclose(new, NEW.embed_passages(texts), atol=1e-6)
    assert old.shape != new.shape
    with opened(folder, NEW) as engine:
        assert engine.search("who opened the piano").hits
        assert not [finding for finding in engine.doctor() if finding.severity == "error"]
    with opened(folder, OLD) as engine, pytest.raises(SpaceMismatchError):
        engine.search("piano")


def test_one_goes_back_and_what_was_added_meanwhile_is_there(folder):
    """The old vectors were kept: only the new document is embedded again."""
    before = state(folder)[2]
    switch(folder)
    with opened(folder, NEW) as engine:
        engine.add_documents([TextDocument("late", "A late violin came in June.")])
    assert former_embedder(folder) == "old"
    embedded = []

    class Counting(HashEmbedder):
        def embed_passages(self, texts):
            embedded.extend(texts)
            return super().embed_passages(texts)

    switch(folder, NEW, Counting(dim=8))
    assert embedded == ["A late violin came in June."]
    _, texts, vectors = state(folder)
    assert np.allclose(vectors[:6], before)
    assert len(texts) == 7
    with opened(folder, OLD) as engine:
        assert engine.search("violin").hits[0].document.source == "late"


def test_a_reader_that_was_open_never_mixes_spaces(folder):
    """An engine from before the switch is told, and one in the new space that was open all along finds rightly."""
    with opened(folder, OLD) as reader, opened(folder, NEW) as early:
        assert reader.search("piano").hits
        early.status()  # its derivatives are in memory, in the old space
        switch(folder)
        with pytest.raises(SpaceMismatchError):
            reader.search("piano")
        hits = early.search("The piano is kept in room 5").hits
        dense = max(hits, key=lambda hit: hit.scores.dense or 0)
        query = NEW.embed_queries(["The piano is kept in room 5"])[0]
        assert dense.scores.dense == pytest.approx(float(query @ NEW.embed_passages([dense.text])[0]), abs=1e-5)


def test_what_was_interrupted_goes_on(folder):
    """Killed between two batches, nothing has changed for anybody, and no vector is made twice."""

    def kill(_text, done, _total):
        if done >= 2:
            raise KeyboardInterrupt

    seq = state(folder)
    with pytest.raises(KeyboardInterrupt):
        switch(folder, progress=kill)
    assert state(folder)[0] == seq[0]
    with opened(folder, OLD) as engine:
        assert engine.search("piano").hits
    starts = []
    switch(folder, progress=lambda _text, done, total: starts.append((done, total)))
    assert starts[0] == (0, 4)


def test_a_switch_with_a_vector_missing_or_damaged_changes_nothing(folder):
    """Complete and whole, or not at all."""
    with Index.open(folder) as index:
        prepare_space(index, NEW, batch=10)
        with SpareVectors(index.path, NEW.space) as spare:
            spare.drop([min(spare.have())])
            with pytest.raises(IndexStateError, match="1 passages"):
                switch_space(index.database, spare)
        prepare_space(index, NEW, batch=10)
        with SpareVectors(index.path, NEW.space) as spare:
            with closing(sqlite3.connect(spare.path)) as connection, connection:
                connection.execute("UPDATE vector SET blob = zeroblob(64) WHERE passage = 3")
            with pytest.raises(IndexStateError, match="damaged"):
                switch_space(index.database, spare)
    assert state(folder)[2].shape[1] == 8


def test_what_cannot_be_is_refused(folder, tmp_path):
    """The same space again, an empty index, going back from nowhere, and passages that are too long."""
    with pytest.raises(IndexStateError, match="already"):
        switch(folder, OLD, OLD)
    with opened(tmp_path / "empty", OLD) as engine, pytest.raises(IndexStateError, match="no documents"):
        engine.reindex(NEW, setting="new", former="old")
    with pytest.raises(UsageError, match="go back"):
        former_embedder(folder)

    class Short(HashEmbedder):
        @property
        def max_tokens(self):
            return 3

    with pytest.raises(UsageError, match="reads 3"):
        switch(folder, OLD, Short(dim=16))
    assert state(folder)[2].shape[1] == 8


_KILLED = """
import os, signal, sys
from ragsys import QueryEngine
from ragsys.config import Settings
from ragsys.tasks import reindexing
from ragsys.testing import HashEmbedder

switch = reindexing.switch_space

def killed(database, spare):
    if sys.argv[2] == "after":
        switch(database, spare)
    os.kill(os.getpid(), signal.SIGKILL)

reindexing.switch_space = killed
with QueryEngine.open(sys.argv[1], settings=Settings(), embedder=HashEmbedder(dim=8)) as engine:
    engine.reindex(HashEmbedder(dim=16), setting="new", former="old")
"""


@pytest.mark.parametrize(("moment", "embedder"), [("before", OLD), ("after", NEW)])
def test_a_kill_around_the_switch_leaves_one_space_whole(folder, moment, embedder):
    """SIGKILL just before the commit, or between it and the new snapshots: every search is of one space, and right."""
    done = subprocess.run([sys.executable, "-c", _KILLED, folder, moment], capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL
    with opened(folder, embedder) as engine:
        assert engine.status().space.dim == embedder.space.dim
        assert engine.search("The piano is kept in room 5", top_k=1).hits[0].document.source == "d5"
        assert not [finding for finding in engine.doctor(repair=True) if finding.severity == "error"]
    _, texts, vectors = state(folder)
    assert np.allclose(vectors, embedder.embed_passages(texts), atol=1e-6)
    if moment == "before":
        assert switch(folder).now == NEW.space.model
