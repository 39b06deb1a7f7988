"""Which share of the questions that a generator writes comes back to its sentence (`ragsys eval generate`).

Sixty sentences a set, without the trial that would end it sooner. What is kept is printed to be read, with what was
asked for: the share says whether a generator is good enough, reading says whether the share can be trusted. Indexes are
kept under RAGSYS_BENCH_CACHE if that is set.

    python bench/written.py [GENERATOR]
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import report

from ragsys import QueryEngine
from ragsys.config import load_settings
from ragsys.evaluation.corpus import index_corpus
from ragsys.evaluation.datasets import open_dataset
from ragsys.evaluation.written import LEAST_SHARE, write_questions

if TYPE_CHECKING:
    from ragsys.config import Settings

SETS = ("squad_v2_dev", "cmrc2018_dev")
SENTENCES = 60
SEED = 1


def main() -> None:
    """Measure each set and write what there is after each."""
    generator = sys.argv[1] if len(sys.argv) > 1 else None
    settings = load_settings({"generator": generator} if generator else {})[0]
    rows: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as scratch:
        home = Path(os.environ.get("RAGSYS_BENCH_CACHE") or scratch)
        for name in SETS:
            rows[name] = measure(name, home / name, settings)
            report.write("written", {"sets": rows}, seed=SEED, n=SENTENCES)


def measure(name: str, folder: Path, settings: Settings) -> dict[str, Any]:
    """The counts for one set; the questions that came back are printed."""
    with QueryEngine.open(folder, settings=settings) as engine:
        index_corpus(engine, open_dataset(report.data_folder(name)))
        began = time.perf_counter()
        most = round(SENTENCES * LEAST_SHARE)
        found = write_questions(
            engine,
            engine.generator,
            limit=most,
            seed=SEED,
            trial=SENTENCES,
            judged=lambda item, reason: print(reason or "KEPT", item.answer, item.text, item.sentence, sep=" | "),
        )
    seconds = (time.perf_counter() - began) / max(found.asked, 1)
    return found.figures() | {"seconds_a_question": round(seconds, 2)}


if __name__ == "__main__":
    main()
