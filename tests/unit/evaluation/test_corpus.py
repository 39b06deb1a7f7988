"""A corpus goes into an index, and documents go by the names that the judgements use."""

import pytest

from ragsys import TextDocument
from ragsys.errors import DatasetError
from ragsys.evaluation.corpus import Names, holds_corpus, index_corpus
from ragsys.evaluation.datasets import open_dataset


def test_a_corpus_is_indexed_once_and_follows_its_file(beir, engine, lines):
    """The second time nothing is embedded; a document that left the corpus leaves the index."""
    opened = engine()
    dataset = open_dataset(beir)
    assert holds_corpus(opened, dataset)
    assert index_corpus(opened, dataset).added == 4
    again = index_corpus(opened, dataset)
    assert (again.unchanged, again.embedded) == (4, 0)
    lines(beir / "corpus.jsonl", [{"_id": "d1", "title": "Bicycle", "text": "The chain."}])
    index_corpus(opened, dataset)
    assert [document.source for document in opened.documents()] == ["beir:tiny/d1"]


def test_a_title_is_the_first_line_and_the_heading(beir, engine):
    """It is found by the lexical leg and cited at its place; a text that begins with it does not say it twice."""
    opened = engine()
    index_corpus(opened, open_dataset(beir))
    assert opened.text("beir:tiny/d1").startswith("Bicycle\n\nThe chain")
    assert opened.search("bicycle").hits[0].heading == ("Bicycle",)
    assert opened.text("beir:tiny/d3").startswith("Bread")


def test_documents_of_a_users_own_index_go_by_file_name(beir, engine, tmp_path):
    """A judged name may be a path, a file's name, or that without extension; one that two files share names neither."""
    notes = tmp_path / "notes"
    for name in ("a/d1.md", "d2.txt", "b/d2.md"):
        (notes / name).parent.mkdir(parents=True, exist_ok=True)
        (notes / name).write_text(f"words of {name}")
    opened = engine()
    opened.add(notes)
    assert not holds_corpus(opened, open_dataset(beir))
    names = Names(open_dataset(beir), opened.documents())
    by_source = {hit.document.source: names.of(hit.document) for hit in opened.search("words").hits}
    assert by_source[str(notes / "a/d1.md")] == "d1"
    assert by_source[str(notes / "d2.txt")] == opened.document(str(notes / "d2.txt")).id
    assert (names.judged, names.indexed) == (3, 1)


def test_an_index_without_any_judged_document_is_refused(beir, engine):
    """Zeros all over would look like a bad system: it says that the set does not fit the index."""
    opened = engine()
    opened.add_documents([TextDocument("other:1", "something else")])
    with pytest.raises(DatasetError, match="none of the 3 judged documents"):
        Names(open_dataset(beir), opened.documents())
