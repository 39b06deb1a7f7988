"""Made-up collections with a real collection's word frequencies (Zipf), for figures that need no meaning."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def vocabulary(rng: random.Random, size: int) -> list[str]:
    """`size` pronounceable words."""
    return [
        "".join(rng.choice("bcdfghklmnprstvw") + rng.choice("aeiou") for _ in range(rng.randint(1, 4)))
        for _ in range(size)
    ]


def write_collection(folder: Path, passages: int, seed: int, *, length: int = 60) -> None:
    """Markdown files of twenty sections of `length` words each, so that a section becomes a passage."""
    rng = random.Random(seed)
    words = vocabulary(rng, 20_000)
    weights = [1 / (rank + 10) for rank in range(len(words))]
    per_file = 20
    for number in range(passages // per_file):
        sections = [
            f"# {' '.join(rng.choices(words, weights, k=3))}\n\n{' '.join(rng.choices(words, weights, k=length))}.\n"
            for _ in range(per_file)
        ]
        (folder / f"{number:05d}.md").write_text("\n".join(sections), encoding="utf-8")


def queries(count: int, seed: int) -> list[str]:
    """Questions of eight words with the collection's frequencies."""
    rng = random.Random(seed)
    words = vocabulary(rng, 20_000)
    weights = [1 / (rank + 10) for rank in range(len(words))]
    return [" ".join(rng.choices(words, weights, k=8)) for _ in range(count)]
