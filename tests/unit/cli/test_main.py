"""The command line before anything heavy happens."""

import json
import subprocess
import sys

import pytest

from ragsys.cli.main import COMMANDS

HEAVY = ("torch", "transformers", "faiss", "onnxruntime", "sqlalchemy", "numpy", "sentence_transformers", "rich")


def run(*arguments, cwd=None, **environ):
    """One `ragsys` command in a process of its own."""
    import os

    return subprocess.run(
        [sys.executable, "-m", "ragsys", *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environ},
    )


def test_help_imports_nothing_heavy():
    """`ragsys --help` loads none of the packages that take time."""
    code = (
        "import sys\nfrom ragsys.cli.main import cli\n"
        "try:\n    cli.main(['--help'])\nexcept SystemExit:\n    pass\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stderr.strip() == "[]"
    assert "Exit codes" in result.stdout


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_has_help(command):
    """Each command's --help works, explains itself and describes its options."""
    result = run(command, "--help")
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith("Usage: ")
    assert len(result.stdout.splitlines()) > 6


def test_no_index_is_a_typed_error_with_a_next_step(tmp_path):
    """Without an index, a search says what to do and leaves with the documented code."""
    result = run("search", "anything", cwd=tmp_path)
    assert result.returncode == 3
    assert "index-not-found" in result.stderr
    assert "ragsys add" in result.stderr


def test_an_error_is_json_where_json_was_asked_for(tmp_path):
    """With --json, an error is one JSON object on standard error and standard output stays empty."""
    result = run("status", "--json", cwd=tmp_path)
    assert result.stdout == ""
    assert json.loads(result.stderr)["error"]["code"] == "index-not-found"


def test_config_show_names_origins(tmp_path):
    """`config show` tells a variable from a default."""
    result = run("config", "show", "--json", cwd=tmp_path, RAGSYS_TOP_K="3")
    shown = json.loads(result.stdout)
    assert shown["top_k"] == {"value": 3, "origin": "RAGSYS_TOP_K"}
    assert shown["threads"]["origin"] == "default"


def test_an_unknown_command_is_usage(tmp_path):
    """A misspelt command is refused with exit code 2 and without a traceback."""
    result = run("serach", "x", cwd=tmp_path)
    assert result.returncode == 2
    assert "Traceback" not in result.stderr
