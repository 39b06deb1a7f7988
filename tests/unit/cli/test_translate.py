"""`ragsys translate` and what the other commands say of languages, in the same process, with fakes."""

from __future__ import annotations

import io
import json
import sys

import pytest

import ragsys.generate
import ragsys.models
from ragsys.cli.main import main
from ragsys.errors import ModelMissingError
from ragsys.testing import HashEmbedder, ScriptedGenerator

TEXT = "The pump stops at night. The tank holds 80 litres.\n"
REPLIES = ["水泵在夜里停止。", "水箱的容量是18升。", "水箱的容量是81升。"]


@pytest.fixture
def ragsys_command(tmp_path, monkeypatch, capsysbinary):
    """Runs a command in a folder of its own; gives exit code, output and diagnostics."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(ragsys.models, "load_embedder", lambda settings: HashEmbedder())
    monkeypatch.setattr(ragsys.generate, "load_generator", lambda settings: ScriptedGenerator(REPLIES), raising=False)
    monkeypatch.setattr("signal.signal", lambda number, handler: None)
    (tmp_path / "notes.txt").write_text(TEXT, encoding="utf-8")

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["ragsys", *arguments])
        with pytest.raises(SystemExit) as stop:
            main()
        printed = capsysbinary.readouterr()
        return stop.value.code, printed.out.decode(), printed.err.decode()

    return run


def test_pairs_stand_together_and_a_failed_one_is_marked(ragsys_command):
    """Each sentence with its translation; a number that changed is marked, said, and makes the exit code 1."""
    code, out, err = ragsys_command("translate", "notes.txt", "--to", "zh")
    assert code == 1
    assert out.splitlines() == [
        "  The pump stops at night.",
        "> 水泵在夜里停止。",
        "",
        "  The tank holds 80 litres.",
        "> [? numbers] 水箱的容量是18升。",
    ]
    assert "warning [translation-quality]" in err
    assert "1 sentences failed a check" in err


def test_the_text_alone_keeps_the_source_of_what_failed(ragsys_command):
    """--text prints the translation, and the source where there is none to trust."""
    _, out, _ = ragsys_command("translate", "notes.txt", "--to", "zh", "--text")
    assert out.splitlines() == ["水泵在夜里停止。", "[?: The tank holds 80 litres.]"]


def test_json_is_one_object_with_spans(ragsys_command):
    """The plan, every sentence at its place in the text, the number that failed and the warnings."""
    code, out, err = ragsys_command("translate", "notes.txt", "--to", "zh", "--json")
    found = json.loads(out)
    assert (code, err) == (1, "")
    assert [TEXT[s["start"] : s["end"]] for s in found["sentences"]] == [s["source"] for s in found["sentences"]]
    assert (found["plan"]["quality"], found["failed"], found["warnings"][0]["code"]) == (
        "unmeasured",
        1,
        "translation-quality",
    )


def test_a_document_of_the_index_comes_before_a_file(ragsys_command, tmp_path):
    """What was added is translated as it is stored, also when its file is gone; --passage takes one passage."""
    assert ragsys_command("add", "notes.txt")[0] == 0
    (tmp_path / "notes.txt").unlink()
    identity = json.loads(ragsys_command("list", "--json")[1])["documents"][0]["id"]
    assert json.loads(ragsys_command("translate", identity, "--to", "zh", "--json")[1])["failed"] == 1
    passage = json.loads(ragsys_command("search", "tank", "--json")[1])["hits"][0]["passage_id"]
    assert json.loads(ragsys_command("translate", "--passage", str(passage), "--to", "zh", "--json")[1])["failed"] == 1


def test_standard_input_needs_no_index_and_no_embedder(ragsys_command, monkeypatch):
    """Without an embedder meanings are not compared, and the rest works."""

    def missing(settings):
        raise ModelMissingError("not here")

    monkeypatch.setattr(ragsys.models, "load_embedder", missing)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"The pump stops at night.")))
    code, out, _ = ragsys_command("translate", "-", "--to", "zh", "--text")
    assert (code, out) == (0, "水泵在夜里停止。\n")


@pytest.mark.parametrize(
    ("arguments", "code", "word"),
    [
        (("translate", "--to", "zh"), 2, "usage"),
        (("translate", "notes.txt", "--passage", "1", "--to", "zh"), 2, "usage"),
        (("translate", "nowhere.txt", "--to", "zh"), 2, "not-found"),
        (("translate", "notes.txt", "--to", "en"), 2, "already"),
        (("translate", "notes.txt", "--to", "tlh"), 2, "ISO 639-1"),
        (("translate", "empty.txt", "--to", "zh"), 1, "file-empty"),
    ],
)
def test_what_cannot_be_translated_is_a_typed_error(ragsys_command, tmp_path, arguments, code, word):
    """Nothing named, two things named, nothing there, and languages that make no sense."""
    (tmp_path / "empty.txt").touch()
    status, out, err = ragsys_command(*arguments)
    assert (status, out) == (code, "")
    assert word in err


def test_escapes_of_a_text_do_not_reach_the_terminal(ragsys_command, tmp_path):
    """Control characters of the source are left out of what is printed."""
    (tmp_path / "bad.txt").write_text("The pump \x1b]0;title\x07 stops at night.", encoding="utf-8")
    _, out, _ = ragsys_command("translate", "bad.txt", "--to", "zh")
    assert "\x1b" not in out


def test_languages_are_listed_and_counted(ragsys_command, tmp_path):
    """`list`, `get` and `status` show each document's language."""
    (tmp_path / "zh.txt").write_text("水箱的容量是八十升。", encoding="utf-8")
    assert json.loads(ragsys_command("add", ".", "--json")[1])["languages"] == {"en": 1, "zh": 1}
    assert "  zh   " in ragsys_command("list")[1]
    assert "languages  en 1, zh 1" in ragsys_command("status")[1]
    assert "lang        zh" in ragsys_command("get", "zh.txt")[1]
