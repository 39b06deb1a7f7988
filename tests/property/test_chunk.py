"""Passages tile any Unicode text and never exceed the limit."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from ragsys.ingest.chunk import chunk
from ragsys.testing import HashEmbedder
from ragsys.types import Extraction

_ANY = st.text(st.characters(exclude_categories=("Cs",)), max_size=400)
_PROSE = st.text("ab1 .!\n\t中文。！”", max_size=400)


@given(text=_ANY | _PROSE, limit=st.integers(1, 20), overlap=st.integers(0, 10))
def test_passages_tile_the_text_within_the_limit(text, limit, overlap):
    """First at 0, last at the end, no gap, none too long, none blank; a text of white space has none."""
    embedder = HashEmbedder()
    passages = chunk(Extraction(text), embedder, limit, overlap)
    if not text.strip():
        assert passages == []
        return
    assert (passages[0].start, passages[-1].end) == (0, len(text))
    assert all(a.start < b.start <= a.end < b.end for a, b in pairwise(passages))
    pieces = [text[p.start : p.end] for p in passages]
    assert all(piece.strip() for piece in pieces)
    assert max(embedder.count_tokens(pieces)) <= limit
    ends = [0, *(p.end for p in passages)]
    assert "".join(text[max(p.start, e) : p.end] for p, e in zip(passages, ends, strict=False)) == text
