"""`ragsys serve` under a limit on the size of files, and told to end in the middle of an upload."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest
import web

CLI = Path(__file__).parents[1] / "support" / "hash_cli.py"
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="limits and SIGTERM are POSIX's")
BODY = (
    b'--edge\r\nContent-Disposition: form-data; name="file"; filename="kettle.md"\r\n\r\n'
    b"The kettle whistles at noon.\n\r\n--edge--\r\n"
)
HEAD = (
    "POST /v1/documents HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=edge\r\n"
    f"Content-Length: {len(BODY)}\r\nConnection: close\r\n\r\n"
).encode()


@contextmanager
def serving(home, limit=None):
    """A server over an index of its own; `limit` is the most bytes of a file. The process and its port."""
    environment = {**os.environ, "XDG_CONFIG_HOME": str(home / "config")}
    command = [sys.executable, CLI, "serve", "--index", str(home / ".ragsys"), "--create", "--port", "0"]
    with (home / "log").open("w") as log:
        process = subprocess.Popen(command, stderr=log, env=environment)
    try:
        web.until(lambda: '"listening"' in (home / "log").read_text(), seconds=120)
        port = json.loads((home / "log").read_text().splitlines()[0])["port"]
        with client_of(port) as client:
            web.until(lambda: client.get("/ready").status_code == 200, seconds=120)
        if limit is not None:
            import resource

            resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (limit, limit))
        yield process, port
    finally:
        process.kill()
        process.wait()


def client_of(port):
    """A client of the server at a port."""
    return httpx2.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=60.0)


@pytest.mark.skipif(sys.platform != "linux", reason="prlimit is Linux's")
def test_an_upload_that_does_not_fit_is_refused_and_leaves_nothing(tmp_path):
    """A disk that takes no more is a typed error without a half file, and what fits is taken after it."""
    with serving(tmp_path, limit=4_000_000) as (_, port), client_of(port) as client:
        refused = client.post("/v1/documents", files={"file": ("big.md", b"The anchor is weighed.\n" * 250_000)})
        assert (refused.status_code, refused.json()["error"]["code"]) == (507, "disk-full")
        assert list((tmp_path / ".ragsys" / "uploads" / "pending").iterdir()) == []
        small = client.post("/v1/documents", files={"file": ("a.md", b"The anchor.\n")}, params={"wait": True}).json()
        assert small["uploads"][0]["state"] == "indexed"
        assert client.get("/v1/documents").json()["total"] == 1


def test_a_server_that_is_told_to_end_takes_the_upload_that_is_coming(tmp_path):
    """After SIGTERM no new request is let in, the one under way is acknowledged, and the next start has it."""
    with serving(tmp_path) as (process, port):
        with socket.create_connection(("127.0.0.1", port), timeout=60) as coming:
            coming.sendall(HEAD + BODY[:60])
            with client_of(port) as client:  # it has been read when a later request is answered
                client.get("/health")
            process.send_signal(signal.SIGTERM)
            web.until(lambda: not listens(port), seconds=60)
            coming.sendall(BODY[60:])
            answer = b"".join(iter(lambda: coming.recv(65_536), b""))
        assert answer.startswith(b"HTTP/1.1 202")
        assert process.wait(60) == 143
    with serving(tmp_path) as (_, port), client_of(port) as client:
        web.until(lambda: client.get("/v1/documents").json()["total"], seconds=60)
        hit = client.post("/v1/search", json={"query": "kettle"}).json()["hits"][0]
        assert hit["text"] == "The kettle whistles at noon.\n"


def listens(port):
    """Whether anybody lets in at a port."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    time.sleep(0.02)
    return True
