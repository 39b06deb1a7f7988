"""Retrieval on an evaluation set: every question on each leg and on the whole, measured per query.

Knows the engine, not what is behind it. Documents are ranked by their best passage.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ragsys.errors import DatasetError, QueryError
from ragsys.evaluation.answers import holds
from ragsys.evaluation.corpus import Names
from ragsys.evaluation.measures import (
    ANSWER_MEASURES,
    MEASURES,
    answer_recall,
    check_measures,
    is_answer_measure,
    mean,
    score,
)
from ragsys.evaluation.runs import (
    Run,
    System,
    describe_index,
    describe_machine,
    describe_settings,
    describe_versions,
)
from ragsys.evaluation.sampling import sample

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ragsys.engine import QueryEngine
    from ragsys.evaluation.datasets import Dataset, Question
    from ragsys.evaluation.trec import Ranking, Rankings
    from ragsys.types import Hit

__all__ = ["DEPTH", "evaluate_retrieval"]

DEPTH = 100
_LEGS = ("fused", "dense", "lexical")
_CURVE = (1, 2, 3, 5, 10, 20, 30, 50, 70, 100, 200, 500, 1000)


@dataclass(slots=True)
class _Found:
    """What one system found: documents per query, and at which rank the first passage with an answer stands."""

    rankings: Rankings = field(default_factory=dict)
    answers: dict[str, int | None] = field(default_factory=dict)


def evaluate_retrieval(
    engine: QueryEngine,
    dataset: Dataset,
    *,
    measures: Sequence[str] | None = None,
    depth: int = DEPTH,
    limit: int | None = None,
    seed: int = 0,
    drop_own: bool = False,
    name: str | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> Run:
    """Search for every judged question and measure the fusion and both legs.

    `depth` is how many passages each system gives for a question. With `drop_own`, a document that has the question's
    own id is taken out of its ranking (questions that are documents themselves, as in ArguAna). A question that cannot
    be searched for, because it is longer than the embedder reads, counts as zero and is named in the run.

    Raises:
        DatasetError: there is nothing to measure, or no judged document is in the index.
        MeasureError, ExtraMissingError: a measure that nobody computes, or that needs an extra.
    """
    questions = sample(dataset.judged(), limit, seed)
    if not questions:
        raise DatasetError(f"{dataset.name} has neither judgements nor answers to measure retrieval with")
    names = check_measures(measures or (MEASURES if dataset.qrels else ANSWER_MEASURES))
    if not dataset.qrels and not all(is_answer_measure(name) for name in names):
        raise DatasetError(
            f"{dataset.name} has no judgements", hint="measure AnswerR@k, or name judgements with --qrels"
        )
    documents = Names(dataset, engine.documents())
    found = {leg: _Found() for leg in _LEGS}
    failed: dict[str, str] = {}
    seconds: dict[str, float] = {}
    began = time.perf_counter()
    for done, question in enumerate(questions):
        if progress is not None:
            progress(question.text, done, len(questions))
        try:
            result = engine.search(question.text, top_k=depth)
            hits = {"fused": result.hits, **engine.legs(question.text, top_k=depth)}
            seconds[question.id] = result.timings["total"]
        except QueryError as error:
            hits = dict.fromkeys(_LEGS, ())
            failed[question.id] = error.code
        for leg in _LEGS:
            own = question.id if drop_own else None
            found[leg].rankings[question.id] = _documents(hits[leg], documents, own)
            found[leg].answers[question.id] = _first_answer(question, hits[leg])
    return Run(
        name=name or dataset.name,
        kind="retrieval",
        dataset=dataset.name,
        dataset_digest=dataset.digest(),
        seed=seed,
        texts={question.id: question.text for question in questions},
        kinds={question.id: question.kind for question in questions if question.kind},
        systems={leg: _measured(found[leg], dataset, questions, names, depth) for leg in _LEGS},
        settings=describe_settings(engine.settings, depth=depth, limit=limit, drop_own=drop_own),
        index=describe_index(engine),
        versions=describe_versions(),
        machine=describe_machine(),
        summary={"judged_documents": documents.judged, "indexed_documents": documents.indexed},
        failed=failed,
        timings={"search_seconds": seconds, "seconds": time.perf_counter() - began},
    )


def _documents(hits: Sequence[Hit], names: Names, own: str | None) -> Ranking:
    """Documents by their best passage, best first; passages come ranked, so the first of a document is its best."""
    ranking: dict[str, float] = {}
    for hit in hits:
        name = names.of(hit.document)
        if name != own:
            ranking.setdefault(name, hit.score)
    return list(ranking.items())


def _first_answer(question: Question, hits: Sequence[Hit]) -> int | None:
    """The rank of the first passage that holds an answer; None where none does."""
    if not question.answers:
        return None
    return next((rank for rank, hit in enumerate(hits, start=1) if holds(hit.text, question.answers)), None)


def _measured(
    found: _Found, dataset: Dataset, questions: Sequence[Question], names: Sequence[str], depth: int
) -> System:
    values: dict[str, Any] = {}
    asked = {question.id for question in questions}
    qrels = {query: grades for query, grades in dataset.qrels.items() if query in asked}
    ordered = {query: [document for document, _ in ranking] for query, ranking in found.rankings.items()}
    ranks = {question.id: found.answers[question.id] for question in questions if question.answers}
    for name in names:
        values |= answer_recall([name], ranks) if is_answer_measure(name) else score([name], qrels, ordered)
    cutoffs = [k for k in _CURVE if k <= depth]
    if qrels:
        curve = score([f"R@{k}" for k in cutoffs], qrels, ordered)
    else:
        curve = answer_recall([f"AnswerR@{k}" for k in cutoffs], ranks)
    points = tuple(zip(cutoffs, (mean(by_query) for by_query in curve.values()), strict=True))
    return System(values, found.rankings, points)
