"""Answers on development sets: right, refused where they should be, and cited from the gold evidence.

SQuAD 2 half and half, questions with an answer and without; the others have answers only. The questions are drawn with
another seed than those of bench/calibrate.py; some are the same, and the passages are. Each set is asked in the modes
named for it.

    python bench/qa.py [QUESTIONS]      # of each kind; RAGSYS_BENCH_CACHE keeps the indexes
"""

from __future__ import annotations

import os
import sys
import tempfile
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import report

from ragsys import QueryEngine
from ragsys.config import load_settings
from ragsys.evaluation.corpus import index_corpus
from ragsys.evaluation.datasets import open_dataset
from ragsys.evaluation.qa import evaluate_qa
from ragsys.evaluation.sampling import sample
from ragsys.generate.calibration import wilson

if TYPE_CHECKING:
    from ragsys.evaluation.datasets import Dataset
    from ragsys.evaluation.runs import Run

SETS = {
    "squad_v2_dev": ("generate", "extract"),
    "expmrc_squad_dev": ("extract",),
    "expmrc_cmrc_dev": ("generate", "extract"),
    "cmrc2018_dev": ("extract",),
}
QUESTIONS = 300
SEED = 7


def main() -> None:
    """Ask every set in its modes and write the figures."""
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else QUESTIONS
    figures: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as scratch:
        home = Path(os.environ.get("RAGSYS_BENCH_CACHE") or scratch)
        for folder, modes in SETS.items():
            dataset = chosen(open_dataset(report.data_folder(folder)), wanted)
            for mode in modes:
                settings = load_settings({"answer_mode": mode})[0]
                with QueryEngine.open(home / f"calibrate-{folder}", settings=settings) as engine:
                    index_corpus(engine, dataset)
                    figures[f"{folder}, {mode}"] = summary(evaluate_qa(engine, dataset, seed=SEED))
                print(folder, mode, figures[f"{folder}, {mode}"], flush=True)
    report.write(Path(__file__).stem, figures, seed=SEED, n=wanted)


def chosen(dataset: Dataset, wanted: int) -> Dataset:
    """The set with `wanted` questions of each kind; its corpus stays whole."""
    kinds = ([q for q in dataset.answered() if q.answerable is flag] for flag in (True, False))
    return replace(dataset, questions=tuple(q for kind in kinds for q in sample(kind, wanted, SEED)))


def summary(run: Run) -> dict[str, Any]:
    """The figures of one run."""
    answered = [row for row in run.answers if row["status"] == "answered"]
    with_answer = [row for row in answered if row["answerable"]]
    without = [row for row in run.answers if not row["answerable"]]
    wrong = wilson(sum(row["status"] == "answered" for row in without), len(without))
    seconds = list(run.timings["question_seconds"].values())
    return {
        "questions": len(run.answers),
        "answered": len(answered),
        "answerable": run.summary["answerable"],
        "answered_of_answerable": asdict(wilson(len(with_answer), len(run.answers) - len(without))),
        "F1_of_answered": round(sum(row["F1"] for row in with_answer) / max(len(with_answer), 1), 4),
        "answered_of_unanswerable": asdict(wrong) if without else None,
        "unanswerable": run.summary["unanswerable"],
        "citations": run.summary["citations"],
        "seconds_p50": round(report.percentile(seconds, 0.5), 2),
        "seconds_p95": round(report.percentile(seconds, 0.95), 2),
    }


if __name__ == "__main__":
    main()
