"""Conversations in the index: kept in order, deleted for good, and beside whatever else writes."""

import json
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

from ragsys.errors import IndexReadOnlyError, SessionNotFoundError
from ragsys.indexes.index import DATABASE, Index
from ragsys.indexes.records import StoredTurn

_WRITER = """
import sys
from pathlib import Path
from ragsys.indexes.index import Index
from ragsys.indexes.records import StoredTurn

with Index.open(Path(sys.argv[1])) as index:
    print("ready", flush=True)
    sys.stdin.readline()
    for number in range(int(sys.argv[3])):
        turn = StoredTurn(0, f"{sys.argv[2]} {number}", "q", "as-is", 0, "{}", 1, "d", "")
        index.conversations.append("shared", turn)
    print("written", flush=True)
"""


def turn(question, answer="{}"):
    """A turn to be kept."""
    return StoredTurn(0, question, question, "as-is", 0, answer, 7, "digest", "")


@pytest.fixture
def index(tmp_path):
    """An open index without documents."""
    with Index.open(tmp_path / "index", create=True) as opened:
        yield opened


def test_turns_come_back_in_order(index):
    """What is appended is read again, numbered from 1, with the time at which it was kept."""
    index.conversations.start("a", ["user:bo", "user:ann"])
    for text in ("first", "第二个", "third"):
        index.conversations.append("a", turn(text))
    turns = index.conversations.turns("a")
    assert [(t.number, t.question, t.seq) for t in turns] == [(1, "first", 7), (2, "第二个", 7), (3, "third", 7)]
    assert all(t.asked_at for t in turns)
    session = index.conversations.sessions()[0]
    assert (session.id, session.turns, session.first) == ("a", 3, "first")
    assert session.owner == ("user:ann", "user:bo")


def test_the_last_spoken_in_is_listed_first(index):
    """Sessions are listed by their last turn, and one without turns by its beginning."""
    index.conversations.start("old", None)
    index.conversations.start("empty", None)
    index.conversations.append("old", turn("later"))
    listed = index.conversations.sessions()
    assert {s.id for s in listed} == {"old", "empty"}
    assert listed == sorted(listed, key=lambda s: s.last_at, reverse=True)


def test_a_session_that_is_not_there_is_said_to_be(index):
    """Reading, appending and deleting name the session that is missing; nothing is created by the way."""
    for call in (index.conversations.turns, index.conversations.delete):
        with pytest.raises(SessionNotFoundError):
            call("nowhere")
    with pytest.raises(SessionNotFoundError):
        index.conversations.append("nowhere", turn("lost"))
    assert index.conversations.sessions() == []


def test_what_is_deleted_is_in_no_file(tmp_path):
    """After a deletion neither the database nor its log holds a word of it, small turns and large ones alike."""
    path = tmp_path / "index"
    # An idle connection of somebody else: without it, SQLite would empty its log whenever the last one closes.
    with Index.open(path, create=True) as index, closing(sqlite3.connect(path / DATABASE)) as other:
        other.execute("SELECT count(*) FROM session").fetchone()
        for name in ("keep", "drop"):
            index.conversations.start(name, None)
            for number in range(40):
                long = "x" * (number * 300)
                index.conversations.append(name, turn(f"{name}-marker {number}", json.dumps([f"{name}-answer", long])))
        assert index.conversations.turns("drop")
        index.conversations.delete("drop")
        held = b"".join(file.read_bytes() for file in path.iterdir() if file.name.startswith(DATABASE))
        assert b"drop-marker" not in held
        assert b"drop-answer" not in held
        assert held.count(b"keep-marker") >= 40
        assert len(index.conversations.turns("keep")) == 40


def test_a_turn_waits_for_no_ingestion(index, embedder, document):
    """While the writer's lock is held, turns are kept at once; and a turn changes neither seq nor digest."""
    index.conversations.start("a", None)
    with index.writer() as writer:
        writer.set_space(embedder.space)
        writer.put([document(1, "one document")])
        with index.read() as view:
            before = view.seq, view.digest()
        index.conversations.append("a", turn("beside"))
        writer.put([document(2, "another")])
    assert [t.question for t in index.conversations.turns("a")] == ["beside"]
    with index.read() as view:
        assert (view.seq, len(view.documents())) == (before[0] + 1, 2)


def test_neither_side_loses_when_an_ingestion_and_conversations_write_at_once(tmp_path, embedder, document):
    """Two processes append to one session while a third puts documents: every turn and every document is there."""
    rounds = 40
    with Index.open(tmp_path, create=True) as index:
        index.conversations.start("shared", None)
        processes = [
            subprocess.Popen(
                [sys.executable, "-c", _WRITER, tmp_path, name, str(rounds)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for name in ("left", "right")
        ]
        try:
            assert [process.stdout.readline() for process in processes] == ["ready\n"] * 2
            with index.writer() as writer:
                writer.set_space(embedder.space)
                for process in processes:
                    process.stdin.write("go\n")
                    process.stdin.flush()
                for number in range(rounds):
                    writer.put([document(number, f"document {number}")])
                    if number % 10 == 0:
                        writer.publish(force=True)
            outputs = [process.communicate(timeout=60)[0] for process in processes]
        finally:
            for process in processes:
                process.kill()
                process.wait()
        assert outputs == ["written\n"] * 2
        turns = index.conversations.turns("shared")
        assert [t.number for t in turns] == list(range(1, 2 * rounds + 1))
        for name in ("left", "right"):
            said = [t.question for t in turns if t.question.startswith(name)]
            assert said == [f"{name} {number}" for number in range(rounds)]
        with index.read() as view:
            assert len(view.documents()) == rounds
            assert view.seq == rounds


def test_a_directory_that_cannot_be_written_to_keeps_nothing(index, monkeypatch):
    """Keeping a turn there is a typed error, not a traceback."""
    monkeypatch.setattr(index.database, "read_only", True)
    with pytest.raises(IndexReadOnlyError):
        index.conversations.start("a", None)
