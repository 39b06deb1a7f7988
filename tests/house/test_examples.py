"""What the documentation tells people to copy works when it is copied."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ragsys import QueryEngine, Settings
from ragsys.cli.evaluate import eval_command
from ragsys.evaluation import evaluate_retrieval, open_dataset
from ragsys.testing import HashEmbedder

ROOT = Path(__file__).parents[2]
# The example loads the configured embedder; here it gets the fake, so that it runs without a model.
CONFTEST = """
import ragsys.models
from ragsys.testing import HashEmbedder

ragsys.models.load_embedder = lambda settings: HashEmbedder(dim=256)
"""


@pytest.fixture
def copied(tmp_path):
    """The example of a release gate beside an index of the sample collection."""
    shutil.copytree(ROOT / "examples" / "gate", tmp_path / "gate")
    (tmp_path / "gate" / "conftest.py").write_text(CONFTEST)
    with QueryEngine.open(tmp_path / ".ragsys", settings=Settings(), embedder=HashEmbedder(dim=256)) as engine:
        engine.add(ROOT / "examples" / "collection")
        evaluate_retrieval(engine, open_dataset(tmp_path / "gate" / "questions.jsonl")).write(tmp_path / "baseline")
    return tmp_path


def run_pytest(folder):
    """The example, run as its reader runs it."""
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider", "gate"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={k: v for k, v in os.environ.items() if k != "RAGSYS_INDEX"},
    )


def test_the_release_gate_runs_without_a_baseline(copied):
    """The floors hold on the sample collection, and the missing baseline is skipped with what to do."""
    result = run_pytest(copied)
    assert result.returncode == 0, result.stdout
    assert "1 passed, 1 skipped" in result.stdout
    assert "--run baseline" in result.stdout


def test_the_release_gate_stops_a_drop(copied):
    """Against its own baseline it passes; when documents are gone, it fails with the measures that dropped."""
    shutil.move(copied / "baseline", copied / "gate" / "baseline")
    assert "2 passed" in run_pytest(copied).stdout
    with QueryEngine.open(copied / ".ragsys", settings=Settings(), embedder=HashEmbedder(dim=256)) as engine:
        engine.remove(*(d.source for d in engine.documents() if "bicycle" in d.source or "coffee" in d.source))
    result = run_pytest(copied)
    assert result.returncode == 1
    assert "dropped by more than 0.01" in result.stdout


@pytest.mark.parametrize("name", ["evaluation.md", "evaluation.zh-CN.md"])
def test_the_guide_names_what_exists(name):
    """Every option and every file that the guide to evaluation mentions is there."""
    text = (ROOT / "docs" / name).read_text(encoding="utf-8")
    known = {option for command in eval_command.commands.values() for p in command.params for option in p.opts}
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", text)) <= known
    assert {f"eval {command}" for command in eval_command.commands} <= set(re.findall(r"eval [a-z]+", text))
    for path in re.findall(r"examples/[\w/.]+\w", text):
        assert (ROOT / path).exists()
