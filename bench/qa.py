"""Answers on development sets: right, refused where they should be, and cited from the gold evidence.

SQuAD 2 half and half, questions with an answer and without; the others have answers only. The questions are drawn with
another seed than those of bench/calibrate.py; some are the same, and the passages are. Each set is asked in the modes
and with the generators named for it. What was refused is then asked again with every answer allowed, to see what
confidence is worth at other thresholds.

    python bench/qa.py [--limit QUESTIONS]      # of each kind

A set that is done is not asked again when the run was cut: RAGSYS_BENCH_CACHE keeps figures and indexes.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import resource
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
from ragsys.generate.fitting import wilson

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ragsys.evaluation.datasets import Dataset
    from ragsys.evaluation.runs import Run

# Set, mode, generator and the questions of each kind.
PARTS = (
    ("squad_v2_dev", "generate", "gemma-3-270m", 500),
    ("squad_v2_dev", "extract", "gemma-3-270m", 500),
    ("expmrc_squad_dev", "generate", "gemma-3-270m", 300),
    ("expmrc_squad_dev", "extract", "gemma-3-270m", 300),
    ("expmrc_cmrc_dev", "generate", "gemma-3-270m", 300),
    ("expmrc_cmrc_dev", "extract", "gemma-3-270m", 300),
    ("cmrc2018_dev", "generate", "gemma-3-270m", 300),
    ("cmrc2018_dev", "extract", "gemma-3-270m", 300),
    ("cmrc2018_dev", "generate", "SmolLM2-135M-Instruct", 60),
)
SEED = 7
COVERAGE = 0.8
RIGHT = 0.5


def main() -> None:
    """Ask every set in its modes and write the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--limit", type=int, default=500, help="the most questions of each kind")
    limit = parser.parse_args().limit
    figures: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as scratch:
        home = Path(os.environ.get("RAGSYS_BENCH_CACHE") or scratch)
        for folder, mode, generator, questions in PARTS:
            key = f"{folder}, {mode}, {generator}"
            done = home / f"qa-{digest(folder, mode, generator, min(limit, questions))}.json"
            if not done.is_file():
                found = part(home, folder, mode, generator, min(limit, questions))
                done.write_text(json.dumps(found), encoding="utf-8")
            figures[key] = json.loads(done.read_text(encoding="utf-8"))
            print(key, figures[key], flush=True)
            report.write(Path(__file__).stem, figures, seed=SEED, n=limit)


def digest(*choices: object) -> str:
    """A name that changes with the choices and with the code and the coefficients behind the answers."""
    root = Path(__file__).parents[1] / "ragsys"
    files = sorted(path for room in ("generate", "retrieve", "tasks") for path in (root / room).glob("*.*"))
    whole = hashlib.sha256(repr(choices).encode())
    for path in files:
        whole.update(path.read_bytes())
    return whole.hexdigest()[:16]


def part(home: Path, folder: str, mode: str, generator: str, questions: int) -> dict[str, Any]:
    """The figures of one set in one mode."""
    dataset = chosen(open_dataset(report.data_folder(folder)), questions)
    settings = load_settings({"answer_mode": mode, "generator": generator})[0]
    index = home / f"calibrate-{folder}"
    with QueryEngine.open(index, settings=settings) as engine:
        index_corpus(engine, dataset)
        run = evaluate_qa(engine, dataset, seed=SEED)
        refused = {row["id"] for row in run.answers if row["status"] == "abstained"}
        again = replace(dataset, questions=tuple(q for q in dataset.questions if q.id in refused))
        models = engine.embedder, engine.generator if mode == "generate" else None
    forced: Sequence[Mapping[str, Any]] = ()
    if again.questions:
        always = replace(settings, min_confidence=0.0)
        with QueryEngine.open(index, settings=always, embedder=models[0], generator=models[1]) as engine:
            forced = evaluate_qa(engine, again, seed=SEED).answers
    return summary(run, [row for row in run.answers if row["id"] not in refused] + list(forced))


def chosen(dataset: Dataset, wanted: int) -> Dataset:
    """The set with `wanted` questions of each kind; its corpus stays whole."""
    kinds = ([q for q in dataset.answered() if q.answerable is flag] for flag in (True, False))
    return replace(dataset, questions=tuple(q for kind in kinds for q in sample(kind, wanted, SEED)))


def summary(run: Run, every: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The figures of one run; `every` has an answer to every question, whatever its confidence."""
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
        "EM_of_answered": mean([row["EM"] for row in with_answer]),
        "F1_of_answered": mean([row["F1"] for row in with_answer]),
        "answered_of_unanswerable": asdict(wrong) if without else None,
        "unanswerable": run.summary["unanswerable"],
        "F1_of_all_answered_by_force": mean([row["F1"] for row in every if row["answerable"]]),
        "right_at_80_coverage": at_coverage(every),
        "right_at_80_coverage_of_answerable": at_coverage([row for row in every if row["answerable"]]),
        "citations": run.summary["citations"],
        "seconds_p50": round(report.percentile(seconds, 0.5), 2),
        "seconds_p95": round(report.percentile(seconds, 0.95), 2),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def at_coverage(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Of the most confident answers, the share that is right: to a question with an answer, half of its tokens."""
    kept = sorted(rows, key=lambda row: -row["confidence"])[: round(COVERAGE * len(rows))]
    return asdict(wilson(sum(bool(row["answerable"]) and row["F1"] >= RIGHT for row in kept), len(kept)))


def mean(values: Sequence[float]) -> float:
    """The mean; 0 of none."""
    return round(sum(values) / max(len(values), 1), 4)


if __name__ == "__main__":
    main()
