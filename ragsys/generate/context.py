"""What of the evidence goes into the prompt: the best sentences, those of one passage together, within the budget."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ragsys.generate.evidence import below_header, content_terms, in_context
from ragsys.generate.prompt import harmless

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ragsys.generate.evidence import Evidence

__all__ = ["focused", "pack"]

# A sentence that holds so much of the question, and more than twice as much as any other, stands alone.
_ALL_BUT = 0.8


def focused(question: str, evidence: Sequence[Evidence]) -> Sequence[Evidence]:
    """The evidence, or its first sentence alone where that holds nearly all words of the question and the others few.

    A row of a table stands alone where it holds all words of the question that the others hold, and more: what its
    header says of it, it says of each row. A small model takes a number from whichever sentence has one.
    """
    asked = content_terms(question)
    if len(evidence) <= 1 or not asked:
        return evidence
    if evidence[0].header:
        own, *others_own = (asked & content_terms(item.text) for item in evidence)
        if all(other < own for other in others_own):
            return evidence[:1]
    first, *others = (len(asked & item.words) / len(asked) for item in evidence)
    return evidence[:1] if first >= _ALL_BUT and all(2 * other < first for other in others) else evidence


def pack(evidence: Sequence[Evidence], count_tokens: Callable[[str], int], budget: int) -> list[str]:
    """Texts for the prompt of at most `budget` tokens together, one for each passage, the best passage first.

    The evidence is given best first; a sentence that does not fit is left out. Within a text the sentences stand in
    the order of the document, each with the sentence before it where it leans on that; rows of a table stand on lines
    of their own, below its header.
    """
    kept: dict[int, list[Evidence]] = {}
    left = budget
    for item in evidence:
        same = kept.get(item.hit.passage_id, ())
        shown = item.header and any(item.header in {other.header, other.text} for other in same)
        size = count_tokens(harmless(item.text if shown else in_context(item)))
        if size <= left:
            left -= size
            kept.setdefault(item.hit.passage_id, []).append(item)
    return [_joined(items) for items in kept.values()]


def _joined(items: Sequence[Evidence]) -> str:
    """The sentences of one passage in their order, none of them twice, and each header once above its rows."""
    joined = last = above = ""
    for item in sorted(items, key=lambda item: item.start):
        row = bool(item.header)
        if row:
            text = item.text if item.header in {above, last} else below_header(item)
        else:
            text = item.text if last and last.endswith(item.before) else in_context(item)
        joined += (("\n" if row or above else " ") if joined else "") + text
        last, above = text, item.header
    return joined
