"""nDCG@10 of the dense leg, the lexical leg and the fusion on every development set, through `ragsys.evaluation`.

Default models and settings; a document's rank is that of its best passage. The last two rows ask in one language and
search in the other. Indexes are kept under RAGSYS_BENCH_CACHE if that is set. Name sets to measure only those again;
the others keep their last figures.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import report

from ragsys import QueryEngine
from ragsys.config import load_settings
from ragsys.evaluation.corpus import index_corpus
from ragsys.evaluation.datasets import open_dataset
from ragsys.evaluation.retrieval import evaluate_retrieval

# corpus, and the set whose questions are asked of it
SETS = (
    ("scifact", None),
    ("npl", None),
    ("squad_v2_dev", None),
    ("expmrc_squad_dev", None),
    ("xquad_en", None),
    ("cmrc2018_dev", None),
    ("xquad_zh", None),
    ("covidqa", None),
    ("xquad_zh", "xquad_en"),
    ("xquad_en", "xquad_zh"),
)
MEASURES = ("nDCG@10", "R@5")
LONG = {"covidqa"}  # whole papers: the passage that holds the answer counts, not the document
ANSWERS = ("AnswerR@5", "AnswerR@10")


def main() -> None:
    """Measure each set and write what there is after each, so that an interrupted run is not lost."""
    wanted = set(sys.argv[1:])
    last = report.RESULTS / "retrieval.json"
    rows: dict[str, Any] = json.loads(last.read_text(encoding="utf-8"))["figures"]["sets"] if wanted else {}
    with tempfile.TemporaryDirectory() as scratch:
        home = Path(os.environ.get("RAGSYS_BENCH_CACHE") or scratch)
        for corpus, asked in SETS:
            name = corpus if asked is None else f"{asked} > {corpus}"
            if not wanted or wanted & {corpus, name}:
                rows[name] = measure(corpus, asked, home / corpus)
                print(name, json.dumps(rows[name]), flush=True)
    means = {
        leg: round(sum(row[leg]["nDCG@10"] for row in rows.values()) / len(rows), 4)
        for leg in ("dense", "lexical", "fused")
    }
    worst = min(
        row["fused"]["nDCG@10"] - max(row["dense"]["nDCG@10"], row["lexical"]["nDCG@10"]) for row in rows.values()
    )
    figures = {"sets": rows, "mean nDCG@10": means, "least gain of the fusion over the better leg": round(worst, 4)}
    report.write("retrieval", figures, seed=None, n=sum(row["questions"] for row in rows.values()))


def measure(corpus: str, asked: str | None, folder: Path) -> dict[str, Any]:
    """The figures of one set by leg."""
    questions = None if asked is None else report.data_folder(asked)
    dataset = open_dataset(report.data_folder(corpus), queries=questions)
    measures = MEASURES + (ANSWERS if corpus in LONG else ())
    with QueryEngine.open(folder, settings=load_settings()[0]) as engine:
        index_corpus(engine, dataset)
        run = evaluate_retrieval(engine, dataset, measures=measures)
        passages = engine.status().passages
    legs = {
        leg: {name: round(value, 4) for name, value in system.means().items()} for leg, system in run.systems.items()
    }
    return {"questions": len(run.texts), "passages": passages, **legs}


if __name__ == "__main__":
    main()
