"""What of the hits goes into the prompt: best first, whole passages or whole sentences, within the token budget."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ragsys.sentences import sentence_spans

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ragsys.protocols import Generator
    from ragsys.types import Hit

__all__ = ["pack"]

# A small model reads few passages well; more only dilute the best.
_MOST = 3
_PER_SOURCE = 2


def pack(hits: Sequence[Hit], generator: Generator, budget: int) -> list[str]:
    """Texts for the prompt of at most `budget` tokens together; at most two of one document, no text twice.

    The first passage that does not fit whole gives its leading whole sentences, and ends the packing.
    """
    chosen: list[str] = []
    sources: dict[str, int] = {}
    left = budget
    for hit in hits:
        if len(chosen) == _MOST or sources.get(hit.document.id, 0) == _PER_SOURCE:
            continue
        text = hit.text.strip()
        if any(text in other or other in text for other in chosen):
            continue
        size = generator.count_tokens(text)
        if size > left:
            text = _leading_sentences(text, generator, left)
            if text and not chosen:
                chosen.append(text)
            break
        chosen.append(text)
        sources[hit.document.id] = sources.get(hit.document.id, 0) + 1
        left -= size
    return chosen


def _leading_sentences(text: str, generator: Generator, budget: int) -> str:
    end = 0
    for start, stop in sentence_spans(text):
        budget -= generator.count_tokens(text[start:stop])
        if budget < 0:
            break
        end = stop
    return text[:end].strip()
