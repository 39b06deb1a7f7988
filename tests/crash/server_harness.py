"""Kill a server with SIGKILL under load, again and again, at every stage, and look for what it had acknowledged.

    python tests/crash/server_harness.py --kills 100 --seed 1 --json bench/results/server_crash.json

Each life is `ragsys serve` in a process of its own, with the hashing embedder in place of a model. Clients upload and
remove documents and hold conversations until it dies: at a named point, from the first bytes of a body to the last step
of a vector index that is built in the background, or at a random moment; now and then again while it takes up what was
left. After every third kill, what was not flushed to the disk is taken away as well. The next life must have everything
that was acknowledged in any life before, and nothing by halves. The same is done to deliberately broken servers, each
of which has to be caught.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import shutil
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from server_check import Faults, check
from server_load import Truth, clients
from server_process import Life, Nursery
from server_protocols import WEAK_POINTS

_LONGEST = 60.0  # a life that does not come to its point is ended
_RANDOM = "random"
_EVERY = 5  # of so many kills one is at a random moment
_POWER = 3
_AGAIN = 0.15
_SHORT = 3.0
_MOST_KILLS = 20
_TAKING_UP = ("place", "placed", "parse", "embed", "insert", "committed", "finish", "clear")
# The points of server_life.py by the stage of the work.
STAGES = {
    "receiving the body": ("body", "store", "copy", "copied", "record"),
    "stored, not acknowledged": ("recorded", "stored"),
    "acknowledged": ("acknowledged", "place", "placed"),
    "parsing": ("parse", "parsed"),
    "embedding": ("embed", "embedded"),
    "committing to the index": ("put", "bury", "buried", "insert", "inserted", "committed"),
    "deleting from the spool": ("finish", "clear", "finished"),
    "publishing a snapshot": (
        "publish-write",
        "publish-half",
        "publish-fsync",
        "publish-rename",
        "publish-sync-directory",
        "publish-verify",
        "publish-point",
        "publish-pointed",
        "publish-collect",
        "publish-unlink",
        "publish-collected",
    ),
    "publishing in the background": (
        "refine-write",
        "refine-half",
        "refine-rename",
        "refine-verify",
        "refine-point",
        "refine-pointed",
        "refine-collect",
    ),
    "removing a document": ("remove", "unindex", "unindexed", "drop", "dropped", "removed"),
    "writing a conversation": ("session", "session-kept", "turn", "turn-kept", "answered"),
    "deleting a conversation": ("session-delete", "session-deleted"),
}


@dataclass(slots=True)
class Outcome:
    """What a run saw."""

    truth: Truth = field(default_factory=Truth)
    faults: Faults = field(default_factory=Faults)
    kills: int = 0
    recovered: int = 0  # uploads that were acknowledged and not indexed when the server died
    power: int = 0
    unflushed: int = 0
    stages: Counter[str] = field(default_factory=Counter)
    points: Counter[str] = field(default_factory=Counter)


class Run:
    """Lives and deaths of the server of one index."""

    def __init__(self, home: Path, *, seed: int, protocol: str = "sound", power: bool | None = None) -> None:
        self._home, self._protocol, self._power = home, protocol, power
        self._rng = random.Random(seed)
        self.outcome = Outcome()
        self._nursery = Nursery()

    def follow(self, plan: list[str], *, stop: bool = False) -> Outcome:
        """Kill it at each point of a plan, and look what is left each time; with `stop`, until there is a fault."""
        try:
            for point in plan:
                life = self._begin("" if point == _RANDOM else f"{point}:{self._rng.randint(1, 3)}")
                if stop and self.outcome.faults.any:
                    break
                self._kill(life, point)
                if self._protocol == "sound" and self._rng.random() < _AGAIN:
                    self._kill_again()
            else:
                life = self._begin("")
            life.end(0)
        finally:
            self._nursery.close()
        return self.outcome

    def _begin(self, point: str) -> Life:
        """A new life, which has what it should, and will die at a point from now on."""
        life = Life(self._nursery, self._home, point=point, protocol=self._protocol)
        try:
            life.require()
            with life.client() as client:
                check(client, life.index, self.outcome.truth, self.outcome.faults)
        except BaseException:
            life.end(0)
            raise
        life.arm()
        return life

    def _kill(self, life: Life, point: str) -> None:
        """Let it die under load."""
        working = clients(life.client, self.outcome.truth, self._rng)
        for thread in working:
            thread.start()
        came = life.end(self._rng.uniform(0.1, 2.0) if point == _RANDOM else _LONGEST)
        for thread in working:
            thread.join()
        if point != _RANDOM and not came:
            sys.stderr.write(f"{point} was not reached, the last one was {life.last()}\n")
            point = _RANDOM
        self._count(life, _random_stage(life) if point == _RANDOM else _stage(point), point)

    def _kill_again(self) -> None:
        """Let the next life die while it takes up what was left, without any client."""
        point = self._rng.choice(_TAKING_UP)
        life = Life(self._nursery, self._home, point=f"{point}:1!", protocol=self._protocol)
        if life.ready() and not life.end(_SHORT):
            return  # there was nothing to take up
        life.end(_LONGEST)
        self._count(life, "again, while it takes up what was left", point)

    def _count(self, life: Life, stage: str, point: str) -> None:
        outcome = self.outcome
        outcome.kills += 1
        sys.stderr.write(f"{outcome.kills} {stage}: {point}, {len(outcome.faults.said)} faults\n")
        outcome.stages[stage] += 1
        outcome.points[point] += 1
        if self._power or (self._power is None and outcome.kills % _POWER == 0):
            outcome.power += 1
            outcome.unflushed += life.lose_power()
        outcome.recovered += len(list((life.index / "uploads" / "pending").glob("*/upload.json")))


def plan_of(kills: int, seed: int) -> list[str]:
    """Where to kill: every fifth time at a random moment, else at each point in turn, in an order of chance."""
    rng = random.Random(seed)
    points = [point for stage in STAGES.values() for point in stage]
    order: list[str] = []
    while len(order) < kills:
        order += rng.sample(points, len(points))
    return [_RANDOM if number % _EVERY == _EVERY - 1 else order.pop() for number in range(kills)]


def _stage(point: str) -> str:
    return next((stage for stage, points in STAGES.items() if point in points), "starting")


def _random_stage(life: Life) -> str:
    return f"a random moment: {_stage(life.last())}"


def catch(home: Path, protocol: str, seed: int, kills: int) -> dict[str, object]:
    """Whether a broken server is caught, by what, and after how many kills."""
    point, power = WEAK_POINTS[protocol]
    found = Run(home, seed=seed, protocol=protocol, power=power).follow([point] * kills, stop=True)
    seen = {fault: count for fault, count in found.faults.counts.items() if count}
    return {"caught": found.faults.any, "kills": found.kills, "faults": seen}


def main() -> int:
    """Run the sound server and every broken one; exit code 1 where one of them behaves as the other should."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--jobs", type=int, default=2, help="indexes whose servers are killed at the same time")
    parser.add_argument("--points", nargs="*", help="kill at these points only")
    parser.add_argument("--protocols", nargs="*", default=sorted(WEAK_POINTS))
    options = parser.parse_args()
    began = time.perf_counter()
    home = Path(tempfile.mkdtemp())
    plan, jobs, seed = options.points or plan_of(options.kills, options.seed), options.jobs, options.seed
    try:
        with ThreadPoolExecutor(jobs) as pool:
            parts = [
                pool.submit(Run(home / f"sound-{number}", seed=seed + number).follow, plan[number::jobs])
                for number in range(jobs)
            ]
            caught = {name: pool.submit(catch, home / name, name, seed, _MOST_KILLS) for name in options.protocols}
        outcome = together([part.result() for part in parts])
        broken = {name: found.result() for name, found in caught.items()}
    finally:
        shutil.rmtree(home, ignore_errors=True)
    result = {"seed": seed, "indexes": jobs, **report(outcome), "broken": broken, **about(time.perf_counter() - began)}
    text = json.dumps(result, indent=2)
    sys.stdout.write(text + "\n")
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(text + "\n", encoding="utf-8")
    return int(outcome.faults.any or not all(found["caught"] for found in broken.values()))


