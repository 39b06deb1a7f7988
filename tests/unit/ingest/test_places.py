"""Places travel from the parser to the hit and to the citation, through the database and back."""

import in_process
import pytest

from ragsys import QueryEngine
from ragsys.config import Settings
from ragsys.ingest.parsers.text import TextParser
from ragsys.retrieve.context import with_context
from ragsys.testing import HashEmbedder, ScriptedGenerator
from ragsys.types import Extraction, Place

LINES = ("Kettles are descaled twice a year.", "Grinders are brushed every two weeks.", "Filters are rinsed daily.")


class SlideParser(TextParser):
    """Each line of a text is a slide."""

    def parse(self, data, *, name):
        """The text as it is, a place for each line."""
        text = super().parse(data, name=name).text
        starts = [0, *(i + 1 for i, sign in enumerate(text[:-1]) if sign == "\n")]
        return Extraction(text, places=tuple(Place(at, "slide", str(n), str(n)) for n, at in enumerate(starts, 1)))


@pytest.fixture
def engine(tmp_path, monkeypatch):
    """An engine over one document of three slides, a passage each."""
    in_process.use(monkeypatch, SlideParser())
    (tmp_path / "care.txt").write_text("\n".join(LINES))
    settings = Settings(chunk_tokens=8, chunk_overlap=0, min_confidence=0.0)
    generator = ScriptedGenerator("Grinders are brushed every two weeks. [1]")
    with QueryEngine.open(tmp_path / "i", settings=settings, embedder=HashEmbedder(), generator=generator) as opened:
        opened.add(tmp_path / "care.txt")
        yield opened


def test_hits_and_citations_say_their_place(engine):
    """A hit names the place of its passage, a citation that of its quote."""
    hit = engine.search("how often are grinders brushed").hits[0]
    assert (hit.place, hit.page) == ("slide 2", None)
    citation = engine.ask("How often are grinders brushed?").citations[0]
    assert citation.place == "slide 2"


def test_context_is_where_all_that_it_shows_is(engine):
    """A hit that was widened by its neighbours is in the places of all of them."""
    with engine._index.read() as view:
        hits = engine.search("how often are grinders brushed", top_k=1).hits
        assert with_context(hits, view, 1)[0].place == "slides 1-3"


def test_a_copy_keeps_the_place(engine, tmp_path):
    """Passages whose vectors are taken over from the same content have their places, too."""
    (tmp_path / "copy.txt").write_text("\n".join(LINES))
    assert engine.add(tmp_path / "copy.txt").embedded == 0
    engine.remove(next(d.id for d in engine.documents() if d.source.endswith("care.txt")))
    assert engine.search("how often are grinders brushed").hits[0].place == "slide 2"
