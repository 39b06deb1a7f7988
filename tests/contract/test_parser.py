"""What every parser has to keep, over each of them and the sample collection."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from ragsys.errors import DocumentError
from ragsys.ingest.parsers import PARSERS, parser_for
from ragsys.protocols import Parser

_COLLECTION = Path(__file__).parents[2] / "examples" / "collection"
_FILES = sorted(path for path in _COLLECTION.rglob("*") if path.is_file())
_ONE_OF_EACH = {"html": b"<!doctype html><p>a", "markdown": b"# a", "pdf": b"%PDF-1.4", "text": b"a"}


def _parse(path):
    data = path.read_bytes()
    return parser_for(data, path.name).parse(data, name=path.name)


def test_the_collection_covers_every_parser():
    """The sample collection has a file for each parser, so this suite runs over all of them."""
    assert {parser_for(path.read_bytes(), path.name).name for path in _FILES} == set(PARSERS)


@pytest.mark.parametrize("path", _FILES, ids=lambda path: path.name)
def test_extraction_is_well_formed(path):
    """Offsets ascend and lie in the text, pages begin at 0, and a heading's words stand where it starts."""
    found = _parse(path)
    assert found == _parse(path)
    assert found.text.strip()
    assert "\r" not in found.text
    assert "\x00" not in found.text
    assert found.text.encode("utf-8").decode("utf-8") == found.text
    assert not found.page_starts or found.page_starts[0] == 0
    assert all(a <= b < len(found.text) for a, b in pairwise(found.page_starts))
    assert all(a.start < b.start for a, b in pairwise(found.headings))
    for heading in found.headings:
        assert heading.title in found.text[heading.start :].split("\n", 1)[0]


@pytest.mark.parametrize("name", sorted(PARSERS))
@pytest.mark.parametrize("data", [b"", b" \n", b"\x00\x01\x02\xff" * 99, b"%PDF-1.7\ngarbage", b"<html></html>"])
def test_bad_input_is_a_document_error_or_text(name, data):
    """A parser given what is not its own raises a DocumentError or finds text; nothing else."""
    parser = parser_for(_ONE_OF_EACH[name], "a.md" if name == "markdown" else "a")
    assert isinstance(parser, Parser)
    assert parser.name == name
    try:
        text = parser.parse(data, name="bad").text
    except DocumentError:
        return
    assert text.strip()
