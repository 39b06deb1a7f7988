"""The engine over real storage, ingestion and retrieval, with the shipped fakes for the models."""

import pytest

from ragsys import QueryEngine, Settings
from ragsys.errors import IndexNotFoundError, NotFoundError, QueryError, SpaceMismatchError
from ragsys.testing import HashEmbedder, ScriptedGenerator
from ragsys.types import Answer

GRINDER = "# Grinder\n\nThe burrs are cleaned with a dry brush every two weeks.\n"
BIKE = "# Bicycle\n\nThe chain is oiled after every ride in the rain.\n"


@pytest.fixture
def folder(tmp_path):
    """Two notes in a folder."""
    notes = tmp_path / "notes"
    notes.mkdir()
    (notes / "grinder.md").write_text(GRINDER)
    (notes / "bike.md").write_text(BIKE)
    return notes


def open_engine(tmp_path, *replies, **options):
    """An engine on `tmp_path/index` that embeds by hashing and says `replies`."""
    return QueryEngine.open(
        tmp_path / "index",
        settings=Settings(),
        embedder=options.pop("embedder", None) or HashEmbedder(),
        generator=ScriptedGenerator(replies),
        **options,
    )


def test_what_is_added_is_found_and_the_span_is_exact(tmp_path, folder):
    """The best hit is the passage that says it, and its span cuts exactly its text out of the document."""
    with open_engine(tmp_path) as engine:
        report = engine.add(folder)
        assert (report.added, report.failed) == (2, ())
        hit = engine.search("when is the chain oiled").hits[0]
        assert hit.document.source == str(folder / "bike.md")
        assert engine.text(hit.document.id)[hit.start : hit.end] == hit.text


def test_an_unchanged_folder_costs_no_embedding(tmp_path, folder):
    """Adding again what has not changed embeds nothing and changes nothing."""
    embedder = HashEmbedder()
    with open_engine(tmp_path, embedder=embedder) as engine:
        engine.add(folder)
        embedded, seq = embedder.embedded, engine.status().seq
        again = engine.add(folder)
        assert (again.unchanged, again.embedded, embedder.embedded) == (2, 0, embedded)
        assert engine.status().seq == seq


def test_a_filter_keeps_other_documents_out(tmp_path, folder):
    """A filter on the source leaves only passages of matching documents."""
    with open_engine(tmp_path) as engine:
        engine.add(folder)
        result = engine.search("chain oiled rain", where='source ~ "*grinder.md"')
        assert {hit.document.source for hit in result.hits} == {str(folder / "grinder.md")}
        assert (result.coverage.searched, result.coverage.documents) == (1, 2)


def test_a_changed_file_replaces_its_old_text(tmp_path, folder):
    """After an update the old words are gone and the new ones are found under the same id."""
    with open_engine(tmp_path) as engine:
        engine.add(folder)
        before = engine.document(str(folder / "bike.md")).id
        (folder / "bike.md").write_text("# Bicycle\n\nThe saddle is raised by two fingers.\n")
        assert engine.add(folder).updated == 1
        assert engine.document(str(folder / "bike.md")).id == before
        assert all("chain" not in hit.text for hit in engine.search("chain oiled").hits)


def test_an_answer_is_cited_from_the_document(tmp_path, folder):
    """A supported sentence carries a verbatim quote at its exact place."""
    with open_engine(tmp_path, "The burrs are cleaned with a dry brush every two weeks.") as engine:
        engine.add(folder)
        answer = engine.ask("How often are the burrs cleaned?")
        assert answer.status == "answered"
        citation = answer.citations[0]
        assert engine.text(citation.document.id)[citation.start : citation.end] == citation.quote
        assert "dry brush" in citation.quote
        assert citation.document.source == str(folder / "grinder.md")


def test_a_stream_ends_with_the_answer(tmp_path, folder):
    """Pieces of the draft come first; the last event, and only it, is the answer."""
    with open_engine(tmp_path, "The chain is oiled after every ride in the rain.") as engine:
        engine.add(folder)
        events = list(engine.stream("When is the chain oiled?"))
        assert isinstance(events[-1], Answer)
        assert not any(isinstance(event, Answer) for event in events[:-1])
        assert "".join(event.text for event in events[:-1]).startswith("The chain")


def test_an_empty_index_abstains(tmp_path):
    """With nothing indexed there is no answer and no citation."""
    with open_engine(tmp_path, "Anything at all.") as engine:
        answer = engine.ask("What is the capital?")
        assert (answer.status, answer.citations) == ("abstained", ())
        assert answer.reason


def test_a_removed_document_is_gone_at_once(tmp_path, folder):
    """After removal neither leg finds the document, and it cannot be fetched."""
    with open_engine(tmp_path) as engine:
        engine.add(folder)
        engine.remove(str(folder / "bike.md"))
        assert all("chain" not in hit.text for hit in engine.search("chain oiled rain").hits)
        with pytest.raises(NotFoundError):
            engine.document(str(folder / "bike.md"))


def test_another_embedder_is_refused(tmp_path, folder):
    """Vectors of one space are never searched with a query of another, nor mixed with it."""
    with open_engine(tmp_path) as engine:
        engine.add(folder)
    with open_engine(tmp_path, embedder=HashEmbedder(dim=32)) as engine:
        with pytest.raises(SpaceMismatchError):
            engine.search("chain")
        with pytest.raises(SpaceMismatchError):
            engine.add(folder, force=True)


def test_a_reader_sees_what_another_engine_commits(tmp_path, folder):
    """An engine that is already open finds what another one adds, without being opened again."""
    with open_engine(tmp_path) as writer, open_engine(tmp_path) as reader:
        assert reader.search("chain oiled").hits == ()
        writer.add(folder)
        assert reader.search("chain oiled").hits[0].document.source == str(folder / "bike.md")


@pytest.mark.parametrize("query", ["", "   ", "\n"])
def test_an_empty_query_is_a_typed_error(tmp_path, query):
    """A query without a word is refused, not answered at random."""
    with open_engine(tmp_path) as engine, pytest.raises(QueryError):
        engine.search(query)


def test_no_index_is_created_where_none_was_asked_for(tmp_path):
    """Opening without `create` refuses a folder that holds no index, and leaves it untouched."""
    with pytest.raises(IndexNotFoundError):
        open_engine(tmp_path, create=False)
    assert not (tmp_path / "index").exists()


def test_verify_notices_a_changed_file(tmp_path, folder):
    """A saved answer holds until its file changes on disk."""
    from ragsys.plain import as_data

    with open_engine(tmp_path, "The chain is oiled after every ride in the rain.") as engine:
        engine.add(folder)
        saved = as_data(engine.ask("When is the chain oiled?"))
        assert saved["citations"]
        assert all(check.ok for check in engine.verify(saved))
        (folder / "bike.md").write_text("Something else.\n")
        assert not all(check.ok for check in engine.verify(saved))
        saved["citations"][0]["quote"] = "The chain is never oiled."
        assert not any(check.ok for check in engine.verify(saved))
