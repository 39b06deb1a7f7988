"""One index directory: what is stored is found, whatever happens to its derivatives."""

import sqlite3
import subprocess
import sys

import numpy as np
import pytest
from sqlalchemy import text

from ragsys.errors import (
    DiskFullError,
    EncodingError,
    IndexBusyError,
    IndexDamagedError,
    IndexNewerError,
    IndexNotFoundError,
    SpaceMismatchError,
)
from ragsys.indexes import fsck
from ragsys.indexes.index import DATABASE, Index

COMPLETE = [*range(1, 4), *range(5, 42)]  # passage 4 was replaced by 41


def everything(index):
    """The ids that each leg finds when it is asked for all."""
    with index.read() as view:
        dense, _ = view.dense(np.ones(view.space.dim, np.float32), 100)
        lexical, _ = view.lexical(["number", "replac"], 100)
    return sorted(dense.tolist()), sorted(lexical.tolist())


def test_pragmas_are_what_the_protocol_needs(filled):
    """A connection has WAL, full syncs and foreign keys."""
    with Index.open(filled) as index, index.database.connect() as connection:
        values = [
            connection.execute(text(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        ]
    assert values == ["wal", 2, 1]


def test_a_replaced_document_takes_its_old_passage_out_of_both_legs(filled):
    """The old passage is gone, and the new one has a new id."""
    with Index.open(filled) as index:
        assert everything(index) == (COMPLETE, COMPLETE)


def test_every_damage_to_snapshots_is_noticed_and_healed(filled):
    """Bit flips and truncations of all snapshots change no answer, and the next publication replaces the files."""
    rng = np.random.default_rng(1)
    snapshots = sorted([*filled.glob("*.faiss"), *filled.glob("*.bin")])
    assert len(snapshots) == 4
    for path in snapshots:
        whole = path.read_bytes()
        positions = rng.integers(0, len(whole), 12).tolist()
        damages = [whole[:p] + bytes([whole[p] ^ 1 << int(p) % 8]) + whole[p + 1 :] for p in positions]
        for damaged in [*damages, b"", whole[: len(whole) // 2], whole + b"\0"]:
            path.write_bytes(damaged)
            with Index.open(filled) as index:
                assert everything(index) == (COMPLETE, COMPLETE)
                assert any(f.severity == "error" and f.repairable for f in fsck.check(index))
        path.write_bytes(whole)
    for path in snapshots:
        path.write_bytes(b"junk")
    with Index.open(filled) as index:
        with index.writer() as writer:
            writer.publish()
        with index.read() as view:
            assert view.status().vectors.generation is not None
    with Index.open(filled) as index:
        fsck.repair(index, timeout=1)
        fsck.repair(index, timeout=1)
        assert not [f for f in fsck.check(index) if f.severity == "error"]


def test_an_open_reader_sees_what_another_handle_commits(filled, document):
    """A reader follows puts, removals and publications without being opened again."""
    with Index.open(filled) as reader, Index.open(filled) as other:
        assert everything(reader)[0] == COMPLETE
        for round_ in range(3):
            with other.writer() as writer:
                writer.put([document(100 + round_, "number anew")])
                writer.remove([f"{round_:016x}"])
                writer.publish(force=True)
        wanted = sorted({*COMPLETE, 42, 43, 44} - {1, 2, 3})
        assert everything(reader) == (wanted, wanted)


def test_a_second_writer_is_told_that_the_index_is_busy(filled):
    """The lock holds over handles, and gives a typed error after the wait."""
    with (
        Index.open(filled) as one,
        Index.open(filled) as two,
        one.writer(),
        pytest.raises(IndexBusyError),
        two.writer(timeout=0.05),
    ):
        pytest.fail("two writers at once")


def test_a_newer_index_is_refused(filled):
    """A format that this version does not know is not touched."""
    with sqlite3.connect(filled / DATABASE) as connection:
        connection.execute("PRAGMA user_version = 999")
    connection.close()
    with pytest.raises(IndexNewerError):
        Index.open(filled)


def test_there_has_to_be_an_index(tmp_path):
    """Opening without `create` makes nothing."""
    with pytest.raises(IndexNotFoundError):
        Index.open(tmp_path / "none")
    assert not (tmp_path / "none").exists()


def test_a_database_that_is_none_is_damage(tmp_path):
    """Junk in place of the database is a typed error."""
    (tmp_path / DATABASE).write_bytes(b"not a database at all, but long enough to be read as one" * 100)
    with pytest.raises(IndexDamagedError):
        Index.open(tmp_path)


def test_a_damaged_vector_is_never_searched(filled):
    """A vector whose bytes do not fit its checksum stops the rebuild, and the doctor names it."""
    for path in filled.glob("*.faiss"):
        path.unlink()
    with sqlite3.connect(filled / DATABASE) as connection:
        connection.execute("UPDATE vector SET blob = zeroblob(length(blob)) WHERE passage = 7")
    connection.close()
    with Index.open(filled) as index:
        with pytest.raises(IndexDamagedError):
            everything(index)
        assert "vector-crc" in {finding.code for finding in fsck.check(index)}


@pytest.mark.parametrize("wrong", ["lone \ud800 surrogate", "a NUL \0 inside"])
def test_text_that_could_not_be_read_back_is_refused(filled, document, wrong):
    """Such a text is a typed error, and the batch leaves no trace."""
    with Index.open(filled) as index:
        with index.writer() as writer, pytest.raises(EncodingError):
            writer.put([document(50, "good"), document(51, wrong, vector=np.ones(64, np.float32))])
        assert everything(index) == (COMPLETE, COMPLETE)


def test_a_vector_of_another_space_is_refused(filled, document):
    """A wrong dimension or a value that is not finite never reaches the database."""
    with Index.open(filled) as index, index.writer() as writer:
        for vector in (np.ones(3, np.float32), np.full(64, np.nan, np.float32)):
            with pytest.raises(SpaceMismatchError):
                writer.put([document(50, "text", vector=vector)])


def test_a_full_database_stores_nothing_of_the_batch(filled, document):
    """SQLite's own limit on pages: a typed error, and the state before."""
    with Index.open(filled) as index:
        on_connect = index.database._on_connect

        def limited(connection, record):
            on_connect(connection, record)
            connection.execute("PRAGMA max_page_count = 1")

        from sqlalchemy import event

        event.listen(index.database._engine, "connect", limited)
        with index.writer() as writer, pytest.raises(DiskFullError):
            writer.put([document(60 + i, f"number {i} " * 2000, vector=np.ones(64, np.float32)) for i in range(20)])
        assert everything(index) == (COMPLETE, COMPLETE)


def test_no_space_for_a_snapshot_leaves_no_half_file(filled):
    """A snapshot that the file system refuses is a typed error; files and answers stay as they were."""
    before = sorted(path.name for path in filled.iterdir())
    script = (
        "import resource, signal, sys; from pathlib import Path\n"
        "from ragsys.indexes.index import Index; from ragsys.errors import DiskFullError\n"
        "index = Index.open(Path(sys.argv[1]))\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))\n"
        "try:\n    index.snapshots.stage('vectors', lambda file: file.write(b'x' * 100_000), 1, 9, 9, 'Flat')\n"
        "except DiskFullError:\n    sys.stdout.write('full')\n"
    )
    done = subprocess.run([sys.executable, "-c", script, str(filled)], capture_output=True, text=True, check=True)
    assert done.stdout == "full"
    with Index.open(filled) as index:
        assert everything(index) == (COMPLETE, COMPLETE)
    after = sorted(path.name for path in filled.iterdir())
    assert [name for name in after if "-wal" not in name and "-shm" not in name] == before


def test_a_backup_is_a_whole_index(filled, tmp_path):
    """A copy of the database alone opens and answers as the original does."""
    copy = tmp_path / "copy"
    copy.mkdir()
    with Index.open(filled) as index:
        index.backup(copy / DATABASE)
    with Index.open(copy) as index:
        assert everything(index) == (COMPLETE, COMPLETE)
