"""Documents have a language: their own word first, what the text shows otherwise, and earlier ones catch up."""

import json

import pytest
from sqlalchemy import select, update

from ragsys import QueryEngine, Settings, TextDocument
from ragsys.indexes import schema
from ragsys.ingest.labelling import with_language
from ragsys.testing import HashEmbedder

ENGLISH, CHINESE = (
    "The chain is oiled after every ride in the rain.",
    "水箱的容量是八十升，压力达到三点五巴时水泵停止。",
)


@pytest.fixture
def engine(tmp_path):
    """An engine on an empty index."""
    with QueryEngine.open(tmp_path / "index", settings=Settings(), embedder=HashEmbedder()) as opened:
        yield opened


def test_the_language_is_stored_and_filtered_by(engine):
    """A search, a listing and the status know each document's language."""
    report = engine.add_documents([TextDocument("a", ENGLISH), TextDocument("b", CHINESE), TextDocument("c", "1 2 3")])
    assert dict(report.languages) == {"en": 1, "zh": 1, "und": 1}
    assert [hit.document.source for hit in engine.search("水泵", where="lang = zh").hits] == ["b"]
    assert [document.source for document in engine.documents(where="lang = en")] == ["a"]
    assert dict(engine.status().languages) == {"en": 1, "und": 1, "zh": 1}


def test_what_a_document_says_of_itself_wins(engine):
    """A language in the metadata is kept as it is, even where the text shows another; an empty one is none."""
    engine.add_documents(
        [TextDocument("a", ENGLISH, metadata={"lang": "de-AT"}), TextDocument("b", ENGLISH, metadata={"lang": " "})]
    )
    assert engine.document("a").metadata["lang"] == "de-AT"
    assert engine.document("b").metadata["lang"] == "en"
    assert with_language({"lang": "fr"}, CHINESE) == {"lang": "fr"}


def test_front_matter_names_the_language(engine, tmp_path):
    """A file's front matter is its own word."""
    (tmp_path / "a.md").write_text("---\nlang: nl\n---\n\n" + ENGLISH, encoding="utf-8")
    engine.add(tmp_path / "a.md")
    assert [document.metadata["lang"] for document in engine.documents()] == ["nl"]


def test_earlier_documents_catch_up_at_the_next_add(engine):
    """Documents without a language get one from their stored text, once; nothing is embedded and `seq` stays."""
    engine.add_documents([TextDocument("a", ENGLISH, metadata={"year": 2020}), TextDocument("b", CHINESE)])
    database = engine._index.database
    with database.write() as connection:
        connection.execute(update(schema.document).values(metadata='{"year": 2020}'))
    assert dict(engine.status().languages) == {}
    seq, embedded = engine.reference().seq, engine.embedder.embedded
    engine.add_documents([])
    assert {d.source: dict(d.metadata) for d in engine.documents()} == {
        "a": {"year": 2020, "lang": "en"},
        "b": {"year": 2020, "lang": "zh"},
    }
    assert (engine.reference().seq, engine.embedder.embedded) == (seq, embedded)
    with database.read() as connection:
        assert all(json.loads(row) for row in connection.scalars(select(schema.document.c.metadata)))


def test_a_document_that_is_removed_meanwhile_is_no_obstacle(engine, tmp_path):
    """Pruning in the same run as catching up works."""
    (tmp_path / "a.txt").write_text(ENGLISH, encoding="utf-8")
    (tmp_path / "b.txt").write_text(CHINESE, encoding="utf-8")
    engine.add(tmp_path / "a.txt", tmp_path / "b.txt")
    with engine._index.database.write() as connection:
        connection.execute(update(schema.document).values(metadata="{}"))
    (tmp_path / "b.txt").unlink()
    assert engine.add(tmp_path, prune=True).deleted == 1
    assert [document.metadata for document in engine.documents()] == [{"lang": "en"}]
