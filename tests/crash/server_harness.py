"""Kill a server with SIGKILL under upload load, again and again, and look for what it had acknowledged.

    python tests/crash/server_harness.py --kills 100 --seed 1 --json bench/results/server_crash.json

Each life is `ragsys serve` in a process of its own, with the hashing embedder in place of a model. Clients upload until
it dies at a random moment. The next life must have every document that was acknowledged in any life before, found by a
search for its own word, with the text of the last acknowledged version or of one that was under way.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import httpx2

if TYPE_CHECKING:
    from collections.abc import Callable

_CLI = Path(__file__).parents[1] / "support" / "hash_cli.py"
_NAMES = 60  # some uploads replace an earlier one
_CLIENTS = 3
_START = 60.0


@dataclass(slots=True)
class Outcome:
    """What a run saw."""

    kills: int = 0
    acknowledged: int = 0
    documents: int = 0
    lost: int = 0
    stale: int = 0
    recovered: int = 0  # uploads that were acknowledged and not indexed when the server died


@dataclass(slots=True)
class Told:
    """What is known of one name: the versions that may be there."""

    acknowledged: int = 0
    sent: int = 0


class Life:
    """A server process."""

    def __init__(self, home: Path) -> None:
        environment = {**os.environ, "XDG_CONFIG_HOME": str(home / "config"), "OMP_NUM_THREADS": "1"}
        command = [sys.executable, str(_CLI), "serve", "--index", str(home / ".ragsys"), "--create", "--port", "0"]
        log = home / "log"
        with log.open("w") as told:
            self.process = subprocess.Popen(command, stderr=told, env=environment)
        _until(lambda: '"listening"' in log.read_text())
        self.url = f"http://127.0.0.1:{json.loads(log.read_text().splitlines()[0])['port']}"
        with self.client() as client:
            _until(lambda: client.get("/ready").status_code == 200)

    def client(self) -> httpx2.Client:
        """A client of it."""
        return httpx2.Client(base_url=self.url, trust_env=False, timeout=30.0)

    def kill(self) -> None:
        """End it at once."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


def run(home: Path, *, kills: int, seed: int, early: bool = False) -> Outcome:
    """Kill `kills` servers. With `early`, what is sent counts as acknowledged: then some of it has to be lost."""
    rng = random.Random(seed)
    told: dict[str, Told] = {}
    outcome = Outcome()
    while outcome.kills < kills:
        life = Life(home)
        _check(life, told, outcome)
        owns = [random.Random(rng.random()) for _ in range(_CLIENTS)]
        threads = [
            threading.Thread(target=_upload, args=(life, told, outcome, own, at), kwargs={"early": early})
            for at, own in enumerate(owns)
        ]
        for thread in threads:
            thread.start()
        time.sleep(rng.uniform(0.05, 1.0))
        life.kill()
        for thread in threads:
            thread.join()
        outcome.kills += 1
        outcome.recovered += len(list((home / ".ragsys" / "uploads" / "pending").glob("*/upload.json")))
    life = Life(home)
    _check(life, told, outcome)
    life.kill()
    outcome.documents = len(told)
    return outcome


def _until(condition: Callable[[], bool]) -> None:
    """Wait for it."""
    ends = time.monotonic() + _START
    while not condition():
        if time.monotonic() > ends:
            raise TimeoutError("the server is not ready")
        time.sleep(0.02)


def _upload(life: Life, told: dict[str, Told], outcome: Outcome, rng: random.Random, at: int, *, early: bool) -> None:
    """Upload until the server is gone; each client has names of its own, so that versions of one come in order."""
    try:
        with life.client() as client:
            while True:
                name = f"note{at}x{rng.randrange(_NAMES)}"
                known = told.setdefault(name, Told())
                known.sent += 1
                if early:
                    known.acknowledged = known.sent
                text = f"The word {name} is in version v{known.sent}v of this note.\n" * rng.randint(1, 20)
                sent = client.post("/v1/documents", files={"file": (f"{name}.md", text.encode())})
                if sent.status_code == 202:
                    known.acknowledged = known.sent
                    outcome.acknowledged += 1
                else:
                    time.sleep(0.05)
    except httpx2.TransportError:
        return


def _check(life: Life, told: dict[str, Told], outcome: Outcome) -> None:
    """Wait until nothing is pending, and look for every document that was acknowledged."""
    with life.client() as client:
        while any(upload["state"] in {"stored", "indexing"} for upload in client.get("/v1/uploads").json()["uploads"]):
            time.sleep(0.05)
        listed = client.get("/v1/documents", params={"limit": 1000}).json()["documents"]
        by_name = {Path(document["source"]).stem: document["id"] for document in listed}
        for name, known in told.items():
            if not known.acknowledged:
                continue
            if name not in by_name:
                outcome.lost += 1
                continue
            text = client.get(f"/v1/documents/{by_name[name]}/text").json()["text"]
            version = int(text.partition(" version v")[2].partition("v ")[0])
            hits = client.post("/v1/search", json={"query": name, "k": 1}).json()["hits"]
            found = bool(hits) and name in hits[0]["text"]
            if not known.acknowledged <= version <= known.sent or not found:
                outcome.stale += 1
            known.acknowledged = max(known.acknowledged, version)


def main() -> int:
    """Run it; exit code 1 where something acknowledged was lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    began = time.perf_counter()
    home = Path(tempfile.mkdtemp())
    try:
        outcome = run(home, kills=options.kills, seed=options.seed)
    finally:
        shutil.rmtree(home, ignore_errors=True)
    result = {
        "seed": options.seed,
        **asdict(outcome),
        "seconds": round(time.perf_counter() - began, 1),
        "machine": {"system": platform.platform(), "cpus": os.cpu_count()},
        "versions": {"python": platform.python_version(), "sqlite": sqlite3.sqlite_version},
    }
    text = json.dumps(result, indent=2)
    sys.stdout.write(text + "\n")
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(text + "\n", encoding="utf-8")
    return int(bool(outcome.lost or outcome.stale))


if __name__ == "__main__":
    raise SystemExit(main())
