"""Kill a writer with SIGKILL, again and again, and compare what is left with what it had acknowledged.

    python tests/crash/harness.py --kills 1000 --seed 1 --json bench/results/crash.json

Each life of the writer is a forked child that carries out a random plan through the real `Index` and acknowledges each
operation through a pipe after its commit. It dies at a random moment or at a named step of publishing. The next open
must find the state after the last acknowledged operation, or after the one that was under way.
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
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

os.environ.setdefault("OMP_NUM_THREADS", "1")  # forks and thread pools do not mix
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import faiss
import numpy as np
import sqlalchemy
from crash_model import SPACE, Fault, Operation, State, answers, compare, damaged, plan, stored, vector
from crash_protocols import WEAK_STEPS, protocol

from ragsys.errors import RagsysError
from ragsys.indexes.index import Index

if TYPE_CHECKING:
    from ragsys.indexes.store import Writer

STEPS = (
    "write half fsync rename sync-directory verify point pointed collect unlink collected".split()  # noqa: SIM905
)
KIND = "HNSW8,Flat"  # so that `refine` has something to do
_LIVES_PER_INDEX = 25
_PLAN = 30


@dataclass(slots=True)
class Outcome:
    """What a run saw."""

    kills: int = 0
    acknowledged: int = 0
    steps: dict[str, int] = field(default_factory=dict)
    faults: dict[Fault, int] = field(
        default_factory=lambda: dict.fromkeys(("lost", "resurrected", "half", "wrong", "damaged"), 0)
    )
    recovery: list[float] = field(default_factory=list)  # seconds from open to the first read, both legs ready

    @property
    def caught(self) -> bool:
        """Whether anything at all was wrong."""
        return any(self.faults.values())


def run(folder: Path, *, kills: int, seed: int, name: str = "sound", stop: bool = False) -> Outcome:
    """Kill `kills` writers that follow a protocol; `stop` at the first fault."""
    rng = random.Random(seed)
    outcome = Outcome()
    with protocol(name):
        window = _uninterrupted(folder / "window", rng)
        lives = 0
        state: State = {}
        while outcome.kills < kills and not (stop and outcome.caught):
            home = folder / f"index-{lives // _LIVES_PER_INDEX}"
            if lives % _LIVES_PER_INDEX == 0:
                state = {}
                shutil.rmtree(folder / f"index-{lives // _LIVES_PER_INDEX - 1}", ignore_errors=True)
            lives += 1
            step = None
            if rng.random() < 0.5:
                step = (WEAK_STEPS[name] or rng.choice(STEPS), rng.randint(1, 4))
            operations = plan(state, rng, _PLAN)
            count, killed = _life(home, operations, step, rng.uniform(0, window), early=name.startswith("early"))
            outcome.acknowledged += count
            if killed:
                outcome.kills += 1
                at = step[0] if step else "random"
                outcome.steps[at] = outcome.steps.get(at, 0) + 1
            before = operations[count - 1].after if count else state
            during = operations[count].after if count < len(operations) else before
            found, fault = _inspect(home, [before, during], rng, outcome)
            if fault is not None:
                outcome.faults[fault] += 1
                lives += -lives % _LIVES_PER_INDEX  # the next life starts on a new index
            state = found or {}
    return outcome


def _uninterrupted(home: Path, rng: random.Random) -> float:
    """How long a whole life takes, in seconds."""
    began = time.perf_counter()
    _life(home, plan({}, rng, _PLAN), None, 60.0, early=False)
    return time.perf_counter() - began


def _life(
    home: Path, operations: list[Operation], step: tuple[str, int] | None, after: float, *, early: bool
) -> tuple[int, bool]:
    """Fork a writer and kill it; returns the number of acknowledged operations and whether it was killed."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.close(reader)
            _write(home, operations, step, writer, early=early)
            code = 0
        finally:
            os._exit(code)
    os.close(writer)
    deadline = time.monotonic() + (after if step is None else 60.0)
    while os.waitpid(child, os.WNOHANG) == (0, 0):
        if time.monotonic() >= deadline:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            killed = True
            break
        time.sleep(0.0005)
    else:
        killed = None
    with os.fdopen(reader, "rb") as pipe:
        log = pipe.read()
    finished = log.endswith(b"E")
    if b"X" in log:
        raise RuntimeError("the writer raised an error: run the plan in the foreground")
    return log.count(b"A"), not finished if killed is None else killed


