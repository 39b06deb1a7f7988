"""Passages follow the structure of a text, and no text takes long."""

from __future__ import annotations

from itertools import pairwise

import pytest

from ragsys.ingest.chunk import chunk
from ragsys.testing import HashEmbedder
from ragsys.types import Extraction, Heading


def pieces(text, limit, overlap=0, headings=()):
    """The texts of the passages."""
    found = chunk(Extraction(text, headings=headings), HashEmbedder(), limit, overlap)
    return [text[p.start : p.end] for p in found]


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        ("One two three. Four five six.", 4, ["One two three. ", "Four five six."]),
        ("一二三。四五六。", 5, ["一二三。", "四五六。"]),
        ("one two three four five six", 4, ["one two three four ", "five six"]),
        ("a b c\nd e f g\nh i j k l", 5, ["a b c\n", "d e f g\n", "h i j k l"]),
        ("First. Second one.\n\nThird one here.", 8, ["First. Second one.\n\n", "Third one here."]),
    ],
)
def test_cuts_are_where_a_reader_would_cut(text, limit, expected):
    """Between sentences; in a long one between lines, and where there are none between words."""
    assert pieces(text, limit) == expected


def test_only_whole_sentences_are_repeated():
    """A cut inside a paragraph repeats the last sentence; one between paragraphs repeats nothing."""
    assert pieces("A b c. D e f. G h i.", 8, 4) == ["A b c. D e f. ", "D e f. G h i."]
    assert pieces("A b c. D e f.\n\nG h i j.", 8, 4) == ["A b c. D e f.\n\n", "G h i j."]


def test_a_heading_begins_a_passage():
    """Unless the passage before is still small, so that a heading never stands at the end of another section."""
    text = "Intro words that are long enough.\n\nTitle\n\nBody words."
    title = (Heading(text.index("Title"), 1, "Title"),)
    assert pieces(text, 9, headings=title) == ["Intro words that are long enough.\n\n", "Title\n\nBody words."]
    assert len(pieces("x.\n\nTitle\n\nBody.", 30, headings=(Heading(4, 1, "Title"),))) == 1


def test_many_headings_are_no_trouble():
    """A hundred thousand sections take a moment, and each passage knows its own."""
    line = "# heading\n"
    count = 100_000
    headings = tuple(Heading(i * len(line), 1 + i % 3, str(i)) for i in range(count))
    passages = chunk(Extraction(line * count, headings=headings), HashEmbedder(), 64, 0)
    assert all(int(p.heading[-1]) * len(line) == p.start for p in passages)


def _line(kind, size):
    """One line of about `size` characters."""
    parts = {
        "words": "word%d salad ",
        "sentences": "Sentence %d is here. ",
        "chinese": "今天天气很好%d",
        "one-word": "x",
        "dots": ".",
        "marks": "!?",
        "spaces": " ",
        "closing": "。”",
    }
    part = parts[kind]
    repeats = size // len(part)
    return "".join(part % i for i in range(repeats)) if "%d" in part else f"a{part * repeats}b"


KINDS = ["words", "sentences", "chinese", "one-word", "dots", "marks", "spaces", "closing"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_line_of_a_megabyte_is_cut(kind):
    """A megabyte without a line's end become passages that tile them, none larger than a few pages."""
    text = _line(kind, 1_000_000)
    embedder = HashEmbedder(max_tokens=256)
    passages = chunk(Extraction(text), embedder, 256, 32)
    assert (passages[0].start, passages[-1].end) == (0, len(text))
    assert all(a.start < b.start <= a.end for a, b in pairwise(passages))
    assert max(embedder.count_tokens([text[p.start : p.end] for p in passages])) <= 256
    if kind != "spaces":
        assert max(p.end - p.start for p in passages) <= 256 * 64


@pytest.mark.slow
def test_a_line_of_100_megabytes_is_added(tmp_path):
    """The whole way into an index with a raised limit: parsed, chunked, embedded, stored, in bounded memory."""
    import resource
    import subprocess
    import sys

    path = tmp_path / "line.txt"
    with path.open("w") as file:
        for number in range(100):
            file.write("".join(f"word{number * 7 + i % 999} salad " for i in range(71_500)))
    assert path.stat().st_size > 100_000_000
    script = (
        "import sys\nfrom pathlib import Path\nfrom ragsys.config import Settings\nfrom ragsys.indexes import Index\n"
        "from ragsys.ingest import Pipeline\nfrom ragsys.testing import HashEmbedder\n"
        "settings = Settings(max_file_bytes=200_000_000)\n"
        "with Index.open(Path(sys.argv[1]), create=True) as index:\n"
        "    report = Pipeline(index, HashEmbedder(384, 256), settings).add([Path(sys.argv[2])])\n"
        "sys.exit(0 if report.added == 1 and report.passages > 50_000 else 3)\n"
    )
    done = subprocess.run([sys.executable, "-c", script, tmp_path / "index", path], check=False)
    assert done.returncode == 0
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss < 3_000_000  # kilobytes
