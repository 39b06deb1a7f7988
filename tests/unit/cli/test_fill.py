"""`ragsys ask --schema`: the value alone on standard output, and every bad schema a typed error."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

CLI = Path(__file__).parents[2] / "support" / "hash_cli.py"
GOOD = {"type": "object", "properties": {"floors": {"type": "integer", "description": "How many floors does it have?"}}}


def run(*arguments, cwd, given=None):
    """A command in a folder that has an index, with `given` on standard input."""
    done = subprocess.run(
        [sys.executable, CLI, *map(str, arguments)],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        input=given,
        env={**os.environ, "RAGSYS_ANSWER_MODE": "extract"},
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A folder with a document that is indexed, and a schema."""
    folder = tmp_path_factory.mktemp("fill")
    (folder / "mill.txt").write_text("The old mill has 4 floors. The river\x1b[2J is wide.", encoding="utf-8")
    (folder / "good.json").write_text(json.dumps(GOOD), encoding="utf-8")
    assert run("add", "mill.txt", cwd=folder).returncode == 0
    return folder


def test_the_value_can_be_piped(home):
    """Standard output is JSON and nothing else; where it stands and its quote are beside it."""
    done = run("ask", "--schema", "good.json", "The old mill", cwd=home)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"floors": 4}
    assert "/floors: [1]" in done.stderr
    assert "\x1b" not in done.stderr
    whole = json.loads(run("ask", "--schema", "good.json", "--json", "The old mill", cwd=home).stdout)
    assert whole["fields"]["/floors"]["citation"]["quote"] == "The old mill has 4 floors."
    assert json.loads(run("ask", "--schema", "-", "The old mill", cwd=home, given=json.dumps(GOOD)).stdout)


def test_no_value_is_exit_code_1(home):
    """Where nothing is found, standard output is empty and the reason is told."""
    none = {"type": "object", "properties": {"x": {"type": "string", "description": "Who conducted the opera?"}}}
    done = run("ask", "--schema", "-", cwd=home, given=json.dumps(none))
    assert (done.returncode, done.stdout) == (1, "")
    assert "no value" in done.stderr


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("{", "not JSON"),
        ("[" * 100_000, "larger than"),
        ("[" * 50_000, "nested too deep"),
        ("NaN", "not an object"),
        ('{"type": "object", "properties": {"a": {"type": "string", "format": "uri"}}}', "uri"),
    ],
)
def test_a_bad_schema_is_a_typed_error(home, text, named):
    """Not JSON, too large, too deep, or not understood: exit code 2, a code and a next step."""
    (home / "bad.json").write_text(text, encoding="utf-8")
    done = run("ask", "--schema", "bad.json", "--json", cwd=home)
    error = json.loads(done.stderr)["error"]
    assert (done.returncode, error["code"]) == (2, "schema-invalid")
    assert named in error["message"]
    assert error["hint"]


def test_a_question_or_a_schema_is_needed(home):
    """Neither is a usage error, and a schema that is not there is named."""
    assert "usage" in run("ask", cwd=home).stderr
    assert "cannot read" in run("ask", "--schema", "none.json", cwd=home).stderr
