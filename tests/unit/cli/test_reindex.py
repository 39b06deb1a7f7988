"""`ragsys reindex`: measures where it is asked to, switches, writes the configuration, and goes back."""

import json

import pytest
from click.testing import CliRunner

from ragsys.cli.main import cli
from ragsys.errors import UsageError
from ragsys.testing import HashEmbedder

_NAMES = [f"{a}{b}" for a in ("bor", "tal", "min", "sek", "rud", "val") for b in ("ak", "el", "in", "os", "un", "yr")]
_DIMS = {"poor": 2, "good": 256}


@pytest.fixture
def ragsys(tmp_path, monkeypatch):
    """Runs a command in a folder with an index of notes; the embedder's name says how good it is."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("RAGSYS_INDEX", raising=False)
    monkeypatch.setattr(
        "ragsys.models.load_embedder", lambda settings: HashEmbedder(dim=_DIMS[settings.embedder]), raising=False
    )
    notes, rows = tmp_path / "notes", []
    notes.mkdir()
    for at, name in enumerate(_NAMES):
        (notes / f"{name}.txt").write_text(f"The {name} is kept in room {at}.", encoding="utf-8")
        rows.append(json.dumps({"id": name, "question": f"where is {name}", "docs": [f"{name}.txt"]}))
    (tmp_path / "questions.jsonl").write_text("\n".join(rows), encoding="utf-8")

    def run(*arguments, code=0):
        result = CliRunner().invoke(cli, arguments, standalone_mode=False)
        if result.exception is not None:
            raise result.exception
        assert (result.return_value or 0) == code, result.output
        return result.stdout

    return run


def _begin(ragsys, tmp_path, embedder):
    ragsys("add", "notes", "--embedder", embedder)
    own = tmp_path / ".ragsys" / "config.toml"
    own.write_text(f'embedder = "{embedder}"\nlexical_weight = 0.0\n', encoding="utf-8")
    return own


def test_a_better_embedder_is_switched_to_and_taken_back(ragsys, tmp_path):
    """Both are measured, the configuration names the new one, --undo the old one, and every search works."""
    own = _begin(ragsys, tmp_path, "poor")
    data = json.loads(ragsys("reindex", "--embedder", "good", "--questions", "questions.jsonl", "--json"))
    assert data["comparison"]["after"] > data["comparison"]["before"]
    assert data["switched"]["passages"] == len(_NAMES)
    assert 'embedder = "good"' in own.read_text()
    assert json.loads(ragsys("search", "where is borak", "--json"))["hits"][0]["document"]["source"].endswith(
        "borak.txt"
    )
    ragsys("reindex", "--undo")
    assert 'embedder = "poor"' in own.read_text()
    assert json.loads(ragsys("search", "where is borak", "--json"))["hits"]


def test_a_worse_embedder_is_not_switched_to(ragsys, tmp_path):
    """Exit code 1 and nothing changed, unless --force says so."""
    own = _begin(ragsys, tmp_path, "good")
    before = own.read_text()
    ragsys("reindex", "--embedder", "poor", "--questions", "questions.jsonl", code=1)
    assert own.read_text() == before
    assert json.loads(ragsys("search", "where is borak", "--json"))["hits"]
    ragsys("reindex", "--embedder", "poor", "--questions", "questions.jsonl", "--force")
    assert 'embedder = "poor"' in own.read_text()


def test_a_switch_that_was_killed_before_the_configuration_is_completed(ragsys, tmp_path):
    """The database is in the new space and the file names the old embedder: the same command again mends that."""
    own = _begin(ragsys, tmp_path, "poor")
    before = own.read_text()
    ragsys("reindex", "--embedder", "good")
    own.write_text(before, encoding="utf-8")
    data = json.loads(ragsys("reindex", "--embedder", "good", "--json"))
    assert data["switched"] is None
    assert 'embedder = "good"' in own.read_text()


def test_without_an_embedder_there_is_nothing_to_do(ragsys, tmp_path):
    """The configured one is no new one; and there has to have been a switch to go back from."""
    _begin(ragsys, tmp_path, "poor")
    with pytest.raises(UsageError, match="named"):
        ragsys("reindex")
    with pytest.raises(UsageError, match="go back"):
        ragsys("reindex", "--undo")
