"""Why a document is not among the hits: every way of losing it is told from the others."""

import pytest

from ragsys import QueryEngine
from ragsys.config import Settings
from ragsys.errors import NotFoundError
from ragsys.testing import HashEmbedder


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    """Three hundred documents about tea, one about kettles, a copy of it, and one that failed."""
    docs = tmp_path_factory.mktemp("docs")
    for number in range(300):
        (docs / f"tea{number:03}.txt").write_text(f"Green tea number {number} is brewed slowly.", encoding="utf-8")
    for name in ("kettle.txt", "kopie.txt"):
        (docs / name).write_text("Descale the kettle with vinegar twice a year.", encoding="utf-8")
    (docs / "broken.txt").write_bytes(b"")
    with QueryEngine.open(
        tmp_path_factory.mktemp("index"), settings=Settings(), embedder=HashEmbedder(dim=512)
    ) as opened:
        opened.add(docs)
        yield opened, docs


def test_a_hit_says_its_rank(engine):
    """The document that is found is found, with rank 1 on both legs."""
    opened, docs = engine
    found = opened.why_not("descale the kettle", str(docs / "kettle.txt"))
    assert (found.verdict, found.rank) == ("found", 1)
    assert (found.best[0].dense_rank, found.best[0].lexical_rank) == (1, 1)
    assert found.outscored_by == ()


def test_a_filter_is_named(engine):
    """A document that the filter leaves out was never searched."""
    opened, docs = engine
    assert opened.why_not("kettle", str(docs / "kettle.txt"), where="source ~ 'tea*'").verdict == "filtered"


def test_a_copy_gives_way_to_its_original(engine):
    """The same text is shown once."""
    opened, docs = engine
    verdicts = {opened.why_not("kettle", str(docs / name)).verdict for name in ("kettle.txt", "kopie.txt")}
    assert verdicts == {"found", "duplicate"}


def test_what_scores_less_is_outscored_by_what_is_shown(engine):
    """A document within the candidates names the hits above it, and its own ranks."""
    opened, docs = engine
    found = opened.why_not("green tea number 7", str(docs / "tea008.txt"), top_k=1)
    assert found.verdict == "outscored"
    assert [hit.document.source for hit in found.outscored_by] == [str(docs / "tea007.txt")]
    assert found.best[0].lexical_rank > 1


def test_what_no_leg_proposes_says_so(engine):
    """Beyond the depth of both legs a document is no candidate at all."""
    opened, docs = engine
    found = opened.why_not("green tea brewed slowly", str(docs / "kettle.txt"))
    assert found.verdict == "not-proposed"
    assert found.best[0].dense_rank > found.depth
    assert found.best[0].lexical_rank is None


def test_a_document_that_failed_says_why(engine):
    """The reason of the failure is in the message."""
    opened, docs = engine
    with pytest.raises(NotFoundError, match="file-empty"):
        opened.why_not("tea", str(docs / "broken.txt"))


def test_many_copies_do_not_crowd_out_other_hits(engine):
    """However many passages have one text, a search still gives as many different ones as there are."""
    opened, docs = engine
    for number in range(60):
        (docs / f"copy{number}.txt").write_text("Green tea is brewed.", encoding="utf-8")
    opened.add(docs)
    assert len({hit.text for hit in opened.search("green tea is brewed", top_k=10).hits}) == 10
