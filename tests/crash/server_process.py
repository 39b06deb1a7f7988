"""Processes of a server that is to be killed: forked one at a time, waited for, and ended.

What a life is and where it dies is server_life.py's.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import httpx2
from server_power import Durable

if TYPE_CHECKING:
    from collections.abc import Callable

_LIFE = Path(__file__).with_name("server_life.py")
_START = 120.0


class Nursery:
    """The process that servers are forked from, one at a time: what takes long to import is imported once."""

    def __init__(self) -> None:
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        self._process = subprocess.Popen(
            [sys.executable, str(_LIFE)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0, env=environment
        )

    def begin(self, arguments: list[str], environment: dict[str, str], log: Path) -> int:
        """Begin a life; its process id."""
        wanted = {"arguments": arguments, "environment": environment, "log": str(log)}
        self._process.stdin.write(json.dumps(wanted).encode() + b"\n")
        return int(self._process.stdout.readline())

    def ended(self, seconds: float) -> bool:
        """Whether the life ends within so many seconds. To be asked no more once it has."""
        if not select.select([self._process.stdout], [], [], seconds)[0]:
            return False
        self._process.stdout.readline()
        return True

    def close(self) -> None:
        """No more lives."""
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


class Life:
    """A server process that dies at a point, or when it is killed."""

    def __init__(self, nursery: Nursery, home: Path, *, point: str = "", protocol: str = "sound") -> None:
        self.index, self.told = home / ".ragsys", home / "life"
        self.told.mkdir(parents=True, exist_ok=True)
        for name in ("synced", "last"):
            (self.told / name).write_text("")
        self.durable = Durable.of(self.index)
        environment = {
            "XDG_CONFIG_HOME": str(home / "config"),
            "RAGSYS_VECTOR_INDEX": "HNSW8,Flat",  # so that there is something to build in the background
            "SERVER_LIFE_HOME": str(self.told),
            "SERVER_LIFE_POINT": point,
            "SERVER_LIFE_PROTOCOL": protocol,
        }
        self._log, self._nursery = home / "log", nursery
        self._log.write_text("")
        arguments = ["serve", "--index", str(self.index), "--create", "--port", "0"]
        self.process = nursery.begin(arguments, environment, self._log)
        self._over = False
        self.url = ""

    def ready(self) -> bool:
        """Wait until it is; false where it dies before."""
        try:
            self._until(lambda: '"listening"' in self._log.read_text())
            self.url = f"http://127.0.0.1:{json.loads(self._log.read_text().splitlines()[0])['port']}"
            with self.client() as client:
                self._until(lambda: client.get("/ready").status_code == 200)
        except (ChildProcessError, httpx2.TransportError):
            return False
        return True

    def require(self) -> None:
        """Wait until it is ready. Raises `RuntimeError` where it dies before."""
        if not self.ready():
            raise RuntimeError(f"the server does not start: {self._log.read_text()[-2000:]}")

    def client(self) -> httpx2.Client:
        """A client of it."""
        return httpx2.Client(base_url=self.url, trust_env=False, timeout=60.0)

    def end(self, after: float) -> bool:
        """Wait for its end, and bring it about where it has not come; whether it came by itself."""
        came = self._over or self._nursery.ended(after)
        if not came:
            os.kill(self.process, signal.SIGKILL)
            while not self._nursery.ended(_START):
                pass
        self._over = True
        return came

    def arm(self) -> None:
        """Have it die at its point from now on."""
        os.kill(self.process, signal.SIGUSR1)

    def last(self) -> str:
        """The point that it came to last."""
        return (self.told / "last").read_text().strip()

    def lose_power(self) -> int:
        """Take away what it had not flushed; how much that was."""
        self.durable.read(self.told / "synced")
        return self.durable.settle(self.index)

    def _until(self, condition: Callable[[], bool]) -> None:
        ends = time.monotonic() + _START
        while not condition():
            if self._over or self._nursery.ended(0):
                self._over = True
                raise ChildProcessError
            if time.monotonic() > ends:
                raise TimeoutError("the server is not ready")
            time.sleep(0.02)
