"""What of the evidence goes into the prompt: the best sentences, those of one passage together, within the budget."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ragsys.generate.evidence import content_terms, in_context
from ragsys.generate.prompt import harmless
from ragsys.types import table_header

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ragsys.generate.evidence import Evidence

__all__ = ["focused", "pack"]

# A sentence that holds so much of the question, and more than twice as much as any other, stands alone.
_ALL_BUT = 0.8


def focused(question: str, evidence: Sequence[Evidence]) -> Sequence[Evidence]:
    """The evidence, or its first sentence alone where that holds nearly all words of the question and the others few.

    A small model takes a number from whichever sentence has one.
    """
    asked = content_terms(question)
    if len(evidence) <= 1 or not asked:
        return evidence
    first, *others = (len(asked & item.words) / len(asked) for item in evidence)
    return evidence[:1] if first >= _ALL_BUT and all(2 * other < first for other in others) else evidence


def pack(evidence: Sequence[Evidence], count_tokens: Callable[[str], int], budget: int) -> list[str]:
    """Texts for the prompt of at most `budget` tokens together, one for each passage, the best passage first.

    The evidence is given best first; a sentence that does not fit is left out. Within a text the sentences stand in
    the order of the document, each with the sentence before it where it leans on that; rows of a table that begins
    in an earlier passage stand below its header.
    """
    kept: dict[int, list[Evidence]] = {}
    left = budget
    for item in evidence:
        header = "" if item.hit.passage_id in kept else _header(item)
        size = count_tokens(harmless(header + in_context(item)))
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
    return _header(items[0]) + " ".join(parts)


def _header(item: Evidence) -> str:
    """The header of the table whose rows a passage begins with, on a line of its own; "" where it needs none."""
    header = table_header(item.hit.heading)
    needed = header and item.hit.text.lstrip().startswith("|") and header not in item.hit.text
    return f"{header}\n" if needed else ""
