"""What is there already is not computed again: moved files, and the unchanged passages of changed ones."""

from __future__ import annotations

import json
import os
import shutil

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from ragsys import QueryEngine
from ragsys.config import Settings
from ragsys.indexes import Index
from ragsys.ingest import Pipeline
from ragsys.ingest.moves import is_gone
from ragsys.testing import HashEmbedder


@pytest.fixture
def engine(tmp_path):
    """An engine over an empty index, with small passages."""
    (tmp_path / "docs").mkdir()
    settings = Settings(chunk_tokens=16, chunk_overlap=0)
    with QueryEngine.open(tmp_path / "index", settings=settings, embedder=HashEmbedder()) as opened:
        yield opened


def _sections(words):
    return "".join(f"# Part {word}\n\nAll that there is to say about {word} and {word}.\n\n" for word in words)


def _vectors(engine):
    """Every passage's text with its vector, as stored."""
    with engine._index.read() as view:
        ids = view.select(None)
        texts = view.passages(ids.tolist())
        return [(texts[int(number)].text, vector) for number, vector in zip(ids, view.vectors(ids), strict=True)]


def _are_right(engine):
    found = _vectors(engine)
    expected = HashEmbedder().embed_passages([text for text, _ in found])
    return np.allclose(np.array([vector for _, vector in found]), expected)


def test_only_the_changed_passage_is_embedded(engine, tmp_path):
    """Of a file in which one section changes, one passage is computed; all vectors are those of their texts."""
    path = tmp_path / "docs" / "a.md"
    words = [f"w{number}" for number in range(20)]
    path.write_text(_sections(words))
    assert engine.add(tmp_path / "docs").embedded == 20
    words[7] = "other"
    path.write_text(_sections(words))
    report = engine.add(tmp_path / "docs")
    assert (report.updated, report.passages, report.embedded) == (1, 20, 1)
    path.write_text(_sections(words[:7] + words[8:]))
    assert engine.add(tmp_path / "docs").embedded == 0
    assert engine.add(tmp_path / "docs", force=True).embedded == 19
    assert _are_right(engine)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=8), min_size=2, max_size=4))
def test_reuse_never_changes_a_vector(tmp_path_factory, versions):
    """Through any series of versions, each passage has the vector that embedding its text gives."""
    folder = tmp_path_factory.mktemp("reuse")
    chosen = Settings(chunk_tokens=16, chunk_overlap=0)
    with QueryEngine.open(folder / "index", settings=chosen, embedder=HashEmbedder()) as engine:
        for words in versions:
            (folder / "a.md").write_text(_sections(words))
            report = engine.add(folder / "a.md")
            assert report.embedded <= len(set(words))
            assert _are_right(engine)


def test_a_damaged_vector_is_not_reused(engine, tmp_path):
    """A vector whose checksum is wrong is computed again, for changed and for moved files, and so mended."""
    (tmp_path / "docs" / "a.md").write_text(_sections("abc"))
    engine.add(tmp_path / "docs")
    with engine._index.database.write() as connection:
        connection.execute(text("UPDATE vector SET blob = zeroblob(length(blob)) WHERE passage = 2"))
    (tmp_path / "docs" / "a.md").write_text(_sections("abcd"))
    assert engine.add(tmp_path / "docs").embedded == 2
    assert _are_right(engine)
    with engine._index.database.write() as connection:
        connection.execute(text("UPDATE vector SET blob = zeroblob(length(blob)) WHERE passage = 5"))
    (tmp_path / "docs" / "a.md").rename(tmp_path / "docs" / "b.md")
    report = engine.add(tmp_path / "docs", prune=True)
    assert (report.added, report.deleted, report.embedded) == (1, 1, 4)
    assert _are_right(engine)


def test_a_moved_folder_is_moved(engine, tmp_path):
    """Documents follow their files: same passages and vectors, nothing added, deleted, vanished or embedded."""
    docs = tmp_path / "docs"
    (docs / "old").mkdir()
    for number in range(5):
        (docs / "old" / f"{number}.md").write_text(_sections([f"w{number}"]))
    (docs / "old" / "copy of 0.md").write_text(_sections(["w0"]))
    engine.add(docs, acl=["user:ann"])
    before = {passage.text: passage.passage_id for passage in engine.passages()}
    seq = engine.status().seq
    (docs / "old").rename(docs / "new")
    report = engine.add(docs)
    assert (report.added, report.updated, report.deleted, report.embedded) == (0, 0, 0, 0)
    assert (report.vanished, report.failed) == ((), ())
    assert {(m.before, m.source) for m in report.moved} == {
        (str(docs / "old" / path.name), str(path)) for path in (docs / "new").iterdir()
    }
    assert {passage.text: passage.passage_id for passage in engine.passages()} == before
    assert engine.status().seq == seq + 1
    with engine._index.read() as view:
        assert {known.acl for known in view.known().values()} == {("user:ann",)}
    assert engine.document(str(docs / "new" / "3.md")).source == str(docs / "new" / "3.md")
    assert engine.add(docs).unchanged == 6
    assert not [finding for finding in engine.doctor() if finding.severity == "error"]


def test_a_copy_is_no_move(engine, tmp_path):
    """While the first file is there, a second one with the same bytes is another document; so is a changed one."""
    docs = tmp_path / "docs"
    (docs / "a.md").write_text(_sections("ab"))
    engine.add(docs)
    shutil.copy(docs / "a.md", docs / "b.md")
    report = engine.add(docs)
    assert (report.added, report.moved, report.embedded) == (1, (), 0)
    (docs / "a.md").unlink()
    (docs / "c.md").write_text(_sections("abc"))
    report = engine.add(docs)
    assert (report.added, report.moved, report.vanished) == (1, (), (str(docs / "a.md"),))


