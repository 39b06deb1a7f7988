"""How well a system knows when it does not know: refusals against the truth, and the confidence behind them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Bin", "auroc", "refusals", "reliability"]


def refusals(abstained: Sequence[bool], unanswerable: Sequence[bool]) -> tuple[float | None, float | None]:
    """Precision and recall of abstaining, where abstaining is right on unanswerable questions.

    None where there is nothing to take a share of: nothing abstained from, or no unanswerable question.
    """
    right = sum(a and u for a, u in zip(abstained, unanswerable, strict=True))
    given, wanted = sum(abstained), sum(unanswerable)
    return (right / given if given else None), (right / wanted if wanted else None)


def auroc(scores: Sequence[float], positive: Sequence[bool]) -> float | None:
    """The chance that a positive scores higher than a negative, ties counting half; None where one kind is missing.

    The area under the ROC curve as the Mann-Whitney statistic (Hanley and McNeil, Radiology 143, 1982).

    >>> auroc([0.9, 0.4, 0.4], [True, True, False])
    0.75
    """
    ordered = sorted(zip(scores, positive, strict=True), key=lambda item: item[0])
    positives = sum(positive)
    negatives = len(ordered) - positives
    if not positives or not negatives:
        return None
    ranks, at = 0.0, 0
    while at < len(ordered):
        end = at
        while end < len(ordered) and ordered[end][0] == ordered[at][0]:
            end += 1
        ranks += sum(flag for _, flag in ordered[at:end]) * (at + 1 + end) / 2
        at = end
    return (ranks - positives * (positives + 1) / 2) / (positives * negatives)


@dataclass(frozen=True, slots=True)
class Bin:
    """Answers of similar confidence: how many, their mean confidence, and how right they were in the mean."""

    count: int
    confidence: float
    right: float


def reliability(confidences: Sequence[float], right: Sequence[float], bins: int = 10) -> list[Bin]:
    """Equal-width bins of confidence that are not empty, for a reliability diagram.

    DeGroot and Fienberg, "The comparison and evaluation of forecasters", The Statistician 32 (1983).
    """
    filled: dict[int, list[tuple[float, float]]] = {}
    for confidence, value in zip(confidences, right, strict=True):
        filled.setdefault(min(int(confidence * bins), bins - 1), []).append((confidence, value))
    return [
        Bin(len(items), sum(c for c, _ in items) / len(items), sum(v for _, v in items) / len(items))
        for _, items in sorted(filled.items())
    ]
