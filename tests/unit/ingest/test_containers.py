"""Files with documents in them: members are added, kept, updated and removed as files are, and by their file."""

from __future__ import annotations

import os

import hostile_files
import in_process
import pytest

from ragsys import QueryEngine
from ragsys.config import Settings
from ragsys.errors import NotFoundError
from ragsys.indexes.store import Writer
from ragsys.ingest.parsers.text import TextParser
from ragsys.testing import HashEmbedder
from ragsys.types import Extraction, Member


@pytest.fixture
def docs(tmp_path):
    """The folder that is added."""
    (tmp_path / "docs").mkdir()
    return tmp_path / "docs"


@pytest.fixture
def engine(tmp_path):
    """An engine over an empty index."""
    with QueryEngine.open(tmp_path / "index", settings=Settings(), embedder=HashEmbedder()) as opened:
        yield opened


def put(path, files, *, age=100):
    """Write an archive that is so many seconds old."""
    path.write_bytes(files if isinstance(files, bytes) else hostile_files.zipped(list(files.items())))
    at = path.stat().st_mtime_ns - age * 10**9
    os.utime(path, ns=(at, at))


def sources(engine, docs):
    """The documents, by their sources from the folder on."""
    return [document.source.removeprefix(f"{docs}/") for document in engine.documents()]


TEXTS = {"a.txt": b"Kettles are descaled.", "b/c.md": b"# Mills\n\nGrinders are brushed."}


def test_members_are_documents(engine, docs):
    """Each has its source, text and vectors, inwards over several archives; what fails in it is an outcome."""
    inner = hostile_files.tarred([(hostile_files.tar_info("d.txt"), b"Filters are rinsed.")], "w:gz")
    put(docs / "a.zip", {**TEXTS, "in.tgz": inner, "x.png": b"GIF89a"})
    report = engine.add(docs)
    assert (report.added, report.embedded) == (3, 3)
    assert sources(engine, docs) == ["a.zip!/a.txt", "a.zip!/b/c.md", "a.zip!/in.tgz!/d.txt"]
    assert [(f.source, f.code) for f in report.failed] == [(f"{docs}/a.zip!/x.png", "file-type-unsupported")]
    assert engine.text(f"{docs}/a.zip!/in.tgz!/d.txt") == "Filters are rinsed."
    assert engine.search("filters are rinsed").hits[0].document.source == f"{docs}/a.zip!/in.tgz!/d.txt"
    assert len(engine.documents(where='source ~ "*.tgz!/*"')) == 1


def test_an_unchanged_archive_costs_one_look(engine, docs, monkeypatch):
    """It is not even opened, and its members and failures are as they were."""
    put(docs / "a.zip", {**TEXTS, "x.png": b"GIF89a"})
    engine.add(docs)

    def refuse(*_arguments):
        raise AssertionError("it was read")

    monkeypatch.setattr("ragsys.ingest.looking.read_file", refuse)
    report = engine.add(docs)
    assert (report.unchanged, report.embedded, len(report.failed)) == (2, 0, 1)
    assert len(engine.status().failed) == 1


def test_a_touched_archive_is_read_and_not_unpacked(engine, docs):
    """Its bytes are the same: its new time is remembered."""
    put(docs / "a.zip", TEXTS)
    engine.add(docs)
    os.utime(docs / "a.zip", ns=(10**18, 10**18))
    assert engine.add(docs).unchanged == 2
    with engine._index.read() as view:
        assert view.containers()[f"{docs}/a.zip"].mtime_ns == 10**18


def test_a_changed_archive_is_an_update_of_its_members(engine, docs):
    """Only what is new in it is embedded, and what is gone from it is removed, without `prune`."""
    put(docs / "a.zip", {**TEXTS, "z.txt": b"Old words."})
    engine.add(docs)
    put(docs / "a.zip", {**TEXTS, "a.txt": b"Kettles are new.", "e.txt": b"Cups are washed."}, age=50)
    report = engine.add(docs)
    assert (report.added, report.updated, report.unchanged, report.deleted) == (1, 1, 1, 1)
    assert report.embedded == 2
    assert sources(engine, docs) == ["a.zip!/a.txt", "a.zip!/b/c.md", "a.zip!/e.txt"]
    assert engine.search("old words").hits == () or engine.search("old words").hits[0].text != "Old words."


def test_a_damaged_version_keeps_what_was_there(engine, docs):
    """An archive that cannot be read any more is a failure, and its documents stay until it can be."""
    put(docs / "a.zip", TEXTS)
    engine.add(docs)
    put(docs / "a.zip", b"PK\x03\x04 and no more", age=50)
    for _ in range(2):
        report = engine.add(docs)
        assert [failure.code for failure in report.failed] == ["archive-damaged"]
        assert sources(engine, docs) == ["a.zip!/a.txt", "a.zip!/b/c.md"]
    put(docs / "a.zip", {"a.txt": TEXTS["a.txt"]}, age=40)
    report = engine.add(docs)
    assert (report.unchanged, report.deleted, report.failed, engine.status().failed) == (1, 1, (), ())


