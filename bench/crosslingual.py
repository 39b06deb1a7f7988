"""Fit whether a sentence in another language answers: xquad, English questions on Chinese documents and back.

As bench/calibrate.py: a question counts as it is and with its document's passages taken away (the other paragraphs of
the same article stay), one half for the coefficients and the threshold, the other to measure; halves are by the best
hit's document. The threshold is the least at which at most WRONG of the second kind are answered on the first half. It
prints as well how often the sentence that would be shown holds a gold answer. Writes ragsys/generate/crosslingual.json.

    python bench/crosslingual.py [QUESTIONS]      # of each direction; RAGSYS_BENCH_CACHE keeps the indexes
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import tempfile
from dataclasses import asdict, astuple, dataclass, fields
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import report

from ragsys import QueryEngine
from ragsys.config import load_settings
from ragsys.evaluation.abstention import auroc
from ragsys.evaluation.answers import holds
from ragsys.evaluation.corpus import Names, index_corpus
from ragsys.evaluation.datasets import open_dataset
from ragsys.evaluation.sampling import sample
from ragsys.generate.crosslingual import FILE, CrossSignals, look_across
from ragsys.generate.fitting import fit, wilson

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

PAIRS = (("xquad_en", "xquad_zh"), ("xquad_zh", "xquad_en"))
QUESTIONS = 400
SEED = 11
L2 = 5.0
WRONG = 0.2
EMBEDDER = "multilingual-e5-small"
TARGET = Path(__file__).parents[1] / "ragsys" / "generate" / FILE


@dataclass(frozen=True, slots=True)
class Row:
    """One question with what was asked of it: "answerable" or "passage removed", and whether the sentence is right."""

    pair: str
    kind: str
    half: int
    right: bool
    signals: CrossSignals


def main() -> None:
    """Collect the signals, fit, measure, write."""
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else QUESTIONS
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as scratch:
        home = Path(os.environ.get("RAGSYS_BENCH_CACHE") or scratch)
        for asked, corpus in PAIRS:
            rows += collect(asked, corpus, wanted, home / corpus)
    fitted, figures = fit_and_measure(rows)
    content = {"made_by": "bench/crosslingual.py", "seed": SEED, "l2": L2, "wrong": WRONG}
    fitted["fitted_on"] = f"xquad across English and Chinese, one half of {len(rows)} cases"
    TARGET.write_text(json.dumps({**content, "embedders": {EMBEDDER: fitted}}, indent=2) + "\n", encoding="utf-8")
    report.write(Path(__file__).stem, figures, seed=SEED, n=wanted)


def collect(asked: str, corpus: str, wanted: int, index: Path) -> Iterator[Row]:
    """The signals of every case of a direction."""
    dataset = open_dataset(report.data_folder(corpus), queries=report.data_folder(asked))
    with QueryEngine.open(index, settings=load_settings({"embedder": EMBEDDER})[0]) as engine:
        index_corpus(engine, dataset)
        names = Names(dataset, engine.documents())
        vectors: dict[str, NDArray[np.float32]] = {}

        def vector(text: str) -> NDArray[np.float32]:
            if text not in vectors:
                vectors[text] = engine.embedder.embed_passages([text])[0]
            return vectors[text]

        def cosine(own: NDArray[np.float32], text: str) -> float:
            return float(vector(text) @ own)

        for question in sample(dataset.answered(), wanted, SEED):
            hits = engine.search(question.text).hits
            own = engine.embedder.embed_queries([question.text])[0]
            half = int(hashlib.sha256(names.of(hits[0].document).encode()).hexdigest(), 16) % 2
            gold = dataset.qrels.get(question.id, {})
            cases = {
                "answerable": hits,
                "passage removed": tuple(hit for hit in hits if names.of(hit.document) not in gold),
            }
            for kind, given in cases.items():
                looked = look_across(question.text, given, partial(cosine, own))
                if looked is not None:
                    signals, evidence = looked
                    right = kind == "answerable" and bool(holds(evidence[0].text, question.answers))
                    yield Row(f"{asked} > {corpus}", kind, half, right, signals)


def fit_and_measure(rows: list[Row]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Coefficients and threshold from half 0; the shares on half 1, of both directions and of each."""
    matrix = np.array([astuple(row.signals) for row in rows])
    answerable = np.array([row.kind == "answerable" for row in rows])
    right = np.array([row.right for row in rows])
    half = np.array([row.half for row in rows])
    pair = np.array([row.pair for row in rows])
    weights, bias = fit(matrix[half == 0], answerable[half == 0], L2)
    p = 1 / (1 + np.exp(-(matrix @ weights + bias)))
    threshold = round(float(np.quantile(p[~answerable & (half == 0)], 1 - WRONG)), 4)
    figures: dict[str, Any] = {}
    for name in ("both", *sorted(set(pair))):
        held = (half == 1) & ((pair == name) | (name == "both"))
        yes, no = held & answerable, held & ~answerable
        shown = yes & (p >= threshold)
        figures[name] = {
            "AUROC": round(auroc(p[held].tolist(), answerable[held].tolist()) or 0.0, 3),
            "answerable: answered": asdict(wilson(int(shown.sum()), int(yes.sum()))),
            "passage removed: answered": asdict(wilson(int((p[no] >= threshold).sum()), int(no.sum()))),
            "answered: the sentence holds the answer": asdict(wilson(int(right[shown].sum()), int(shown.sum()))),
            "all answerable: the best sentence holds it": asdict(wilson(int(right[yes].sum()), int(yes.sum()))),
        }
    fitted = {
        "weights": {field.name: round(float(w), 4) for field, w in zip(fields(CrossSignals), weights, strict=True)},
        "bias": round(bias, 4),
        "threshold": threshold,
        "measured": {name: figures["both"][name] for name in list(figures["both"])[1:4]},
        "auroc": {"passage removed": figures["both"]["AUROC"]},
    }
    return fitted, figures


if __name__ == "__main__":
    main()
