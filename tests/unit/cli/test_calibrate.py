"""`ragsys calibrate`: measured, written into the index, named by answers, and taken back."""

import json

import pytest
from click.testing import CliRunner

from ragsys.cli.main import cli
from ragsys.errors import CalibrationError, DatasetError, IndexNotFoundError
from ragsys.testing import HashEmbedder

THINGS = ("boiler", "kettle", "lathe", "press", "crane", "forge", "loom", "kiln", "pump", "mill", "winch", "saw")


@pytest.fixture
def ragsys(tmp_path, monkeypatch):
    """Runs one command in an empty folder with the hashing embedder, and gives its result."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("RAGSYS_INDEX", raising=False)
    monkeypatch.setattr("ragsys.models.load_embedder", lambda settings: HashEmbedder(), raising=False)

    def run(*arguments):
        result = CliRunner().invoke(cli, [str(a) for a in arguments], standalone_mode=False)
        if result.exception is not None:
            raise result.exception
        return result

    return run


@pytest.fixture
def shop(ragsys, tmp_path):
    """An index on two dozen files, and questions about them."""
    rows = []
    for number, colour in enumerate(("red", "blue")):
        for at, thing in enumerate(THINGS):
            year = 1900 + number * 12 + at
            (tmp_path / f"{colour}-{thing}.txt").write_text(f"The {colour} {thing} was built in {year}.")
            name = f"{colour}-{thing}.txt"
            rows.append({"question": f"When was the {colour} {thing} built?", "answers": [str(year)], "docs": [name]})
    (tmp_path / "questions.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    ragsys("add", *tmp_path.glob("*-*.txt"), "--json")
    return tmp_path


def ask(ragsys):
    """The profile of an answer."""
    answer = ragsys("ask", "When was the red boiler built?", "--mode", "extract", "--json")
    return json.loads(answer.stdout)["profile"]


def test_it_is_measured_kept_named_and_taken_back(ragsys, shop):
    """A dry run writes nothing; what is written is what answers name, until it is reset."""
    dry = json.loads(ragsys("calibrate", "questions.jsonl", "--coverage", "0.9", "--dry-run", "--json").stdout)
    assert dry["written"] is None
    assert ask(ragsys)["calibration"].startswith("shipped/")
    shown = ragsys("calibrate", "questions.jsonl", "--coverage", "0.9")
    assert "95 % of it" in shown.stdout
    assert "questions like these" in shown.stderr
    profile = ask(ragsys)
    assert profile["calibration"].startswith("own/en")
    assert profile["threshold"] == pytest.approx(dry["languages"]["en"]["threshold"])
    assert profile["measured"] == dry["languages"]["en"]["measured"]
    assert ragsys("calibrate", "--reset").return_value == 0
    assert ask(ragsys)["calibration"].startswith("shipped/")
    assert ragsys("calibrate", "--reset").return_value == 1


def test_made_questions_that_are_named_set_no_more_than_the_threshold(ragsys, shop):
    """A folder that `eval generate` wrote is known as such, and no weight is fitted on it."""
    ragsys("eval", "generate", "-o", "made", "--limit", "48", "--kind", "masked", "--kind", "keywords")
    shown = ragsys("calibrate", "made", "--dry-run", "--json")
    assert "made of documents" in shown.stderr
    assert "borrow their words" in json.loads(shown.stdout)["assumption"]


def test_a_stale_one_is_said_on_standard_error(ragsys, shop):
    """The answer is made with what ships, and a line says why."""
    ragsys("calibrate", "questions.jsonl")
    (file,) = shop.rglob("calibration.json")
    whole = json.loads(file.read_text())
    whole["made_with"]["signals"] = "older"
    file.write_text(json.dumps(whole))
    result = ragsys("ask", "When was the red boiler built?", "--mode", "extract")
    assert "warning [calibration-stale]: this index's calibration" in result.stderr
    assert "signals" in result.stderr


def test_what_cannot_be_calibrated_is_a_typed_error(ragsys, shop):
    """Too few questions, a set of other documents, and no index at all."""
    (shop / "few.jsonl").write_text('{"question": "When?", "answers": ["1900"], "docs": ["red-boiler.txt"]}\n')
    with pytest.raises(CalibrationError, match="too few"):
        ragsys("calibrate", "few.jsonl")
    (shop / "other.jsonl").write_text('{"question": "When?", "answers": ["1900"], "docs": ["nowhere.txt"]}\n')
    with pytest.raises(DatasetError):
        ragsys("calibrate", "other.jsonl")
    assert not list(shop.rglob("calibration.json"))


def test_there_has_to_be_an_index(ragsys):
    """Without one there is nothing to calibrate."""
    with pytest.raises(IndexNotFoundError):
        ragsys("calibrate")