def test_an_archive_in_an_archive_that_is_damaged_keeps_its_own(engine, docs):
    """Beside it, what is gone goes."""
    put(docs / "a.zip", {"x.txt": b"Gone soon.", "in.zip": hostile_files.zipped([("d.txt", b"Deep.")])})
    engine.add(docs)
    put(docs / "a.zip", {"in.zip": b"PK\x03\x04 and no more"}, age=50)
    assert engine.add(docs).deleted == 1
    assert sources(engine, docs) == ["a.zip!/in.zip!/d.txt"]


def test_an_archive_that_becomes_a_text(engine, docs):
    """Its members go, and it is a document itself."""
    put(docs / "a.zip", TEXTS)
    engine.add(docs)
    put(docs / "a.zip", b"No archive any more.", age=50)
    report = engine.add(docs)
    assert (report.added, report.deleted) == (1, 2)
    assert sources(engine, docs) == ["a.zip"]
    assert engine.add(docs).unchanged == 1


def test_a_vanished_archive_is_one_file_that_is_gone(engine, docs):
    """It is reported once, and pruned with all that was in it, failures too."""
    put(docs / "a.zip", {**TEXTS, "x.png": b"GIF89a"})
    (docs / "b.txt").write_text("Beside it.")
    engine.add(docs)
    (docs / "a.zip").unlink()
    assert engine.add(docs).vanished == (f"{docs}/a.zip",)
    report = engine.add(docs, prune=True)
    assert (report.deleted, report.vanished) == (2, ())
    assert sources(engine, docs) == ["b.txt"]
    assert engine.status().failed == ()
    with engine._index.read() as view:
        assert view.containers() == {}


def test_remove(engine, docs):
    """An archive goes with its members; of one member, the archive is looked at again."""
    put(docs / "a.zip", {**TEXTS, "x.png": b"GIF89a"})
    engine.add(docs)
    assert [d.source for d in engine.remove(f"{docs}/a.zip!/a.txt")] == [f"{docs}/a.zip!/a.txt"]
    assert (engine.add(docs).added, engine.add(docs).unchanged) == (1, 2)
    assert len(engine.remove(f"{docs}/a.zip")) == 2
    assert (engine.documents(), engine.status().failed) == ([], ())
    with pytest.raises(NotFoundError):
        engine.remove(f"{docs}/a.zip")
    assert engine.add(docs).added == 2


def test_a_member_of_known_content_costs_no_embedding(engine, docs):
    """The same text as a file and as a member shares its vectors."""
    (docs / "a.txt").write_bytes(TEXTS["a.txt"])
    put(docs / "z.zip", TEXTS)
    report = engine.add(docs)
    assert report.added == 3
    (docs / "b").mkdir()
    (docs / "b" / "a.txt").write_bytes(TEXTS["a.txt"])
    assert engine.add(docs).embedded == 0


def test_equal_names_are_told_apart(engine, docs):
    """None of them is lost."""
    with pytest.warns(UserWarning, match="Duplicate name"):
        put(docs / "a.zip", hostile_files.zipped([("a.txt", b"One."), ("a.txt", b"Two.")]))
    assert engine.add(docs).added == 2
    assert sources(engine, docs) == ["a.zip!/a (2).txt", "a.zip!/a.txt"]


def test_a_file_beside_a_failure_is_no_archive(engine, docs):
    """What is remembered as an archive is one."""
    (docs / "a.txt").symlink_to("nowhere")
    (docs / "b.txt").write_text("A text.")
    (docs / "c.txt").write_bytes(b"")
    (docs / "d.txt").write_text("A text.")
    assert len(engine.add(docs).failed) == 2
    with engine._index.read() as view:
        assert view.containers() == {}


def test_force_reads_it_again(engine, docs):
    """All of it."""
    put(docs / "a.zip", TEXTS)
    engine.add(docs)
    assert engine.add(docs, force=True).updated == 2


def test_who_may_see_it(engine, docs):
    """Principals are those of the whole archive, and can be changed without reading it."""
    put(docs / "a.zip", TEXTS)
    engine.add(docs, acl=["user:ann"])
    engine.add(docs, acl=["user:bob"])
    with engine._index.read() as view:
        assert {known.acl for known in view.known().values()} == {("user:bob",)}


class LetterParser(TextParser):
    """A text whose lines that begin with "+" are attached files, "name content"."""

    name = "text"

    def parse(self, data, *, name):
        """The lines that are no files, and those that are."""
        lines = data.decode().splitlines()
        members = [line[1:].partition(" ")[::2] for line in lines if line.startswith("+")]
        text = "\n".join(line for line in lines if not line.startswith("+"))
        return Extraction(text, members=tuple(Member(n, content.encode()) for n, content in members))


