"""`ragsys tune generator` and `embedder`: what is better is kept and can be taken back, what is not leaves no trace."""

import json

import pytest
from click.testing import CliRunner

from ragsys.cli.main import cli
from ragsys.errors import UsageError
from ragsys.models import pull

pytest.importorskip("peft", reason="needs the extra train")

_NAMES = [
    f"{a}{b}"
    for a in ("Bor", "Tal", "Min", "Sek", "Rud", "Val", "Gam", "Fen", "Hok")
    for b in ("ak", "el", "in", "os", "un", "yr")
]
RECIPE = """
[training]
rank = 4
rate = 0.01
epochs = 1.0
step_tokens = 4096
batch_tokens = 2048
check_every = 100
precision = "fp32"
dropout = 0.0
"""


@pytest.fixture
def ragsys(tmp_path, monkeypatch, tiny_embedder):
    """Runs a command in a folder with an index of notes, tiny models and questions."""
    import tiny_models

    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("RAGSYS_INDEX", raising=False)
    monkeypatch.setenv("RAGSYS_MODELS_DIR", str(tmp_path / "models"))
    monkeypatch.setenv("RAGSYS_DEVICE", "cpu")
    monkeypatch.setattr("ragsys.training.measuring._MOST", 4)
    (tmp_path / "models").mkdir()
    embedder = pull(str(tiny_embedder), models_dir=tmp_path / "models")
    generator = pull(str(tiny_models.causal_lm(tmp_path / "babble", tokens=2048)), models_dir=tmp_path / "models")
    monkeypatch.setenv("RAGSYS_EMBEDDER", embedder.name)
    monkeypatch.setenv("RAGSYS_GENERATOR", generator.name)
    notes, rows = tmp_path / "notes", []
    notes.mkdir()
    for at, name in enumerate(_NAMES):
        text = f"The {name} hall was opened in {1800 + at}. Its roof was made of red slate by {name} masons. "
        text += f"A fair of {at + 30} tents is held there in autumn. People of {name} come by the river."
        (notes / f"{name}.md").write_text(f"# The halls of {name}\n\n{text}\n", encoding="utf-8")
        for extra in range(2):
            passage = f"{text} It has {extra + 2} doors."
            question = {
                "question": f"When was the {name} hall opened?",
                "passage": passage,
                "answers": [str(1800 + at)],
            }
            rows.append(json.dumps(question | {"id": f"{name}-{extra}"}))
    (tmp_path / "questions.jsonl").write_text("\n".join(rows), encoding="utf-8")
    (tmp_path / "recipe.toml").write_text(RECIPE, encoding="utf-8")

    def run(*arguments, code=0):
        result = CliRunner().invoke(cli, arguments, standalone_mode=False)
        if result.exception is not None:
            raise result.exception
        assert (result.return_value or 0) == code, result.output
        return result.stdout

    run("add", "notes")
    return run


def _generator(run, *more, code):
    return run(
        "tune",
        "generator",
        "--data",
        "questions.jsonl",
        "--recipe",
        "recipe.toml",
        "--name",
        "mine",
        "--measured",
        "20",
        *more,
        code=code,
    )


def test_a_generator_that_is_no_better_is_not_kept(ragsys, tmp_path):
    """A model that babbles still babbles after one step: no adapter, no setting, no checkpoint, and exit code 1."""
    data = json.loads(_generator(ragsys, "--json", code=1))
    assert (data["kept"], data["written"]) == (False, None)
    assert data["verdict"]["n"] >= 4
    assert data["steps"] == data["planned"] >= 1
    assert not (tmp_path / "models" / "adapters").exists()
    assert not list((tmp_path / "models" / "tuning").glob("*"))
    assert json.loads(ragsys("config", "show", "--json"))["adapter"]["value"] == "auto"


