"""`ragsys models` as it is typed: what it prints where, and that no library prints beside it."""

import json
import os
import shutil
import subprocess
import sys

import pytest


@pytest.fixture
def models(tmp_path):
    """Run `ragsys models ...` over a model folder of the test's own."""

    def run(*arguments, **environ):
        return subprocess.run(
            [sys.executable, "-m", "ragsys", "models", *arguments, "--models-dir", str(tmp_path / "models")],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, **environ},
        )

    return run


def test_a_folder_is_pulled_listed_verified_and_removed(models, tmp_path, tiny_embedder):
    """The whole life of a user's own model; off a terminal, nothing but ragsys writes to either stream."""
    own = shutil.copytree(tiny_embedder, tmp_path / "our-words")
    pulled = models("pull", str(own), RAGSYS_OFFLINE="1")
    assert pulled.stdout == f"our-words  {tmp_path / 'models' / 'our-words'}\n"
    assert pulled.stderr == "  licence: unknown\n"
    listed = json.loads(models("list", "--json").stdout)["models"]
    (row,) = [row for row in listed if row["name"] == "our-words"]
    assert (row["installed"], row["kind"], row["entry"], row["origin"]) == (True, "embedder", None, [str(own)])
    assert row["bytes"] == sum(p.stat().st_size for p in (tmp_path / "models" / "our-words").rglob("*") if p.is_file())
    assert [row["installed"] for row in listed if row["entry"]] == [False] * (len(listed) - 1)
    assert "our-words" in models("list").stdout
    assert models("verify").returncode == 0
    (tmp_path / "models" / "our-words" / "README.md").write_text("changed")
    verified = models("verify", "our-words")
    assert verified.returncode == 1
    assert "WRONG  our-words/README.md" in verified.stdout
    assert models("rm", "our-words").returncode == 0
    assert models("rm", "our-words").returncode == 5


def test_a_generator_from_the_hub_is_pulled_in_silence(models, hub, tiny_generator, tmp_path):
    """Only the model's line and its licence are printed, and --json tells size, place and commit.

    The hub hears what it has to hear and no more: one listing, the files, and nothing about this machine.
    """
    commit = hub.add("acme/babble", tiny_generator, card={"license": "mit"})
    pulled = models("pull", "acme/babble", HF_HOME=str(tmp_path / "hf"))
    assert pulled.stderr == "  licence: mit\n"
    assert [r.path for r in hub.requests if "/resolve/" not in r.path and "/cdn/" not in r.path] == [
        "/api/models/acme/babble"
    ]
    assert not [r.agent for r in hub.requests if "torch" in r.agent or "agent/" in r.agent]
    (row,) = json.loads(models("pull", "acme/babble", "--json").stdout)["models"]
    assert (row["name"], row["licence"], row["commit"]) == ("acme/babble", "mit", commit)
    assert row["bytes"] > 0


def test_models_are_measured_and_the_figures_are_listed(models, tmp_path, tiny_embedder):
    """Both kinds get the figures of their kind, in processes of their own, and `list` shows them afterwards."""
    import tiny_models

    babble = tiny_models.causal_lm(tmp_path / "babble", tokens=2048)
    for folder in (babble, shutil.copytree(tiny_embedder, tmp_path / "words")):
        models("pull", str(folder), RAGSYS_OFFLINE="1")
    measured = models("bench", "--json", "--offline", RAGSYS_DEVICE="cpu")
    rows = {row["model"]: row for row in json.loads(measured.stdout)["models"]}
    assert rows["babble"]["tokens_per_second"] > 0
    assert rows["babble"]["next_first_token_seconds"] > 0
    assert rows["words"]["passages_per_second"] > 0
    assert rows["words"]["tokens_per_second"] is None
    assert all(row["peak_bytes"] > 10**7 and row["load_seconds"] > 0 for row in rows.values())
    listed = {row["name"]: row for row in json.loads(models("list", "--json").stdout)["models"]}
    assert listed["babble"]["measured"] == rows["babble"]
    assert listed["babble"]["fits"] is True
    assert listed["gemma-3-270m"]["measured"] is None
    assert "tokens/s" in models("list").stdout
    assert models("bench", "nonesuch").returncode == 5


@pytest.mark.parametrize(
    ("arguments", "code", "status"),
    [
        (["pull", "nonesuch"], "model-unknown", 5),
        (["pull", "acme/words", "--offline"], "offline", 6),
        (["pull", "acme/nothing"], "model-unknown", 5),
        (["pull", "./nowhere"], "model-unknown", 5),
        (["verify", "acme/words"], "model-missing", 5),
        (["rm", "all-MiniLM-L6-v2"], "model-missing", 5),
    ],
)
def test_each_error_has_a_code_and_a_next_step(models, hub, arguments, code, status):
    """Never a traceback."""
    del hub
    result = models(*arguments)
    assert result.returncode == status
    assert f"error [{code}]" in result.stderr
    assert "next: " in result.stderr
    assert "Traceback" not in result.stderr


def test_a_model_folder_that_cannot_be_made_is_a_typed_error(tmp_path, tiny_generator):
    """Where a file is in the way, the error says so."""
    (tmp_path / "file").write_text("in the way")
    result = subprocess.run(
        [sys.executable, "-m", "ragsys", "models", "pull", str(tiny_generator), "--models-dir", str(tmp_path / "file")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 5
    assert "cannot write" in result.stderr