def test_only_what_is_looked_at_can_have_moved(engine, tmp_path):
    """A document outside the folders that are named stays, also when its file cannot be found."""
    docs = tmp_path / "docs"
    for name in ("one", "two"):
        (docs / name).mkdir()
    (docs / "one" / "a.md").write_text(_sections("ab"))
    engine.add(docs)
    (docs / "one" / "a.md").rename(docs / "two" / "a.md")
    report = engine.add(docs / "two")
    assert (report.added, report.moved, report.embedded) == (1, (), 0)


def test_another_parser_is_no_move(engine, tmp_path):
    """A file that is renamed so that another parser reads it is another document."""
    (tmp_path / "docs" / "a.md").write_text(_sections("ab"))
    engine.add(tmp_path / "docs")
    (tmp_path / "docs" / "a.md").rename(tmp_path / "docs" / "a.txt")
    assert (engine.add(tmp_path / "docs").added, engine.status().documents) == (1, 2)


def test_moves_swap_and_follow_each_other(engine, tmp_path):
    """Two files that change places, and one that takes the place of another, keep their vectors."""
    docs = tmp_path / "docs"
    for name in "abc":
        (docs / f"{name}.md").write_text(_sections([name * 3, "x"]))
    engine.add(docs)
    (docs / "a.md").rename(docs / "t")
    (docs / "b.md").rename(docs / "a.md")
    (docs / "t").rename(docs / "b.md")
    (docs / "c.md").rename(docs / "d.md")
    report = engine.add(docs)
    assert (report.updated, len(report.moved), report.embedded) == (2, 1, 0)
    assert _are_right(engine)
    assert "aaa" in engine.text(str(docs / "b.md"))


def test_a_kept_conversation_follows_a_move(engine, tmp_path):
    """What an old answer cites is found under its new name."""
    path = tmp_path / "docs" / 'the "old" one.md'
    path.write_text("The water for green tea has eighty degrees.")
    engine.add(tmp_path / "docs")
    from dataclasses import replace

    variant = engine.variant(replace(engine.settings, answer_mode="extract", min_confidence=0.0))
    talk = variant.chat()
    talk.ask("How many degrees has the water for green tea?")
    assert talk.turns()[0].state == "current"
    path.rename(tmp_path / "docs" / "new.md")
    assert len(engine.add(tmp_path / "docs").moved) == 1
    (turn,) = variant.chat(talk.id).turns()
    assert turn.state == "current"
    assert 'the \\"old\\" one' not in json.dumps(turn.answer)
    assert str(tmp_path / "docs" / "new.md") in {
        citation["document"]["source"] for citation in turn.answer["citations"]
    }


def test_what_cannot_be_looked_at_is_not_gone(tmp_path, monkeypatch):
    """A file in an archive is as gone as the archive; behind a closed door nothing is."""
    (tmp_path / "a.zip").touch()
    assert not is_gone(f"{tmp_path}/a.zip!/b.txt")
    assert is_gone(f"{tmp_path}/b.zip!/b.txt")

    def refuse(path):
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(os, "lstat", refuse)
    assert not is_gone(f"{tmp_path}/b.zip")


def test_a_move_is_stored_in_batches(tmp_path):
    """However many files move, a batch of them is one change of the index."""
    docs = tmp_path / "docs"
    (docs / "a").mkdir(parents=True)
    for number in range(10):
        (docs / "a" / f"{number}.txt").write_text(f"Text {number}.")
    with Index.open(tmp_path / "index", create=True) as index:
        pipeline = Pipeline(index, HashEmbedder(), Settings(batch_passages=4))
        seq = pipeline.add([docs]).seq
        (docs / "a").rename(docs / "b")
        report = pipeline.add([docs])
    assert (len(report.moved), report.seq) == (10, seq + 3)


def test_documents_of_a_folder_that_ends_in_the_mark_of_archives(engine, tmp_path):
    """They are there, are gone and move as others do, and have the tags of their folder."""
    folder = tmp_path / "docs" / "new!"
    folder.mkdir()
    for name in ("a", "b", "c"):
        (folder / f"{name}.txt").write_text(f"All about {name}.")
    engine.add(folder, tags={"topic": "x"})
    assert {document.metadata.get("topic") for document in engine.documents()} == {"x"}
    assert not is_gone(str(folder / "a.txt"))
    (folder / "a.txt").rename(folder / "moved.txt")
    (folder / "b.txt").unlink()
    report = engine.add(folder, prune=True)
    assert [(move.before, move.source) for move in report.moved] == [(str(folder / "a.txt"), str(folder / "moved.txt"))]
    assert (report.deleted, report.unchanged, report.embedded) == (1, 1, 0)


def test_a_file_is_forgotten_without_its_namesake_folder(engine, tmp_path):
    """What lies in a folder whose name is the file's and "!" is no part of the file."""
    docs = tmp_path / "docs"
    (docs / "x!").mkdir()
    (docs / "x!" / "a.txt").write_text("In the folder.")
    (docs / "x").write_text("The file.")
    engine.add(docs)
    assert [document.source for document in engine.forget(str(docs / "x")).documents] == [str(docs / "x")]
    assert [document.source for document in engine.documents()] == [str(docs / "x!" / "a.txt")]
