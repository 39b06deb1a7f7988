"""Passages tile any Unicode text and never exceed the limit."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ragsys.config import Settings
from ragsys.ingest import chunk as chunking
from ragsys.ingest.chunk import chunk
from ragsys.models import installed, load_embedder
from ragsys.sentences import sentence_spans
from ragsys.testing import HashEmbedder
from ragsys.types import Extraction, Heading

_ANY = st.text(st.characters(exclude_categories=("Cs",)), max_size=400)
_PROSE = st.text("ab1 .!\n\t中文。！”", max_size=400)
# What breaks counting by characters: marks that combine, emoji that join, zero-width and right-to-left signs.
_ODD = st.lists(
    st.sampled_from(
        [
            "e\u0301",
            "क्षि",
            "\u200b",
            "\u200d",
            "👩‍👩‍👧",
            "🇫🇷",
            "\u202e",
            "ﷺ",
            "\ufeff",
            "\U000e0041",
            "한",
            "ｶﾞ",
            "x" * 90,
            "。",
            ". ",
            "\n\n",
        ]
    ),
    max_size=60,
).map("".join)
_TEXT = _ANY | _PROSE | _ODD

_DEFAULT = Settings()
_HAS_MODEL = _DEFAULT.embedder in installed(Path(_DEFAULT.models_dir))


def check(text, passages, embedder, limit, headings=()):
    """First at 0, last at the end, no gap, none too long or blank, and only whole sentences repeated."""
    if not text.strip():
        assert passages == []
        return
    assert (passages[0].start, passages[-1].end) == (0, len(text))
    assert all(a.start < b.start <= a.end < b.end for a, b in pairwise(passages))
    pieces = [text[p.start : p.end] for p in passages]
    for before, piece in pairwise(pieces):  # white space is a passage only where it does not fit into the one before
        assert piece.strip() or embedder.count_tokens([before + piece])[0] > limit
    assert all(
        size <= limit or len(piece) == 1 for size, piece in zip(embedder.count_tokens(pieces), pieces, strict=True)
    )
    edges = sorted({0, len(text), *(heading.start for heading in headings)})
    sentences = [
        (base + start, base + end) for base, after in pairwise(edges) for start, end in sentence_spans(text[base:after])
    ]
    starts, ends = {start for start, _ in sentences}, {end for _, end in sentences}
    for a, b in pairwise(passages):
        assert b.start == a.end or (b.start in starts and a.end in ends)


@given(text=_TEXT, limit=st.integers(1, 20), overlap=st.integers(0, 10), data=st.data())
def test_passages_tile_the_text_within_the_limit(text, limit, overlap, data):
    """Any text, with headings anywhere, is cut into passages that keep the contract."""
    starts = data.draw(st.sets(st.integers(0, max(len(text) - 1, 0)), max_size=4)) if text else set()
    headings = tuple(Heading(start, 1 + start % 3, f"h{start}") for start in sorted(starts))
    embedder = HashEmbedder()
    passages = chunk(Extraction(text, headings=headings), embedder, limit, overlap)
    check(text, passages, embedder, limit, headings)
    for passage in passages:
        expected = []
        for heading in headings:
            if heading.start <= passage.start:
                expected = [h for h in expected if h.level < heading.level] + [heading]
        assert passage.heading == tuple(h.title for h in expected)


@given(text=_TEXT, limit=st.integers(1, 20), overlap=st.integers(0, 10))
def test_windows_do_not_show(text, limit, overlap):
    """A text that is tokenised in pieces of a few characters, and counted two at a time, keeps the contract as well."""
    embedder = HashEmbedder()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(chunking, "_WINDOW", 7)
        patch.setattr(chunking, "_TOGETHER", 2)
        passages = chunk(Extraction(text), embedder, limit, overlap)
    check(text, passages, embedder, limit)


class SpaceEmbedder(HashEmbedder):
    """Counts every character but estimates too few, and white space counts: the estimate is always wrong."""

    def count_tokens(self, texts):
        """One token a character."""
        return [len(text) for text in texts]


@given(text=_TEXT, limit=st.integers(1, 20), overlap=st.integers(0, 10))
def test_the_exact_count_is_what_counts(text, limit, overlap):
    """However wrong the estimate is, the passages tile the text and none is too long."""
    passages = chunk(Extraction(text), SpaceEmbedder(), limit, overlap)
    if text.strip():
        assert (passages[0].start, passages[-1].end) == (0, len(text))
        assert all(a.start < b.start <= a.end < b.end for a, b in pairwise(passages))
        assert all(p.end - p.start <= limit for p in passages)


@pytest.fixture(scope="module")
def embedder():
    """The default embedder."""
    return load_embedder(_DEFAULT)


@pytest.mark.models
@pytest.mark.skipif(not _HAS_MODEL, reason="the default embedder is not here: run `ragsys models pull`")
@settings(deadline=None, max_examples=150)
@given(text=_TEXT, repeat=st.integers(1, 20), limit=st.integers(4, 64), overlap=st.integers(0, 16))
def test_the_default_tokenizer_keeps_the_contract(embedder, text, repeat, limit, overlap):
    """By the default embedder's own count, any text is cut into passages that keep the contract."""
    passages = chunk(Extraction(text * repeat), embedder, limit, overlap)
    check(text * repeat, passages, embedder, limit)
