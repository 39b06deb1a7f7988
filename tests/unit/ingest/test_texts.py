"""Texts that are no files become documents like any other."""

import pytest

from ragsys import QueryEngine, Settings, TextDocument
from ragsys.testing import HashEmbedder, ScriptedGenerator


@pytest.fixture
def engine(tmp_path):
    """An engine on an empty index."""
    fake = HashEmbedder()
    with QueryEngine.open(
        tmp_path / "index",
        settings=Settings(batch_passages=2),
        embedder=fake,
        generator=ScriptedGenerator(["The chain is oiled after every ride."]),
    ) as opened:
        yield opened


def test_what_is_given_is_found_under_its_own_source(engine):
    """A text is found by its words and by its title, and offsets count in the text as it was given."""
    text = "The chain is oiled after every ride."
    report = engine.add_documents([TextDocument("notes:1", text, "Bicycle", {"year": 2021})])
    assert (report.added, report.failed) == (1, ())
    hit = engine.search("bicycle").hits[0]
    assert (hit.document.source, hit.document.title, hit.document.metadata) == (
        "notes:1",
        "Bicycle",
        {"year": 2021, "lang": "en"},
    )
    assert engine.text(hit.document.id) == text
    assert hit.scores.lexical > 0
    assert engine.search("chain", where="year = 2021").hits


def test_only_changes_cost_anything(engine):
    """The same again is unchanged; a new title stores without embedding; a new text embeds."""
    document = TextDocument("notes:1", "The chain is oiled.", "Bicycle")
    engine.add_documents([document])
    again = engine.add_documents([document])
    assert (again.unchanged, again.embedded) == (1, 0)
    retitled = engine.add_documents([TextDocument("notes:1", "The chain is oiled.", "Cycling")])
    assert (retitled.updated, retitled.embedded) == (1, 0)
    assert engine.search("cycling").hits[0].heading == ("Cycling",)
    changed = engine.add_documents([TextDocument("notes:1", "The saddle is raised.", "Cycling")])
    assert (changed.updated, changed.embedded) == (1, 1)


def test_the_last_of_two_with_one_source_stays(engine):
    """A source that comes twice in one call is one document, with the later text."""
    engine.add_documents([TextDocument("a:1", "first words"), TextDocument("a:1", "second words")])
    assert [engine.text(document.id) for document in engine.documents()] == ["second words"]


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (TextDocument("a:1", "  \n"), "no-text"),
        (TextDocument("a:1", "nul \0 inside"), "encoding-unknown"),
        (TextDocument("a:1", "half a pair \ud800"), "encoding-unknown"),
        (TextDocument("a:\ud800", "text"), "encoding-unknown"),
        (TextDocument("a:1", "text", metadata={"k": "\0"}), "encoding-unknown"),
        (TextDocument("/etc/notes", "text"), "document"),
        (TextDocument("", "text"), "document"),
    ],
)
def test_a_bad_document_is_an_outcome(engine, document, code):
    """A document that cannot be stored has a code, and the one beside it is added."""
    report = engine.add_documents([document, TextDocument("a:2", "a good text")])
    assert [failure.code for failure in report.failed] == [code]
    assert report.added == 1
    assert [failure.code for failure in engine.status().failed] == [code]


def test_a_stream_is_taken_one_by_one(engine):
    """Documents are pulled as they are stored, not collected first."""
    seen = []

    def stream():
        for number in range(5):
            seen.append(engine.status().documents)
            yield TextDocument(f"a:{number}", f"text number {number}")

    engine.add_documents(stream())
    assert seen == [0, 0, 2, 2, 4]


def test_a_citation_of_a_text_can_be_checked_again(engine):
    """A saved answer that quotes a text holds while the text is the same, though there is no file."""
    from ragsys.plain import as_data

    engine.add_documents([TextDocument("notes:1", "The chain is oiled after every ride.")])
    saved = as_data(engine.ask("When is the chain oiled?"))
    assert saved["citations"]
    assert all(check.ok for check in engine.verify(saved))
    engine.add_documents([TextDocument("notes:1", "The chain is never oiled.")])
    assert not any(check.ok for check in engine.verify(saved))


def test_the_legs_rank_by_themselves(engine):
    """Each leg gives its own order and its own score, and leaves the other's empty."""
    engine.add_documents([TextDocument("a:1", "oil the chain"), TextDocument("a:2", "raise the saddle")])
    found = engine.legs("chain", top_k=2)
    assert [hit.document.source for hit in found["lexical"]] == ["a:1"]
    assert [hit.rank for hit in found["dense"]] == [1, 2]
    assert found["dense"][0].scores.lexical is None


def test_of_one_source_the_last_text_wins(engine):
    """Whatever the index held before, and whatever came in between."""
    first, other = TextDocument("notes:1", "The chain is oiled."), TextDocument("notes:1", "The chain is dry.")
    engine.add_documents([first])
    engine.add_documents([other, first])
    assert engine.text("notes:1") == first.text
