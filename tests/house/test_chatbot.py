"""The guide to chatbots and its two bots run as their readers run them, with fakes in the place of models."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from ragsys import QueryEngine, Settings, TextDocument
from ragsys.cli.mcp import mcp_command
from ragsys.testing import HashEmbedder

ROOT = Path(__file__).parents[2]
BOTS = ROOT / "examples" / "bot"
GUIDES = ["chatbot.md", "chatbot.zh-CN.md"]
CHAIN = "The bicycle chain is oiled after every ride in the rain. The bicycle chain is replaced every 3000 kilometres."
# Loaded before anything else (site's own hook), so that a script of the guide gets the fakes without knowing it.
FAKES = """
import ragsys.models
from ragsys.testing import HashEmbedder

ragsys.models.load_embedder = lambda settings: HashEmbedder()
"""
SNIPPETS = {
    name: re.findall(r"```python\n(.*?)```", (ROOT / "docs" / name).read_text("utf-8"), re.DOTALL) for name in GUIDES
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A working directory with an index, and a folder of fakes to put before the path."""
    tmp_path = tmp_path_factory.mktemp("bot")
    with QueryEngine.open(tmp_path / ".ragsys", settings=Settings(), embedder=HashEmbedder()) as engine:
        engine.add_documents([TextDocument("chain", CHAIN), TextDocument("kettle", "The kettle is descaled.")])
    (tmp_path / "fakes").mkdir()
    (tmp_path / "fakes" / "sitecustomize.py").write_text(FAKES)
    return tmp_path


def run(folder, *arguments, stdin="", cwd=None):
    """Python, as a reader runs it, with the fakes."""
    path = os.pathsep.join([str(folder / "fakes"), str(ROOT), os.environ.get("PYTHONPATH", "")])
    environ = {**os.environ, "PYTHONPATH": path, "RAGSYS_ANSWER_MODE": "extract", "RAGSYS_MIN_CONFIDENCE": "0"}
    environ.pop("RAGSYS_INDEX", None)
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=cwd or folder,
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env=environ,
    )


@pytest.mark.parametrize("number", range(len(SNIPPETS[GUIDES[0]])))
def test_the_code_of_the_guide_runs(folder, number):
    """Each block of the guide is a program that ends well and prints what the index holds."""
    code = SNIPPETS[GUIDES[0]][number]
    for package in ("langchain", "llamaindex"):
        if f"integrations.{package}" in code:
            pytest.importorskip({"langchain": "langchain_core", "llamaindex": "llama_index.core"}[package])
    done = run(folder, "-c", code)
    assert done.returncode == 0, done.stderr
    assert "oiled after every ride" in done.stdout


def test_both_guides_have_the_same_code():
    """The Chinese guide differs in its comments only."""
    plain = [[re.sub(r"#.*", "", block) for block in blocks] for blocks in SNIPPETS.values()]
    assert plain[0] == plain[1]


@pytest.mark.parametrize("name", GUIDES)
def test_the_guide_names_what_exists(name):
    """Every option and every file that the guide mentions is there."""
    text = (ROOT / "docs" / name).read_text(encoding="utf-8")
    known = {option for parameter in mcp_command.params for option in parameter.opts}
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", text)) <= known
    for path in re.findall(r"examples/[\w/.]+\w", text):
        assert (ROOT / path).exists()


def test_the_terminal_bot_converses(folder):
    """It answers, understands a follow-up, names its sources, and goes on with the conversation when it is named."""
    done = run(folder, BOTS / "terminal.py", stdin="When is the bicycle chain oiled?\n\nWhen is it replaced?\n")
    assert done.returncode == 0, done.stderr
    assert "oiled after every ride in the rain. [1]" in done.stdout
    assert '[1] chain, from 57 on: "The bicycle chain is replaced every 3000 kilometres."' in done.stdout
    session = re.search(r"conversation (\w+)", done.stderr).group(1)
    again = run(folder, BOTS / "terminal.py", session, stdin="x" * 5000 + "\nWhen is it oiled?\n")
    assert again.returncode == 0, again.stderr
    assert "[1] chain" in again.stdout


def test_the_terminal_bot_says_what_is_wrong(folder, tmp_path):
    """An unknown conversation, and no index, are messages with a code."""
    assert "[session-not-found]" in run(folder, BOTS / "terminal.py", "nothing").stderr
    missing = run(folder, BOTS / "terminal.py", cwd=tmp_path)
    assert "[index-not-found]" in missing.stderr


WEB = """
import json, sys
sys.path.insert(0, sys.argv[1])
from fastapi.testclient import TestClient
from web import app

with TestClient(app) as client:
    first = client.post("/chat", json={"question": "When is the bicycle chain oiled?"})
    session = json.loads(first.text.split("data: ")[1].splitlines()[0])["id"]
    then = client.post("/chat", json={"question": "When is it replaced?", "session": session})
    wrong = client.post("/chat", json={"question": "When?", "session": "nothing"})
    empty = client.post("/chat", json={"question": ""})
print(json.dumps([first.text, then.text, wrong.status_code, wrong.json(), empty.status_code]))
"""


def test_the_web_bot_streams(folder):
    """Its events are the session and the checked answer with citations; a follow-up needs only the session's id."""
    pytest.importorskip("fastapi")
    done = run(folder, "-c", WEB, BOTS)
    assert done.returncode == 0, done.stderr
    first, then, status, wrong, empty = json.loads(done.stdout)
    assert first.startswith("event: session\n")
    answer = json.loads(then.split("event: answer\ndata: ")[1])
    assert answer["citations"][0]["quote"] == "The bicycle chain is replaced every 3000 kilometres."
    assert (status, wrong["error"]["code"], empty) == (404, "session-not-found", 422)
