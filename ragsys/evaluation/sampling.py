"""Some of the questions, chosen by a seed, with answerable and unanswerable ones in the proportion of the whole."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ragsys.evaluation.datasets import Question

__all__ = ["sample"]


def sample(questions: Sequence[Question], limit: int | None, seed: int) -> tuple[Question, ...]:
    """At most `limit` questions in their own order; all of them where there is no limit.

    The same questions, limit and seed give the same choice. Each group gets its share, rounded by largest remainder.
    """
    if limit is None or limit >= len(questions):
        return tuple(questions)
    groups: dict[bool | None, list[str]] = {}
    for question in questions:
        groups.setdefault(question.answerable, []).append(question.id)
    shares = {key: limit * len(ids) / len(questions) for key, ids in groups.items()}
    sizes = {key: int(share) for key, share in shares.items()}
    for key in sorted(groups, key=lambda key: (sizes[key] - shares[key], str(key)))[: limit - sum(sizes.values())]:
        sizes[key] += 1
    draw = random.Random(seed)  # noqa: S311 - a sample, not a secret
    chosen = {i for key in sorted(groups, key=str) for i in draw.sample(sorted(groups[key]), sizes[key])}
    return tuple(question for question in questions if question.id in chosen)
