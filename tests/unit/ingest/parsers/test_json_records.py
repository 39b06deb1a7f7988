"""JSON is records: what they hold is found, each in its place."""

import json

import pytest

from ragsys.errors import DocumentError, NoTextError
from ragsys.ingest.parsers.json_records import Fields, JsonLinesParser, JsonParser


def parse(value, fields=None):
    """A value as a JSON file."""
    return JsonParser(fields).parse(json.dumps(value).encode(), name="a.json")


def labels(found):
    """The places, with the text of each."""
    ends = [place.start for place in found.places[1:]] + [len(found.text)]
    return [(p.first, found.text[p.start : end].strip()) for p, end in zip(found.places, ends, strict=True)]


def test_each_item_of_a_list_is_a_paragraph_of_its_leaves():
    """Text, numbers and truths stand after their paths, lists of them on one line; null and "" are nothing."""
    found = parse([{"a": {"b": "水"}, "n": [1, 2.5]}, {"c": None, "d": "", "e": True, "f": [{"g": "x"}, {"g": "y"}]}])
    assert labels(found) == [("1", "a.b: 水\nn: 1, 2.5"), ("2", "e: true\nf[0].g: x\nf[1].g: y")]
    assert {place.unit for place in found.places} == {"record"}


def test_an_object_around_one_list_is_its_records():
    """What stands beside the list comes first and has no place."""
    found = parse({"total": 2, "rows": [{"a": "x"}, {"a": "y"}]})
    assert found.text == "total: 2\n\na: x\n\na: y\n"
    assert labels(found) == [("1", "a: x"), ("2", "a: y")]


def test_fields_choose_what_is_text_and_title():
    """With fields, nothing else is text; a path goes on in each item of a list."""
    records = [{"head": "One", "post": {"body": "text"}, "by": [{"n": "A"}, {"n": "B"}], "id": 7}, {"id": 8}]
    found = parse(records, Fields(("post.body", "by.n"), "head"))
    assert found.text == "One\n\ntext\n\nA\n\nB\n"
    assert [(heading.start, heading.title) for heading in found.headings] == [(0, "One")]


def test_a_corpus_of_beir_is_recognised():
    """Records with `_id`, `title` and `text` are titled texts in places of their own names."""
    lines = [
        {"_id": "d1", "title": "水泵", "text": "One.", "metadata": {"x": 1}},
        {"_id": "d2", "title": "", "text": "Two."},
    ]
    data = "\n".join(json.dumps(line) for line in lines).encode()
    found = JsonLinesParser().parse(data, name="corpus.jsonl")
    assert labels(found) == [("d1", "水泵\n\nOne."), ("d2", "Two.")]
    assert [heading.title for heading in found.headings] == ["水泵"]


def test_what_is_no_json_is_text():
    """A broken file is read as the text that it is, a broken line as itself; many values in a file are its records."""
    assert JsonParser().parse(b'{"a": 1,}', name="a").text == '{"a": 1,}'
    assert JsonLinesParser().parse(b'{"a": "x"}\nbroken {\n', name="a").text == "a: x\n\nbroken {\n"
    assert JsonParser().parse(b'{"a": "x"}\n{"a": "y"}\n', name="a").text == "a: x\n\na: y\n"


def test_hostile_values_end_in_an_outcome():
    """Nesting, huge numbers and half characters are neither tracebacks nor bad text."""
    for opening, closing in ((b"[", b"]"), (b'{"a":', b"}")):
        with pytest.raises(DocumentError):
            JsonParser().parse(opening * 100_000 + b"1" + closing * 100_000, name="a")
        with pytest.raises(DocumentError, match="deep"):
            JsonParser().parse(opening * 300 + b"1" + closing * 300, name="a")
    assert JsonParser().parse(b'{"a": ' + b"9" * 5000 + b', "b": NaN}', name="a").text.endswith("9\nb: NaN\n")
    assert parse({"a\r\ud800": "x\ud800\0y\rz"}).text == "a \ufffd: x\ufffdy\nz\n"
    assert parse([{"_id": "\ud800\n", "text": "x"}]).places[0].first == "\ufffd"
    with pytest.raises(NoTextError):
        parse({"a": None})
