"""When to say "not in your documents": before anything is drafted, at a calibrated probability, and why.

The probability is that of `calibration` for the question's language; below its threshold ragsys abstains. A draft that
nothing supports is refused afterwards, whatever the probability was.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ragsys.generate.signals import signals_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ragsys.generate.calibration import Calibration
    from ragsys.types import Hit

__all__ = ["NO_SUPPORT", "Decision", "decide"]

NO_SUPPORT = "no passage supports the drafted answer"
_HALF = 0.5


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether to answer, how probable an answer is (0 to 1), and why not where it abstains."""

    answered: bool
    confidence: float
    reason: str | None = None


def decide(question: str, hits: Sequence[Hit], rarity: Mapping[str, float], calibration: Calibration) -> Decision:
    """Decide whether the hits answer the question. `rarity` weighs its content terms."""
    if not hits:
        return Decision(answered=False, confidence=0.0, reason="no passage matches the question")
    signals = signals_of(question, hits, rarity)
    if signals is None:
        return Decision(answered=False, confidence=0.0, reason="the question holds no word that could be looked for")
    confidence = round(calibration.probability(signals), 3)
    if confidence >= calibration.threshold:
        return Decision(answered=True, confidence=confidence)
    if signals.negation:
        reason = "the question denies something, and the nearest passage does not"
    elif signals.coverage < _HALF:
        reason = "the passages hold too little of what the question asks about"
    else:
        reason = f"an answer in these passages is not probable enough ({confidence:.2f} of {calibration.threshold:.2f})"
    return Decision(answered=False, confidence=confidence, reason=reason)
