"""What a search costs besides embedding the query, at 12,000 passages, beside plain FAISS on the same vectors."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import numpy as np
import report
import synthetic

from ragsys import QueryEngine
from ragsys.config import Settings
from ragsys.testing import HashEmbedder

PASSAGES = 12_000
QUERIES = 200
SEED = 1


def main() -> None:
    """Time `engine.search` less its embedding, and `IndexFlatIP.search`, on the same queries."""
    import faiss

    embedder = HashEmbedder(dim=384, max_tokens=256)
    settings = Settings(chunk_tokens=70, chunk_overlap=0)
    with tempfile.TemporaryDirectory() as docs, tempfile.TemporaryDirectory() as folder:
        synthetic.write_collection(Path(docs), PASSAGES, SEED)
        with QueryEngine.open(folder, settings=settings, embedder=embedder) as engine:
            engine.add(docs)
            questions = synthetic.queries(QUERIES, SEED)
            engine.search(questions[0])
            ours: list[float] = []
            legs: dict[str, list[float]] = {"dense": [], "lexical": [], "fuse": [], "join": []}
            for question in questions:
                began = time.perf_counter()
                result = engine.search(question)
                ours.append(time.perf_counter() - began - result.timings["embed"])
                for leg, values in legs.items():
                    values.append(result.timings.get(leg, 0.0))
            with engine._index.read() as view:  # noqa: SLF001 - the same vectors, for the plain index
                ids = view.select(None)
                texts = [passage.text for passage in view.passages(ids.tolist()).values()]
    vectors = embedder.embed_passages(texts)
    plain = faiss.IndexFlatIP(vectors.shape[1])
    plain.add(vectors)
    alone: dict[int, list[float]] = {}
    for threads in (faiss.omp_get_max_threads(), 1):
        faiss.omp_set_num_threads(threads)
        alone[threads] = []
        for question in questions:
            query = np.ascontiguousarray(embedder.embed_queries([question]))
            began = time.perf_counter()
            plain.search(query, 10)
            alone[threads].append(time.perf_counter() - began)
    figures = {
        "passages": len(ids),
        "search_less_embedding_ms": summary(ours),
        "plain_faiss_ms": {f"{threads} threads": summary(values) for threads, values in alone.items()},
        "stages_ms": {leg: summary(values) for leg, values in legs.items()},
    }
    report.write("overhead", figures, seed=SEED, n=QUERIES)


def summary(values: list[float]) -> dict[str, float]:
    """p50 and p95 in milliseconds."""
    return {f"p{share}": round(report.percentile(values, share / 100) * 1000, 2) for share in (50, 95)}


if __name__ == "__main__":
    main()
