"""Metadata beside files: tags before side-cars before what a file says, kept until replaced, and nothing embedded."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragsys import QueryEngine, TextDocument
from ragsys.config import Settings
from ragsys.errors import UsageError
from ragsys.ingest.given import Beside, Given, Says, merged, parse_tags
from ragsys.ingest.sidecar import read_sidecar
from ragsys.testing import HashEmbedder

_FILE = "---\ntitle: File\nauthor: File\nyear: 2001\ndate: 2001-02-03\n---\nA sentence about tea, and no more.\n"


@pytest.fixture
def engine(tmp_path):
    """An engine over an index of two Markdown files that name title, author, year and date."""
    (tmp_path / "docs").mkdir()
    for name in ("a.md", "b.md"):
        (tmp_path / "docs" / name).write_text(f"{_FILE}\n{name}\n")
    with QueryEngine.open(tmp_path / "index", settings=Settings(), embedder=HashEmbedder()) as opened:
        opened.add(tmp_path / "docs")
        yield opened


def _sidecar(tmp_path, *lines):
    path = tmp_path / "meta.jsonl"
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")
    return path


def _about(engine, name="a.md"):
    """Title and metadata of a document."""
    (document,) = engine.documents(where=f'source ~ "*/{name}"')
    return {"title": document.title, **document.metadata}


def test_a_tag_comes_before_a_line_and_that_before_the_file(engine, tmp_path):
    """Each value is from the first of the three that names it; nothing is embedded, and seq stays."""
    path = _sidecar(tmp_path, {"path": "docs/a.md", "title": "Line", "author": "Line", "topic": ["tea", "water"]})
    before = engine.status().seq
    report = engine.add(tmp_path / "docs", tags={"title": "Tag", "level": 3}, metadata=path)
    assert (report.unchanged, report.relabelled, report.embedded, report.passages) == (2, 2, 0, 0)
    assert (report.seq, report.warnings) == (before, ())
    assert _about(engine) == {
        "title": "Tag", "author": "Line", "topic": "tea, water", "level": 3, "year": 2001, "date": "2001-02-03",
        "lang": "en",
    }  # fmt: skip
    assert _about(engine, "b.md")["author"] == "File"
    for where in ('title = "Tag"', "level >= 3", "author = Line", 'topic ~ "*tea*"', "NOT level < 3"):
        assert len(engine.search("tea", where=f'({where}) AND source ~ "*a.md"').hits) == 1, where


def test_what_was_said_stays_until_it_is_replaced(engine, tmp_path):
    """Also when the file changes, moves or is read again; a tag is taken back by name, a side-car replaced whole."""
    docs = tmp_path / "docs"
    engine.add(docs, tags={"level": 3, "room": "x"}, metadata=_sidecar(tmp_path, {"path": "docs/a.md", "author": "L"}))
    (docs / "a.md").write_text(_FILE.replace("2001", "2002") + "changed\n")
    for _ in range(2):
        assert not engine.add(docs).failed
        about = _about(engine, "*a.md")
        assert (about["level"], about["room"], about["author"], about["year"]) == (3, "x", "L", 2002)
    # What has moved is another path, of which the side-car, read again, says nothing.
    (docs / "a.md").rename(docs / "sub-a.md")
    report = engine.add(docs)
    assert (len(report.moved), [notice.code for notice in report.warnings]) == (1, ["metadata-unmatched"])
    about = _about(engine, "*a.md")
    assert (about["level"], about["room"], about["author"]) == (3, "x", "File")
    engine.add(docs, force=True)
    assert _about(engine, "*a.md")["level"] == 3
    assert engine.add(docs, tags={"level": 4}).relabelled == 2
    assert (_about(engine, "*a.md")["level"], _about(engine, "*a.md")["room"]) == (4, "x")
    assert engine.add(docs, tags={"level": 4}).relabelled == 0
    other = _sidecar(tmp_path, {"path": "docs/b.md", "author": "M"})
    engine.add(docs, tags={"level": None, "room": None}, metadata=other)
    assert _about(engine, "*a.md") == {
        "title": "File", "author": "File", "year": 2002, "date": "2002-02-03", "lang": "en"
    }  # fmt: skip
    assert _about(engine, "b.md")["author"] == "M"
    with engine._index.read() as view:
        assert sum(known.given is None for known in view.known().values()) == 1


def test_another_language_is_searched_by_its_own_words(engine, tmp_path):
    """Naming the language changes the terms of the passages: they are made again, with the vectors as they were."""
    path = tmp_path / "docs" / "c.txt"
    path.write_text("Die Häuser am Bach und die Bücher im Regal.")
    assert engine.add(tmp_path / "docs").added == 1
    before = [p.passage_id for p in engine.passages_of(str(path))]
    report = engine.add(path, tags={"language": "en-GB"})
    assert (report.embedded, _about(engine, "c.txt")["lang"]) == (0, "en")
    after = engine.passages_of(str(path))
    assert before[0] not in [p.passage_id for p in after]
    assert engine.search("Bücher", where="lang = en").hits[0].document.source == str(path)
    engine.add(path, tags={"lang": None})
    assert _about(engine, "c.txt")["lang"] == "de"
    assert not [finding for finding in engine.doctor() if finding.severity == "error"]


def test_a_side_car_is_no_document_and_its_other_lines_are_told(engine, tmp_path):
    """Where it lies among the files it is passed over; lines about nothing that is here are a warning."""
    docs = tmp_path / "docs"
    path = docs / "meta.jsonl"
    path.write_text('{"path": "a.md", "k": true}\n\n{"source": "gone.md", "k": 1.5}\n')
    report = engine.add(docs, metadata=path)
    assert (report.added, report.relabelled) == (0, 1)
    assert [notice.code for notice in report.warnings] == ["metadata-unmatched"]
    assert "gone.md" in report.warnings[0].message
    assert _about(engine)["k"] is True


@pytest.mark.parametrize(
    "line",
    [
        "not JSON",
        "[1]",
        '{"author": "nobody knows of what"}',
        '{"path": 3}',
        '{"path": "a.md", "nested": {"a": 1}}',
        '{"path": "a.md", "n": NaN}',
        '{"path": "a.md", "id": "x"}',
        '{"path": "a.md", "a\\"b": 1}',
        '{"path": "a.md", "": 1}',
        '{"path": "' + "[" * 50,
    ],
)
def test_a_bad_line_is_named(engine, tmp_path, line):
    """A side-car that is wrong anywhere is refused before anything is read, and the message says where."""
    path = tmp_path / "meta.jsonl"
    path.write_text('{"path": "docs/a.md", "good": 1}\n' + line + "\n")
    with pytest.raises(UsageError, match="line 2 of "):
        engine.add(tmp_path / "docs", metadata=path)
    assert "good" not in _about(engine)


def test_a_side_car_that_cannot_be_read_is_an_error(tmp_path):
    """Not there, a folder, not UTF-8: a usage error each."""
    (tmp_path / "latin").write_bytes(b'{"path": "\xe9"}')
    for name in ("nowhere.jsonl", ".", "latin"):
        with pytest.raises(UsageError):
            read_sidecar(tmp_path / name)


@pytest.mark.parametrize("word", ["year", "=2020", "id=1", "source=x", 'a"b=c', " =x"])
def test_a_bad_tag_is_refused(word):
    """Without a value, without a key, or under a key that a filter means otherwise."""
    with pytest.raises(UsageError):
        parse_tags([word])


def test_tags_are_typed_as_front_matter_is():
    """Numbers and booleans are what they look like, except in a title; an empty value takes back."""
    words = ["year=2020", "share=0.5", "draft=true", "name=a=b", "title=1984", "gone=", "language=zh-CN"]
    assert parse_tags(words) == {
        "year": 2020, "share": 0.5, "draft": True, "name": "a=b", "title": "1984", "gone": None, "lang": "zh",
    }  # fmt: skip


_FIELDS = st.dictionaries(st.sampled_from(["title", "a", "b", "c"]), st.text(min_size=1, max_size=3))


@given(st.none() | st.text(min_size=1), _FIELDS, _FIELDS, _FIELDS)
def test_the_order_of_precedence_holds_for_every_key(title, own, sidecar, tags):
    """For each key: the tag's value, else the side-car's, else the file's."""
    own.pop("title", None)
    found = Given.from_json(Given(tags, sidecar).to_json())
    merged_title, metadata = merged(title, own, found)
    for key in "abc":
        assert metadata.get(key) == tags.get(key, sidecar.get(key, own.get(key)))
    assert merged_title == tags.get("title", sidecar.get("title", title))
    assert "title" not in metadata


