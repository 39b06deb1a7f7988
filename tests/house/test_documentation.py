"""Documentation is part of the feature: whatever a user can type or meet is described, in both languages."""

import dataclasses
import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

from ragsys import errors
from ragsys.cli.main import COMMANDS
from ragsys.config import Settings, setting_help

ROOT = Path(__file__).parents[2]
READMES = [ROOT / "README.md", ROOT / "README.zh-CN.md"]
REFERENCES = [ROOT / "docs" / "reference.md", ROOT / "docs" / "reference.zh-CN.md"]
CODES = sorted(
    value.code
    for value in vars(errors).values()
    if inspect.isclass(value) and issubclass(value, errors.RagsysError) and value is not errors.RagsysError
)


@pytest.mark.parametrize("readme", READMES, ids=lambda path: path.name)
@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_is_documented(readme, command):
    """Each command is shown in both READMEs."""
    assert f"ragsys {command}" in readme.read_text(encoding="utf-8")


@pytest.mark.parametrize("reference", REFERENCES, ids=lambda path: path.name)
@pytest.mark.parametrize("setting", [f.name for f in dataclasses.fields(Settings)])
def test_every_setting_is_documented(reference, setting):
    """Each setting is named in the reference, in both languages, and has a help line of its own."""
    assert f"`{setting}`" in reference.read_text(encoding="utf-8")
    assert setting_help()[setting]


@pytest.mark.parametrize("reference", REFERENCES, ids=lambda path: path.name)
@pytest.mark.parametrize("code", CODES)
def test_every_error_code_is_documented(reference, code):
    """Each error code is in the reference, in both languages."""
    assert f"`{code}`" in reference.read_text(encoding="utf-8")


def test_links_lead_somewhere():
    """What a document of ours refers to within the repository is there."""
    for document in [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]:
        for target in re.findall(r"\]\(([^)#\s]+)", document.read_text(encoding="utf-8")):
            if "://" not in target:
                assert (document.parent / target).exists(), f"{document.name}: {target}"


def test_figures_are_those_of_the_benchmarks():
    """Both READMEs show what bench/results holds: bench/table.py would change nothing."""
    done = subprocess.run(
        [sys.executable, ROOT / "bench" / "table.py", "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
