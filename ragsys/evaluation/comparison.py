"""Runs side by side: each measure's difference, what chance explains of it, and which queries made it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from ragsys.errors import RunError
from ragsys.evaluation.measures import mean
from ragsys.evaluation.significance import bootstrap_interval, detectable_effect, holm, randomisation_test

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ragsys.evaluation.runs import Run

__all__ = ["Change", "Comparison", "Difference", "compare"]


@dataclass(frozen=True, slots=True)
class Change:
    """A query that changed: its value in the baseline and in the candidate."""

    query: str
    text: str
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class Difference:
    """One measure: both means, the difference with its interval, p, p after Holm, and what could have been seen.

    `better`, `worse` and `same` count queries. `detectable` is the smallest difference in the mean that this set would
    have shown in four of five tries.
    """

    measure: str
    baseline: float
    candidate: float
    difference: float
    low: float
    high: float
    p: float
    p_holm: float
    detectable: float
    better: int
    worse: int
    same: int
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """A candidate against a baseline over the same queries.

    `settings` names the settings that are not the same, with their value in the baseline and in the candidate; None
    where a run does not say.
    """

    baseline: str
    candidate: str
    queries: int
    differences: tuple[Difference, ...]
    settings: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)


def compare(
    baseline: Run,
    candidates: Sequence[Run],
    *,
    measures: Sequence[str] | None = None,
    confidence: float = 0.95,
    seed: int = 0,
    samples: int = 10_000,
) -> list[Comparison]:
    """Compare each candidate with the baseline, on the given measures or on all that every run has.

    P-values are corrected over everything that is looked at here: measures times candidates.

    Raises:
        RunError: the runs are not over the same questions and judgements, or have no such measure.
    """
    for run in candidates:
        _comparable(baseline, run)
    shared = [m for m in baseline.main.values if all(m in run.main.values for run in candidates)]
    missing = [m for m in measures or () if m not in shared]
    if missing or not shared:
        raise RunError(
            f"not every run has {', '.join(missing) or 'a measure in common'}",
            hint=f"they share: {', '.join(shared) or 'none'}",
        )
    found = []
    for run in candidates:
        differences = tuple(
            _difference(m, baseline.main.values[m], run.main.values[m], run.texts, confidence, seed, samples)
            for m in measures or shared
        )
        found.append(Comparison(baseline.name, run.name, len(run.texts), differences, _settings(baseline, run)))
    adjusted = iter(holm([d.p for comparison in found for d in comparison.differences]))
    return [replace(c, differences=tuple(replace(d, p_holm=next(adjusted)) for d in c.differences)) for c in found]


def _settings(baseline: Run, run: Run) -> dict[str, tuple[Any, Any]]:
    """The settings that are not the same in both."""
    names = sorted(baseline.settings.keys() | run.settings.keys())
    pairs = {name: (baseline.settings.get(name), run.settings.get(name)) for name in names}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def _comparable(baseline: Run, run: Run) -> None:
    if baseline.kind != run.kind:
        raise RunError(f"{baseline.name} is a {baseline.kind} run, and {run.name} a {run.kind} run")
    if baseline.dataset_digest != run.dataset_digest:
        raise RunError(
            f"{baseline.name} and {run.name} were not measured on the same questions and judgements",
            hint="run both on the same version of the set",
        )
    if baseline.texts.keys() != run.texts.keys():
        raise RunError(
            f"{baseline.name} has {len(baseline.texts)} questions, and {run.name} has others or another number",
            hint="use the same --limit and --seed for both",
        )


def _difference(  # noqa: PLR0917 - two columns of one table and how to look at them
    measure: str,
    before: Mapping[str, float],
    after: Mapping[str, float],
    texts: Mapping[str, str],
    confidence: float,
    seed: int,
    samples: int,
) -> Difference:
    # A query without a value (no citation to rate, say) counts as zero, as a missing query does.
    queries = sorted(before.keys() | after.keys())
    pairs = [(before.get(query, 0.0), after.get(query, 0.0)) for query in queries]
    moved = [b - a for a, b in pairs]
    low, high = bootstrap_interval(moved, confidence=confidence, seed=seed, samples=samples)
    changed = sorted(
        (Change(q, texts.get(q, ""), a, b) for q, (a, b) in zip(queries, pairs, strict=True) if a != b),
        key=lambda change: (-abs(change.after - change.before), change.query),
    )
    p = randomisation_test(moved, seed=seed, samples=samples)
    return Difference(
        measure=measure,
        baseline=mean(dict(zip(queries, (a for a, _ in pairs), strict=True))),
        candidate=mean(dict(zip(queries, (b for _, b in pairs), strict=True))),
        difference=sum(moved) / len(moved) if moved else 0.0,
        low=low,
        high=high,
        p=p,
        p_holm=p,
        detectable=detectable_effect(moved),
        better=sum(value > 0 for value in moved),
        worse=sum(value < 0 for value in moved),
        same=sum(value == 0 for value in moved),
        changes=tuple(changed),
    )
