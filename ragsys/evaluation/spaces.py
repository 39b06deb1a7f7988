"""Two indexes of the same documents in different vector spaces, on the same questions: what a user would find."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ragsys.evaluation.measures import mean
from ragsys.evaluation.retrieval import evaluate_retrieval
from ragsys.evaluation.significance import bootstrap_interval, detectable_effect

if TYPE_CHECKING:
    from collections.abc import Callable

    from ragsys.engine import QueryEngine
    from ragsys.evaluation.datasets import Dataset

__all__ = ["SpaceComparison", "compare_spaces"]

_DEPTH = 50


@dataclass(frozen=True, slots=True)
class SpaceComparison:
    """The mean of a measure before and after, the 95 % interval of the paired difference, and what could be seen."""

    measure: str
    n: int
    before: float
    after: float
    low: float
    high: float
    detectable: float

    @property
    def worse(self) -> bool:
        """Whether the second is worse beyond chance."""
        return self.high < 0


def compare_spaces(
    before: QueryEngine,
    after: QueryEngine,
    dataset: Dataset,
    *,
    limit: int | None = None,
    seed: int = 0,
    progress: Callable[[str, int, int], None] | None = None,
) -> SpaceComparison:
    """Search both by words and meaning together, as users do. Raises as `evaluate_retrieval`."""
    measure = "nDCG@10" if dataset.qrels else "AnswerR@10"
    values = [
        evaluate_retrieval(
            engine, dataset, measures=[measure], depth=_DEPTH, limit=limit, seed=seed, progress=progress
        ).systems["fused"].values[measure]
        for engine in (before, after)
    ]  # fmt: skip
    old, new = values
    differences = [new[question] - old[question] for question in sorted(old)]
    low, high = bootstrap_interval(differences, seed=seed)
    return SpaceComparison(measure, len(differences), mean(old), mean(new), low, high, detectable_effect(differences))
