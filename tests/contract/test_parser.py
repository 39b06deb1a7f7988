"""What every parser has to keep: over the sample collection, a file of each format, damaged files and manuscripts."""

from __future__ import annotations

import json
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path

import offices
import pdfs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from manuscripts import SAMPLES, WRITERS

from ragsys.errors import DocumentError
from ragsys.ingest.parsers import PARSERS, parser_for
from ragsys.protocols import Parser

_COLLECTION = Path(__file__).parents[2] / "examples" / "collection"
_FILES = [(path.name, path.read_bytes()) for path in sorted(_COLLECTION.rglob("*")) if path.is_file()]
_SAMPLES = {**SAMPLES, "pdf": ("a.pdf", pdfs.build([["Water goes up."]], outline=[("Water", 0)]))}
_SAMPLES |= {kind: (f"a.{kind}", data) for kind, data in offices.samples().items()}
# Images need a program beside Python: tests/unit/ingest/test_ocr.py.
_PARSERS = sorted(set(PARSERS) - {"image"})
_QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
# What may stand before a heading's words: "###### ".
_MARKS = 10
# Words as a title holds them: letters of both languages, nothing that any of the formats means something by.
_WORD = st.text(st.sampled_from("abcxyzABCXYZ0189水泵坏了手册管道éß"), min_size=1, max_size=8)
_WORDS = st.lists(_WORD, min_size=1, max_size=4).map(" ".join)
_SECTIONS = st.lists(st.tuples(_WORDS.map("A{}".format), _WORDS.map("P{}.".format)), min_size=1, max_size=5)


def _parse(name, data):
    return parser_for(data, name).parse(data, name=name)


def _check(found, parser):
    """The properties of what a parser finds."""
    text = found.text
    assert text.strip() or found.members
    assert "\r" not in text
    assert "\x00" not in text
    assert text.encode("utf-8").decode("utf-8") == text
    assert not found.page_starts or found.page_starts[0] == 0
    assert all(a <= b < len(text) for a, b in pairwise(found.page_starts))
    assert all(a.start < b.start for a, b in pairwise(found.headings))
    assert all(a.start < b.start for a, b in pairwise(found.places))
    assert all(0 <= place.start < len(text) and place.first and place.last for place in found.places)
    for heading in found.headings:
        assert heading.level > 0
        assert heading.title.strip()
        assert 0 <= _before(heading, text, parser) <= _MARKS
    for member in found.members:
        assert member.name.strip()
        assert not set(member.name) & set("/\\\0\n")
    assert len({member.name for member in found.members}) == len(found.members)
    about = asdict(found) | {"members": None}
    assert json.loads(json.dumps(about)) is not None


def _before(heading, text, parser):
    """How many characters stand between a heading's start and its words; -1 where they are not found."""
    following = text[heading.start :]
    if parser == "source":
        # A definition begins with its comments and decorators, and with the words that define it.
        block = following[: following.find("\n\n") % (len(following) + 1)]
        return min(block.find(heading.title), _MARKS)
    return " ".join(following[: 3 * len(heading.title) + _MARKS].split()).find(" ".join(heading.title.split()))


def test_there_is_a_sample_for_every_parser():
    """Every parser is held to this suite by a file of its own, which it is chosen for."""
    assert set(_SAMPLES) == set(_PARSERS)
    assert {name: parser_for(data, file).name for name, (file, data) in _SAMPLES.items()} == {n: n for n in _PARSERS}


@pytest.mark.parametrize(("name", "data"), [*_FILES, *_SAMPLES.values()], ids=lambda v: v if isinstance(v, str) else "")
def test_extraction_is_well_formed(name, data):
    """Offsets ascend and lie in the text, pages begin at 0, and a heading's words stand where it starts."""
    found = _parse(name, data)
    assert found == _parse(name, data)
    _check(found, parser_for(data, name).name)


@pytest.mark.parametrize("parser", _PARSERS)
@given(data=st.data())
@_QUICK
def test_damaged_files_end_in_an_outcome(parser, data):
    """A file that was cut, or whose bytes were changed, is a DocumentError or well-formed text, and nothing else."""
    name, whole = _SAMPLES[parser]
    damaged = bytearray(whole[: data.draw(st.integers(0, len(whole)), label="cut")])
    for at in data.draw(st.lists(st.integers(0, max(len(damaged) - 1, 0)), max_size=6), label="at"):
        damaged[at : at + 1] = data.draw(st.binary(max_size=3), label="bytes")
    try:
        found = _load(parser).parse(bytes(damaged), name=name)
    except DocumentError:
        return
    _check(found, parser)


@pytest.mark.parametrize("parser", sorted(WRITERS))
@given(sections=_SECTIONS)
@_QUICK
def test_titles_and_paragraphs_are_found_as_they_were_written(parser, sections):
    """A manuscript keeps its titles as headings and its paragraphs between them, in their order, in every format."""
    if parser == "source":
        sections = [(title.replace(" ", "_"), text) for title, text in sections]
    name, write = WRITERS[parser]
    found = _load(parser).parse(write(sections), name=name)
    _check(found, parser)
    assert [heading.title for heading in found.headings] == [title for title, _ in sections]
    ends = [heading.start for heading in found.headings[1:]] + [len(found.text)]
    for heading, end, (_, text) in zip(found.headings, ends, sections, strict=True):
        assert text in found.text[heading.start : end]


@pytest.mark.parametrize("name", _PARSERS)
@pytest.mark.parametrize("data", [b"", b" \n", b"\x00\x01\x02\xff" * 99, b"%PDF-1.7\ngarbage", b"<html></html>"])
def test_bad_input_is_a_document_error_or_text(name, data):
    """A parser given what is not its own raises a DocumentError or finds text; nothing else."""
    parser = _load(name)
    assert isinstance(parser, Parser)
    assert parser.name == name
    try:
        found = parser.parse(data, name="bad")
    except DocumentError:
        return
    _check(found, name)


def _load(name):
    file, data = _SAMPLES[name]
    return parser_for(data, file)
