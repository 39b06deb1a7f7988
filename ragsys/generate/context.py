"""What of the evidence goes into the prompt: the best sentences, those of one passage together, within the budget."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ragsys.generate.evidence import in_context
from ragsys.generate.prompt import harmless

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ragsys.generate.evidence import Evidence
    from ragsys.protocols import Generator

__all__ = ["pack"]


def pack(evidence: Sequence[Evidence], generator: Generator, budget: int) -> list[str]:
    """Texts for the prompt of at most `budget` tokens together, one for each passage, the best passage first.

    The evidence is given best first; a sentence that does not fit is left out. Within a text the sentences stand in
    the order of the document, each with the sentence before it where it leans on that.
    """
    kept: dict[int, list[Evidence]] = {}
    left = budget
    for item in evidence:
        size = generator.count_tokens(harmless(in_context(item)))
        if size <= left:
            left -= size
            kept.setdefault(item.hit.passage_id, []).append(item)
    return [_joined(items) for items in kept.values()]


def _joined(items: Sequence[Evidence]) -> str:
    """The sentences of one passage in their order, none of them twice."""
    parts: list[str] = []
    for item in sorted(items, key=lambda item: item.start):
        before = parts and parts[-1].endswith(item.before)
        parts.append(item.text if before else in_context(item))
    return " ".join(parts)
