"""`inspect` shows what `add` would store, and `get` what it has stored: the same text, pages and passages."""

from __future__ import annotations

import json
import sys
import zipfile
from itertools import pairwise
from pathlib import Path

import pytest

import ragsys.models
from ragsys.cli.main import main
from ragsys.testing import HashEmbedder

sys.path.insert(0, str(Path(__file__).parents[2] / "support"))


@pytest.fixture
def ragsys_command(tmp_path, monkeypatch, capsysbinary):
    """Runs a command in a folder of its own; gives exit code, output and diagnostics."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(ragsys.models, "load_embedder", lambda settings: HashEmbedder())
    monkeypatch.setattr("signal.signal", lambda number, handler: None)

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["ragsys", *arguments])
        with pytest.raises(SystemExit) as stop:
            main()
        printed = capsysbinary.readouterr()
        return stop.value.code, printed.out.decode(), printed.err.decode()

    return run


@pytest.fixture
def files(tmp_path):
    """A Markdown file with headings, a page of HTML and a PDF of three pages, the second without text."""
    import pdfs

    words = " ".join(f"Sentence {number} is about tea. " for number in range(60))
    (tmp_path / "a.md").write_text(
        f"---\ntitle: Tea\nyear: 2020\n---\n# One\n\n{words}\n\n## 二\n\n绿茶用八十度的水。\n"
    )
    (tmp_path / "b.html").write_text(f"<!doctype html><html lang=en><title>T</title><h1>H</h1><p>{words}<p>{words}")
    (tmp_path / "c.pdf").write_bytes(pdfs.build([["The first page."], [], ["The third page."]], title="Pages"))
    return ["a.md", "b.html", "c.pdf"]


@pytest.mark.parametrize("name", ["a.md", "b.html", "c.pdf"])
def test_inspect_shows_what_add_stores(ragsys_command, files, name):
    """Parser apart, everything that `inspect` says of a file is what `add` then stores, passage by passage."""
    seen = json.loads(ragsys_command("inspect", name, "--passages", "--json", "--chunk-tokens", "32")[1])
    assert ragsys_command("add", name, "--chunk-tokens", "32")[0] == 0
    got = json.loads(ragsys_command("get", name, "--passages", "--json")[1])
    document = got["document"]
    for key in ("source", "title", "sha256", "metadata", "size", "characters", "pages"):
        assert seen[key] == document[key], key
    fields = ("start", "end", "page", "place", "heading", "text")
    assert [[p[f] for f in fields] for p in seen["passages"]] == [[p[f] for f in fields] for p in got["passages"]]
    assert all(0 < passage["tokens"] <= 32 for passage in seen["passages"])
    text = ragsys_command("get", name, "--text")[1]
    assert text == ragsys_command("inspect", name, "--text")[1]
    assert all(text[p["start"] : p["end"]] == p["text"] for p in got["passages"])
    assert [got["passages"][0]["start"], got["passages"][-1]["end"]] == [0, len(text)]
    assert all(before["end"] >= after["start"] for before, after in pairwise(got["passages"]))


def test_a_page_is_printed_unchanged(ragsys_command, files):
    """The pages together are the text; a page that is not there, and a format without pages, are said to be so."""
    ragsys_command("add", "c.pdf")
    for command in ("get", "inspect"):
        pages = [ragsys_command(command, "c.pdf", "--page", str(number))[1] for number in (1, 2, 3)]
        assert "".join(pages) == ragsys_command(command, "c.pdf", "--text")[1]
        assert "third" in pages[2]
        status, _, err = ragsys_command(command, "c.pdf", "--page", "4")
        assert (status, "has 3 pages" in err) == (2, True)
    assert json.loads(ragsys_command("inspect", "c.pdf", "--json")[1])["blank_pages"] == 1
    assert "has no pages" in ragsys_command("inspect", "a.md", "--page", "1")[2]
    page = json.loads(ragsys_command("get", "c.pdf", "--page", "3", "--json")[1])
    assert (page["page"], page["text"]) == (3, pages[2])


def test_two_wishes_at_once_are_refused(ragsys_command, files):
    """--text, --passages and --page exclude each other."""
    ragsys_command("add", "a.md")
    for command in ("get", "inspect"):
        assert ragsys_command(command, "a.md", "--text", "--passages")[0] == 2
        assert ragsys_command(command, "a.md", "--text", "--page", "1")[0] == 2


def test_inspect_leaves_nothing_and_reads_for_people(ragsys_command, files, tmp_path):
    """No index appears; the summary names parser, headings and passages; --passages prints each with its place."""
    status, out, _ = ragsys_command("inspect", "a.md")
    assert status == 0
    assert "parser      markdown" in out
    assert "year        2020" in out
    assert "二" in out
    status, out, _ = ragsys_command("inspect", "c.pdf", "--passages")
    assert "page 1" in out
    assert not (tmp_path / ".ragsys").exists()


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [("a.txt", b"", "file-empty"), ("b.txt", b"\x7fELFmore", "file-type-unsupported"), ("c.txt", b" ", "no-text")],
)
def test_what_cannot_be_read_has_its_code(ragsys_command, tmp_path, name, data, code):
    """A file that `add` would report is an error of `inspect`, with the same code; a folder is a wrong use."""
    (tmp_path / name).write_bytes(data)
    status, _, err = ragsys_command("inspect", name, "--json")
    assert (status, json.loads(err)["error"]["code"]) == (1, code)
    assert ragsys_command("inspect", ".")[0] == 2


def test_an_archive_names_what_it_holds(ragsys_command, tmp_path):
    """It is no document: the first members are named."""
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for name in ("one.txt", "two.txt", "three.txt", "four.txt"):
            archive.writestr(name, f"This is {name}.")
    status, _, err = ragsys_command("inspect", "a.zip", "--json")
    error = json.loads(err)["error"]
    assert (status, error["code"]) == (1, "no-text")
    assert "(one.txt, two.txt, three.txt ...)" in error["message"]
