"""`add`, `list`, `get` and `rm`, in the same process, with the hashing embedder."""

from __future__ import annotations

import io
import json
import sys
import zipfile

import pytest

import ragsys.models
from ragsys.cli.main import main
from ragsys.testing import HashEmbedder


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
def filled(ragsys_command, tmp_path):
    """The same, with an index of three documents."""
    (tmp_path / "docs").mkdir()
    for name in ("budget-2023.txt", "budget-2024.txt", "minutes.txt"):
        (tmp_path / "docs" / name).write_text(f"This is {name}.")
    assert ragsys_command("add", "docs")[0] == 0
    return ragsys_command


def test_no_file_at_all_is_a_failure_with_a_message(ragsys_command, tmp_path):
    """An empty folder, a folder of hidden files and a path that is not there: exit code 1, and why."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / ".hidden").write_text("x")
    status, out, err = ragsys_command("add", "docs")
    assert status == 1
    assert out.startswith("0 added")
    assert "found no file" in err
    status, _, err = ragsys_command("add", "nowhere")
    assert status == 1
    assert "file-vanished" in err


def test_only_unreadable_files_are_a_failure(ragsys_command, tmp_path):
    """Where nothing could be read, each reason is told and the exit code is 1."""
    (tmp_path / "a.txt").touch()
    status, _, err = ragsys_command("add", "a.txt")
    assert status == 1
    assert "failed [file-empty]" in err


def test_an_index_without_documents_says_so(ragsys_command, tmp_path):
    """Search, ask, list and status on an empty index explain what is missing."""
    (tmp_path / "docs").mkdir()
    ragsys_command("add", "docs")
    status, out, err = ragsys_command("search", "anything")
    assert (status, out) == (1, "")
    assert "no documents yet" in err
    assert json.loads(ragsys_command("search", "anything", "--json")[1])["hits"] == []
    assert ragsys_command("list", "--json")[1] == '{"documents": []}\n'
    assert ragsys_command("status")[0] == 0


def test_an_unknown_document_suggests_near_names(filled):
    """A slip of the finger is answered with what was meant; something else with how to look."""
    status, _, err = filled("get", "docs/budget-2022.txt")
    assert status == 2
    assert "not-found" in err
    assert " or " in err
    assert "budget-2023.txt" in err
    assert "budget-2024.txt" in err
    assert "minutes" not in err
    error = json.loads(filled("rm", "minute.txt", "--json")[2])["error"]
    assert error["hint"].endswith("/docs/minutes.txt?")
    assert "ragsys list" in filled("get", "zzz")[2]
    assert "ragsys list" in filled("get", "x" * 5000)[2]


@pytest.mark.parametrize("command", [["get"], ["why-not", "letter"]])
def test_an_archive_is_answered_with_its_documents(filled, tmp_path, command):
    """It is no document itself: its members are named, and of a file that failed, why."""
    with zipfile.ZipFile(tmp_path / "docs" / "old.zip", "w") as archive:
        for name in "abcde":
            archive.writestr(f"{name}.txt", f"This is letter {name}.")
    (tmp_path / "docs" / "empty.txt").write_bytes(b"")
    filled("add", "docs")
    status, _, err = filled(*command, "docs/old.zip")
    assert status == 2
    assert "it holds 5" in err
    assert "old.zip!/a.txt" in err
    assert "and 2 more" in err
    assert filled(*command, f"{tmp_path}/docs/old.zip!/a.txt")[0] in {0, 1}
    assert "[file-empty]" in filled(*command, "docs/empty.txt")[2]
    assert "budget-2023.txt" in filled(*command, "docs/budget-202.txt")[2]


@pytest.mark.parametrize("command", ["get", "rm", "forget"])
def test_a_folder_is_answered_with_how_to_list_it(filled, command):
    """A folder is no document, and the hint is a filter that finds what is in it."""
    status, _, err = filled(command, "docs")
    assert status == 2
    assert "a folder, with 3 documents" in err
    (hint,) = [line for line in err.splitlines() if "ragsys list --filter" in line]
    where = hint.partition('--filter "')[2].rstrip('"')
    assert len(json.loads(filled("list", "--filter", where, "--json")[1])["documents"]) == 3


def test_a_document_is_found_by_id_path_and_source_also_when_its_file_is_gone(filled, tmp_path):
    """The path from here still names a document whose file was deleted; removing it twice names it once."""
    source = str(tmp_path / "docs" / "minutes.txt")
    found = json.loads(filled("get", "docs/minutes.txt", "--json")[1])["document"]
    assert found["source"] == source
    (tmp_path / "docs" / "minutes.txt").unlink()
    for name in (found["id"], source, "docs/minutes.txt", "docs/../docs/minutes.txt"):
        assert json.loads(filled("get", name, "--json")[1])["document"]["id"] == found["id"]
    status, out, _ = filled("rm", "docs/minutes.txt", found["id"], "--json")
    assert (status, [d["source"] for d in json.loads(out)["removed"]]) == (0, [source])


def test_rm_removes_all_or_nothing(filled):
    """One unknown name, and no document is removed."""
    assert filled("rm", "docs/minutes.txt", "zzz")[0] == 2
    assert len(json.loads(filled("list", "--json")[1])["documents"]) == 3


@pytest.mark.parametrize("option", [[], ["--dry-run"]])
def test_a_data_set_is_added_without_its_questions(ragsys_command, tmp_path, option):
    """What was left out is said, and why; a search finds no question."""
    for number in range(5):
        folder = tmp_path / "docs" / f"set{number}"
        folder.mkdir(parents=True)
        (folder / "corpus.jsonl").write_text('{"_id": "d1", "title": "Mill", "text": "It grinds."}\n')
        (folder / "queries.jsonl").write_text('{"_id": "q1", "text": "What grinds?"}\n')
    status, out, err = ragsys_command("add", "docs", *option)
    assert (status, out.count("5 added")) == (0, 1)
    assert "questions-left-out" in err
    assert "set0 (queries.jsonl)" in err
    assert "and 2 more" in err


@pytest.mark.parametrize(("command", "gone"), [("rm", "removed"), ("forget", "forgotten")])
def test_an_archive_goes_by_its_name(filled, tmp_path, command, gone):
    """An archive is no document itself, and its name removes and forgets what was read out of it."""
    with zipfile.ZipFile(tmp_path / "docs" / "old.zip", "w") as archive:
        archive.writestr("a.txt", "This is the letter.")
        archive.writestr("b.txt", "This is the reply.")
    assert filled("add", "docs")[0] == 0
    status, out, _ = filled(command, "docs/old.zip", "--json")
    assert (status, len(json.loads(out)[gone])) == (0, 2)
    assert len(json.loads(filled("list", "--json")[1])["documents"]) == 3
    assert filled(command, "docs/old.zip")[0] == 2


@pytest.mark.parametrize(("command", "gone"), [("rm", "removed"), ("forget", "forgotten")])
@pytest.mark.parametrize("readable", [True, False])
def test_what_could_not_be_read_goes_by_its_name(filled, tmp_path, command, gone, readable):
    """The failures in an archive go with it, also where nothing in it was read; `update` leaves it, `add` does not."""
    with zipfile.ZipFile(tmp_path / "docs" / "old.zip", "w") as archive:
        archive.writestr("bad.pdf", "%PDF-1.7 and no more")
        if readable:
            archive.writestr("a.txt", "This is the letter.")
    (tmp_path / "docs" / "empty.txt").write_bytes(b"")
    assert filled("add", "docs")[0] == 1
    status, out, _ = filled(command, "docs/old.zip", "docs/empty.txt", "--json")
    names = [f"{tmp_path}/docs/{name}" for name in ("empty.txt", "old.zip!/bad.pdf")]
    assert (status, len(json.loads(out)[gone]), json.loads(out)["failures"]) == (0, int(readable), names)
    assert json.loads(filled("status", "--json")[1])["failed"] == []
    assert filled(command, "docs/old.zip")[0] == 2
    assert filled("update")[0] == 0
    assert json.loads(filled("status", "--json")[1])["failed"] == []
    assert filled("add", "docs")[0] == 1
    assert filled("update")[0] == 1
    assert len(json.loads(filled("status", "--json")[1])["failed"]) == 2


@pytest.mark.parametrize("command", ["rm", "forget"])
def test_the_failure_of_standard_input_can_be_cleared(ragsys_command, monkeypatch, command):
    """What came from standard input and could not be read has a name in `status`, and goes by it."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"%PDF-1.7 and no more")))
    assert ragsys_command("add", "-")[0] == 1
    failed = json.loads(ragsys_command("status", "--json")[1])["failed"]
    assert len(failed) == 1
    assert ragsys_command(command, failed[0]["source"])[0] == 0
    assert json.loads(ragsys_command("status", "--json")[1])["failed"] == []


def test_vanished_files_are_told_and_pruned(filled, tmp_path):
    """Without --prune they are named, with it they go; the exit code is 0 both times."""
    (tmp_path / "docs" / "minutes.txt").unlink()
    status, _, err = filled("add", "docs")
    assert status == 0
    assert "gone from disk" in err
    status, out, _ = filled("add", "docs", "--prune")
    assert status == 0
    assert "1 removed" in out


def test_settings_of_the_command_line_are_used(filled, tmp_path):
    """--max-file-bytes refuses larger files."""
    (tmp_path / "large.txt").write_text("x" * 100)
    status, _, err = filled("add", "large.txt", "--max-file-bytes", "50")
    assert status == 1
    assert "file-too-large" in err
