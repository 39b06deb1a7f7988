"""Tuning an index on questions: one setting at a time, kept only where it helps beyond chance on questions unseen.

Each setting's value is chosen on one half of the questions and judged on the other: the bootstrap interval of the
paired differences there has to lie above zero. Settings that were kept stay on while the next one is tried. Knows how
to measure; what is kept is written elsewhere.
"""

from __future__ import annotations

import random
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ragsys.errors import DatasetError, QueryError
from ragsys.evaluation.answers import holds
from ragsys.evaluation.corpus import Names
from ragsys.evaluation.measures import answer_recall, mean, score
from ragsys.evaluation.sampling import sample
from ragsys.evaluation.significance import bootstrap_interval, detectable_effect
from ragsys.types import TextDocument

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from ragsys.engine import QueryEngine
    from ragsys.evaluation.datasets import Dataset, Question

__all__ = ["CHOICES", "LEAST_QUESTIONS", "Trial", "Tuning", "tune"]

Value = int | float | str
# What is tried where nothing else is said. Other values of a setting can be named.
CHOICES: Mapping[str, tuple[Value, ...]] = {
    "lexical_weight": (0.0, 1.0, 2.0, 4.0, 8.0, 16.0),
    "rerank_depth": (10, 30, 100),
    "top_k": (5, 8, 12, 20),
    "chunk_tokens": (128, 256, 384),
}
LEAST_QUESTIONS = 20
_DEPTH = 100
_DIGITS = 9


@dataclass(frozen=True, slots=True)
class Trial:
    """One setting: what it was, the best other value, and what that is worth on the questions held back.

    `low` and `high` are the 95 % interval of the mean paired difference, `detectable` the smallest difference that
    these questions would have shown.
    """

    setting: str
    measure: str
    before: Value
    after: Value
    value_before: float
    value_after: float
    low: float
    high: float
    detectable: float
    kept: bool


@dataclass(frozen=True, slots=True)
class Tuning:
    """What was tried, and the settings that were kept."""

    dataset: str
    chosen_on: int
    judged_on: int
    seed: int
    trials: tuple[Trial, ...]
    notes: tuple[str, ...]

    @property
    def kept(self) -> dict[str, Value]:
        """The settings to change, with their new values."""
        return {trial.setting: trial.after for trial in self.trials if trial.kept}


def tune(
    engine: QueryEngine,
    dataset: Dataset,
    choices: Mapping[str, Sequence[Value]],
    *,
    generated: bool = False,
    limit: int | None = None,
    seed: int = 0,
    progress: Callable[[str, int, int], None] | None = None,
) -> Tuning:
    """Try the values of each setting in `choices` in turn, in their order.

    The measure is nDCG@10 where the set has judgements, the share of questions answered in the first ten passages
    where it has answers only; for `top_k` it is the share of questions found in the first k hits. `generated` says
    that the questions borrow the documents' own words: then nothing is concluded about `lexical_weight`.

    Raises:
        DatasetError: fewer than `LEAST_QUESTIONS` questions, or no judged document is in the index.
    """
    questions = list(sample(dataset.judged(), limit, seed))
    if len(questions) < LEAST_QUESTIONS:
        raise DatasetError(
            f"{len(questions)} questions are too few to tune on",
            hint=f"name a set with at least {LEAST_QUESTIONS}, or add documents that more can be made of",
        )
    shuffled = [question.id for question in questions]
    random.Random(seed).shuffle(shuffled)  # noqa: S311 - a sample, not a secret
    half = len(shuffled) // 2
    notes, trials = [], []
    settings: dict[str, Value] = {}
    # Chunking last: it takes an index of its own for each value.
    for name in sorted(choices, key="chunk_tokens".__eq__):
        if name == "lexical_weight" and generated:
            notes.append("lexical_weight was left: questions made of the documents' own words flatter the lexical leg")
            continue
        if name == "rerank_depth" and not engine.settings.reranker:
            notes.append("rerank_depth was left: no reranker is configured")
            continue
        before: Value = getattr(engine.settings, name)
        measured = {}
        for value in dict.fromkeys((before, *choices[name])):
            with _changed(engine, {**settings, name: value}) as other:
                label = f"{name} = {value}"
                measured[value] = _measure(other, dataset, questions, name, value, _reporter(progress, label))
        trial = _judge(name, _measure_name(name, dataset), before, measured, (shuffled[:half], shuffled[half:]), seed)
        trials.append(trial)
        if trial.kept:
            settings[name] = trial.after
    return Tuning(dataset.name, half, len(questions) - half, seed, tuple(trials), tuple(notes))


