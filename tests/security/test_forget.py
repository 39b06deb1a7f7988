"""What is forgotten is in no file of the index any more: the bytes on disk are searched, also after a kill."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from ragsys import QueryEngine
from ragsys.config import Settings
from ragsys.errors import IndexBusyError, NotFoundError
from ragsys.indexes import Index
from ragsys.indexes.analyzer import passage_terms
from ragsys.indexes.postings import hash_term
from ragsys.testing import HashEmbedder

CLI = Path(__file__).parents[1] / "support" / "hash_cli.py"
_SETTINGS = Settings(chunk_tokens=24, chunk_overlap=0, answer_mode="extract", min_confidence=0.0, lock_timeout=1.0)
# Words that nothing else has, in the text, its title, its metadata, a heading and the name of its folder.
_SECRETS = ("zanzibarium", "quetzalorum", "xylographer", "vexillology", "jentacular", "祕密蝴蝶夢")
_SECRET = f"""---
title: {_SECRETS[1]}
author: {_SECRETS[2]}
---
# {_SECRETS[3]}

The {_SECRETS[0]} has its nest under the old bridge by the mill. {_SECRETS[5]}的窝在老桥下面。
""" + "".join(f"Paragraph {n} of the {_SECRETS[0]} is about the number {n * 7919}.\n\n" for n in range(40))


def _fill(tmp_path):
    """Twenty documents and the secret one, which was changed once, and a conversation about it."""
    docs = tmp_path / "docs"
    (docs / _SECRETS[4]).mkdir(parents=True)
    for number in range(20):
        (docs / f"{number}.md").write_text(f"# Number {number}\n\n" + f"All about the number {number}. " * 30)
    secret = docs / _SECRETS[4] / "secret.md"
    secret.write_text(_SECRET + "An earlier version.", encoding="utf-8")
    with QueryEngine.open(tmp_path / "index", settings=_SETTINGS, embedder=HashEmbedder()) as engine:
        engine.add(docs)
        secret.write_text(_SECRET, encoding="utf-8")
        engine.add(docs)
        talk = engine.chat()
        assert talk.ask(f"Where has the {_SECRETS[0]} its nest?").citations
        # An answer that rests on others, beside which the secret was found.
        other = engine.chat()
        assert {c.document.source for c in other.ask("Is all about the number 7 under the bridge?").citations} == {
            str(docs / "7.md")
        }
        assert _SECRETS[1] in str(engine._index.conversations.turns(other.id))
    return secret


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """The index of `_fill`, made once; tests work on copies."""
    folder = tmp_path_factory.mktemp("template")
    _fill(folder)
    return folder


@pytest.fixture
def secret(template, tmp_path):
    """The secret's source, in a fresh copy of the index under `tmp_path`."""
    shutil.copytree(template / "index", tmp_path / "index")
    return str(template / "docs" / _SECRETS[4] / "secret.md")


def _open(tmp_path, **options):
    return QueryEngine.open(tmp_path / "index", settings=_SETTINGS, embedder=HashEmbedder(), **options)


def _needles(engine, source):
    """Byte strings that only the document brings into a file: words, hashes of terms, and its vectors as float32."""
    words = [word.encode("utf-8") for word in _SECRETS]
    words += [word.encode("utf-16-le") for word in _SECRETS] + [json.dumps(_SECRETS[5])[1:-1].encode()]
    text = engine.text(source)
    spans = [text[p.start : p.end] for p in engine.passages_of(source)]
    vectors = HashEmbedder().embed_passages(spans)
    assert len(vectors) > 10
    terms = passage_terms(f"{_SECRETS[0]} {_SECRETS[3]}", (), engine.document(source).metadata["lang"])
    hashed = [hash_term(term).to_bytes(8, "little") for term in terms]
    return words + hashed + [vector.astype("<f4").tobytes() for vector in vectors]