def test_a_generator_that_is_better_is_kept_until_it_is_taken_back(ragsys, tmp_path, monkeypatch):
    """With answers as if they had become right: an adapter with its figures, the setting, and --undo."""
    from ragsys.training import generator

    real = generator.measure

    def measured(model, examples, encoder, ends, report=None):
        said = real(model, examples[:1], encoder, ends, report) * len(examples)
        adapted = examples[0].prompt[1].content.startswith("Passage [1]")
        return [
            type(said[0])(float(adapted and n % 2), answerable=True, refused=False, number_right=None)
            for n in range(len(examples))
        ]

    monkeypatch.setattr(generator, "measure", measured)
    assert "kept" in _generator(ragsys, code=0)
    assert json.loads(ragsys("config", "show", "--json"))["adapter"]["value"] == "mine"
    card = json.loads((tmp_path / "models" / "adapters" / "mine" / "adapter.json").read_text())
    assert card["metrics"]["difference"]["low"] > 0
    assert card["data"][0]["name"] == "questions.jsonl"
    answer = json.loads(
        ragsys("ask", "When was the Borak hall opened?", "--min-confidence", "0", "--json", "--max-new-tokens", "8")
    )
    assert answer["profile"]["name"] == "grounded/1"
    listed = {row["name"]: row for row in json.loads(ragsys("models", "list", "--json"))["models"]}
    merged = next(row for name, row in listed.items() if "+grounded-1." in name)
    assert merged["lineage"]["adapter"] == "mine"
    assert merged["lineage"]["metrics"]["difference"]["kept"] is True
    plain = json.loads(
        ragsys(
            "ask",
            "When was the Borak hall opened?",
            "--min-confidence",
            "0",
            "--json",
            "--no-adapter",
            "--max-new-tokens",
            "8",
        )
    )
    assert plain["profile"]["name"] == "default/1"
    ragsys("tune", "generator", "--undo")
    assert json.loads(ragsys("config", "show", "--json"))["adapter"]["value"] == "auto"


def test_a_dry_run_says_what_it_would_take(ragsys, tmp_path):
    """Steps, tokens, seconds and memory; also of questions made of the documents; and nothing is written."""
    estimate = json.loads(_generator(ragsys, "--dry-run", "--json", code=0))["estimate"]
    assert estimate["steps"] >= 1
    assert estimate["seconds"] > 0
    assert estimate["fits"] is True
    assert 0 < estimate["trained"] < estimate["parameters"]
    made = ragsys("tune", "generator", "--generated", "--recipe", "recipe.toml", "--dry-run", "--json")
    assert json.loads(made)["estimate"]["steps"] >= 1
    assert not (tmp_path / "models" / "tuning").exists()


def test_without_data_there_is_nothing_to_tune(ragsys):
    """Neither a file nor the word to make questions; and no tuning of what is behind an address."""
    with pytest.raises(UsageError, match="nothing to learn"):
        ragsys("tune", "generator")
    with pytest.raises(UsageError, match="address"):
        ragsys("tune", "generator", "--generated", "--generator", "http://127.0.0.1:1/v1")


def test_an_embedder_is_kept_or_not_by_what_it_finds(ragsys, tmp_path, monkeypatch):
    """Whatever the verdict is: a model with its lineage, or exit code 1 and nothing."""
    from ragsys.models import local

    # Which documents are held out goes by their paths, so how many there are changes from run to run.
    monkeypatch.setattr("ragsys.training.embedder._LEAST", 4)

    result = CliRunner().invoke(
        cli, ["tune", "embedder", "--limit", "60", "--name", "ours", "--json"], standalone_mode=False
    )
    if result.exception is not None:
        raise result.exception
    data = json.loads(result.stdout)
    assert data["verdict"]["n"] >= 4
    assert data["kept"] == (data["verdict"]["low"] > 0) == (result.return_value == 0)
    made = {model.name: model for model in local(tmp_path / "models")}
    assert ("ours" in made) == data["kept"]
    assert not list((tmp_path / "models" / "tuning").glob("*"))
