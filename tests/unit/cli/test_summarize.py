"""`ragsys summarize` as a process, on the sample collection, with no model."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
COLLECTION = ROOT / "examples" / "collection"
COMMAND = [sys.executable, str(ROOT / "tests" / "support" / "hash_cli.py")]


def run(*arguments, folder, text=None):
    """One command in a folder of its own."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("RAGSYS_")}
    result = subprocess.run(
        [*COMMAND, *map(str, arguments)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        input=text,
        cwd=folder,
        env={**environment, "PYTHONPATH": str(ROOT)},
        check=False,
        timeout=120,
    )
    assert "Traceback" not in result.stderr, result.stderr
    return result


@pytest.mark.parametrize("name", ["bicycle-chain.md", "coffee-grinder.html", "sourdough.pdf", "zh/kafei-chongpao.txt"])
def test_a_file_is_summarised_without_an_index_and_verified(tmp_path, name):
    """Every format, in both languages: a cited text within the limit that `verify` finds to hold; no index is made."""
    result = run("summarize", COLLECTION / name, "--words", 60, "--json", folder=tmp_path)
    summary = json.loads(result.stdout)
    assert result.returncode == 0
    assert summary["mode"] == "extractive"
    assert 0 < summary["words"] <= 60
    assert summary["citations"]
    (tmp_path / "summary.json").write_text(result.stdout, encoding="utf-8")
    assert run("verify", "summary.json", folder=tmp_path).returncode == 0
    assert not (tmp_path / ".ragsys").exists()


def test_standard_input_is_summarised(tmp_path):
    """`-` reads the text, and what is printed is the summary with its citations."""
    text = "The old mill stands by the river. A flood took the wheel away in the spring of 1910."
    result = run("summarize", "-", folder=tmp_path, text=text)
    assert result.stdout.startswith("The old mill stands by the river. [1] A flood")
    assert "[2] stdin [34:84]" in result.stdout
    assert "of 84 characters" in result.stderr


def test_documents_of_an_index_are_summarised_together(tmp_path):
    """With --filter both documents have a sentence in it; one is found by its path from here and by its id."""
    assert run("add", COLLECTION, folder=tmp_path).returncode == 0
    both = run("summarize", "--filter", 'source ~ "*bicycle*"', "--json", folder=tmp_path)
    summary = json.loads(both.stdout)
    assert summary["coverage"]["documents"] == summary["coverage"]["cited"] == 2
    assert summary["index"]["seq"] > 0
    identity = summary["documents"][0]["id"]
    assert run("summarize", identity, folder=tmp_path).stdout
    assert run("summarize", COLLECTION / "bicycle-chain.md", "--as", "user:ann", folder=tmp_path).returncode == 0


def test_what_cannot_be_summarised_is_an_error_with_a_next_step(tmp_path):
    """Nothing named, two things named, no such file, a folder, a limit that nothing fits into."""
    for arguments, code in (
        ([], "usage"),
        (["a", "--filter", "x = 1"], "usage"),
        (["nothing.md"], "index-not-found"),
        ([tmp_path], "usage"),
        ([COLLECTION / "bicycle-chain.md", "--words", 1], "usage"),
    ):
        result = run("summarize", *arguments, "--json", folder=tmp_path)
        assert json.loads(result.stderr)["error"]["code"] == code, result.stderr
        assert result.returncode in {2, 3}
