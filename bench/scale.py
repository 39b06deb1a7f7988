"""Query latency at 10,000, 100,000 and 1,000,000 passages: each leg and the whole, beside plain FAISS; kinds of index.

Vectors are drawn around a thousand centres, texts have a real collection's word frequencies. They are written as the
pipeline writes them, but embedded by nobody. The largest size takes half an hour and 8 GB of disk; with --write the
indexes are written under RAGSYS_BENCH_CACHE and nothing is searched, so that a later run times the searches alone.

    python bench/scale.py [--write] [PASSAGES ...]
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import report
import synthetic

from ragsys import QueryEngine
from ragsys.config import Settings
from ragsys.indexes import Index
from ragsys.indexes.records import NewDocument, NewPassage
from ragsys.indexes.vectors import VectorIndex
from ragsys.types import Space

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

SIZES = (10_000, 100_000, 1_000_000)
KINDS_AT = 100_000
KINDS = ("Flat", "SQ8", "HNSW32,Flat", "IVF1024,Flat", "IVF1024,SQ8", "IVF1024,PQ48x8")
QUERIES, SEED, DIM = 200, 1, 384
CENTRES, NOISE = 1000, 0.7
PER_DOCUMENT, WORDS = 100, 40
BATCH = 5_000


class Drawn:
    """An embedder of made-up vectors: a text's own, always the same, near one of the centres."""

    def __init__(self) -> None:
        self._centres = np.random.default_rng(SEED).standard_normal((CENTRES, DIM)).astype(np.float32)
        self.space = Space("drawn", hashlib.sha256(b"drawn/1").hexdigest(), DIM)
        self.max_tokens = 512

    def draw(self, seed: int, count: int) -> NDArray[np.float32]:
        """`count` vectors of length one."""
        rng = np.random.default_rng(seed)
        vectors = self._centres[rng.integers(0, CENTRES, count)]
        vectors = vectors + NOISE * rng.standard_normal((count, DIM)).astype(np.float32)
        unit: NDArray[np.float32] = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return unit

    def embed_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """A vector for each text."""
        seeds = [int.from_bytes(hashlib.blake2b(text.encode(), digest_size=4).digest()) for text in texts]
        return np.concatenate([self.draw(seed, 1) for seed in seeds])

    embed_passages = embed_queries

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Words."""
        return [len(text.split()) for text in texts]

    def token_starts(self, text: str) -> Sequence[int]:
        """Of no use here."""
        return range(len(text))


def main() -> None:
    """Measure every size, and the kinds at one of them."""
    sizes = [int(argument) for argument in sys.argv[1:] if argument != "--write"] or SIZES
    embedder = Drawn()
    if "--write" in sys.argv:
        for size in sizes:
            print(size, written(embedder, Path(os.environ["RAGSYS_BENCH_CACHE"]) / f"scale-{size}", size), flush=True)
        return
    figures: dict[str, Any] = {"kinds": kinds(embedder, min(KINDS_AT, max(sizes)))}
    for size in sizes:
        with tempfile.TemporaryDirectory() as scratch:
            home = Path(os.environ.get("RAGSYS_BENCH_CACHE") or scratch)
            figures[f"{size:,} passages"] = at_size(embedder, home / f"scale-{size}", size)
            print(size, figures[f"{size:,} passages"], flush=True)
    report.write(Path(__file__).stem, figures, seed=SEED, n=QUERIES)


def kinds(embedder: Drawn, size: int) -> dict[str, Any]:
    """Bytes per vector, build time, recall@10 against exact search, and time per query on one thread."""
    import faiss

    faiss.omp_set_num_threads(1)
    vectors, queries = embedder.draw(SEED, size), embedder.draw(SEED + 1, QUERIES)
    ids = np.arange(1, size + 1, dtype=np.int64)
    exact: list[set[int]] = []
    rows = {}
    for kind in KINDS:
        began = time.perf_counter()
        index = VectorIndex.build(DIM, [(ids, vectors)], kind)
        built = time.perf_counter() - began
        seconds, found = [], []
        for query in queries:
            began = time.perf_counter()
            numbers, _ = index.search(query, 10)
            seconds.append(time.perf_counter() - began)
            found.append({int(number) for number in numbers[:10]})
        exact = exact or found
        counter = _Counter()
        index.write(counter)
        rows[kind] = {
            "bytes_per_vector": round(counter.total / size),
            "build_seconds": round(built, 1),
            "recall@10": round(sum(len(a & b) for a, b in zip(exact, found, strict=True)) / (10 * QUERIES), 4),
            "ms": summary(seconds),
        }
        print(kind, rows[kind], flush=True)
    return {"passages": size, **rows}


class _Counter:
    """Counts the bytes that are written to it."""

    def __init__(self) -> None:
        self.total = 0

    def write(self, data: bytes | memoryview) -> int:
        """Count."""
        self.total += len(data)
        return len(data)


def written(embedder: Drawn, folder: Path, size: int) -> dict[str, Any]:
    """Write an index of that size as the pipeline does and let it be refined, or find it there: the seconds of both."""
    note = folder.with_suffix(".json")
    if note.is_file():
        found: dict[str, Any] = json.loads(note.read_text(encoding="utf-8"))
        return found
    began = time.perf_counter()
    with Index.open(folder, create=True) as index:
        with index.writer() as writer:
            writer.set_space(embedder.space)
            for documents in batches(embedder, size):
                writer.put(documents)
            writer.publish()
        put = time.perf_counter() - began
        began = time.perf_counter()
        index.refine(timeout=600)
        refined = time.perf_counter() - began
    seconds = {"write_seconds": round(put, 1), "refine_seconds": round(refined, 1)}
    note.write_text(json.dumps(seconds), encoding="utf-8")
    return seconds


def at_size(embedder: Drawn, folder: Path, size: int) -> dict[str, Any]:
    """Search an index of that size, stage by stage, beside plain FAISS."""
    seconds = written(embedder, folder, size)
    questions = synthetic.queries(QUERIES, SEED)
    with QueryEngine.open(folder, settings=Settings(), embedder=embedder) as engine:
        began = time.perf_counter()
        engine.search(questions[0])
        first = time.perf_counter() - began
        whole: list[float] = []
        legs: dict[str, list[float]] = {"dense": [], "lexical": [], "fuse": [], "join": []}
        for question in questions:
            began = time.perf_counter()
            result = engine.search(question)
            whole.append(time.perf_counter() - began - result.timings["embed"])
            for leg, values in legs.items():
                values.append(result.timings.get(leg, 0.0))
        status = engine.status()
    return {
        "kind": status.vectors.kind,
        **seconds,
        "disk_mb": round(status.bytes / 1e6),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "first_search_seconds": round(first, 2),
        "search_less_embedding_ms": summary(whole),
        "stages_ms": {leg: summary(values) for leg, values in legs.items()},
        "plain_faiss_flat_ms": plain(embedder, questions, size),
    }


def batches(embedder: Drawn, size: int) -> Iterator[list[NewDocument]]:
    """Documents of a hundred passages, five thousand passages at a time."""
    rng = random.Random(SEED)
    words = synthetic.vocabulary(rng, 20_000)
    weights = [1 / (rank + 10) for rank in range(len(words))]
    for start in range(0, size, BATCH):
        vectors = embedder.draw(SEED + 2 + start, BATCH)
        documents = []
        for first in range(0, min(BATCH, size - start), PER_DOCUMENT):
            texts = [" ".join(rng.choices(words, weights, k=WORDS)) + "\n" for _ in range(PER_DOCUMENT)]
            documents.append(document(f"{start + first:08d}", texts, vectors[first : first + PER_DOCUMENT]))
        yield documents


def document(name: str, texts: Sequence[str], vectors: NDArray[np.float32]) -> NewDocument:
    """A document whose passages are these texts."""
    passages, at = [], 0
    for text, vector in zip(texts, vectors, strict=True):
        passages.append(NewPassage(at, at + len(text), None, (), vector))
        at += len(text)
    whole = "".join(texts)
    digest = hashlib.sha256(whole.encode()).hexdigest()
    return NewDocument(
        id=name,
        source=f"/made-up/{name}",
        sha256=digest,
        size=len(whole),
        mtime_ns=0,
        title=None,
        metadata={},
        acl=None,
        parser="text",
        chunking="made-up",
        text=whole,
        page_starts=(),
        passages=tuple(passages),
    )


def plain(embedder: Drawn, questions: Sequence[str], size: int) -> dict[str, float]:
    """`IndexFlatIP.search` alone, with all threads, on as many vectors of the same kind."""
    import faiss

    index = faiss.IndexFlatIP(DIM)
    for start in range(0, size, BATCH):
        index.add(embedder.draw(SEED + 2 + start, min(BATCH, size - start)))
    seconds = []
    for question in questions:
        query = np.ascontiguousarray(embedder.embed_queries([question]))
        began = time.perf_counter()
        index.search(query, 10)
        seconds.append(time.perf_counter() - began)
    return summary(seconds)


def summary(values: Sequence[float]) -> dict[str, float]:
    """p50 and p95 in milliseconds."""
    return {f"p{share}": round(report.percentile(list(values), share / 100) * 1000, 2) for share in (50, 95)}


if __name__ == "__main__":
    main()
