"""`ragsys serve` as a process: it starts offline, answers, and ends when it is told to."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest
import web

CLI = Path(__file__).parents[1] / "support" / "hash_cli.py"


@pytest.fixture
def process(tmp_path):
    """A server with the fakes, offline, on a free port; its log is a file."""
    (tmp_path / "note.md").write_text("The kettle whistles at noon.\n")
    environment = {**os.environ, "XDG_CONFIG_HOME": str(tmp_path / "config"), "HASH_CLI_SAY": "At noon."}
    index = ["--index", str(tmp_path / "papers" / ".ragsys")]
    subprocess.run([sys.executable, CLI, "add", tmp_path / "note.md", *index], check=True, env=environment)
    command = [sys.executable, CLI, "serve", *index, "--port", "0", "--offline"]
    with (tmp_path / "log").open("w") as log:
        running = subprocess.Popen(command, stderr=log, env=environment)
    yield running, tmp_path / "log"
    running.kill()
    running.wait()


@pytest.mark.skipif(sys.platform == "win32", reason="SIGTERM is POSIX's")
def test_it_answers_offline_and_ends_when_it_is_told_to(process):
    """From the first line of its log to the exit code of a command that was terminated; each line is JSON."""
    running, log = process
    web.until(lambda: log.read_text().count("\n"))
    port = json.loads(log.read_text().splitlines()[0])["port"]
    with httpx2.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=30.0) as client:
        web.until(lambda: client.get("/ready").json()["ready"], seconds=60)
        assert client.get("/v1/models").json()["data"][0]["id"] == "papers"
        answer = client.post("/v1/ask", json={"question": "When does the kettle whistle?"}).json()
        assert answer["citations"][0]["quote"].startswith("The kettle")
    running.send_signal(signal.SIGTERM)
    assert running.wait(30) == 143
    *lines, last = log.read_text().splitlines()
    assert {"listening", "ready", "request"} <= {json.loads(line)["event"] for line in lines}
    assert "terminated" in last