def together(parts: list[Outcome]) -> Outcome:
    """What several runs saw."""
    whole = Outcome()
    for part in parts:
        for name in ("kills", "recovered", "power", "unflushed"):
            setattr(whole, name, getattr(whole, name) + getattr(part, name))
        for name in ("acknowledged", "removed", "turns"):
            setattr(whole.truth, name, getattr(whole.truth, name) + getattr(part.truth, name))
        for fault, count in part.faults.counts.items():
            whole.faults.counts[fault] += count
        whole.faults.said += part.faults.said
        whole.stages += part.stages
        whole.points += part.points
    return whole


def report(outcome: Outcome) -> dict[str, object]:
    """The result as it is published."""
    return {
        "kills": outcome.kills,
        "acknowledged": outcome.truth.acknowledged,
        "removed": outcome.truth.removed,
        "turns": outcome.truth.turns,
        "recovered": outcome.recovered,
        "faults": outcome.faults.counts,
        "stages": dict(sorted(outcome.stages.items())),
        "points": dict(sorted(outcome.points.items())),
        "power_lost": {"kills": outcome.power, "taken_away": outcome.unflushed},
    }


def about(seconds: float) -> dict[str, object]:
    """What it was measured on."""
    return {
        "seconds": round(seconds, 1),
        "machine": {"system": platform.platform(), "cpus": os.cpu_count()},
        "versions": {"python": platform.python_version(), "sqlite": sqlite3.sqlite_version},
    }


if __name__ == "__main__":
    raise SystemExit(main())
