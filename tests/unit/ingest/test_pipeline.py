"""Files become documents; only changes cost anything, and a bad file is an outcome."""

from __future__ import annotations

import os
import time

import pytest

from ragsys.config import Settings
from ragsys.indexes import Index
from ragsys.ingest import Pipeline
from ragsys.ingest.reading import stat_file
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
        ("zip.txt", b"PK\x03\x04rest", "archive-damaged"),
        ("image.txt", b"GIF89a", "file-type-unsupported"),
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


def test_a_failure_is_forgotten_when_the_file_is_as_it_was(add, tmp_path):
    """A file that fails and then is again what the index holds is no failure any more."""
    path = tmp_path / "docs" / "a.txt"
    path.write_text("The first text.")
    add()
    path.write_bytes(b"")
    add()
    path.write_text("The first text.")
    assert (add().unchanged, add().failed) == (1, ())
    with Index.open(tmp_path / "index") as index, index.read() as view:
        assert view.failures() == []


def test_a_wrong_extension_does_not_mislead(add, tmp_path):
    """HTML in a .txt file is read as HTML: what it hides is not indexed."""
    (tmp_path / "docs" / "a.txt").write_text("<!doctype html><script>x</script>")
    assert [failure.code for failure in add().failed] == ["no-text"]


def test_equal_bytes_under_two_parsers_are_two_texts(add, tmp_path):
    """A fragment of HTML and the same bytes as plain text share no passages; under one parser they do."""
    embedded = []
    for name in ("a.html", "b.txt", "c.txt"):
        (tmp_path / "docs" / name).write_text("<p>One</p><p>Two</p>")
        report = add()
        assert (report.added, report.failed) == (1, ())
        embedded.append(report.embedded)
    assert embedded == [1, 1, 0]
    with Index.open(tmp_path / "index") as index, index.read() as view:
        texts = [view.text(document.id) for document in view.documents()]
    assert texts == ["One\n\nTwo\n", "<p>One</p><p>Two</p>", "<p>One</p><p>Two</p>"]


def test_a_hard_link_and_a_link_to_a_file(add, tmp_path):
    """A second name of a file is a document that costs no embedding; a symbolic link to it is no document."""
    docs = tmp_path / "docs"
    (docs / "a.txt").write_text("The first text.")
    os.link(docs / "a.txt", docs / "b.txt")
    (docs / "c.txt").symlink_to(docs / "a.txt")
    report = add()
    assert (report.added, report.embedded) == (2, 1)


def test_a_file_that_vanishes_on_the_way_is_an_outcome(add, tmp_path, monkeypatch):
    """Deleted after it was found and before it is read: its code says so, and the next run forgets it."""
    docs = tmp_path / "docs"
    for name in ("a.txt", "b.txt", "c.txt"):
        (docs / name).write_text(f"The text of {name}.")

    def vanish(path):
        if path.name == "b.txt":
            path.unlink(missing_ok=True)
        return stat_file(path)

    monkeypatch.setattr("ragsys.ingest.looking.stat_file", vanish)
    report = add()
    assert (report.added, [failure.code for failure in report.failed]) == (2, ["file-vanished"])
    add()
    with Index.open(tmp_path / "index") as index, index.read() as view:
        assert view.failures() == []


def test_a_change_within_one_tick_of_the_clock_is_noticed(add, tmp_path):
    """Same size, same time, other content: a file that was fresh when it was read is read again."""
    path = tmp_path / "docs" / "a.txt"
    path.write_text("The first text.")
    fresh = time.time_ns() + 10**12
    os.utime(path, ns=(fresh, fresh))
    add()
    path.write_text("The other text.")
    os.utime(path, ns=(fresh, fresh))
    assert add().updated == 1


def test_metadata_from_anywhere_can_be_stored(add, tmp_path, build_pdf):
    """Control characters and halves of characters in a title do not stop the batch."""
    title = b"/Title (\\376\\377\\330\\075\\000a\\000\\000\\000b)"
    (tmp_path / "docs" / "a.pdf").write_bytes(
        build_pdf([["text"]], title="x" * 30).replace(b"/Title (" + b"x" * 30 + b")", title)
    )
    (tmp_path / "docs" / "b.html").write_text("<!doctype html><title>a&#0;b&#xd800;</title><p>text")
    assert (add().added, add().failed) == (2, ())


def test_what_cannot_be_looked_at_is_not_gone(add, tmp_path, monkeypatch):
    """With --prune, a file behind a folder that may not be entered stays in the index."""
    folder = tmp_path / "docs" / "sub"
    folder.mkdir()
    (folder / "a.txt").write_text("A text.")
    add()
    lstat = os.lstat

    def refuse(path, **options):
        if "sub" in str(path):
            raise PermissionError(13, "Permission denied", str(path))
        return lstat(path, **options)

    monkeypatch.setattr(os, "lstat", refuse)
    monkeypatch.setattr(os, "scandir", lambda path: refuse(path / "sub"))
    assert add(prune=True).deleted == 0


class _Watched(HashEmbedder):
    """Remembers how many texts came at once."""

    def __init__(self):
        super().__init__(max_tokens=8)
        self.together = []

    def embed_passages(self, texts):
        self.together.append(len(texts))
        return super().embed_passages(texts)


@pytest.fixture
def long_and_short(tmp_path):
    """A pipeline over a long file between two short ones, its embedder, and the folder."""
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "a.txt").write_text("The first text.")
    (docs / "b.txt").write_text(" ".join(f"Word {number} is here." for number in range(200)))
    (docs / "c.txt").write_text("The last text.")
    embedder = _Watched()
    with Index.open(tmp_path / "index", create=True) as index:
        yield Pipeline(index, embedder, Settings(batch_passages=16, chunk_tokens=8)), embedder, docs


def test_a_long_document_is_embedded_in_slices(long_and_short):
    """Never more than a batch at once, however long a document is; it is still one change of the index."""
    pipeline, embedder, docs = long_and_short
    report = pipeline.add([docs])
    assert report.added == 3
    assert sum(embedder.together) == report.embedded == report.passages
    assert max(embedder.together) == 16
    assert report.seq == 2  # the first two files together, then the last


def test_progress_moves_inside_a_long_document(long_and_short):
    """The total is known from the beginning, the position only grows, and most of it lies in the long file."""
    pipeline, _, docs = long_and_short
    seen = []
    pipeline.add([docs], progress=seen.append)
    assert {progress.total for progress in seen} == {3}
    positions = [progress.position for progress in seen]
    assert positions == sorted(positions)
    assert positions[0] == 0
    assert positions[-1] == 2
    inside = [progress for progress in seen if progress.passages > 16]
    assert len(inside) > 10
    assert {progress.source for progress in inside} == {str(docs / "b.txt")}
    assert all(0 <= progress.embedded < progress.passages for progress in inside)


def test_too_many_files_are_not_counted(long_and_short, monkeypatch):
    """Counting has a limit; beyond it there is no total, and everything is added all the same."""
    pipeline, _, docs = long_and_short
    monkeypatch.setattr("ragsys.ingest.pipeline._COUNTED", 2)
    seen = []
    assert pipeline.add([docs], progress=seen.append).added == 3
    assert {progress.total for progress in seen} == {None}
