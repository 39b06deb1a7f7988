"""Neighbouring passages merged into readable context: what was found, with what stands around it, once.

A hit keeps its passage, its score and its rank; only its text grows, and hits whose texts would touch become one, at
the rank of the better. A text is always a slice of the document, so whatever is cited from it has exact offsets.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ragsys.indexes import View
    from ragsys.types import Hit

__all__ = ["with_context"]


def with_context(hits: Sequence[Hit], view: View, neighbours: int) -> tuple[Hit, ...]:
    """The hits, each with `neighbours` passages before and after it, merged where they touch; ranks anew from 1."""
    spans = [view.around(hit.passage_id, neighbours) for hit in hits]
    merged: list[tuple[Hit, int, int]] = []
    for hit, (start, end) in zip(hits, spans, strict=True):
        # What touches one of them may now reach another.
        while (at := _touching(merged, hit, start, end)) is not None:
            other, other_start, other_end = merged.pop(at)
            hit, start, end = other, min(start, other_start), max(end, other_end)  # noqa: PLW2901 - the better one
        merged.append((hit, start, end))
    merged.sort(key=lambda item: item[0].rank)
    found = []
    for rank, (hit, start, end) in enumerate(merged, start=1):
        source = view.source_text(hit.document.id)
        found.append(
            replace(
                hit,
                rank=rank,
                text=source.text[start:end],
                start=start,
                end=end,
                page=source.page(start),
                place=source.place(start, end),
            )
        )
    return tuple(found)


def _touching(merged: Sequence[tuple[Hit, int, int]], hit: Hit, start: int, end: int) -> int | None:
    """Where among the merged is one of the same document whose text touches the span."""
    for at, (other, other_start, other_end) in enumerate(merged):
        if other.document.id == hit.document.id and start <= other_end and other_start <= end:
            return at
    return None
