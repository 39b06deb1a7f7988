"""When to say "not in your documents": a first, honest rule, and a number for how sure it is.

No hits, or a draft of which no sentence is supported by the passages, means that there is no answer. Otherwise the
confidence is the mean of the draft's support and of the share of the question's content words in the cited passages,
and below `LEAST_CONFIDENCE` it abstains. The threshold is a judgement, not yet a calibration.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ragsys.generate.evidence import content_terms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ragsys.generate.citations import Cited
    from ragsys.types import Hit

__all__ = ["LEAST_CONFIDENCE", "Decision", "decide"]

LEAST_CONFIDENCE = 0.5


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether to answer, how sure that is (0 to 1), and why not where it abstains."""

    answered: bool
    confidence: float
    reason: str | None = None


def decide(question: str, hits: Sequence[Hit], cited: Cited | None) -> Decision:
    """Decide on a draft; `cited` is None where there were no passages to draft from."""
    if not hits or cited is None:
        return Decision(answered=False, confidence=0.0, reason="no passage matches the question")
    if not any(sentence.supported for sentence in cited.sentences):
        return Decision(answered=False, confidence=0.0, reason="no passage supports the drafted answer")
    asked = content_terms(question)
    if not asked:
        return Decision(answered=False, confidence=0.0, reason="the question holds no word that could be looked for")
    used = {citation.document.id for citation in cited.citations}
    held = content_terms(" ".join(hit.text for hit in hits if hit.document.id in used))
    covered = len(asked & held) / max(len(asked), 1)
    confidence = round((cited.support + covered) / 2, 3)
    if confidence < LEAST_CONFIDENCE:
        return Decision(
            answered=False, confidence=confidence, reason="the passages hold too little of what the question asks about"
        )
    return Decision(answered=True, confidence=confidence)