def test_a_document_with_members_is_both(engine, docs, monkeypatch):
    """A letter and what is attached to it; an empty one is none itself. All follow the file."""
    in_process.use(monkeypatch, LetterParser())
    letter = docs / "letter.txt"
    put(letter, b"Dear all.\n+a.txt Attached.\n+../b.txt Also.")
    put(docs / "box.txt", b"+1.txt First.\n+2.txt Second.")
    assert engine.add(docs).added == 5
    assert sources(engine, docs) == [
        "box.txt!/1.txt",
        "box.txt!/2.txt",
        "letter.txt",
        "letter.txt!/a.txt",
        "letter.txt!/b.txt",
    ]
    assert engine.add(docs).unchanged == 5
    put(letter, b"Dear all.\n+a.txt Attached.", age=50)
    report = engine.add(docs)
    assert (report.updated, report.unchanged, report.deleted) == (1, 3, 1)
    put(letter, b"Dear all, no more.", age=40)
    assert engine.add(docs).deleted == 1
    assert len(engine.remove(str(letter))) == 1


class Ending(HashEmbedder):
    """Embeds so many times, and then somebody presses Ctrl-C."""

    def __init__(self, times):
        super().__init__()
        self.left = times

    def embed_passages(self, texts):
        """Vectors, while there are any left."""
        self.left -= 1
        if self.left < 0:
            raise KeyboardInterrupt
        return super().embed_passages(texts)


@pytest.mark.parametrize("times", range(4))
def test_a_document_with_members_is_known_only_as_a_whole(tmp_path, docs, monkeypatch, times):
    """Ended after any commit, the next run adds what is missing, and later removes what the file holds no more."""
    in_process.use(monkeypatch, LetterParser())
    letter = docs / "letter.txt"
    put(letter, b"Dear all.\n+a.txt Attached.\n+b.txt Also.")
    settings = Settings(batch_passages=1)
    with QueryEngine.open(tmp_path / "index", settings=settings, embedder=Ending(times)) as engine:
        if times < 3:
            with pytest.raises(KeyboardInterrupt):
                engine.add(docs)
        else:
            engine.add(docs)
    with QueryEngine.open(tmp_path / "index", settings=settings, embedder=HashEmbedder()) as engine:
        engine.add(docs)
        assert sources(engine, docs) == ["letter.txt", "letter.txt!/a.txt", "letter.txt!/b.txt"]
        put(letter, b"Dear all.\n+a.txt Attached.", age=50)
        assert engine.add(docs).deleted == 1
        assert sources(engine, docs) == ["letter.txt", "letter.txt!/a.txt"]


def test_a_file_with_members_is_known_before_it_is_done(engine, docs, monkeypatch):
    """Ended between its documents and the note that it is done, it still takes away what it holds no more."""
    in_process.use(monkeypatch, LetterParser())
    letter = docs / "letter.txt"
    put(letter, b"Dear all.\n+a.txt Attached.\n+b.txt Also.")
    remember = Writer.remember

    def ended(self, containers):
        if any(container.sha256 for container in containers):
            raise KeyboardInterrupt
        remember(self, containers)

    monkeypatch.setattr(Writer, "remember", ended)
    with pytest.raises(KeyboardInterrupt):
        engine.add(docs)
    monkeypatch.setattr(Writer, "remember", remember)
    put(letter, b"Dear all.\n+a.txt Attached.", age=50)
    assert engine.add(docs).deleted == 1
    assert sources(engine, docs) == ["letter.txt", "letter.txt!/a.txt"]


def test_interrupted_it_goes_on(engine, docs):
    """Stopped in the middle of an archive: what was read is stored, and the next run reads the rest."""
    put(docs / "a.zip", {f"{n:03}.txt": f"Text number {n}.".encode() for n in range(100)})
    seen = []
    with pytest.raises(KeyboardInterrupt):
        engine.add(docs, progress=seen.append, stop=lambda: len(seen) > 30)
    stored = len(engine.documents())
    assert 0 < stored < 100
    report = engine.add(docs)
    assert (report.unchanged, report.added, report.embedded) == (stored, 100 - stored, 100 - stored)
    assert engine.add(docs).unchanged == 100


def test_progress_counts_members(engine, docs):
    """The position only grows, and ends at the total."""
    put(docs / "a.zip", {f"{n}.txt": f"Text {n}.".encode() for n in range(20)})
    (docs / "b.txt").write_text("Beside it.")
    for _ in range(2):
        seen = []
        engine.add(docs, progress=seen.append)
        positions = [progress.position for progress in seen]
        assert positions == sorted(positions)
        assert all(progress.done <= progress.total for progress in seen)
