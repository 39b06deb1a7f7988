"""The retriever's order: what a reranker, a cap, the wish for variety and neighbouring passages make of the hits."""

from itertools import pairwise
from pathlib import Path

import pytest

from ragsys import QueryEngine
from ragsys.config import Settings
from ragsys.errors import ConfigError
from ragsys.testing import HashEmbedder, OverlapReranker

_PARTS = ("kettle", "grinder", "filter", "pump", "valve", "hose", "lamp", "switch")


def manual(words):
    """A text of paragraphs, one for each part, each long enough to be a passage of its own."""
    return "\n\n".join(
        f"The {part} of the machine is cleaned with {words}. " + f"Then the {part} dries in the open air. " * 3
        for part in _PARTS
    )


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    """Opens the index of two manuals and a copy of one with the settings that are given."""
    docs = tmp_path_factory.mktemp("docs")
    for name, words in (("a.txt", "vinegar"), ("b.txt", "soap"), ("c.txt", "vinegar")):
        (docs / name).write_text(manual(words), encoding="utf-8")
    folder = tmp_path_factory.mktemp("index")
    embedder = HashEmbedder(dim=256)

    def engine(**settings):
        return QueryEngine.open(
            folder,
            settings=Settings(chunk_tokens=40, chunk_overlap=0, **settings),
            embedder=embedder,
            reranker=OverlapReranker() if settings.get("reranker") else None,
        )

    with engine() as first:
        first.add(docs)
    return engine


def test_copies_are_named(opened):
    """The same passage of another document is no hit of its own."""
    with opened() as engine:
        hits = engine.search("kettle cleaned with vinegar").hits
    assert [hit.document.source.rsplit("/")[-1] for hit in hits[:1]] == ["a.txt"]
    assert [document.source.rsplit("/")[-1] for document in hits[0].copies] == ["c.txt"]


def test_a_cap_holds_for_each_document(opened):
    """With one hit of each document there are as many hits as documents that are no copies."""
    with opened(per_source=1) as engine:
        hits = engine.search("machine cleaned").hits
    assert len({hit.document.id for hit in hits}) == len(hits)


def test_a_reranker_orders_the_best(opened):
    """Scores are the reranker's for as many as it reads, descending; the rest keeps the fused order behind them."""
    with opened(reranker="overlap", rerank_depth=4) as engine:
        hits = engine.search("lamp dries open", explain=True).hits
    read = [hit.scores.rerank for hit in hits if hit.scores.rerank is not None]
    assert 0 < len(read) <= 4
    assert read == sorted(read, reverse=True)
    assert [hit.scores.rerank is None for hit in hits] == sorted(hit.scores.rerank is None for hit in hits)
    fused = [hit.scores.fused for hit in hits if hit.scores.rerank is None]
    assert fused == sorted(fused, reverse=True)
    assert all(hit.score == (hit.scores.fused if hit.scores.rerank is None else hit.scores.rerank) for hit in hits)


def test_variety_changes_the_order_and_nothing_else(opened):
    """The first hit stays; the hits are passages of the index with their own scores."""
    with opened() as plain, opened(diversity=0.9) as varied:
        first, second = plain.search("kettle machine").hits, varied.search("kettle machine").hits
    assert first[0].passage_id == second[0].passage_id
    assert [hit.passage_id for hit in first] != [hit.passage_id for hit in second]
    with opened(diversity=1.5) as wrong, pytest.raises(ConfigError, match="diversity"):
        wrong.search("kettle")


def test_neighbours_are_merged_into_one_text(opened):
    """Each hit is a slice of its document that holds its neighbours; hits that would overlap are one."""
    with opened(context=1, per_source=2) as engine:
        hits = engine.search("pump", top_k=4).hits
        texts = {hit.document.id: engine.text(hit.document.id) for hit in hits}
    assert "valve" in hits[0].text
    assert "filter" in hits[0].text
    assert all(texts[hit.document.id][hit.start : hit.end] == hit.text for hit in hits)
    assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))
    spans = sorted((hit.document.id, hit.start, hit.end) for hit in hits)
    assert all(a[0] != b[0] or a[2] < b[1] for a, b in pairwise(spans))


def test_a_document_that_was_set_aside_is_told_from_one_that_lost(tmp_path):
    """It outscores a hit, and yet variety left it out: that is the reason, not its score."""
    texts = {
        "spring": "Descale the kettle with vinegar twice a year, in spring.",
        "autumn": "Descale the kettle with vinegar twice a year, in autumn.",
        "cord": "The cord of the kettle is kept dry, and away from heat.",
        "lamp": "A lamp is switched off before its bulb is changed.",
    }
    docs = tmp_path / "docs"
    docs.mkdir()
    for name, text in texts.items():
        (docs / f"{name}.txt").write_text(text, encoding="utf-8")
    question, path, embedder = "descale the kettle with vinegar", tmp_path / "index", HashEmbedder(dim=256)
    with QueryEngine.open(path, settings=Settings(), embedder=embedder) as plain:
        plain.add(docs)
        ranked = [hit.document.source for hit in plain.search(question).hits]
    with QueryEngine.open(path, settings=Settings(diversity=0.9), embedder=embedder) as varied:
        verdicts = [varied.why_not(question, source, top_k=2).verdict for source in ranked]
    assert [Path(source).stem for source in ranked[2:]] == ["cord", "lamp"]
    assert verdicts[0] == "found"
    assert verdicts[1] == "set-aside"
