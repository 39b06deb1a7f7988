"""How much of a document's text and of its tables is read: token-level F1 against docling's expected Markdown.

Every document under docs/docling of the development data that has an expected Markdown is read by ragsys and by two
other libraries (both MIT), in an interpreter of their own that has them: `pip install 'markitdown[all]' kreuzberg`.
Words are compared as bags, without Markdown's own marks; cells as bags of whole cells. What a reader refuses counts as
0. A figure of ours that is more than .03 below the best of theirs is named.

    python bench/fidelity.py --peers PYTHON             # every format
    python bench/fidelity.py docx pptx --peers PYTHON   # some, without writing the figures down
    python bench/fidelity.py docx --each                # a line for each document, ours alone
"""

from __future__ import annotations

import argparse
import html
import json
import re
import subprocess
from collections import Counter
from statistics import fmean
from typing import TYPE_CHECKING, Any

import report

from ragsys.errors import DocumentError
from ragsys.ingest.parsers import parser_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SHORT = 0.03  # what is more than this below the best needs a reason

# Words of letters and digits; of Chinese, Japanese and Korean, single characters.
_TOKEN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]|[^\W_\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]+")
_MARKS = re.compile(r"<!--.*?-->|!\[[^\]]*\]\([^)]*\)|\]\([^)\s]*\)|<[a-zA-Z/][^>]*>|[*~`#\\]", re.DOTALL)
_RULE = re.compile(r"\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*")
_CELL = re.compile(r"(?<!\\)\|")
# What runs in the interpreter of the others: reads paths, writes texts. kreuzberg is given a copy, because the
# development data may be read-only.
_PEERS = r"""
import json, logging, pathlib, sys, tempfile
from importlib.metadata import version
logging.disable(logging.CRITICAL)
import kreuzberg
from markitdown import MarkItDown
converter = MarkItDown(enable_plugins=False)
config = kreuzberg.ExtractionConfig(output_format="markdown")
def other(path):
    with tempfile.TemporaryDirectory() as folder:
        copy = pathlib.Path(folder) / path.name
        copy.write_bytes(path.read_bytes())
        return kreuzberg.extract_file_sync(str(copy), config=config).content
sides = {"markitdown": lambda path: converter.convert(str(path)).markdown, "kreuzberg": other}
texts = {}
for name, side in sides.items():
    for path in map(pathlib.Path, sys.argv[1:]):
        try:
            text = str(side(path))
        except Exception:
            text = None
        texts.setdefault(name, []).append(text)
sys.stdout.write("\n" + json.dumps({"texts": texts, "versions": {name: version(name) for name in sides}}))
"""


def main() -> None:
    """Compare every document, print a table and write the means down."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("formats", nargs="*", help="names of folders: docx, html")
    parser.add_argument("--peers", metavar="PYTHON", help="an interpreter that has the other libraries")
    parser.add_argument("--each", action="store_true", help="a line for each document")
    arguments = parser.parse_args()
    documents = list(_documents(arguments.formats))
    texts: dict[str, list[str | None]] = {"ragsys": [_ours(source) for _, source, _ in documents]}
    theirs, versions = _theirs(arguments.peers, [source for _, source, _ in documents])
    texts |= theirs
    rows: dict[str, list[dict[str, Any]]] = {}
    for number, (kind, source, expected) in enumerate(documents):
        row = {"file": source.name} | {name: _compared(found[number], expected) for name, found in texts.items()}
        rows.setdefault(kind, []).append(row)
        if arguments.each:
            print(kind, row)
    figures = {kind: _means(found, list(texts)) for kind, found in rows.items()}
    for kind, means in figures.items():
        print(f"{kind:10} {means}")
    below = [f"{kind} {what}" for kind, means in figures.items() for what in ("words", "cells") if _short(means, what)]
    print("more than .03 below the best:", below)
    if theirs and not arguments.formats:
        report.write(
            "fidelity", {"formats": figures, "below the best": below, "others": versions}, seed=None, n=len(documents)
        )


def _documents(wanted: list[str]) -> Iterator[tuple[str, Path, str]]:
    """The format, the file and the expected Markdown."""
    root = report.data_folder("docs") / "docling"
    for expected in sorted(root.glob("*/groundtruth/*.md")):
        source = expected.parents[1] / "sources" / expected.stem
        if expected.parents[1].name == "pdf":
            source = source.with_name(f"{source.name}.pdf")  # the only one whose suffix is left out
        kind = source.suffix.lstrip(".")
        if source.is_file() and (not wanted or kind in wanted):
            yield kind, source, expected.read_text(encoding="utf-8")


def _ours(path: Path) -> str | None:
    data = path.read_bytes()
    try:
        return parser_for(data, path.name).parse(data, name=path.name).text
    except DocumentError:
        return None


def _theirs(python: str | None, sources: list[Path]) -> tuple[dict[str, list[str | None]], dict[str, str]]:
    """What the others read of each file, None where they refuse, and their versions."""
    if python is None:
        return {}, {}
    run = subprocess.run([python, "-c", _PEERS, *map(str, sources)], stdout=subprocess.PIPE, check=True)
    read = json.loads(run.stdout.rpartition(b"\n")[2])
    return read["texts"], read["versions"]


def _words(text: str) -> Counter[str]:
    return Counter(_TOKEN.findall(_MARKS.sub(" ", html.unescape(text)).lower()))


def _cells(text: str) -> Counter[str]:
    """The cells of a text's tables that hold anything, each as its words."""
    lines = [line for line in text.split("\n") if line.lstrip().startswith("|") and not _RULE.fullmatch(line)]
    cells = (cell for line in lines for cell in _CELL.split(line.strip().strip("|")))
    return Counter(words for cell in cells if (words := " ".join(sorted(_words(cell).elements()))))


def _f1(found: Counter[str], expected: Counter[str]) -> float:
    both = (found & expected).total()
    return round(2 * both / (found.total() + expected.total()), 4) if found or expected else 1.0


def _compared(text: str | None, expected: str) -> dict[str, Any]:
    """F1 of words and of cells; of the latter none where no table is expected."""
    cells = _cells(expected)
    return {
        "words": _f1(_words(text or ""), _words(expected)),
        "cells": _f1(_cells(text or ""), cells) if cells else None,
        "refused": text is None,
    }


def _means(rows: list[dict[str, Any]], readers: list[str]) -> dict[str, Any]:
    """The means over the documents of a format; those of cells over the documents that have tables."""
    means: dict[str, Any] = {"documents": len(rows), "tables": sum(row["ragsys"]["cells"] is not None for row in rows)}
    for name in readers:
        cells = [row[name]["cells"] for row in rows if row[name]["cells"] is not None]
        means[name] = {
            "words": round(fmean(row[name]["words"] for row in rows), 3),
            "cells": round(fmean(cells), 3) if cells else None,
            "refused": sum(row[name]["refused"] for row in rows),
        }
    return means


def _short(means: dict[str, Any], what: str) -> bool:
    """Whether ours is more than .03 below the best of the others."""
    figures = {name: found[what] for name, found in means.items() if isinstance(found, dict)}
    ours = figures.pop("ragsys")
    return ours is not None and bool(figures) and max(figures.values()) - ours > SHORT


if __name__ == "__main__":
    main()