def _write(home: Path, operations: list[Operation], step: tuple[str, int] | None, pipe: int, *, early: bool) -> None:
    """The life of a writer: a letter into the pipe after each commit, or before it where `early` is asked for."""
    seen = 0

    def on_step(name: str) -> None:
        nonlocal seen
        if step is not None and name == step[0]:
            seen += 1
            if seen == step[1]:
                os.kill(os.getpid(), signal.SIGKILL)

    try:
        with Index.open(home, create=True, vector_index=KIND, on_step=on_step) as index:
            with index.writer() as writer:
                writer.set_space(SPACE)
            for operation in operations:
                if early:
                    os.write(pipe, b"A")
                    on_step("acknowledged")
                if operation.verb == "refine":
                    index.refine()
                else:
                    with index.writer() as writer:
                        _carry_out(writer, operation)
                if not early:
                    os.write(pipe, b"A")
        os.write(pipe, b"E")
    except BaseException:
        import traceback

        traceback.print_exc()
        os.write(pipe, b"X")
        raise


def _carry_out(writer: Writer, operation: Operation) -> None:
    if operation.verb == "put":
        writer.put(operation.documents)
    elif operation.verb == "remove":
        writer.remove(operation.ids)
    else:
        writer.publish(force=True)


def _inspect(
    home: Path, allowed: list[State], rng: random.Random, outcome: Outcome
) -> tuple[State | None, Fault | None]:
    """Open what the dead writer left and judge it."""
    try:
        began = time.perf_counter()
        with Index.open(home, create=True, vector_index=KIND) as index:
            with index.read() as view:
                if view.space is not None:
                    view.dense(vector("recovery"), 5)
                    view.lexical(["word1"], 5)
                outcome.recovery.append(time.perf_counter() - began)
                state, fault = compare(stored(view), allowed)
                if state is not None and view.space is not None:
                    fault = answers(view, state, rng)
            if fault is None and damaged(index):
                fault = "damaged"
    except (RagsysError, RuntimeError) as error:
        sys.stderr.write(f"cannot be opened: {error}\n")
        return None, "damaged"
    return (state, None) if fault is None else (None, fault)


def report(outcome: Outcome, seed: int, broken: dict[str, dict[Fault, int]], seconds: float) -> dict[str, object]:
    """The result as it is published, with what it was measured on."""
    p50, p99 = np.percentile(outcome.recovery, [50, 99])
    return {
        "seed": seed,
        "kills": outcome.kills,
        "acknowledged": outcome.acknowledged,
        **outcome.faults,
        "steps": dict(sorted(outcome.steps.items())),
        "recovery_ms": {"p50": round(1000 * p50, 2), "p99": round(1000 * p99, 2), "n": len(outcome.recovery)},
        "broken": {name: {"caught": any(faults.values()), "faults": faults} for name, faults in broken.items()},
        "seconds": round(seconds, 1),
        "machine": {"system": platform.platform(), "cpus": os.cpu_count()},
        "versions": {
            "python": platform.python_version(),
            "sqlite": sqlite3.sqlite_version,
            "faiss": faiss.__version__,
            "sqlalchemy": sqlalchemy.__version__,
            "numpy": np.__version__,
        },
    }


def main() -> int:
    """Run the sound protocol and every broken one; exit code 1 where one of them behaves as the other should."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    began = time.perf_counter()
    broken = {}
    with tempfile.TemporaryDirectory() as scratch:
        outcome = run(Path(scratch) / "sound", kills=options.kills, seed=options.seed)
        for name in sorted(set(WEAK_STEPS) - {"sound"}):
            found = run(Path(scratch) / name, kills=60, seed=options.seed, name=name, stop=True)
            broken[name] = asdict(found)["faults"]
    result = report(outcome, options.seed, broken, time.perf_counter() - began)
    text = json.dumps(result, indent=2)
    sys.stdout.write(text + "\n")
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(text + "\n", encoding="utf-8")
    return int(outcome.caught or not all(any(faults.values()) for faults in broken.values()))


if __name__ == "__main__":
    faiss.omp_set_num_threads(1)
    raise SystemExit(main())
