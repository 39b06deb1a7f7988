"""Checking a saved summary again, with an index and without."""

import json

import hostile_files
import pytest

from ragsys import QueryEngine, Settings
from ragsys.plain import as_data
from ragsys.tasks.verifying import verify_against
from ragsys.testing import HashEmbedder

TEXT = (
    "# The mill\n\nThe old mill stands by the river in the valley. A flood took the wheel away in the spring of 1910.\n"
)


@pytest.fixture
def engine(tmp_path):
    """An engine on an empty index, without a generator."""
    with QueryEngine.open(tmp_path / "index", settings=Settings(), embedder=HashEmbedder()) as opened:
        yield opened


def saved(engine, document):
    """A summary as it is printed with --json and read again."""
    return json.loads(json.dumps(as_data(engine.summarize(document, mode="extractive"))))


def test_a_summary_of_a_file_holds_until_the_file_changes(engine, tmp_path):
    """Without an index its citations are looked up in the file; a changed or missing file is seen."""
    path = tmp_path / "mill.md"
    path.write_text(TEXT)
    summary = saved(engine, path)
    assert [c.ok for c in verify_against(summary, None, Settings(), files=True)] == [True, True]
    path.write_text(TEXT + "\nMore.\n")
    assert "has changed" in verify_against(summary, None, Settings(), files=True)[0].message
    path.unlink()
    assert not verify_against(summary, None, Settings(), files=True)[0].ok


def test_a_file_outside_the_index_is_read_only_where_that_is_asked_for(engine, tmp_path):
    """By default the index alone answers, whatever file a saved answer names."""
    path = tmp_path / "mill.md"
    path.write_text(TEXT)
    summary = saved(engine, path)
    assert not any(check.ok for check in engine.verify(summary))
    assert all(check.ok for check in engine.verify(summary, files=True))


def test_a_quote_that_was_changed_does_not_hold(engine, tmp_path):
    """A forged quote, and a document that claims another file, are found out."""
    path, other = tmp_path / "mill.md", tmp_path / "other.md"
    path.write_text(TEXT)
    other.write_text(TEXT)
    summary = saved(engine, path)
    summary["citations"][0]["quote"] = "The old mill stands by the sea in the valley."
    summary["citations"][1]["document"]["source"] = str(other)
    assert not any(check.ok for check in engine.verify(summary, files=True))


def test_a_summary_of_an_indexed_document_holds_in_the_index(engine, tmp_path):
    """With the document in the index, the index is asked."""
    path = tmp_path / "mill.md"
    path.write_text(TEXT)
    engine.add(path)
    assert all(check.ok for check in engine.verify(saved(engine, engine.document(str(path)).id)))


def test_a_quote_from_an_archive_holds_until_the_archive_changes(engine, tmp_path):
    """The file that is looked at is the one on disk that the document was read out of."""
    path = tmp_path / "mill.zip"
    path.write_bytes(hostile_files.zipped([("mill.md", TEXT), ("other.txt", "Other words.")]))
    engine.add(path)
    summary = saved(engine, f"{path}!/mill.md")
    assert [check.ok for check in engine.verify(summary)] == [True, True]
    path.write_bytes(hostile_files.zipped([("mill.md", TEXT)]))
    assert "changed on disk" in engine.verify(summary)[0].message
    path.unlink()
    assert "cannot be read" in engine.verify(summary)[0].message
