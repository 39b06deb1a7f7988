"""Ingest throughput of a real book against plain `SentenceTransformer.encode` on the same passages, in one run.

Ours includes reading, parsing, chunking, storage and both indexes. The other side is given the finished passages
and does nothing but encode them, sorted by length as it does by itself. Then everything is added again, unchanged.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import report

from ragsys import QueryEngine
from ragsys.config import load_settings
from ragsys.models import load_embedder

if TYPE_CHECKING:
    from ragsys.config import Settings
    from ragsys.protocols import Embedder
    from ragsys.types import AddReport


def main() -> None:
    """Run both sides, ours twice around the other, and write the ratio of the medians."""
    book = report.data_folder("docs") / "rustbook_en"
    settings, _ = load_settings()
    embedder = load_embedder(settings)
    embedder.embed_queries(["warm up"])
    rounds = [ingest(book, embedder, settings) for _ in range(2)]
    texts, again = rounds[0][2], rounds[0][3]
    encode = reference(texts, settings.threads)
    ours = sum(seconds for seconds, *_ in rounds) / len(rounds)
    report.write(
        "ingest",
        {
            "passages": len(texts),
            "characters": sum(map(len, texts)),
            "ragsys_seconds": [round(seconds, 2) for seconds, *_ in rounds],
            "ragsys_passages_per_second": round(len(texts) / ours, 2),
            "sentence_transformers_encode_seconds": round(encode, 2),
            "sentence_transformers_passages_per_second": round(len(texts) / encode, 2),
            "ratio": round(encode / ours, 2),
            "unchanged_seconds": round(again.seconds, 3),
            "unchanged_embedded": again.embedded,
            "unchanged_files": again.unchanged,
        },
        seed=None,
        n=len(texts),
    )


def ingest(book: Path, embedder: Embedder, settings: Settings) -> tuple[float, int, list[str], AddReport]:
    """Seconds to add the book to a new index, files, passages' texts, and the report of adding it again."""
    with (
        tempfile.TemporaryDirectory() as folder,
        QueryEngine.open(folder, settings=settings, embedder=embedder) as engine,
    ):
        began = time.perf_counter()
        first = engine.add(book)
        seconds = time.perf_counter() - began
        again = engine.add(book)
        with engine._index.read() as view:  # noqa: SLF001 - the passages as they were stored
            ids = view.select(None).tolist()
            stored = view.passages(ids)
        return seconds, first.added, [stored[i].text for i in ids], again


def reference(texts: list[str], threads: int) -> float:
    """Seconds that `SentenceTransformer.encode` takes for the same passages, in fp32."""
    import torch
    from sentence_transformers import SentenceTransformer

    from ragsys.models import resolve

    if threads:
        torch.set_num_threads(threads)
    settings, _ = load_settings()
    model = SentenceTransformer(str(resolve(settings.embedder, Path(settings.models_dir)).path), device="cpu")
    model.encode(["warm up"])
    began = time.perf_counter()
    model.encode([f"passage: {text}" for text in texts], batch_size=32)
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
