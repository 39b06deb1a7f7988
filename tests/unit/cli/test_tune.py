"""`ragsys tune`: writes what it keeps, takes it back, and refuses what cannot be tuned."""

import json

import pytest
from click.testing import CliRunner

from ragsys.cli.main import cli
from ragsys.testing import HashEmbedder

_NAMES = [f"{a}{b}" for a in ("bor", "tal", "min", "sek", "rud", "val") for b in ("ak", "el", "in", "os", "un", "yr")]


@pytest.fixture
def ragsys(tmp_path, monkeypatch):
    """Runs a command in a folder with an index of notes, and questions; a poor embedder, and words switched off."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("RAGSYS_INDEX", raising=False)
    monkeypatch.setattr("ragsys.models.load_embedder", lambda settings: HashEmbedder(dim=2), raising=False)
    notes, rows = tmp_path / "notes", []
    notes.mkdir()
    for at, name in enumerate(_NAMES):
        (notes / f"{name}.txt").write_text(f"The {name} is kept in room {at}.", encoding="utf-8")
        rows.append(json.dumps({"id": name, "question": f"where is {name}", "docs": [f"{name}.txt"]}))
    (tmp_path / "questions.jsonl").write_text("\n".join(rows), encoding="utf-8")

    def run(*arguments, code=0):
        result = CliRunner().invoke(cli, arguments, standalone_mode=False)
        assert (result.return_value or 0) == code, result.output
        if result.exception is not None:
            raise result.exception
        return result.stdout

    run("add", "notes")
    (tmp_path / ".ragsys" / "config.toml").write_text("lexical_weight = 0.0\n", encoding="utf-8")
    return run


def test_what_is_kept_is_in_force_until_it_is_undone(ragsys, tmp_path):
    """A dry run changes nothing; the real one changes the index's own settings; --undo restores them."""
    own = tmp_path / ".ragsys" / "config.toml"
    dry = json.loads(ragsys("tune", "questions.jsonl", "--try", "lexical_weight=0,4", "--dry-run", "--json"))
    assert (dry["kept"], dry["written"]) == ({"lexical_weight": 4.0}, None)
    assert own.read_text() == "lexical_weight = 0.0\n"
    out = ragsys("tune", "questions.jsonl", "--try", "lexical_weight=0,4")
    assert "lexical_weight  0 -> 4" in out
    assert "kept" in out
    assert json.loads(ragsys("config", "show", "--json"))["lexical_weight"]["value"] == 4.0
    ragsys("tune", "--undo")
    assert own.read_text() == "lexical_weight = 0.0\n"
    ragsys("tune", "--undo", code=1)


def test_without_questions_some_are_made(ragsys):
    """They decide no fusion weight, and the command says so."""
    data = json.loads(ragsys("tune", "--try", "top_k=5,8", "--try", "lexical_weight=4", "--json"))
    assert [trial["setting"] for trial in data["tuning"]["trials"]] == ["top_k"]
    assert "lexical_weight was left" in data["tuning"]["notes"][0]


def test_a_folder_of_made_questions_decides_no_more_than_made_ones_do(ragsys):
    """Naming what `eval generate` wrote does not make people's questions of them."""
    ragsys("eval", "generate", "-o", "made", "--limit", "40", "--no-generator")
    data = json.loads(ragsys("tune", "made", "--try", "lexical_weight=4", "--json"))
    assert data["tuning"]["trials"] == []
    assert "lexical_weight was left" in data["tuning"]["notes"][0]


@pytest.mark.parametrize("text", ["embedder=x", "top_k=many", "top_k=0", "lexical_weight=-1", "top_k"])
def test_what_cannot_be_tried_is_refused(ragsys, text):
    """An unknown setting, a value of the wrong kind, or one that the setting cannot have."""
    from ragsys.errors import UsageError

    with pytest.raises(UsageError):
        ragsys("tune", "questions.jsonl", "--try", text)
