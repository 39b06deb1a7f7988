"""A stored passage as a hit of a search."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ragsys.types import Hit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ragsys.indexes.records import StoredPassage
    from ragsys.types import DocumentRef, Scores

__all__ = ["to_hit"]


def to_hit(
    passage: StoredPassage,
    *,
    rank: int,
    score: float,
    scores: Scores,
    explanation: Mapping[str, object] | None = None,
    copies: tuple[DocumentRef, ...] = (),
) -> Hit:
    """The hit of `passage` at `rank` (1 is best), ordered by `score`."""
    return Hit(
        rank=rank,
        score=score,
        passage_id=passage.passage_id,
        text=passage.text,
        start=passage.start,
        end=passage.end,
        page=passage.page,
        heading=passage.heading,
        document=passage.document,
        scores=scores,
        explanation=explanation,
        copies=copies,
        place=passage.place,
    )