def _found(folder, needles):
    """Which of the needles are in which file of a folder."""
    files = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return {(path.name, number) for path, data in files.items() for number, n in enumerate(needles) if n in data}


def test_nothing_is_left_in_any_file(secret, tmp_path):
    """Before, every word and vector is found in the files; afterwards none is, and the rest answers as before."""
    with _open(tmp_path) as engine:
        needles = _needles(engine, secret)
        before = _found(tmp_path / "index", needles)
        assert {number for _, number in before} >= {0, 1, 2, 3, 4, 5, *range(len(_SECRETS) * 2 + 1, len(needles))}
        assert {name.rpartition(".")[2] for name, _ in before} >= {"db", "faiss", "bin"}
        rest = {d.source: engine.text(d.id) for d in engine.documents() if d.source != secret}
        hits = [hit.document.source for hit in engine.search("all about the number 3").hits]
        forgotten = engine.forget(secret)
        assert [d.source for d in forgotten.documents] == [secret]
        assert (len(forgotten.conversations), len(engine.sessions())) == (1, 1)
        assert {d.source: engine.text(d.id) for d in engine.documents()} == rest
        assert [hit.document.source for hit in engine.search("all about the number 3").hits] == hits
        assert _found(tmp_path / "index", needles) == set()
        assert not [f for f in engine.doctor() if f.severity == "error"]
        assert not engine.status().erasing
    assert _found(tmp_path / "index", needles) == set()
    with _open(tmp_path) as engine:
        assert _found(tmp_path / "index", needles) == set()
        assert engine.status().passages == len(list(engine.passages()))


def test_removing_alone_leaves_traces(secret, tmp_path):
    """The search of bytes can fail: `rm` leaves text in the files, and `forget` without names takes it away."""
    with _open(tmp_path) as engine:
        needles = _needles(engine, secret)
        engine.remove(secret)
        assert _found(tmp_path / "index", needles)
        with pytest.raises(NotFoundError):
            engine.forget(secret)
        assert len(engine.forget().conversations) == 1
        assert _found(tmp_path / "index", needles) == set()


def test_what_was_deleted_without_being_overwritten_goes_too(secret, tmp_path):
    """Free pages of the database, as SQLite leaves them where it does not overwrite by default, hold nothing more."""
    with _open(tmp_path) as engine:
        needles = _needles(engine, secret)
    database = sqlite3.connect(tmp_path / "index" / "ragsys.db")
    database.executescript("PRAGMA secure_delete = OFF; PRAGMA foreign_keys = ON")
    with database:
        database.execute("DELETE FROM document WHERE source = ?", [secret])
    database.close()
    assert "ragsys.db" in {name for name, _ in _found(tmp_path / "index", needles)}
    with _open(tmp_path) as engine:
        engine.forget()
    assert _found(tmp_path / "index", needles) == set()


_STEPS = "erased write half fsync rename sync-directory verify point pointed collect unlink collected rewrite rewritten"


class _Killed(BaseException):
    """Stands for SIGKILL: nothing may be done on the way out but what the operating system does."""


@pytest.mark.parametrize("step", _STEPS.split())
def test_interrupted_at_any_step_it_is_finished_by_the_next_call(secret, tmp_path, step):
    """Whatever was done, the document is gone from searches at once, doctor tells, and calling again finishes."""
    with _open(tmp_path) as engine:
        needles = _needles(engine, secret)

    def die(name):
        if name == step:
            raise _Killed

    with Index.open(tmp_path / "index", on_step=die) as index:
        engine = QueryEngine(index, _SETTINGS, embedder=HashEmbedder())
        with pytest.raises(_Killed):
            engine.forget(secret)
    with _open(tmp_path) as engine:
        done = step == "rewritten"
        assert engine.status().erasing is not done
        assert ("erasing" in {finding.code for finding in engine.doctor()}) is not done
        assert secret not in {document.source for document in engine.documents()}
        if done:
            with pytest.raises(NotFoundError):
                engine.forget(secret)
        else:
            assert engine.forget(secret).finished
        assert _found(tmp_path / "index", needles) == set()
        assert not [finding for finding in engine.doctor() if finding.severity == "error"]


