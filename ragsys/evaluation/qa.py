"""Answers on an evaluation set: right, refused where they should be, and resting on the right evidence.

Knows the engine, not what is behind it. Refusals are scored: on a question that has no answer a refusal is right, on
any other it is worth nothing.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from ragsys.errors import DatasetError, GenerationError, QueryError
from ragsys.evaluation.abstention import auroc, refusals
from ragsys.evaluation.answers import exact_match, overlap, token_f1
from ragsys.evaluation.corpus import Names
from ragsys.evaluation.runs import (
    Run,
    System,
    describe_index,
    describe_machine,
    describe_settings,
    describe_versions,
)
from ragsys.evaluation.sampling import sample
from ragsys.types import Decoding

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ragsys.engine import QueryEngine
    from ragsys.evaluation.datasets import Dataset, Question
    from ragsys.types import Answer

__all__ = ["evaluate_qa"]

_DIGITS = 6


def evaluate_qa(
    engine: QueryEngine,
    dataset: Dataset,
    *,
    limit: int | None = None,
    seed: int = 0,
    name: str | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> Run:
    """Ask every question (or `limit` of them, chosen by `seed`) and score the answers.

    Per question: EM and F1, and, where the set has gold evidence, precision and recall of the citations against it.
    In the summary: what was answered and refused, how refusals and confidence agree with what can be answered, and
    whether every citation is the verbatim text that it claims to be. A question that the generator fails on counts as
    wrong and is named in the run.

    Raises:
        DatasetError: the set has no answers, or no judged document is in the index.
    """
    questions = sample(dataset.answered(), limit, seed)
    if not questions:
        raise DatasetError(f"{dataset.name} has no answers", hint="give it an answers.jsonl, or measure retrieval")
    documents = Names(dataset, engine.documents())
    decoding = Decoding(max_new_tokens=engine.settings.max_new_tokens, seed=seed)
    rows: list[dict[str, Any]] = []
    failed: dict[str, str] = {}
    seconds: dict[str, float] = {}
    for done, question in enumerate(questions):
        if progress is not None:
            progress(question.text, done, len(questions))
        began = time.perf_counter()
        try:
            answer = engine.ask(question.text, decoding=decoding)
        except (QueryError, GenerationError) as error:
            failed[question.id] = error.code
            rows.append(_nothing(question, error.code))
        else:
            rows.append(_row(question, answer, dataset, documents, engine))
        seconds[question.id] = time.perf_counter() - began
    measures = ("EM", "F1", "CitationP", "CitationR")
    values = {m: {row["id"]: row[m] for row in rows if row[m] is not None} for m in measures}
    return Run(
        name=name or dataset.name,
        kind="qa",
        dataset=dataset.name,
        dataset_digest=dataset.digest(),
        seed=seed,
        texts={question.id: question.text for question in questions},
        kinds={question.id: question.kind for question in questions if question.kind},
        systems={"answers": System({measure: found for measure, found in values.items() if found})},
        settings=describe_settings(
            engine.settings, generator=engine.settings.generator, max_new_tokens=decoding.max_new_tokens, limit=limit
        ),
        index=describe_index(engine),
        versions=describe_versions(),
        machine=describe_machine(),
        summary=_summary(rows, questions),
        failed=failed,
        answers=tuple(rows),
        timings={"question_seconds": seconds},
    )


def _row(question: Question, answer: Answer, dataset: Dataset, names: Names, engine: QueryEngine) -> dict[str, Any]:
    """What is kept of one answer."""
    answered = answer.status == "answered"
    # The markers stand between the sentences.
    prediction = " ".join(answer.text[s.start : s.end] for s in answer.sentences) if answered else ""
    quotes = [citation.quote for citation in answer.citations]
    precision, recall = _evidence(question, quotes)
    judged = dataset.qrels.get(question.id, {})
    return {
        "id": question.id,
        "question": question.text,
        "answers": question.answers,
        "answerable": question.answerable,
        "status": answer.status,
        "text": answer.text,
        "prediction": prediction,
        "confidence": answer.confidence,
        "reason": answer.reason,
        "EM": exact_match(prediction, question.answers),
        "F1": token_f1(prediction, question.answers),
        "CitationP": precision,
        "CitationR": recall,
        "citations": [
            {
                "document": names.of(citation.document),
                "judged": judged.get(names.of(citation.document), 0) > 0 if judged else None,
                "quote": citation.quote,
                "start": citation.start,
                "end": citation.end,
                "page": citation.page,
                "place": citation.place,
                "verbatim": engine.text(citation.document.id)[citation.start : citation.end] == citation.quote,
            }
            for citation in answer.citations
        ],
    }


def _nothing(question: Question, code: str) -> dict[str, Any]:
    """The row of a question that could not be answered for want of a working part: wrong, whatever the truth."""
    evidence = 0.0 if question.evidences else None
    return {
        "id": question.id, "question": question.text, "answers": question.answers, "answerable": question.answerable,
        "status": "failed", "text": "", "prediction": "", "confidence": 0.0, "reason": code, "EM": 0.0, "F1": 0.0,
        "CitationP": None, "CitationR": evidence, "citations": [],
    }  # fmt: skip


def _evidence(question: Question, quotes: Sequence[str]) -> tuple[float | None, float | None]:
    """Precision and recall of what is quoted against the gold evidence that it agrees with best.

    Tokens are compared as in ExpMRC (Cui et al., "ExpMRC", Heliyon 8, 2022), which scores evidence by F1. A refusal
    quotes nothing: it has no precision, and its recall is zero.
    """
    if not question.evidences:
        return None, None
    if not quotes:
        return None, 0.0
    return max((overlap(quotes, gold) for gold in question.evidences), key=_f1)


def _f1(pair: tuple[float, float]) -> float:
    return 2 * pair[0] * pair[1] / sum(pair) if sum(pair) else 0.0


def _summary(rows: Sequence[dict[str, Any]], questions: Sequence[Question]) -> dict[str, Any]:
    """What is no mean over questions."""
    abstained = [row["status"] == "abstained" for row in rows]
    unanswerable = [question.answerable is False for question in questions]
    precision, recall = refusals(abstained, unanswerable)
    area = auroc([row["confidence"] for row in rows], [not flag for flag in unanswerable])
    cited = [citation for row in rows for citation in row["citations"]]
    judged = [citation["judged"] for citation in cited if citation["judged"] is not None]
    answerable = [row for row, flag in zip(rows, unanswerable, strict=True) if not flag]
    return {
        "questions": len(rows),
        "answered": sum(row["status"] == "answered" for row in rows),
        "abstained": sum(abstained),
        "failed": sum(row["status"] == "failed" for row in rows),
        "answerable": {"questions": len(answerable), "EM": _mean(answerable, "EM"), "F1": _mean(answerable, "F1")},
        "unanswerable": {
            "questions": sum(unanswerable),
            "precision": _rounded(precision),
            "recall": _rounded(recall),
            "AUROC": _rounded(area),
        },
        "citations": {
            "count": len(cited),
            "verbatim": _rounded(_share([citation["verbatim"] for citation in cited])),
            "judged_document": _rounded(_share(judged)),
            "precision": _mean(rows, "CitationP"),
            "recall": _mean(rows, "CitationR"),
        },
    }


def _share(flags: Sequence[bool]) -> float | None:
    return sum(flags) / len(flags) if flags else None


def _mean(rows: Sequence[dict[str, Any]], name: str) -> float | None:
    values = [row[name] for row in rows if row[name] is not None]
    return _rounded(sum(values) / len(values)) if values else None


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, _DIGITS)
