"""Offline means offline: tried in a process of its own, because the hook cannot be taken off."""

from __future__ import annotations

import subprocess
import sys

import pytest

_ATTEMPTS = {
    "connect": "import socket; socket.socket().connect(('127.0.0.1', 9))",
    "look-up": "import socket; socket.getaddrinfo('localhost', 80)",
    "datagram": "import socket; socket.socket(type=socket.SOCK_DGRAM).sendto(b'', ('127.0.0.1', 9))",
    "urllib": "import urllib.request; urllib.request.urlopen('http://127.0.0.1:9')",
}


def _run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("attempt", list(_ATTEMPTS.values()), ids=list(_ATTEMPTS))
def test_every_way_out_is_refused(attempt: str) -> None:
    """After forbid_network(), each way to the network ends in an OfflineError."""
    done = _run(f"from ragsys.offline import forbid_network; forbid_network(); {attempt}")
    assert done.returncode
    assert "OfflineError" in done.stderr


def test_unix_sockets_still_work() -> None:
    """What stays on the machine is not refused."""
    done = _run(
        "import socket; from ragsys.offline import forbid_network; forbid_network(); "
        "a, b = socket.socketpair(); a.sendmsg([b'x']); assert b.recv(1) == b'x'"
    )
    assert done.returncode == 0, done.stderr


def test_the_model_libraries_are_told() -> None:
    """The hub's own switches are set, so that the libraries do not even try."""
    done = _run(
        "import os; from ragsys.offline import forbid_network; forbid_network(); "
        "print(os.environ['HF_HUB_OFFLINE'], os.environ['TRANSFORMERS_OFFLINE'])"
    )
    assert done.stdout.split() == ["1", "1"]


def test_one_port_of_this_machine_can_be_let_through() -> None:
    """A server that the user named on loopback is reached; other ports, names and hosts are refused as before."""
    code = """
import socket
from ragsys.errors import OfflineError
from ragsys.offline import allow_loopback, forbid_network
server = socket.create_server(("127.0.0.1", 0))
port = server.getsockname()[1]
forbid_network()
allow_loopback(port)
for host in ("127.0.0.1", "localhost"):
    socket.create_connection((host, port)).close()
for address in (("127.0.0.1", port + 1), ("192.0.2.1", port), ("::ffff:192.0.2.1", port), ("a.example", port)):
    try:
        socket.create_connection(address, timeout=1)
    except OfflineError:
        continue
    raise SystemExit(f"{address} was let through")
try:
    socket.socket().connect(("localhost", port + 1))
except OfflineError:
    print("refused")
"""
    done = _run(code)
    assert done.stdout == "refused\n", done.stderr
