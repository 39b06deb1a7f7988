"""One file read in memory is the document that `add` would store."""

import pytest

from ragsys import QueryEngine, Settings
from ragsys.errors import DocumentError, FileTooLargeError, FileVanishedError, NoTextError, UsageError
from ragsys.ingest import read_document
from ragsys.testing import HashEmbedder


def test_it_is_the_document_that_add_stores(tmp_path):
    """Id, source, title, hash, metadata and text are those of the index."""
    path = tmp_path / "mill.md"
    path.write_text("---\nyear: 1910\n---\n\n# The mill\n\nIt stands by the river.\n")
    reference, source = read_document(path, Settings())
    with QueryEngine.open(tmp_path / "index", settings=Settings(), embedder=HashEmbedder()) as engine:
        engine.add(path)
        stored = engine.document(str(path))
        assert reference.id == stored.id
        assert (reference.source, reference.title, reference.sha256) == (stored.source, stored.title, stored.sha256)
        assert reference.metadata == stored.metadata
        assert reference.metadata["year"] == 1910
        assert source.text == engine.text(stored.id)


def test_what_cannot_be_read_is_the_error_that_add_would_report(tmp_path):
    """A file that is not there, too large, or empty of text; a folder is a mistake of the caller's."""
    (tmp_path / "blank.txt").write_text(" \n")
    (tmp_path / "mill.txt").write_text("The mill stands by the river.")
    for name, limit, error in (
        ("none.txt", 100, FileVanishedError),
        ("mill.txt", 3, FileTooLargeError),
        ("blank.txt", 100, NoTextError),
        ("", 100, UsageError),
    ):
        with pytest.raises(error):
            read_document(tmp_path / name, Settings(max_file_bytes=limit))
    assert issubclass(FileVanishedError, DocumentError)