def _judge(  # noqa: PLR0917 - one table and how to look at it
    name: str,
    measure: str,
    before: Value,
    measured: Mapping[Value, Mapping[str, float]],
    halves: tuple[Sequence[str], Sequence[str]],
    seed: int,
) -> Trial:
    choose_on, judge_on = halves
    means = {value: round(mean({q: row[q] for q in choose_on}), _DIGITS) for value, row in measured.items()}
    # Among equals, what is there already.
    best = max(means, key=lambda value: (means[value], value == before))
    if name == "top_k":
        # More hits always find more: the fewest that lose nothing which these questions could show.
        best = min(
            value
            for value, row in measured.items()
            if bootstrap_interval([measured[best][q] - row[q] for q in choose_on], seed=seed)[0] <= 0
        )
    old, new = measured[before], measured[best]
    differences = [new[question] - old[question] for question in judge_on]
    low, high = bootstrap_interval(differences, seed=seed)
    return Trial(
        setting=name,
        measure=measure,
        before=before,
        after=best,
        value_before=mean({q: old[q] for q in judge_on}),
        value_after=mean({q: new[q] for q in judge_on}),
        low=low,
        high=high,
        detectable=detectable_effect(differences),
        kept=low > 0,
    )


def _measure_name(name: str, dataset: Dataset) -> str:
    """What a setting is judged by."""
    if name == "top_k":
        return "Success@k" if dataset.qrels else "AnswerR@k"
    return "nDCG@10" if dataset.qrels else "AnswerR@10"


def _measure(  # noqa: PLR0917 - one value of one setting on one set
    engine: QueryEngine,
    dataset: Dataset,
    questions: Sequence[Question],
    name: str,
    value: Value,
    report: Callable[[int, int], None],
) -> dict[str, float]:
    """The measure of each question."""
    depth = int(value) if name == "top_k" else _DEPTH
    measure = _measure_name(name, dataset).replace("@k", f"@{depth}")
    names = Names(dataset, engine.documents())
    rankings: dict[str, list[str]] = {}
    ranks: dict[str, int | None] = {}
    for done, question in enumerate(questions):
        report(done, len(questions))
        try:
            hits = engine.search(question.text, top_k=depth).hits
        except QueryError:
            hits = ()
        rankings[question.id] = list(dict.fromkeys(names.of(hit.document) for hit in hits))
        found = (rank for rank, hit in enumerate(hits, start=1) if holds(hit.text, question.answers))
        ranks[question.id] = next(found, None) if question.answers else None
    if not dataset.qrels:
        return answer_recall([measure], ranks)[measure]
    return score([measure], {question.id: dataset.qrels[question.id] for question in questions}, rankings)[measure]


@contextmanager
def _changed(engine: QueryEngine, changed: Mapping[str, Value]) -> Iterator[QueryEngine]:
    """The index with other settings; chunked anew, in an index of its own, where that is what changes."""
    settings = replace(engine.settings, **changed)  # type: ignore[arg-type] # each value is of its setting's type
    if "chunk_tokens" not in changed:
        yield engine.variant(settings)
        return
    with (
        tempfile.TemporaryDirectory(prefix="ragsys-tune-") as scratch,
        engine.open(Path(scratch) / "index", settings=settings, embedder=engine.embedder) as other,
    ):
        # Also for the present size: what the parsers knew of headings is not in the stored text.
        other.add_documents(
            TextDocument(document.source, engine.text(document.id), document.title, document.metadata)
            for document in engine.documents()
        )
        yield other


def _reporter(progress: Callable[[str, int, int], None] | None, label: str) -> Callable[[int, int], None]:
    return lambda done, total: progress(label, done, total) if progress is not None else None
