"""Text of PDF files against their expected Markdown, ours beside other libraries in the same run.

Four F1 measures over words (Chinese, Japanese and Korean by character), markup taken off both sides: of the bag of
words, blind to order; of the pairs of neighbouring words; of the longest common subsequence, which sees text that is in
the wrong place; and of whole sentences, as `ragsys.sentences` divides both sides, which sees paragraphs that were run
together. The Markdown leaves running heads and page numbers out.

python bench/fidelity_pdf.py [--peers PYTHON]    # an interpreter that has markitdown, pdfminer.six and pypdf
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import time
from collections import Counter
from html import unescape
from itertools import pairwise
from typing import TYPE_CHECKING, TypeVar

import report

from ragsys.errors import DocumentError
from ragsys.ingest.parsers.pdf import PdfParser
from ragsys.sentences import sentence_spans

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

T = TypeVar("T")
MEASURES = ("words", "pairs", "order", "sentences")
_TOKEN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\W_\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+")
_MARKUP = re.compile(r"<!--.*?-->|\\(?=[_*#|<>\[\]])|^\s*\|(?:\s*:?-+:?\s*\|)+\s*$|```", re.DOTALL | re.MULTILINE)
_LINE_MARK = re.compile(r"^\s*(?:#{1,6}|[-*•·]|\d{1,2}[.)])\s+|<!--.*?-->", re.MULTILINE)
# What runs in the interpreter of the others: reads paths, writes texts and seconds.
_PEERS = r"""
import io, json, logging, sys, time
logging.disable(logging.CRITICAL)
from markitdown import MarkItDown
from pdfminer.high_level import extract_text
from pypdf import PdfReader
def pypdf(path):
    return "\n\n".join(page.extract_text() for page in PdfReader(path).pages)
markitdown = MarkItDown(enable_plugins=False)
sides = {"markitdown": lambda path: markitdown.convert(path).text_content, "pdfminer.six": extract_text, "pypdf": pypdf}
out = {}
for name, side in sides.items():
    side(sys.argv[1])
    for path in sys.argv[1:]:
        began = time.perf_counter()
        try:
            text = side(path)
        except Exception:
            text = ""
        out.setdefault(name, []).append([text, time.perf_counter() - began])
json.dump(out, sys.stdout)
"""


def pairs(root: Path) -> Iterator[tuple[Path, Path]]:
    """Each PDF that has its expected Markdown, and that."""
    for folder in ("pdf", "odf"):
        for pdf in sorted((root / folder / "sources").glob("*.pdf")):
            expected = root / folder / "groundtruth" / f"{pdf.stem}.md"
            if expected.is_file():
                yield pdf, expected


def tokens(text: str) -> list[str]:
    """Words in lower case, without what is Markdown's."""
    return _TOKEN.findall(unescape(_MARKUP.sub(" ", text)).lower())


def sentences(text: str) -> Counter[tuple[str, ...]]:
    """The words of each sentence of at least four."""
    plain = _LINE_MARK.sub("", text)
    found = (tuple(tokens(plain[start:end])) for start, end in sentence_spans(plain))
    return Counter(words for words in found if len(words) >= 4)


def scores(text: str, markdown: str) -> dict[str, float]:
    """The four measures."""
    ours, expected = tokens(text), tokens(markdown)
    both = (Counter(ours), Counter(expected))
    neighbours = (Counter(pairwise(ours)), Counter(pairwise(expected)))
    common = common_subsequence(ours, expected)
    return {
        "words": bag_f1(*both),
        "pairs": bag_f1(*neighbours),
        "order": 2 * common / max(len(ours) + len(expected), 1),
        "sentences": bag_f1(sentences(text), sentences(markdown)),
    }


def bag_f1(ours: Counter[T], expected: Counter[T]) -> float:
    """F1 of two bags."""
    return 2 * (ours & expected).total() / max(ours.total() + expected.total(), 1)


def common_subsequence(a: Sequence[str], b: Sequence[str]) -> int:
    """The length of the longest common subsequence, bit-parallel (Hyyro, 2004)."""
    where: dict[str, int] = {}
    for at, token in enumerate(a):
        where[token] = where.get(token, 0) | 1 << at
    every = (1 << len(a)) - 1
    row = every
    for token in b:
        hits = row & where.get(token, 0)
        row = ((row + hits) | (row - hits)) & every
    return len(a) - row.bit_count()


def read(pdf: Path) -> str:
    """Our text; none where the file is refused."""
    try:
        return PdfParser().parse(pdf.read_bytes(), name=pdf.name).text
    except DocumentError:
        return ""


def ours(files: Sequence[Path]) -> list[tuple[str, float]]:
    """Our text of each file, and its seconds."""
    read(files[0])
    found = []
    for pdf in files:
        began = time.perf_counter()
        found.append((read(pdf), time.perf_counter() - began))
    return found


def main() -> None:
    """Read every file on each side, and write the measures."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--peers", help="a Python that has markitdown, pdfminer.six and pypdf")
    chosen = options.parse_args()
    couples = list(pairs(report.data_folder("docs") / "docling"))
    files = [pdf for pdf, _ in couples]
    sides = {"ragsys": ours(files)}
    if chosen.peers:
        run = subprocess.run(
            [chosen.peers, "-c", _PEERS, *map(str, files)], stdout=subprocess.PIPE, check=True, stderr=sys.stderr
        )
        sides |= json.loads(run.stdout)
    expected = [path.read_text(encoding="utf-8") for _, path in couples]
    figures: dict[str, object] = {}
    for side, found in sides.items():
        each = {
            pdf.stem: {name: round(value, 3) for name, value in scores(text, markdown).items()}
            for pdf, (text, _), markdown in zip(files, found, expected, strict=True)
        }
        mean = {name: round(sum(figure[name] for figure in each.values()) / len(each), 3) for name in MEASURES}
        figures[side] = {"mean": mean, "seconds": round(sum(seconds for _, seconds in found), 2), "files": each}
    report.write("fidelity_pdf", figures, seed=None, n=len(files))


if __name__ == "__main__":
    main()
