"""What is translated: a document, a passage, and nothing that is in the language already or may not be seen."""

import pytest

from ragsys import QueryEngine, Settings, TextDocument
from ragsys.errors import NotFoundError, UsageError
from ragsys.testing import HashEmbedder, ScriptedGenerator

TEXT = "The pump stops at night. The tank holds 80 litres."


@pytest.fixture
def engine(tmp_path):
    """An engine on an index of one document."""
    generator = ScriptedGenerator(["水泵在夜里停止。", "水箱的容量是80升。"])
    with QueryEngine.open(
        tmp_path / "index", settings=Settings(), embedder=HashEmbedder(max_tokens=8), generator=generator
    ) as opened:
        opened.add_documents([TextDocument("notes:1", TEXT)])
        yield opened


def test_a_document_is_translated_whole(engine):
    """By its source or its id, with the plan first."""
    plan, sentences = engine.translate("notes:1", to="zh")
    assert (plan.source, plan.from_language, plan.to_language, plan.model) == ("notes:1", "en", "zh", "scripted")
    assert [(item.target, item.problems) for item in sentences] == [
        ("水泵在夜里停止。", ()),
        ("水箱的容量是80升。", ()),
    ]


def test_a_passage_counts_in_its_document(engine):
    """Spans of a passage's sentences are those of the document's text."""
    passage = engine.search("tank litres").hits[0]
    assert passage.start > 0
    _, sentences = engine.translate(passage=passage.passage_id, to="zh")
    for item in sentences:
        assert TEXT[item.start : item.end] == item.source == passage.text.strip()


@pytest.mark.parametrize(
    ("document", "options", "error"),
    [
        ("nowhere", {"to": "zh"}, NotFoundError),
        (None, {"to": "zh", "passage": 999}, NotFoundError),
        (None, {"to": "zh"}, UsageError),
        ("notes:1", {"to": "en"}, UsageError),
        ("notes:1", {"to": "tlh"}, UsageError),
        ("notes:1", {"to": "zh", "source_language": "xx"}, UsageError),
    ],
)
def test_what_cannot_be_done_is_a_typed_error_before_anything_is_generated(engine, document, options, error):
    """Unknown documents, passages and languages, and a text that is in the language already."""
    with pytest.raises(error):
        engine.translate(document, **options)
    assert engine.generator.prompts == []


def test_a_text_without_a_language_needs_one(engine):
    """Where the language cannot be told, it has to be named."""
    engine.add_documents([TextDocument("codes", "x1 y2 z3")])
    with pytest.raises(UsageError, match="cannot be told"):
        engine.translate("codes", to="zh")
    plan, _ = engine.translate("codes", to="zh", source_language="en")
    assert plan.from_language == "en"


def test_what_may_not_be_seen_is_not_translated(engine, tmp_path):
    """A document that is granted to nobody else is not found by a stranger."""
    engine.add_documents([TextDocument("secret", TEXT + " Quietly.")], acl=["user:ann"])
    stranger = QueryEngine.open(
        tmp_path / "index", settings=Settings(), embedder=HashEmbedder(max_tokens=8), principals=["user:bob"]
    )
    with stranger, pytest.raises(NotFoundError):
        stranger.translate("secret", to="zh")
