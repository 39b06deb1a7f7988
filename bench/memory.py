"""Peak memory of ingesting 30,000 passages against 3,000, each in a process of its own, with the default embedder."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import report
import synthetic

SEED = 1
WORDS = 16  # a short section: what grows with the collection is the number of passages, not their length


def main() -> None:
    """Run both sizes and write the ratio."""
    if len(sys.argv) > 1:
        child(int(sys.argv[1]))
        return
    peaks = {}
    for passages in (3_000, 30_000):
        done = subprocess.run([sys.executable, __file__, str(passages)], check=True, capture_output=True, text=True)
        peaks[passages] = json.loads(done.stdout)
    small, large = (peaks[size]["peak_mb"] for size in (3_000, 30_000))
    report.write("memory", {"runs": list(peaks.values()), "ratio": round(large / small, 3)}, seed=SEED, n=2)


def child(passages: int) -> None:
    """Ingest a made-up collection and print the peak resident size."""
    from ragsys import QueryEngine
    from ragsys.config import load_settings
    from ragsys.models import load_embedder

    settings, _ = load_settings({"chunk_tokens": 100, "chunk_overlap": 0})
    embedder = load_embedder(settings)
    with tempfile.TemporaryDirectory() as docs, tempfile.TemporaryDirectory() as folder:
        synthetic.write_collection(Path(docs), passages, SEED, length=WORDS)
        with QueryEngine.open(folder, settings=settings, embedder=embedder) as engine:
            added = engine.add(docs)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        json.dumps(
            {
                "asked": passages,
                "passages": added.passages,
                "peak_mb": round(peak, 1),
                "seconds": round(added.seconds, 1),
            }
        )
    )


if __name__ == "__main__":
    main()
