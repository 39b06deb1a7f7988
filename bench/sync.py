"""A tree of small files that is looked at again: unchanged, and after one in a hundred changed and some were moved.

The embedder is the hashing one, which costs little: the seconds are those of finding, reading and storing, and what a
model would add is the number of passages embedded. A changed file has one other section; what moved is as it was.

python bench/sync.py [--files 10000]
"""

from __future__ import annotations

import argparse
import os
import random
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import report
import synthetic

from ragsys import QueryEngine
from ragsys.config import Settings
from ragsys.testing import HashEmbedder

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ragsys.types import AddReport

SEED = 1
SECTIONS, WORDS, PER_FOLDER = 3, 40, 100
CHANGED, MOVED = 0.01, 0.005


def main() -> None:
    """Add the tree, look at it unchanged, change it, and look again."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--files", type=int, default=10_000)
    count: int = options.parse_args().files
    rng = random.Random(SEED)
    words = synthetic.vocabulary(rng, 20_000)
    settings, embedder = Settings(chunk_tokens=WORDS + 10, chunk_overlap=0), HashEmbedder(dim=384, max_tokens=256)
    figures: dict[str, Any] = {"files": count, "load_average_before": round(os.getloadavg()[0], 1)}
    with tempfile.TemporaryDirectory() as docs, tempfile.TemporaryDirectory() as folder:
        files = write_tree(Path(docs), count, words, rng)
        with QueryEngine.open(folder, settings=settings, embedder=embedder) as engine:
            figures["add"] = timed(embedder, lambda: engine.add(docs))
            figures["unchanged"] = timed(embedder, engine.update)
            figures |= change_tree(files, words, rng)
            figures["sync"] = timed(embedder, engine.update)
    figures["add_to_sync"] = round(figures["add"]["seconds"] / figures["sync"]["seconds"], 1)
    report.write("sync", figures, seed=SEED, n=count)


def section(words: Sequence[str], rng: random.Random) -> str:
    """A heading and a paragraph: one passage."""
    return f"# {rng.choice(words)}\n\n{' '.join(rng.choices(words, k=WORDS))}.\n"


def write_tree(root: Path, count: int, words: Sequence[str], rng: random.Random) -> list[Path]:
    """`count` Markdown files in folders of a hundred."""
    files = [root / f"{number // PER_FOLDER:04d}" / f"{number:06d}.md" for number in range(count)]
    for path in files:
        path.parent.mkdir(exist_ok=True)
        path.write_text("\n".join(section(words, rng) for _ in range(SECTIONS)), encoding="utf-8")
    return files


def change_tree(files: Sequence[Path], words: Sequence[str], rng: random.Random) -> dict[str, int]:
    """Give some files another last section, and move as many others as `MOVED` says into a new folder."""
    changed, moved = int(CHANGED * len(files)), int(MOVED * len(files))
    chosen = rng.sample(files, changed + moved)
    for path in chosen[:changed]:
        kept = path.read_text(encoding="utf-8").rpartition("# ")[0]
        path.write_text(kept + section(words, rng), encoding="utf-8")
    elsewhere = files[0].parents[1] / "elsewhere"
    elsewhere.mkdir()
    for path in chosen[changed:]:
        path.rename(elsewhere / path.name)
    return {"changed": changed, "moved": moved}


def timed(embedder: HashEmbedder, look: Callable[[], AddReport]) -> dict[str, float]:
    """Seconds of a look, what it found, and the texts that the embedder was given."""
    before, began = embedder.embedded, time.perf_counter()
    found = look()
    return {
        "seconds": round(time.perf_counter() - began, 2),
        "added": found.added,
        "updated": found.updated,
        "moved": len(found.moved),
        "unchanged": found.unchanged,
        "deleted": found.deleted,
        "failed": len(found.failed),
        "passages": found.passages,
        "embedded": embedder.embedded - before,
    }


if __name__ == "__main__":
    main()
