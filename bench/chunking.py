"""What the size of passages does on long documents: whether a passage that holds the answer is among the first five.

Whole papers (covidqa), the product's own chunking, embedding and search; sizes in tokens of the default embedder.
Recall counts passages, so a longer passage has an easier task per hit and shows more text: the tokens that five hits
show stand beside it. Indexes are kept under RAGSYS_BENCH_CACHE if that is set, results already there are kept.

    python bench/chunking.py [SIZE/OVERLAP ...]
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

SET = "covidqa"
SIZES = ("96/32", "128/32", "192/32", "256/32", "256/64", "384/32")
MEASURES = ("AnswerR@5", "AnswerR@10")


def main() -> None:
    """Measure each size and write what there is after each."""
    rows: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as scratch:
        home = Path(os.environ.get("RAGSYS_BENCH_CACHE") or scratch)
        for size in sys.argv[1:] or SIZES:
            tokens, _, overlap = size.partition("/")
            rows[size] = measure(home, int(tokens), int(overlap))
            print(size, json.dumps(rows[size]), flush=True)
            report.write("chunking", {"set": SET, "sizes": rows}, seed=None, n=rows[size]["questions"])


def measure(home: Path, tokens: int, overlap: int) -> dict[str, Any]:
    """The recall of each leg with passages of at most `tokens`."""
    settings = load_settings({"chunk_tokens": tokens, "chunk_overlap": overlap})[0]
    default = (tokens, overlap) == (256, 32)
    folder = home / (SET if default else f"chunking-{tokens}-{overlap}")
    dataset = open_dataset(report.data_folder(SET))
    with QueryEngine.open(folder, settings=settings) as engine:
        index_corpus(engine, dataset)
        run = evaluate_retrieval(engine, dataset, measures=MEASURES)
        passages = engine.status().passages
        characters = sum(document.characters for document in engine.documents())
    legs = {
        leg: {name: round(value, 4) for name, value in system.means().items()} for leg, system in run.systems.items()
    }
    return {
        "questions": len(run.texts),
        "passages": passages,
        "characters a passage": round(characters / passages),
        **legs,
    }


if __name__ == "__main__":
    main()
