"""Whole-process times: `ragsys --help` against an empty Python, and a first `ragsys search` on a warm disk."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import report

RUNS = 15


def main() -> None:
    """Time fresh processes and write medians."""
    ragsys = [str(Path(sys.executable).parent / "ragsys")]
    with tempfile.TemporaryDirectory() as folder:
        collection = Path(__file__).parents[1] / "examples" / "collection"
        index = ["--index", folder]
        subprocess.run([*ragsys, "add", str(collection), *index], check=True, capture_output=True)
        help_seconds = times([*ragsys, "--help"])
        empty = times([sys.executable, "-c", "pass"])
        search = times([*ragsys, "search", "how is it cleaned", *index])
    report.write(
        "startup",
        {
            "python_pass_ms": middle(empty),
            "help_ms": middle(help_seconds),
            "help_ratio": round(report.percentile(help_seconds, 0.5) / report.percentile(empty, 0.5), 2),
            "search_ms": middle(search),
            "search_ms_max": round(max(search) * 1000, 1),
        },
        seed=None,
        n=RUNS,
    )


def times(command: list[str]) -> list[float]:
    """Seconds of each of `RUNS` processes, after one that is not counted."""
    measured = []
    for _ in range(RUNS + 1):
        began = time.perf_counter()
        subprocess.run(command, check=False, capture_output=True)
        measured.append(time.perf_counter() - began)
    return measured[1:]


def middle(values: list[float]) -> float:
    """The median in milliseconds."""
    return round(report.percentile(values, 0.5) * 1000, 1)


if __name__ == "__main__":
    main()
