"""What becomes of every file under docs/ of the development data: a table by format, without an index.

Each is read by the process that `add` reads with, text in images recognised, and chunked by the default embedder's
tokens; what an archive or a message holds counts for it. Said of each format: files, how many gave text, every
failure by its code, passages, processor seconds of reading and of chunking, pages without text, and how many characters
are no writing (U+FFFD and those of private use). A file without any outcome is named. Of the same texts, those that are
Chinese by collection, and of a sample made by hand, whether the ends of sentences are found. At the end some of the
passages are embedded, on one thread as everything else here.

    python bench/outcomes.py            # all, and the figures are written down
    python bench/outcomes.py docx eml   # some formats, a line for each file that failed
"""

from __future__ import annotations

import os
import random
import re
import resource
import sys
import time
from collections import Counter
from dataclasses import dataclass, field, replace
from itertools import groupby, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import report

from ragsys.config import load_settings
from ragsys.ingest.chunk import chunk
from ragsys.ingest.isolation import Reader
from ragsys.ingest.ocr import tesseract_of
from ragsys.ingest.wire import Limits, Piece
from ragsys.models import load_embedder
from ragsys.sentences import sentence_spans
from ragsys.types import with_table_header

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))
import marked_sentences  # type: ignore[import-not-found] # the tests' own

if TYPE_CHECKING:
    from ragsys.config import Settings
    from ragsys.protocols import Embedder
    from ragsys.types import Extraction

SEED, EMBEDDED, HAN_SHARE = 1, 192, 0.3
_NO_WRITING = re.compile("[\ufffd\ue000-\uf8ff\U000f0000-\U0010ffff]")
_HAN = re.compile(r"[\u3400-\u9fff]")
_BLANK = re.compile(r"\s")


@dataclass(slots=True)
class Row:
    """What was counted of a format or of a collection."""

    files: int = 0
    with_text: int = 0
    documents: int = 0
    failures: Counter[str] = field(default_factory=Counter)
    passages: int = 0
    reading_seconds: float = 0.0
    chunking_seconds: float = 0.0
    pages: int = 0
    blank_pages: int = 0
    characters: int = 0
    no_writing: int = 0

    def take(self, extraction: Extraction, passages: int) -> None:
        """Count a document."""
        text = extraction.text
        edges = (*extraction.page_starts, len(text))
        self.documents += 1
        self.passages += passages
        self.pages += len(extraction.page_starts)
        self.blank_pages += sum(not text[a:b].strip() for a, b in pairwise(edges))
        self.characters += len(text)
        self.no_writing += len(_NO_WRITING.findall(text))

    def shown(self) -> dict[str, Any]:
        """As it is written down; passages/s of reading and chunking alone."""
        seconds = self.reading_seconds + self.chunking_seconds
        return {
            "files": self.files,
            "with_text": self.with_text,
            "documents": self.documents,
            "failures": dict(self.failures.most_common()),
            "passages": self.passages,
            "reading_seconds": round(self.reading_seconds, 2),
            "chunking_seconds": round(self.chunking_seconds, 2),
            "passages_per_second": round(self.passages / seconds, 1) if seconds else None,
            "pages": self.pages,
            "blank_pages": self.blank_pages,
            "characters": self.characters,
            "no_writing": self.no_writing,
        }


@dataclass(slots=True)
class Survey:
    """All rows, and what was seen beside them."""

    formats: dict[str, Row] = field(default_factory=dict)
    chinese: dict[str, Row] = field(default_factory=dict)
    silent: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    def read(self, path: Path, root: Path, reader: Reader, embedder: Embedder, settings: Settings) -> None:
        """One file."""
        row = self.formats.setdefault(_format(path), Row())
        row.files += 1
        if not (data := path.read_bytes()):
            row.failures["file-empty"] += 1
            return
        replies = list(reader.read(data, path.name))
        if not replies:
            self.silent.append(path.name)
        found = [reply.extraction for reply in replies if isinstance(reply, Piece)]
        row.with_text += bool(found)
        for reply in replies:
            if not isinstance(reply, Piece):
                row.failures[reply.error.code] += 1
                if len(sys.argv) > 1:
                    print(path.relative_to(root), reply.member, reply.error.code, reply.error.message)
        for extraction in found:
            began = time.process_time()
            spans = chunk(extraction, embedder, settings.chunk_tokens, settings.chunk_overlap)
            row.chunking_seconds += time.process_time() - began
            row.take(extraction, len(spans))
            text = extraction.text
            self.texts += [with_table_header(text[span.start : span.end], span.heading) for span in spans]
            if len(_HAN.findall(text)) > HAN_SHARE * len(_BLANK.sub("", text)):
                where = "PDF" if path.suffix.lower() == ".pdf" else path.relative_to(root).parts[0]
                chinese = self.chinese.setdefault(where, Row())
                chinese.files += 1
                chinese.with_text += 1
                chinese.take(extraction, len(spans))


def main() -> None:
    """Read every file and write the tables."""
    root, wanted = report.data_folder("docs"), set(sys.argv[1:])
    settings = replace(load_settings()[0], threads=1)
    embedder = load_embedder(settings)
    embedder.count_tokens(["warm up"])
    load, survey = os.getloadavg()[0], Survey()
    paths = sorted((path for path in root.rglob("*") if path.is_file()), key=lambda path: (_format(path), path))
    for name, files in groupby(paths, _format):
        if wanted and name not in wanted:
            continue
        before = spent_by_others()
        with Reader(Limits.of(settings), recognise=tesseract_of(settings)) as reader:
            for path in files:
                survey.read(path, root, reader, embedder, settings)
        survey.formats[name].reading_seconds = spent_by_others() - before
    formats = {name: row.shown() for name, row in sorted(survey.formats.items())}
    if wanted:
        print(formats)
        return
    total = Row()
    for row in survey.formats.values():
        for name in Row.__slots__:
            setattr(total, name, getattr(total, name) + getattr(row, name))
    figures = {
        "formats": formats,
        "all": total.shown(),
        "without_outcome": survey.silent,
        "load_average_before": round(load, 1),
        "ocr": tesseract_of(settings) is not None,
        "chinese": {name: row.shown() for name, row in sorted(survey.chinese.items())},
        "chinese_sentences": sentences(),
        "embedding_passages_per_second": embedding(survey.texts, embedder),
        "embedded": min(EMBEDDED, len(survey.texts)),
    }
    report.write("outcomes", figures, seed=SEED, n=len(paths))


def _format(path: Path) -> str:
    return path.suffix.lower().lstrip(".") or "none"


def spent_by_others() -> float:
    """Processor seconds of the processes that were started and have ended: those that read, and tesseract."""
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


def sentences() -> dict[str, float]:
    """How well the ends of Chinese sentences are found in the tests' sample."""
    right = found = expected = 0
    for text, meant in marked_sentences.sample():
        ends = {end for _, end in sentence_spans(text)} - {len(text)}
        right, found, expected = right + len(ends & meant), found + len(ends), expected + len(meant)
    return {"boundaries": expected, "precision": round(right / found, 4), "recall": round(right / expected, 4)}


def embedding(texts: list[str], embedder: Embedder) -> float:
    """How many of these passages are embedded in a second of one thread, of a sample."""
    some = random.Random(SEED).sample(texts, min(EMBEDDED, len(texts)))
    embedder.embed_queries(["warm up"])
    began = time.process_time()
    embedder.embed_passages(some)
    return round(len(some) / (time.process_time() - began), 2)


if __name__ == "__main__":
    main()
