"""An approximate index is built while others search and write, and is never older than the truth."""

from threading import Event

import numpy as np
import pytest

from ragsys.errors import ConfigError
from ragsys.indexes.index import Index

KIND = "HNSW8,Flat"


def dense(index):
    """The ids that a search for everything finds, and the kind that found them."""
    with index.read() as view:
        ids, _ = view.dense(np.ones(view.space.dim, np.float32), 100)
        return sorted(ids.tolist()), view.status().vectors.kind


@pytest.fixture
def slow(tmp_path, embedder, document):
    """An index that waits, while it refines, until it is told to go on; it holds twenty documents."""
    reached, go_on = Event(), Event()

    def on_step(name):
        import threading

        if name == "fsync" and threading.current_thread().name.startswith("ragsys-refine"):
            reached.set()
            assert go_on.wait(60)

    with Index.open(tmp_path, create=True, vector_index=KIND, on_step=on_step) as index:
        with index.writer() as writer:
            writer.set_space(embedder.space)
            writer.put([document(i, f"number {i}") for i in range(20)])
            writer.publish()
        yield index, reached, go_on


def test_search_is_exact_and_writers_do_not_wait_during_a_build(slow, document):
    """What is added and removed in the middle of a build is in the answers before and after it."""
    index, reached, go_on = slow
    assert dense(index) == ([*range(1, 21)], "Flat")
    assert index.refine_in_background() == KIND
    assert reached.wait(60)
    assert index.refine_in_background() == KIND
    with index.writer(timeout=1) as writer:
        writer.put([document(30, "in the middle")])
        writer.remove([f"{0:016x}"])
        writer.publish()
    assert dense(index) == ([*range(2, 22)], "Flat")
    go_on.set()
    index.close()
    assert dense(index) == ([*range(2, 22)], KIND)
    assert index.unrefined is None


def test_a_build_that_was_overtaken_is_not_adopted(slow, document):
    """A snapshot older than the newest one would bring back the dead: it is thrown away, and the next build is good."""
    index, reached, go_on = slow
    index.refine_in_background()
    assert reached.wait(60)
    with index.writer(timeout=1) as writer:
        writer.remove([f"{i:016x}" for i in range(5)])
        writer.publish(force=True)
        writer.put([document(31, "later")])
        writer.publish(force=True)
    go_on.set()
    index.close()
    assert dense(index) == ([*range(6, 22)], "Flat")
    assert index.refine()
    assert dense(index) == ([*range(6, 22)], KIND)
    assert not index.snapshots.orphans()


def test_a_kind_that_faiss_does_not_know_is_refused_before_anything_is_stored(tmp_path, embedder):
    """The setting is checked when the writer is given its space."""
    with Index.open(tmp_path, create=True, vector_index="Nonsense7") as index, index.writer() as writer:
        with pytest.raises(ConfigError):
            writer.set_space(embedder.space)
        assert writer.space is None


def test_a_kind_that_cannot_be_trained_leaves_exact_search(tmp_path, embedder, document, caplog):
    """Too few vectors for the lists that were asked for: a warning, and the exact index goes on."""
    with Index.open(tmp_path, create=True, vector_index="IVF4096,Flat") as index:
        with index.writer() as writer:
            writer.set_space(embedder.space)
            writer.put([document(i, f"number {i}") for i in range(9)])
            writer.publish()
        index.refine_in_background()
        index.close()
        assert "searching exactly" in caplog.text
        assert dense(index) == ([*range(1, 10)], "Flat")


def test_a_setting_that_asks_for_exact_search_gets_it(tmp_path, embedder, document):
    """A graph that is no longer wanted is replaced at the next publication."""
    with Index.open(tmp_path, create=True, vector_index=KIND) as index:
        with index.writer() as writer:
            writer.set_space(embedder.space)
            writer.put([document(i, f"number {i}") for i in range(20)])
            writer.publish()
        assert index.refine()
    with Index.open(tmp_path, vector_index="Flat") as index:
        with index.writer() as writer:
            writer.publish()
        assert dense(index)[1] == "Flat"


def test_a_catching_up_that_was_interrupted_begins_again(tmp_path, embedder, document, monkeypatch):
    """What was half applied is not applied twice, and nothing is skipped."""
    from ragsys.indexes import derived

    with Index.open(tmp_path, create=True) as index, Index.open(tmp_path) as reader:
        with index.writer() as writer:
            writer.set_space(embedder.space)
            writer.put([document(i, f"number {i}") for i in range(5)])
        assert dense(reader)[0] == [*range(1, 6)]
        with index.writer() as writer:
            writer.put([document(10 + i, f"number {10 + i}") for i in range(4)])
        rows, batches = derived._rows, []

        def interrupted(connection, table, after):
            for batch in rows(connection, table, after):
                yield batch[:2]
                batches.append(1)
                raise KeyboardInterrupt

        monkeypatch.setattr(derived, "_rows", interrupted)
        with pytest.raises(KeyboardInterrupt):
            dense(reader)
        monkeypatch.undo()
        assert batches
        assert dense(reader)[0] == [*range(1, 10)]
