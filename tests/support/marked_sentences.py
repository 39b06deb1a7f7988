"""The sample of Chinese sentences whose boundaries are marked by hand."""

from pathlib import Path

_SAMPLE = Path(__file__).parents[1] / "unit" / "sentences_zh.txt"


def sample():
    """Each passage with the offsets at which a sentence ends inside it."""
    for line in _SAMPLE.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            pieces = line.replace("⏎", "\n").split("‖")
            yield "".join(pieces), {sum(map(len, pieces[:n])) for n in range(1, len(pieces))}