def test_what_is_said_twice_is_said_once():
    """Saying the same again changes nothing; tags of an earlier run stay beside those of this one."""
    first = Beside({"/": Says({"a": 1, "b": None})}).of("/s", Given())
    assert first == Given({"a": 1})
    assert Beside({"/": Says({"a": 1})}).of("/s", first) == first
    assert Beside({"/": Says({"b": 2})}).of("/s", first) == Given({"a": 1, "b": 2})
    assert Beside({}).of("/s", first) == first
    assert Given().to_json() is None


def test_the_nearest_root_decides():
    """Tags of outer roots hold unless an inner one says otherwise; a file's own root is the nearest of all."""
    said = Beside(
        {
            "/a": Says({"x": 1, "y": 1, "z": 1}, acl=("user:ann",)),
            "/a/b": Says({"y": 2}),
            "/a/b/c.txt": Says({"z": None}, acl=("user:bo",)),
        }
    )
    assert said.of("/a/b/c.txt", Given({"w": 0})).tags == {"w": 0, "x": 1, "y": 2}
    assert said.of("/a/b/d.zip!/c.txt", Given()).tags == {"x": 1, "y": 2, "z": 1}
    assert said.of("/a/b/c.txt!/inner", Given()).tags == {"x": 1, "y": 2}
    assert said.of("/other", Given()).tags == {}
    assert [said.acl(s) for s in ("/a/b/c.txt", "/a/b/e", "/o")] == [("user:bo",), ("user:ann",), None]


def test_texts_of_a_program_keep_what_they_say(engine):
    """A document that is no file has the metadata that came with it."""
    document = TextDocument("tickets:1", "A text about coffee.", "T", {"k": 1})
    engine.add_documents([document])
    assert engine.add_documents([document]).unchanged == 1
    assert engine.add_documents([replace(document, metadata={"k": 2})]).updated == 1
