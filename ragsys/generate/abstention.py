"""When to say "not in your documents", and why: decided of the passages, before anything is drafted.

The decision is at the calibrated probability that the passages answer. What is drafted afterwards does not change it: a
draft that is probably wrong gives way to the best sentence (`composer`), and only one that nothing supports is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ragsys.generate.evidence import content_terms

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ragsys.generate.calibration import Calibration
    from ragsys.generate.signals import Signals
    from ragsys.types import Hit

__all__ = ["NO_SUPPORT", "Decision", "decide"]

NO_SUPPORT = "no passage supports the drafted answer"
_HALF = 0.5
# Below this rarity a word says little about what is asked.
_TELLING = 3.0
_WORD = re.compile(r"[^\W\u3400-\u9fff]+|[\u3400-\u9fff]{2}")


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether to answer, how probable an answer is (0 to 1; `log_odds` unrounded), and why not where it abstains."""

    answered: bool
    confidence: float
    reason: str | None = None
    log_odds: float = 0.0

    def refused(self, reason: str) -> Decision:
        """The same with an abstention."""
        return replace(self, answered=False, reason=reason)


def decide(
    question: str,
    hits: Sequence[Hit],
    signals: Signals | None,
    rarity: Mapping[str, float],
    calibration: Calibration,
) -> Decision:
    """Decide whether the hits answer the question. `rarity` weighs its content terms."""
    if not hits:
        return Decision(answered=False, confidence=0.0, reason="no passage matches the question")
    if signals is None:
        return Decision(answered=False, confidence=0.0, reason="the question holds no word that could be looked for")
    threshold = calibration.threshold
    odds = calibration.log_odds(signals.values())
    probability = calibration.probability(signals.values())
    confidence = round(probability, 3)
    if probability >= threshold:
        return Decision(answered=True, confidence=confidence, log_odds=odds)
    if signals.negation:
        reason = "the question denies something, and the nearest passage does not"
    elif missing := _missing(question, hits, rarity):
        reason = f"no passage that was found says anything of {missing}"
    elif signals.coverage < _HALF:
        reason = "the passages hold too little of what the question asks about"
    else:
        reason = _improbable(confidence, threshold)
    return Decision(answered=False, confidence=confidence, reason=reason, log_odds=odds)


def _improbable(confidence: float, threshold: float) -> str:
    return f"an answer in these passages is not probable enough ({confidence:.2f} of {threshold:.2f})"


def _missing(question: str, hits: Sequence[Hit], rarity: Mapping[str, float]) -> str | None:
    """The rarest word of the question that no hit holds, in quotes, or None where only common words are missing."""
    held = frozenset[str]().union(*(content_terms(f"{hit.text} {' '.join(hit.heading)}") for hit in hits))
    found: list[tuple[float, str]] = []
    for word in _WORD.findall(question):
        terms = content_terms(word) & rarity.keys()
        if terms and not terms & held:
            found.append((max(rarity[term] for term in terms), word))
    weight, word = max(found, default=(0.0, ""))
    return f"\u201c{word}\u201d" if weight >= _TELLING else None
