"""Tables in a text, and passages that begin inside them."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from ragsys.ingest.batch import Parsed, embed
from ragsys.ingest.chunk import chunk
from ragsys.ingest.parsers.tables import markdown_table
from ragsys.ingest.table_headers import Tables
from ragsys.testing import HashEmbedder
from ragsys.types import Extraction, table_header, with_table_header

_WORDS = st.text(st.sampled_from("abc 水泵.|!\\"), max_size=12)
_TABLE = st.lists(st.lists(_WORDS, min_size=2, max_size=3), min_size=1, max_size=30).map(markdown_table)


def _long_table(rows=40):
    return markdown_table([["Year", "Ducks"], *([str(1980 + at), f"{at} ducks seen"] for at in range(rows))])


def test_only_rows_below_a_rule_have_a_header():
    """The header itself, its rule and the text around a table have none."""
    text = "Before\n\n| a | b |\n| --- | :-: |\n| 1 | 2 |\n\n| no | rule |\n| 3 | 4 |\n"
    tables = Tables(text)
    assert {text[at:].split("\n", 1)[0]: tables.over(at) for at in range(len(text)) if tables.over(at)}
    assert tables.over(text.index("| 1")) == "| a | b |"
    assert not any(tables.over(text.index(piece)) for piece in ("Before", "| a", "| ---", "| no", "| 3"))


def test_a_passage_that_begins_inside_a_table_has_its_header_as_a_heading():
    """Every passage of a long table but the first carries the header row, and begins with a whole row."""
    text = f"# Birds\n\n{_long_table()}\n\nAfter the table.\n"
    embedder = HashEmbedder()
    passages = chunk(Extraction(text), embedder, 60, 0)
    inside = [passage for passage in passages[1:] if text[passage.start] == "|"]
    assert len(inside) > 3
    assert all(passage.heading == ("| Year | Ducks |",) for passage in inside)
    assert all(text[passage.start - 1] == "\n" for passage in inside)
    assert passages[0].heading == ()
    longest = max(embedder.count_tokens([with_table_header(text[p.start : p.end], p.heading) for p in passages]))
    assert longest <= 60


def test_the_header_is_embedded_with_the_rows():
    """Equal rows under different headers are embedded as different texts."""
    rows = "| 1 | 2 |\n" * 30
    texts = [f"| {name} | b |\n| --- | --- |\n{rows}" for name in ("apples", "pears")]
    embedder = HashEmbedder()
    waiting = [
        Parsed(name, name, 1, 1, "text", Extraction(text), spans=chunk(Extraction(text), embedder, 40, 0)[-1:])
        for name, text in zip("xy", texts, strict=True)
    ]
    (first,), (second,) = embed(waiting, embedder, together=8, report=lambda *_: None)[0]
    assert table_header(first.heading) != table_header(second.heading)
    assert (first.vector != second.vector).any()
    bare = [replace(item, spans=[replace(span, heading=()) for span in item.spans]) for item in waiting]
    (third,), (fourth,) = embed(bare, embedder, together=8, report=lambda *_: None)[0]
    assert (third.vector == fourth.vector).all()


def test_a_header_that_fills_a_passage_is_not_repeated():
    """A header of more than a third of the limit would leave no room for rows."""
    text = markdown_table([[f"column{at}" for at in range(30)], *([str(at)] * 30 for at in range(9))])
    assert all(not passage.heading for passage in chunk(Extraction(text), HashEmbedder(), 40, 0))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(_TABLE, _WORDS), max_size=4).map("\n\n".join), st.integers(5, 40), st.integers(0, 10))
def test_passages_tile_a_text_with_tables(text, limit, overlap):
    """Whatever tables a text holds, its passages cover it in order and none is too long, header included."""
    embedder = HashEmbedder()
    passages = chunk(Extraction(text), embedder, limit, overlap)
    if not text.strip():
        assert passages == []
        return
    assert passages[0].start == 0
    assert passages[-1].end == len(text)
    assert all(a.start < b.start <= a.end < b.end for a, b in pairwise(passages))
    for passage in passages:
        shown = with_table_header(text[passage.start : passage.end], passage.heading)
        assert embedder.count_tokens([shown])[0] <= limit or passage.end - passage.start == 1
