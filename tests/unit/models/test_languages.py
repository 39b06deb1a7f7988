"""What an embedder reads: a warning where it does not read a document or a query, and no noise elsewhere."""

import pytest

from ragsys import QueryEngine, Settings, TextDocument
from ragsys.language import LANGUAGES
from ragsys.models.languages import (
    NOT_COVERED,
    languages_of,
    notice_of_documents,
    notice_of_query,
    reads_everything,
)
from ragsys.testing import HashEmbedder
from ragsys.types import Space

MINILM, E5 = "all-MiniLM-L6-v2", "multilingual-e5-small"


class Named(HashEmbedder):
    """A hashing embedder that goes by another name."""

    def __init__(self, name):
        super().__init__()
        self._space = Space(name, self._space.digest, self._space.dim)


def test_the_catalogue_says_what_is_read():
    """The small embedder reads English, the default every language that is told apart, and of others nobody knows."""
    assert languages_of(MINILM) == {"en"}
    assert languages_of(E5) >= LANGUAGES
    assert languages_of("somebody/else") is None
    assert [reads_everything(name) for name in (MINILM, E5, "somebody/else")] == [False, True, True]


def test_documents_that_are_not_read_are_counted_once():
    """One warning for all, with the number of each language and an embedder that reads them."""
    notice = notice_of_documents(MINILM, {"en": 5, "zh": 3, "de-AT": 1, "und": 2})
    assert (notice.code, notice.languages) == (NOT_COVERED, ("de-AT", "zh"))
    assert "4 of the documents (3 in Chinese, 1 in German)" in notice.message
    assert E5 in notice.message


@pytest.mark.parametrize("counts", [{}, {"en": 3}, {"und": 9}, {"en-GB": 1}])
def test_documents_that_are_read_bring_no_warning(counts):
    """English, in any region, and what has no language."""
    assert notice_of_documents(MINILM, counts) is None
    assert notice_of_documents("somebody/else", {"zh": 1}) is None


def test_a_query_that_is_not_read_brings_a_warning():
    """As for documents."""
    assert notice_of_query(MINILM, "zh").languages == ("zh",)
    assert notice_of_query(MINILM, "en") is None
    assert notice_of_query(E5, "zh") is None


@pytest.mark.parametrize(("name", "warned"), [(MINILM, True), (E5, False), ("hash-embedder", False)])
def test_add_search_and_ask_warn(tmp_path, name, warned):
    """The reports of an addition, a search and an answer carry the warning, and only where it is due."""
    settings = Settings(answer_mode="extract")
    with QueryEngine.open(tmp_path / "index", settings=settings, embedder=Named(name)) as engine:
        report = engine.add_documents([TextDocument("b", "水箱的容量是八十升，水泵停止。")])
        assert [notice.code for notice in report.warnings] == [NOT_COVERED] * warned
        assert [notice.code for notice in engine.search("水箱的容量是多少").warnings] == [NOT_COVERED] * warned
        assert [notice.code for notice in engine.ask("水箱的容量是多少？").warnings] == [NOT_COVERED] * warned
        assert engine.search("how much does the tank hold").warnings == ()
        assert engine.add_documents([TextDocument("b", "水箱的容量是八十升，水泵停止。")]).warnings == ()
