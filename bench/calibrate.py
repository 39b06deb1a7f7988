"""Fit what `confidence` is: one half of the questions for the coefficients and the threshold, the other to measure.

A question with an answer counts twice: as it is, and as one without an answer when the passages of its document are
taken away. SQuAD's own unanswerable questions, whose passage is there and nearly answers them, are the third kind.
Halves are by the best hit's document, so that no passage is in both. Writes ragsys/generate/calibration.json.

    python bench/calibrate.py           # RAGSYS_BENCH_CACHE keeps the indexes
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from dataclasses import asdict, astuple, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import report

from ragsys import QueryEngine
from ragsys.config import load_settings
from ragsys.evaluation.abstention import auroc
from ragsys.evaluation.corpus import Names, index_corpus
from ragsys.evaluation.datasets import open_dataset
from ragsys.evaluation.sampling import sample
from ragsys.generate.calibration import FILE, fit, wilson
from ragsys.generate.evidence import content_terms
from ragsys.generate.signals import Signals, signals_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ragsys.evaluation.datasets import Dataset

SETS = {"en": ("squad_v2_dev", 1600), "zh": ("expmrc_cmrc_dev", None)}
SEED = 11
L2 = 20.0
# The share of answerable questions that are answered: the most at which no kind of the others is answered more often
# than WRONG, and never less than the last.
COVERAGES = (0.95, 0.9, 0.85, 0.8, 0.75, 0.7)
WRONG = 0.2
TARGET = Path(__file__).parents[1] / "ragsys" / "generate" / FILE


@dataclass(frozen=True, slots=True)
class Row:
    """One question with what was asked of it: "answerable", "near miss" or "passage removed"."""

    kind: str
    half: int
    signals: Signals


def main() -> None:
    """Collect the signals, fit, measure, write."""
    languages: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as scratch:
        home = Path(os.environ.get("RAGSYS_BENCH_CACHE") or scratch)
        for language, (folder, limit) in SETS.items():
            dataset = open_dataset(report.data_folder(folder))
            rows = list(collect(dataset, limit, home / f"calibrate-{folder}"))
            languages[language] = {**fitted(rows), "fitted_on": f"{folder}, one half of {len(rows)} cases"}
    content = {
        "made_by": "bench/calibrate.py",
        "seed": SEED,
        "l2": L2,
        "coverages": COVERAGES,
        "wrong": WRONG,
        "languages": languages,
    }
    TARGET.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    figures = {name: {"AUROC": row["auroc"], **row["measured"]} for name, row in languages.items()}
    report.write(Path(__file__).stem, figures, seed=SEED, n=sum(limit or 515 for _, limit in SETS.values()))


def collect(dataset: Dataset, limit: int | None, index: Path) -> Iterator[Row]:
    """The signals of every case of a set."""
    with QueryEngine.open(index, settings=load_settings({})[0]) as engine:
        index_corpus(engine, dataset)
        names = Names(dataset, engine.documents())
        for question in sample(dataset.answered(), limit, SEED):
            hits = engine.search(question.text).hits
            if not hits:
                continue
            with engine._workspace.view() as view:  # noqa: SLF001 - the rarity of terms is no part of a search
                rarity = view.rarity(content_terms(question.text))
            half = int(hashlib.sha256(names.of(hits[0].document).encode()).hexdigest(), 16) % 2
            gold = dataset.qrels.get(question.id, {})
            cases = {"answerable" if question.answerable else "near miss": hits}
            if question.answerable:
                cases["passage removed"] = tuple(hit for hit in hits if names.of(hit.document) not in gold)
            for kind, given in cases.items():
                signals = signals_of(question.text, given, rarity)
                if signals is not None:
                    yield Row(kind, half, signals)


def fitted(rows: list[Row]) -> dict[str, Any]:
    """Coefficients and threshold from half 0, measured on half 1."""
    matrix = np.array([astuple(row.signals) for row in rows])
    half = np.array([row.half for row in rows])
    kinds = np.array([row.kind for row in rows])
    right = kinds == "answerable"
    weights, bias = fit(matrix[half == 0], right[half == 0], L2)
    p = 1 / (1 + np.exp(-(matrix @ weights + bias)))
    threshold = 0.0
    for coverage in COVERAGES:
        threshold = float(np.quantile(p[right & (half == 0)], 1 - coverage))
        others = [p[(kinds == kind) & (half == 0)] for kind in set(kinds) - {"answerable"}]
        if all((found >= threshold).mean() <= WRONG for found in others):
            break
    measured, areas = {}, {}
    for kind in sorted(set(kinds)):
        held = (kinds == kind) & (half == 1)
        measured[f"{kind}: answered"] = asdict(wilson(int((p[held] >= threshold).sum()), int(held.sum())))
        if kind != "answerable":
            both = held | (right & (half == 1))
            areas[kind] = round(auroc(p[both].tolist(), right[both].tolist()) or 0.0, 3)
    return {
        "weights": {field.name: round(float(w), 4) for field, w in zip(fields(Signals), weights, strict=True)},
        "bias": round(bias, 4),
        "threshold": round(threshold, 4),
        "measured": measured,
        "auroc": areas,
    }


if __name__ == "__main__":
    main()
