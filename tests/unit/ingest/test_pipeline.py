"""Files become documents; only changes cost anything, and a bad file is an outcome."""

from __future__ import annotations

import os

import pytest

from ragsys.config import Settings
from ragsys.indexes import Index
from ragsys.ingest import Pipeline
from ragsys.testing import HashEmbedder

_PDF = (
    b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n"
    b"2 0 obj\n<< /Type /Pages /Kids [3 0 R] /Count 1 >>\nendobj\n"
    b"3 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>\nendobj\n"
)
_KEY = b"<" + b"00" * 32 + b">"
_LOCK = b"4 0 obj\n<< /Filter /Standard /V 2 /R 3 /Length 128 /P -4 /O " + _KEY + b" /U " + _KEY + b" >>\nendobj\n"


@pytest.fixture
def add(tmp_path):
    """Runs `add` over the folder `docs` with a fake embedder."""
    (tmp_path / "docs").mkdir()
    with Index.open(tmp_path / "index", create=True) as index:
        pipeline = Pipeline(index, HashEmbedder(), Settings(max_file_bytes=1000))
        yield lambda **options: pipeline.add([tmp_path / "docs"], **options)


def test_only_changes_are_embedded(add, tmp_path):
    """Unchanged, touched and duplicated files embed nothing; a changed one is updated; a vanished one pruned."""
    docs = tmp_path / "docs"
    (docs / "a.txt").write_text("The first text.")
    assert (add().added, add().unchanged) == (1, 1)
    os.utime(docs / "a.txt", ns=(1, 1))
    (docs / "b.txt").write_text("The first text.")
    report = add()
    assert (report.unchanged, report.added, report.embedded) == (1, 1, 0)
    (docs / "a.txt").write_text("Another text.")
    (docs / "b.txt").unlink()
    report = add()
    assert (report.updated, report.embedded, report.vanished) == (1, 1, (str(docs / "b.txt"),))
    assert (add(prune=True).deleted, add().vanished) == (1, ())


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("empty.txt", b"", "file-empty"),
        ("blank.md", b" \n\n", "no-text"),
        ("binary.txt", bytes(range(256)), "file-binary"),
        ("zip.txt", b"PK\x03\x04rest", "file-type-unsupported"),
        ("large.txt", b"a" * 1001, "file-too-large"),
        ("damaged.pdf", b"%PDF-1.4 and no more", "pdf-damaged"),
        ("scan.pdf", _PDF + b"trailer\n<< /Size 4 /Root 1 0 R >>\n%%EOF\n", "pdf-no-text"),
        (
            "locked.pdf",
            _PDF + _LOCK + b"trailer\n<< /Size 5 /Root 1 0 R /Encrypt 4 0 R /ID [<00> <00>] >>\n%%EOF\n",
            "pdf-encrypted",
        ),
    ],
)
def test_a_bad_file_is_an_outcome(add, tmp_path, name, data, code):
    """A file that cannot be ingested has a code, and the file beside it is added."""
    (tmp_path / "docs" / name).write_bytes(data)
    (tmp_path / "docs" / "zz.txt").write_text("A good file.")
    report = add()
    assert report.added == 1
    assert [failure.code for failure in report.failed] == [code]


def test_a_failing_update_keeps_the_earlier_version(add, tmp_path):
    """When a new version cannot be read, the old one stays and the report says so."""
    path = tmp_path / "docs" / "a.txt"
    path.write_text("The first text.")
    add()
    path.write_bytes(b"")
    (failure,) = add().failed
    assert "earlier version is kept" in failure.message
    assert add(prune=True).deleted == 0


def test_a_wrong_extension_does_not_mislead(add, tmp_path):
    """HTML in a .txt file is read as HTML: what it hides is not indexed."""
    (tmp_path / "docs" / "a.txt").write_text("<!doctype html><script>x</script>")
    assert [failure.code for failure in add().failed] == ["no-text"]
