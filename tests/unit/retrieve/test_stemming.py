"""Words find their other forms in the language of each document, in one index of several languages."""

import pytest

from ragsys import QueryEngine
from ragsys.config import Settings
from ragsys.testing import HashEmbedder
from ragsys.types import TextDocument

TEXTS = {
    "de": "Die alten Häuser am Fluss wurden renoviert.",
    "en": "The old houses by the river were renovated.",
    "ru": "Старые библиотеки были отремонтированы.",
}


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    """An engine over one document in each language."""
    documents = [TextDocument(f"d:{code}", text, metadata={"lang": code}) for code, text in TEXTS.items()]
    with QueryEngine.open(tmp_path_factory.mktemp("i"), settings=Settings(), embedder=HashEmbedder()) as opened:
        opened.add_documents(documents)
        yield opened


@pytest.mark.parametrize(("query", "code"), [("Hauses", "de"), ("housing renovation", "en"), ("библиотека", "ru")])
def test_a_word_finds_another_form_of_it(engine, query, code):
    """By words, only the document in the language of the word is found."""
    hits = engine.search(query).hits
    assert [hit.document.source for hit in hits if hit.scores.lexical] == [f"d:{code}"]


def test_a_form_is_found_in_a_document_that_came_later(engine):
    """The first document of a language makes queries be stemmed by that language as well."""
    engine.add_documents([TextDocument("d:fr", "Les maisons anciennes.", metadata={"lang": "fr"})])
    assert [hit.document.source for hit in engine.search("ancienne").hits if hit.scores.lexical] == ["d:fr"]
