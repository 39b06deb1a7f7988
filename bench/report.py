"""What every benchmark writes down: its figures with machine, versions, seed, N and the command."""

from __future__ import annotations

import json
import os
import platform
import sqlite3
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"
PACKAGES = ("ragsys", "numpy", "faiss-cpu", "onnxruntime", "torch", "sentence-transformers", "transformers")


def data_folder(name: str) -> Path:
    """A folder of the development data, or a clear refusal to run without it."""
    root = os.environ.get("RAGSYS_DATA")
    folder = Path(root or ".") / name
    if not root or not folder.is_dir():
        sys.exit(f"this benchmark needs {name}: set RAGSYS_DATA to the folder that holds it")
    return folder


def processor() -> str:
    """The processor's name and what of its vector instructions matters here."""
    try:
        info = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.processor()
    model = next((line.split(":", 1)[1].strip() for line in info.splitlines() if line.startswith("model name")), "?")
    flags = [flag for flag in ("avx2", "avx512f", "avx512_vnni", "avx_vnni") if flag in info]
    return f"{model} ({', '.join(flags)})"


def shown(argument: str) -> str:
    """An argument as it is written down: of a path on this machine, the name."""
    return Path(argument).name if Path(argument).is_absolute() else argument


def write(name: str, figures: dict[str, Any], *, seed: int | None, n: int) -> None:
    """Print the figures and keep them under `bench/results`."""
    report = {
        "figures": figures,
        "n": n,
        "seed": seed,
        "command": " ".join(["python", f"bench/{Path(sys.argv[0]).name}", *map(shown, sys.argv[1:])]),
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "machine": {"processor": processor(), "cores": os.cpu_count(), "system": platform.system()},
        "versions": {name: version(name) for name in PACKAGES}
        | {"python": platform.python_version(), "sqlite": sqlite3.sqlite_version},
    }
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(figures, indent=2))


def percentile(values: list[float], share: float) -> float:
    """The value that `share` of the values do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, round(share * len(ordered)) - 1))]
