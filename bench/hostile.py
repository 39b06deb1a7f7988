"""What each file of tests/support/hostile_files.py costs: seconds, and the most memory of the process that reads it.

Every file gets a process of its own, whose start is not counted. Also said: what became of it.
"""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Event, Thread

import report

from ragsys.config import Settings
from ragsys.ingest.isolation import Reader
from ragsys.ingest.wire import Limits, Piece

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))
from typing import TYPE_CHECKING

import hostile_files  # type: ignore[import-not-found] # the tests' own

if TYPE_CHECKING:
    from collections.abc import Iterator

SECONDS, MEMORY = 2.0, 256


def main() -> None:
    """Read every kind, those that are named or all, and write what it took."""
    rows = {name: measured(name) for name in sys.argv[1:] or hostile_files.KINDS}
    report.write(
        "hostile",
        {
            "kinds": len(rows),
            "slowest_seconds": max(row.seconds for row in rows.values()),
            "most_mib": max(row.mib for row in rows.values()),
            "beyond": [name for name, row in rows.items() if row.seconds > SECONDS or row.mib > MEMORY],
            "rows": {name: asdict(row) for name, row in rows.items()},
        },
        seed=None,
        n=len(rows),
    )


@dataclass(frozen=True, slots=True)
class Row:
    """What one kind took, and how often each outcome came."""

    bytes: int
    seconds: float
    mib: int
    outcomes: dict[str, int]


def measured(name: str) -> Row:
    """Seconds, MiB and outcomes of one kind."""
    data = hostile_files.KINDS[name]()
    with Reader(Limits.of(Settings())) as reader:
        list(reader.read(b"warm up", "a.txt"))
        with watched(reader) as peak:
            began = time.perf_counter()
            replies = reader.read(data, name)
            outcomes = [reply.parser if isinstance(reply, Piece) else reply.error.code for reply in replies]
            seconds = time.perf_counter() - began
    counted = {outcome: outcomes.count(outcome) for outcome in dict.fromkeys(outcomes)}
    return Row(len(data), round(seconds, 2), round(max(peak) / 1024), counted)


@contextmanager
def watched(reader: Reader) -> Iterator[list[int]]:
    """The kilobytes that the process has held at most, looked up every few milliseconds until the end."""
    found, over = [0], Event()
    child = reader._child  # noqa: SLF001 - nothing but a benchmark asks
    process = child._process.pid if child is not None else 0  # noqa: SLF001

    def look() -> None:
        while not over.is_set():
            with suppress(OSError, IndexError):
                found.append(int(Path(f"/proc/{process}/status").read_text().partition("VmHWM:")[2].split()[0]))
            over.wait(0.002)

    thread = Thread(target=look)
    thread.start()
    try:
        yield found
    finally:
        time.sleep(0.01)
        over.set()
        thread.join()


if __name__ == "__main__":
    main()