@pytest.mark.crash
@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is POSIX's")
def test_killed_at_any_moment_it_is_finished_by_the_next_call(secret, template, tmp_path):
    """After SIGKILL at random moments, one more call leaves nothing."""
    rng = random.Random(1)
    with _open(tmp_path) as engine:
        needles = _needles(engine, secret)
    for _ in range(8):
        shutil.rmtree(tmp_path / "index")
        shutil.copytree(template / "index", tmp_path / "index")
        command = [sys.executable, CLI, "forget", secret, "--index", str(tmp_path / "index")]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(rng.uniform(0.3, 1.2))
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        done = subprocess.run(command, capture_output=True, check=False, timeout=60)
        assert done.returncode in {0, 2}, done.stderr
        assert _found(tmp_path / "index", needles) == set()


def test_copies_are_named_and_a_reader_is_waited_for(secret, tmp_path):
    """The same content under another name stays and is named; while somebody reads on, the call is to be repeated."""
    copy = Path(secret).with_name("copy.md")
    shutil.copy(secret, copy)
    try:
        with _open(tmp_path) as engine:
            engine.add(copy)
            needles = _needles(engine, secret)
            with Index.open(tmp_path / "index") as other, other.database.read(), pytest.raises(IndexBusyError):
                engine.forget(secret)
            forgotten = engine.forget(secret)
            assert (forgotten.finished, forgotten.copies) == (True, ())
            assert _found(tmp_path / "index", needles)
            assert engine.forget(str(copy)).copies == ()
            assert _found(tmp_path / "index", needles[:4]) == set()
            engine.add(secret)
            engine.add(copy)
            assert [d.source for d in engine.forget(secret).copies] == [str(copy)]
    finally:
        copy.unlink()


def test_it_does_not_come_back_by_itself(secret, tmp_path):
    """`update` passes by what was forgotten, also when it changes; only its hash is kept for that."""
    with _open(tmp_path) as engine:
        engine.forget(secret)
        assert engine.update().added == 0
        assert engine.add(secret).added == 1


def test_an_approximate_index_is_rebuilt_without_it(template, tmp_path):
    """A graph that was trained on the vectors goes; a new one is built of those that are left."""
    settings = replace(_SETTINGS, vector_index="HNSW8,Flat")
    secret = str(template / "docs" / _SECRETS[4] / "secret.md")
    with QueryEngine.open(tmp_path / "index", settings=settings, embedder=HashEmbedder()) as engine:
        engine.add(template / "docs")
        needles = _needles(engine, secret)
    with QueryEngine.open(tmp_path / "index", settings=settings, embedder=HashEmbedder()) as engine:
        assert engine.status().vectors.kind == "HNSW8,Flat"
        engine.forget(secret)
    assert _found(tmp_path / "index", needles) == set()
    with QueryEngine.open(tmp_path / "index", settings=settings, embedder=HashEmbedder()) as engine:
        assert engine.status().vectors.kind == "HNSW8,Flat"


def test_the_command(secret, tmp_path):
    """It names what was forgotten and what stays; an unknown name is an error."""
    command = [sys.executable, CLI, "forget", "--index", str(tmp_path / "index")]
    done = subprocess.run([*command, "nowhere.md"], capture_output=True, check=False, timeout=60)
    assert (done.returncode, b"not-found" in done.stderr) == (2, True)
    done = subprocess.run([*command, secret, "--json"], capture_output=True, check=False, timeout=60)
    found = json.loads(done.stdout)
    assert [d["source"] for d in found["forgotten"]] == [secret]
    assert (len(found["conversations"]), found["copies"], found["finished"]) == (1, [], False)
    assert subprocess.run(command, capture_output=True, check=False, timeout=60).returncode == 0
