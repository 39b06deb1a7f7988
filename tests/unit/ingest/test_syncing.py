"""`update` looks again at what was added, as it was added; a rehearsal tells the same and stores nothing."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict

import pytest

from ragsys import QueryEngine
from ragsys.config import Settings
from ragsys.errors import SpaceMismatchError, UsageError
from ragsys.ingest import Request, rehearse
from ragsys.testing import HashEmbedder


@pytest.fixture
def engine(tmp_path):
    """An engine over an empty index beside two folders of two files each."""
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        for name in ("a.txt", "b.txt"):
            (tmp_path / folder / name).write_text(f"The text of {folder} {name}.")
    with QueryEngine.open(tmp_path / "index", settings=Settings(), embedder=HashEmbedder()) as opened:
        yield opened


def _sources(engine, tmp_path):
    return [document.source.removeprefix(f"{tmp_path}/") for document in engine.documents()]


def test_update_looks_at_all_that_was_added(engine, tmp_path):
    """Folders and single files, wherever they are: what is new, changed and gone is brought in line."""
    engine.add(tmp_path / "one")
    engine.add(tmp_path / "two" / "a.txt")
    (tmp_path / "one" / "a.txt").write_text("Another text.")
    (tmp_path / "one" / "c.txt").write_text("A third text.")
    (tmp_path / "one" / "b.txt").unlink()
    (tmp_path / "two" / "a.txt").write_text("Another text of two.")
    report = engine.update()
    assert (report.added, report.updated, report.deleted, report.failed) == (1, 2, 1, ())
    assert _sources(engine, tmp_path) == ["one/a.txt", "one/c.txt", "two/a.txt"]
    assert [root.synced_at is not None for root in engine.roots()] == [True, True]


def test_new_files_get_the_options_of_their_root(engine, tmp_path):
    """Tags, rights and side-car of a folder hold for what appears in it later, by `update` and by `add`."""
    (tmp_path / "meta.jsonl").write_text('{"path": "one/c.txt", "author": "Ann"}\n')
    engine.add(tmp_path / "one", tags={"project": "x"}, acl=["user:ann"], metadata=tmp_path / "meta.jsonl")
    (tmp_path / "one" / "c.txt").write_text("A third text.")
    assert engine.update().added == 1
    (found,) = engine.documents(where="author = Ann AND project = x")
    assert found.source.endswith("c.txt")
    (tmp_path / "one" / "d.txt").write_text("A fourth text.")
    engine.add(tmp_path / "one")
    with engine._index.read() as view:
        assert {known.acl for known in view.known().values()} == {("user:ann",)}
    (tmp_path / "meta.jsonl").unlink()
    report = engine.update()
    assert ([notice.code for notice in report.warnings], report.relabelled) == (["metadata-missing"], 0)
    assert len(engine.documents(where="author = Ann")) == 1


def test_only_the_named_part_is_looked_at(engine, tmp_path):
    """With paths, roots elsewhere stay as they are; where nothing was added, that is said."""
    with pytest.raises(UsageError, match="nothing was added yet"):
        engine.update()
    engine.add(tmp_path / "one", tmp_path / "two")
    for folder in ("one", "two"):
        (tmp_path / folder / "c.txt").write_text(f"New in {folder}.")
    assert engine.update(tmp_path / "two").added == 1
    assert "one/c.txt" not in _sources(engine, tmp_path)
    with pytest.raises(UsageError, match="nothing was added there"):
        engine.update(tmp_path / "index")
    assert engine.drop_roots(tmp_path / "two", tmp_path / "nowhere") == 1
    (tmp_path / "two" / "d.txt").write_text("Newer in two.")
    engine.update()
    assert _sources(engine, tmp_path) == ["one/a.txt", "one/b.txt", "one/c.txt", "two/a.txt", "two/b.txt", "two/c.txt"]


@pytest.mark.parametrize("how", ["gone", "empty"])
def test_a_folder_out_of_sight_keeps_its_documents(engine, tmp_path, how):
    """A whole root that is missing or empty may be an unmounted disk: kept and said, unless pruning was asked for."""
    engine.add(tmp_path / "one", tmp_path / "two")
    shutil.rmtree(tmp_path / "two")
    if how == "empty":
        (tmp_path / "two").mkdir()
    report = engine.update()
    assert (report.deleted, [notice.code for notice in report.warnings]) == (0, ["root-missing"])
    assert "its 2 documents are kept" in report.warnings[0].message
    assert len(engine.documents()) == 4
    report = engine.update(prune=False)
    assert (report.deleted, len(report.vanished)) == (0, 2)
    assert engine.update(prune=True).deleted == 2
    assert engine.update().warnings == ()


def test_a_file_that_is_gone_goes_with_its_folder_in_sight(engine, tmp_path):
    """A file that was added itself and is deleted is removed, without a failure, and comes back when it does."""
    path = tmp_path / "one" / "a.txt"
    engine.add(path)
    path.rename(tmp_path / "kept")
    report = engine.update()
    assert (report.deleted, report.failed, report.warnings) == (1, (), ())
    assert (engine.update().deleted, engine.update().failed) == (0, ())
    (tmp_path / "kept").rename(path)
    assert engine.update().added == 1


def test_what_was_removed_on_purpose_stays_away(engine, tmp_path):
    """`update` does not take it again; `add` does, and then it is like any other."""
    engine.add(tmp_path / "one")
    engine.remove(str(tmp_path / "one" / "a.txt"))
    assert (engine.update().added, engine.update().unchanged) == (0, 1)
    (tmp_path / "one" / "a.txt").write_text("Changed, and still not wanted.")
    assert engine.update().added == 0
    assert engine.add(tmp_path / "one").added == 1
    (tmp_path / "one" / "a.txt").write_text("Changed, and wanted.")
    assert engine.update().updated == 1


def test_a_rehearsal_tells_what_add_does(engine, tmp_path):
    """New, changed, moved, vanished, failing, passages and vectors are those of the `add` that follows."""
    docs = tmp_path / "one"
    (docs / "c.md").write_text("# A\n\n" + "About tea. " * 60 + "\n\n# B\n\n" + "About coffee. " * 60)
    engine.add(docs)
    engine.remove(str(docs / "b.txt"))
    (docs / "c.md").write_text((docs / "c.md").read_text() + "\n\n# C\n\nAbout water.\n")
    (docs / "a.txt").rename(docs / "moved.txt")
    (docs / "empty.txt").touch()
    (docs / "new.txt").write_text("Quite new.")
    before = engine.status().seq
    files = {path.name: path.read_bytes() for path in (tmp_path / "index").iterdir() if path.is_file()}
    found = engine.rehearse(docs, prune=True, tags={"t": 1})
    assert {path.name: path.read_bytes() for path in (tmp_path / "index").iterdir() if path.is_file()} == files
    assert (engine.status().seq, len(engine.roots()), engine.roots()[0].options.tags) == (before, 1, {})
    report = engine.add(docs, prune=True, tags={"t": 1})
    assert (len(found.new), len(found.changed), found.unchanged) == (report.added, report.updated, report.unchanged)
    assert (found.moved, found.failed, found.relabelled) == (report.moved, report.failed, report.relabelled)
    assert (found.passages, found.embedded, len(found.removed)) == (report.passages, report.embedded, report.deleted)
    assert found.changed == (str(docs / "c.md"),)
    assert found.bytes == sum((docs / name).stat().st_size for name in ("c.md", "b.txt", "new.txt"))
    assert (found.seconds is None) == (found.speed is None)


def test_a_rehearsal_estimates_by_the_measured_speed(engine, tmp_path):
    """After enough passages were embedded here, it says how long the others will take."""
    assert engine.rehearse(tmp_path / "one").seconds is None
    for number in range(20):
        (tmp_path / "two" / f"{number}.txt").write_text(f"Number {number}.")
    engine.add(tmp_path / "two")
    found = engine.rehearse(tmp_path / "one")
    assert found.seconds == pytest.approx(2 / found.speed)


def test_a_rehearsal_needs_no_index_and_no_lock(engine, tmp_path):
    """Without an index everything is new and none is made; while another process writes it goes on."""
    found = rehearse(None, HashEmbedder(), Settings(), lambda s, report: s.add([tmp_path / "one"], Request()))
    assert (len(found.new), found.embedded) == (2, 2)
    with engine._index.writer():
        assert len(engine.rehearse(tmp_path / "one").new) == 2
    engine.add(tmp_path / "one")
    other = HashEmbedder(dim=32)
    with pytest.raises(SpaceMismatchError):
        rehearse(tmp_path / "index", other, Settings(), lambda s, report: s.add([tmp_path / "one"], Request()))
    assert json.dumps(asdict(found))


def test_a_document_from_standard_input(engine):
    """Sniffed by content and name, known by its name, unchanged when it is the same, updated when not."""
    report = engine.add_bytes(b"# Tea\n\nWater.", name="notes/tea.md", tags={"k": 1})
    assert (report.added, report.failed) == (1, ())
    document = engine.document("notes/tea.md")
    assert (document.title, document.metadata["k"]) == ("Tea", 1)
    assert engine.add_bytes(b"# Tea\n\nWater.", name="notes/tea.md").unchanged == 1
    assert engine.add_bytes(b"# Tea\n\nMilk.", name="notes/tea.md").updated == 1
    assert engine.document("notes/tea.md").metadata["k"] == 1
    assert engine.add_bytes(b"<!doctype html><title>T</title><p>x").added == 1
    assert [d.title for d in engine.documents() if d.source.startswith("stdin:")] == ["T"]
    assert [f.code for f in engine.add_bytes(b"", name="x").failed] == ["file-empty"]
    assert [f.code for f in engine.add_bytes(b"\x7fELF", name="x").failed] == ["file-type-unsupported"]
    for name in ("", " ", "/etc/x", "a\0b"):
        with pytest.raises(UsageError):
            engine.add_bytes(b"x", name=name)


def test_a_document_without_a_file_survives_update(engine, tmp_path):
    """Pruning concerns files: what came from standard input stays."""
    engine.add_bytes(b"A text.", name="ticket")
    engine.add(tmp_path / "one")
    (tmp_path / "one" / "a.txt").unlink()
    assert engine.update(prune=True).deleted == 1
    assert engine.document("ticket").passages == 1
