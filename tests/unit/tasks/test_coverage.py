"""What `status --coverage` says is what is there, counted again another way."""

from __future__ import annotations

import json
import sys

import pytest
from sqlalchemy import text

import ragsys.models
from ragsys import QueryEngine
from ragsys.cli.main import main
from ragsys.config import Settings
from ragsys.testing import HashEmbedder

_SETTINGS = Settings(chunk_tokens=24, chunk_overlap=0)


@pytest.fixture
def engine(tmp_path, monkeypatch):
    """An index of two folders: a PDF of which one page is blank, two failures, a text without a file, and copies."""
    monkeypatch.syspath_prepend(str(__import__("pathlib").Path(__file__).parents[2] / "support"))
    import pdfs

    docs = tmp_path / "docs"
    (docs / "sub" / "deep").mkdir(parents=True)
    (tmp_path / "single").mkdir()
    footer = "The warranty covers all parts of the pump for as long as the seal is not broken by anybody. "
    (docs / "a.md").write_text(f"# A\n\n{footer}\n")
    (docs / "sub" / "b.md").write_text("# B\n\n" + "".join(f"Sentence {n} is about tea. " for n in range(40)))
    (docs / "sub" / "deep" / "c.txt").write_text(footer)
    (docs / "sub" / "d.pdf").write_bytes(pdfs.build([["The first page."], [], ["The third page."]]))
    (docs / "sub" / "empty.txt").touch()
    (docs / "e.exe").write_bytes(b"\x7fELF")
    (tmp_path / "single" / "f.txt").write_text("Alone, and unlike anything else in here.")
    with QueryEngine.open(tmp_path / "index", settings=_SETTINGS, embedder=HashEmbedder()) as opened:
        opened.add(docs, tmp_path / "single" / "f.txt")
        opened.add_bytes(b"Piped, and unlike the others as well.", name="piped")
        yield opened


def test_files_are_counted_by_format_and_folder(engine, tmp_path):
    """Each document and each failure is in one format and one folder; pages and blank pages are those of the files."""
    found = engine.coverage()
    assert {row.name: (row.files, row.pages, row.blank_pages, row.failures) for row in found.formats} == {
        "markdown": (2, 0, 0, {}),
        "pdf": (1, 3, 1, {}),
        "text": (3, 0, 0, {}),
        ".txt": (0, 0, 0, {"file-empty": 1}),
        ".exe": (0, 0, 0, {"file-type-unsupported": 1}),
    }
    folders = {row.name.removeprefix(str(tmp_path)): (row.files, row.failures) for row in found.folders}
    assert folders == {
        "/docs": (1, {"file-type-unsupported": 1}),
        "/docs/sub": (3, {"file-empty": 1}),
        "/single": (1, {}),
        "(no file)": (1, {}),
    }
    assert (found.pages, found.blank_pages, found.truncated) == (3, 1, 0)
    status = engine.status()
    for rows in (found.formats, found.folders):
        assert sum(row.files for row in rows) == status.documents
        assert sum(row.passages for row in rows) == status.passages
        assert sum(sum(row.failures.values()) for row in rows) == len(status.failed)
    assert "/docs/sub/deep" in {row.name.removeprefix(str(tmp_path)) for row in engine.coverage(depth=2).folders}
    assert [root.synced_at is not None for root in found.roots] == [True, True]


def test_near_copies_are_grouped(engine, tmp_path):
    """The text that two files share is one group, with both sources."""
    found = engine.coverage()
    (group,) = [group for group in found.largest if "warranty" in group.opening]
    assert set(group.documents) == {str(tmp_path / "docs" / "a.md"), str(tmp_path / "docs" / "sub" / "deep" / "c.txt")}
    assert found.copies == sum(group.passages for group in found.largest)


@pytest.mark.parametrize("damage", ["start = start + 3 WHERE ordinal = 1", "[end] = [end] - 3 WHERE ordinal = 0"])
def test_what_no_passage_covers_is_counted(engine, damage):
    """The count of truncated characters can be another than 0: a gap of three between passages is found."""
    with engine._index.database.write() as connection:
        document = "(SELECT document FROM passage WHERE ordinal = 2 LIMIT 1)"
        connection.execute(text(f"UPDATE passage SET {damage} AND document = {document}"))
    assert engine.coverage().truncated == 3


def test_the_command_prints_and_serialises_it(engine, tmp_path, monkeypatch, capsysbinary):
    """For people a table with the counts; with --json the status and, beside it, the coverage."""
    monkeypatch.setattr(ragsys.models, "load_embedder", lambda settings: HashEmbedder())
    monkeypatch.setattr("signal.signal", lambda number, handler: None)

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["ragsys", "status", *arguments, "--index", str(tmp_path / "index")])
        with pytest.raises(SystemExit) as stop:
            main()
        assert stop.value.code == 0
        return capsysbinary.readouterr().out.decode()

    printed = run("--coverage")
    for line in ("pages without text  1 of 3 (33.3%)", "0 characters are in no passage", "1 file-empty"):
        assert line in printed
    whole = json.loads(run("--coverage", "--json"))
    assert (whole["documents"], whole["conversations"], whole["coverage"]["truncated"]) == (6, 0, 0)
    assert "coverage" not in json.loads(run("--json"))
    assert "0 conversations" in run()
