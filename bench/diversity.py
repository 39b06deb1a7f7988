"""What variety costs: near-copies collapsed or not, and maximal marginal relevance, on ten hits of each question.

nDCG@10 counts documents by their best of the ten hits (on covidqa, whole papers, the share of questions for which one
of the ten holds the answer). Beside it: the share of hits that say the same as one before them, and how many documents
the ten are of. A difference is to what a search gives by default, paired, with its 95 % bootstrap interval. 200
questions a set; indexes are kept under RAGSYS_BENCH_CACHE if that is set.

    python bench/diversity.py [SET ...]
"""

from __future__ import annotations

import os
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import report

from ragsys import QueryEngine
from ragsys.config import load_settings
from ragsys.evaluation.answers import holds
from ragsys.evaluation.corpus import Names, index_corpus
from ragsys.evaluation.datasets import open_dataset
from ragsys.evaluation.measures import score
from ragsys.evaluation.sampling import sample
from ragsys.evaluation.significance import bootstrap_interval
from ragsys.retrieve import selection
from ragsys.retrieve.duplicates import same, shape_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ragsys.evaluation.datasets import Dataset, Question
    from ragsys.types import Hit

SETS = ("scifact", "npl", "squad_v2_dev", "covidqa", "cmrc2018_dev", "xquad_en", "xquad_zh")
LONG = {"covidqa"}
DIVERSITY = (0.1, 0.3, 0.5)
QUESTIONS, SEED, HITS = 200, 7, 10


def main() -> None:
    """Measure each set and write what there is after each."""
    rows: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as scratch:
        home = Path(os.environ.get("RAGSYS_BENCH_CACHE") or scratch)
        for name in sys.argv[1:] or SETS:
            rows[name] = measure(name, home / name)
            report.write("diversity", {"sets": rows}, seed=SEED, n=QUESTIONS)


def measure(name: str, folder: Path) -> dict[str, Any]:
    """Each way of choosing ten hits on one set."""
    dataset = open_dataset(report.data_folder(name))
    with QueryEngine.open(folder, settings=load_settings()[0]) as engine:
        index_corpus(engine, dataset)
        questions = sample(dataset.judged(), QUESTIONS, SEED)
        _remember(engine, questions)
        ways: dict[str, list[Sequence[Hit]]] = {"default": _hits(engine, questions)}
        vars(selection)["same"] = lambda _one, _other: False
        ways["copies stay"] = _hits(engine, questions)
        vars(selection)["same"] = same
        for diversity in DIVERSITY:
            varied = engine.variant(replace(engine.settings, diversity=diversity))
            ways[f"MMR {diversity}"] = _hits(varied, questions)
        names = Names(dataset, engine.documents())
    values = {way: _values(name, dataset, questions, hits, names) for way, hits in ways.items()}
    return {way: _row(hits, values[way], values["default"]) for way, hits in ways.items()}


def _remember(engine: QueryEngine, questions: Sequence[Question]) -> None:
    """Let the engine's embedder embed each question once: only what comes after it differs here."""
    embedder = engine.embedder
    embed = embedder.embed_queries
    known = {question.text: embed([question.text]) for question in questions}
    embedder.embed_queries = lambda texts: known[texts[0]] if texts[0] in known else embed(texts)  # type: ignore[method-assign]


def _hits(engine: QueryEngine, questions: Sequence[Question]) -> list[Sequence[Hit]]:
    return [engine.search(question.text, top_k=HITS).hits for question in questions]


def _values(
    name: str, dataset: Dataset, questions: Sequence[Question], hits: Sequence[Sequence[Hit]], names: Names
) -> list[float]:
    """nDCG@10 for each question; on long documents, whether a hit holds the answer."""
    if name in LONG:
        pairs = zip(questions, hits, strict=True)
        return [float(any(holds(hit.text, question.answers) for hit in found)) for question, found in pairs]
    rankings = {
        question.id: list(dict.fromkeys(names.of(hit.document) for hit in found))
        for question, found in zip(questions, hits, strict=True)
    }
    qrels = {question.id: dataset.qrels[question.id] for question in questions}
    measured = score(["nDCG@10"], qrels, rankings)["nDCG@10"]
    return [measured[question.id] for question in questions]


def _row(hits: Sequence[Sequence[Hit]], values: Sequence[float], default: Sequence[float]) -> dict[str, Any]:
    repeated = documents = total = 0
    for found in hits:
        shapes = [shape_of(hit.text) for hit in found]
        repeated += sum(any(same(shape, other) for other in shapes[:at]) for at, shape in enumerate(shapes))
        documents += len({hit.document.id for hit in found})
        total += len(found)
    row: dict[str, Any] = {
        "value": round(float(np.mean(values)), 4),
        "copies": round(repeated / max(total, 1), 4),
        "documents": round(documents / max(len(hits), 1), 2),
    }
    differences = [value - before for value, before in zip(values, default, strict=True)]
    if any(differences):
        low, high = bootstrap_interval(differences, seed=SEED)
        row["difference"] = [round(float(np.mean(differences)), 4), round(low, 4), round(high, 4)]
    return row


if __name__ == "__main__":
    main()
