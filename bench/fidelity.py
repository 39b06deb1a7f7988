"""How much of a document's text and of its tables is read: token-level F1 against docling's expected Markdown.

Every document under docs/docling of the development data that has an expected Markdown is read by ragsys and, where
they are installed (`pip install 'markitdown[docx,pptx,xlsx]' kreuzberg`, both MIT), by two other libraries. Words are
compared as bags, without Markdown's own marks; cells as bags of whole cells. What a reader refuses counts as 0.

    python bench/fidelity.py             # every format
    python bench/fidelity.py docx pptx   # some, without writing the figures down
    python bench/fidelity.py docx --each # a line for each document
"""

from __future__ import annotations

import html
import re
import sys
import tempfile
from collections import Counter
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any

import report

from ragsys.ingest.parsers import parser_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Reader = Callable[[Path], str]

# Words of letters and digits; of Chinese, Japanese and Korean, single characters.
_TOKEN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]|[^\W_\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]+")
_MARKS = re.compile(r"<!--.*?-->|!\[[^\]]*\]\([^)]*\)|\]\([^)\s]*\)|<[a-zA-Z/][^>]*>|[*~`#\\]", re.DOTALL)
_RULE = re.compile(r"\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*")
_CELL = re.compile(r"(?<!\\)\|")


def main() -> None:
    """Compare every document, print a table and write the means down."""
    wanted = [argument for argument in sys.argv[1:] if not argument.startswith("--")]
    rows: dict[str, list[dict[str, Any]]] = {}
    readers = dict(_readers())
    for kind, source, expected in _documents(wanted):
        row: dict[str, Any] = {"file": source.name}
        for name, reader in readers.items():
            try:
                text = reader(source)
            except Exception as error:  # noqa: BLE001  # whatever another library raises is a document not read
                text = ""
                row[f"{name} failed"] = type(error).__name__
            row[name] = _f1(_words(text), _words(expected))
            cells = _cells(expected)
            row[f"{name} cells"] = _f1(_cells(text), cells) if cells else None
        rows.setdefault(kind, []).append(row)
        if "--each" in sys.argv:
            print(kind, row)
    figures = {kind: _means(found, readers) for kind, found in rows.items()}
    for kind, means in figures.items():
        print(f"{kind:10} {means}")
    if not wanted:
        others = {name: version(name) for name in readers if name != "ragsys"}
        report.write(
            Path(__file__).stem, {"formats": figures, "others": others}, seed=None, n=sum(map(len, rows.values()))
        )


def _documents(wanted: list[str]) -> Iterator[tuple[str, Path, str]]:
    """The format, the file and the expected Markdown."""
    root = report.data_folder("docs") / "docling"
    for expected in sorted(root.glob("*/groundtruth/*.md")):
        source = expected.parents[1] / "sources" / expected.stem
        kind = source.suffix.lstrip(".")
        if source.is_file() and (not wanted or kind in wanted):
            yield kind, source, expected.read_text(encoding="utf-8")


def _readers() -> Iterator[tuple[str, Reader]]:
    """ragsys, and the others as far as they are installed."""

    def ours(path: Path) -> str:
        data = path.read_bytes()
        return parser_for(data, path.name).parse(data, name=path.name).text

    yield "ragsys", ours
    if find_spec("markitdown"):
        from markitdown import MarkItDown  # type: ignore[import-not-found,unused-ignore]

        converter = MarkItDown()
        yield "markitdown", lambda path: str(converter.convert(str(path)).markdown)
    if find_spec("kreuzberg"):
        yield "kreuzberg", _kreuzberg


def _kreuzberg(path: Path) -> str:
    import kreuzberg  # type: ignore[import-not-found,unused-ignore]

    # It takes a copy: the development data may be read-only.
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / path.name
        copy.write_bytes(path.read_bytes())
        config = kreuzberg.ExtractionConfig(output_format="markdown")
        return str(kreuzberg.extract_file_sync(str(copy), config=config).content)


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


def _means(rows: list[dict[str, Any]], readers: dict[str, Reader]) -> dict[str, Any]:
    """The means over the documents of a format; those of cells over the documents that have tables."""
    means: dict[str, Any] = {"n": len(rows), "tables": sum(row["ragsys cells"] is not None for row in rows)}
    for name in readers:
        means[name] = round(fmean(row[name] for row in rows), 3)
        cells = [row[f"{name} cells"] for row in rows if row[f"{name} cells"] is not None]
        means[f"{name} cells"] = round(fmean(cells), 3) if cells else None
        means[f"{name} failed"] = sum(f"{name} failed" in row for row in rows)
    return means


if __name__ == "__main__":
    main()
