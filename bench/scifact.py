"""SciFact, nDCG@10 of the dense leg, the lexical leg and the fusion, through the product's own parts.

Each abstract is a text file, title first; passages of up to 480 tokens, so that nearly every abstract is one. A
document's score is that of its best passage. The index is kept under RAGSYS_BENCH_CACHE if that is set.
"""

from __future__ import annotations

import csv
import json
import os
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import ir_measures
import report
from ir_measures import nDCG

from ragsys import QueryEngine
from ragsys.config import load_settings
from ragsys.indexes.analyzer import terms

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ragsys.indexes import View

DEPTH = 100


def main() -> None:
    """Index the corpus, run every query on each leg, and write the means."""
    data = report.data_folder("scifact")
    settings, _ = load_settings({"chunk_tokens": 480, "chunk_overlap": 0})
    with tempfile.TemporaryDirectory() as scratch:
        home = Path(os.environ.get("RAGSYS_BENCH_CACHE") or scratch)
        docs = home / "docs"
        docs.mkdir(parents=True, exist_ok=True)
        for line in (data / "corpus.jsonl").read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            path = docs / f"{row['_id']}.txt"
            if not path.exists():
                path.write_text(f"{row['title']}\n\n{row['text']}", encoding="utf-8")
        with QueryEngine.open(home / "index", settings=settings) as engine:
            began = time.perf_counter()
            engine.add(docs)
            print(f"indexed in {time.perf_counter() - began:.0f} s")
            measure(engine, data)


def measure(engine: QueryEngine, data: Path) -> None:
    """Evaluate the legs and the fusion with ir-measures."""
    queries = [json.loads(line) for line in (data / "queries.jsonl").read_text(encoding="utf-8").splitlines()]
    with (data / "qrels" / "test.tsv").open(encoding="utf-8") as file:
        judged = [(q, d, int(r)) for q, d, r in list(csv.reader(file, delimiter="\t"))[1:]]
    qrels = [ir_measures.Qrel(*row) for row in judged]
    wanted = {row[0] for row in judged}
    runs: dict[str, list[ir_measures.ScoredDoc]] = {"dense": [], "lexical": [], "fused": []}
    for query in (q for q in queries if q["_id"] in wanted):
        vector = engine.embedder.embed_queries([query["text"]])[0]
        with engine._index.read() as view:  # noqa: SLF001 - the legs by themselves
            legs = {"dense": view.dense(vector, DEPTH), "lexical": view.lexical(terms(query["text"]), DEPTH)}
            for leg, (ids, scores) in legs.items():
                runs[leg] += best(view, query["_id"], zip(ids.tolist(), scores.tolist(), strict=True))
        hits = engine.search(query["text"], top_k=DEPTH).hits
        runs["fused"] += [
            ir_measures.ScoredDoc(query["_id"], Path(hit.document.source).stem, hit.score) for hit in reversed(hits)
        ]
    figures = {
        leg: round(ir_measures.calc_aggregate([nDCG @ 10], qrels, run)[nDCG @ 10], 4) for leg, run in runs.items()
    }
    report.write("scifact", {"measure": "nDCG@10", **figures}, seed=None, n=len(wanted))


def best(view: View, query: str, scored: Iterable[tuple[int, float]]) -> list[ir_measures.ScoredDoc]:
    """Documents by their best passage."""
    scores = dict(scored)
    stored = view.passages(list(scores))
    found: dict[str, float] = {}
    for passage, score in scores.items():
        name = Path(stored[passage].document.source).stem
        found[name] = max(score, found.get(name, score))
    return [ir_measures.ScoredDoc(query, name, score) for name, score in found.items()]


if __name__ == "__main__":
    main()
