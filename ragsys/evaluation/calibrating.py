"""Calibrating an index: its questions asked with their passages there and taken away, a fit, and what it is worth.

Labelled questions say themselves which of them have no answer. Questions made of the documents say it by what is taken
away alone. Knows the engine and the fit; what is kept is written by `calibrate`.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ragsys._version import __version__
from ragsys.errors import CalibrationError, QueryError
from ragsys.evaluation.answers import holds, token_f1
from ragsys.evaluation.corpus import Names
from ragsys.evaluation.questions import generate
from ragsys.evaluation.sampling import sample
from ragsys.generate.calibration import shipped_calibration
from ragsys.generate.drafting import draft, weigh
from ragsys.generate.fitting import ANSWERABLE, Case, Point, fit_calibration, place_threshold
from ragsys.generate.own_calibration import OwnCalibration, made_with
from ragsys.language import is_chinese
from ragsys.types import Decoding

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator
    from collections.abc import Generator as Stream

    from ragsys.engine import QueryEngine
    from ragsys.evaluation.datasets import Dataset, Question
    from ragsys.generate.drafting import Draft
    from ragsys.types import Hit

__all__ = [
    "ASSUMPTION",
    "ASSUMPTION_GENERATED",
    "LEAST",
    "NEAR_MISS",
    "REMOVED",
    "calibrate",
    "cases_of",
    "drafted_cases",
    "generated_cases",
]

NEAR_MISS = "no answer"
REMOVED = "passage removed"
# Fewer of a kind say too little to move anything by.
LEAST = 20
ASSUMPTION = (
    "The shares hold for questions like these, asked of documents like these: the interval covers chance in choosing "
    "the questions, not a change in what is asked."
)
ASSUMPTION_GENERATED = (
    "These questions were made of the documents and borrow their words. So the weights stay as they ship, and only the "
    "threshold is set, by how often a question is answered whose passage was taken away. People's own questions will "
    "be answered less often than these."
)
_KINDS = ("masked", "keywords")
_DRAFT_TOKENS = 64
_RIGHT = 0.5


def cases_of(
    engine: QueryEngine,
    dataset: Dataset,
    *,
    limit: int | None = None,
    seed: int = 0,
    progress: Callable[[str, int, int], None] | None = None,
) -> Iterator[tuple[str, Case]]:
    """The cases of a labelled set, each with its language.

    A question with an answer counts twice: as it is, and as one without where what answers it is taken away: the
    documents that are judged relevant, or, where nothing is judged, the passages that hold an answer. A question
    without an answer is the third kind.
    """
    names = Names(dataset, engine.documents())
    questions = sample(dataset.answered(), limit, seed)
    for done, question in enumerate(questions):
        if progress is not None:
            progress(question.text, done, len(questions))
        kind = ANSWERABLE if question.answerable else NEAR_MISS
        answers = _answering(dataset, question, names) if question.answerable else None
        yield from _cases(engine, question.text, kind, answers)


def generated_cases(
    engine: QueryEngine,
    *,
    limit: int = 200,
    seed: int = 0,
    progress: Callable[[str, int, int], None] | None = None,
) -> Iterator[tuple[str, Case]]:
    """The cases of questions made of the documents: sentences with a gap and keywords, their passages there and not."""
    with tempfile.TemporaryDirectory(prefix="ragsys-calibrate-") as scratch:
        made = generate(engine, Path(scratch), limit=limit, seed=seed, kinds=_KINDS, corpus=False)
    for done, item in enumerate(made):
        if progress is not None:
            progress(item.text, done, len(made))
        sentence = item.sentence or ""

        def answers(hit: Hit, sentence: str = sentence) -> bool:
            return sentence in hit.text

        yield from _cases(engine, item.text, ANSWERABLE, answers)


def _cases(
    engine: QueryEngine, question: str, kind: str, answers: Callable[[Hit], bool] | None
) -> Iterator[tuple[str, Case]]:
    language = "zh" if is_chinese(question) else "en"
    try:
        found = engine.evidence(question)
        hits = found.result.hits
        group = hits[0].document.id if hits else ""
        if found.signals is not None:
            yield language, Case(kind, group, found.signals.values())
        if answers is not None:
            less = engine.evidence(question, without=answers)
            if less.signals is not None:
                yield language, Case(REMOVED, group, less.signals.values())
    except QueryError:
        return  # longer than the embedder reads, or nothing in it


def drafted_cases(
    engine: QueryEngine,
    dataset: Dataset,
    *,
    limit: int | None = None,
    seed: int = 0,
    known: Container[str] = (),
) -> Iterator[tuple[str, str, Case]]:
    """The cases of a labelled set once the generator has drafted: name, language and case.

    A draft is right where it shares half of its tokens with an answer (F1). What passages of a question are taken away
    is as in `cases_of`; a case whose name is `known` is left out, so that a run that was cut can go on.
    """
    names = Names(dataset, engine.documents())
    decoding = Decoding(max_new_tokens=_DRAFT_TOKENS, seed=seed)
    for question in sample(dataset.answered(), limit, seed):
        answers = _answering(dataset, question, names)
        kinds = {ANSWERABLE: None, REMOVED: answers} if question.answerable else {NEAR_MISS: None}
        language = "zh" if is_chinese(question.text) else "en"
        for kind, without in kinds.items():
            if (name := f"{question.id} {kind}") in known:
                continue
            found = engine.evidence(question.text, without=without)
            if found.signals is None:
                continue
            passages = shipped_calibration(language, engine.embedder.space.model)
            drafting = draft(engine.generator, question.text, found.evidence, decoding)
            drafted = _whole(drafting)
            signals = weigh(engine.generator, drafted, question.text, passages.log_odds(found.signals.values()))
            if signals is not None:
                right = kind == ANSWERABLE and token_f1(drafted.text, question.answers) >= _RIGHT
                yield name, language, Case(kind, found.result.hits[0].document.id, signals.values(), right)


def _whole(drafting: Stream[str, None, Draft]) -> Draft:
    """The draft, when all of it has been written."""
    while True:
        try:
            next(drafting)
        except StopIteration as done:
            drafted: Draft = done.value
            return drafted


def _answering(dataset: Dataset, question: Question, names: Names) -> Callable[[Hit], bool]:
    """Whether a hit answers: its document is judged to, or, where nothing is judged, it holds an answer."""
    gold = {name for name, grade in dataset.qrels.get(question.id, {}).items() if grade > 0}
    return lambda hit: names.of(hit.document) in gold if gold else holds(hit.text, question.answers)


def calibrate(
    engine: QueryEngine,
    dataset: Dataset | None,
    *,
    point: Point,
    limit: int = 200,
    seed: int = 0,
    progress: Callable[[str, int, int], None] | None = None,
) -> OwnCalibration:
    """Fit the index's own calibration on a labelled set, or, without one, on questions made of its documents.

    A language of which there are fewer than `LEAST` questions with an answer or without goes without.

    Raises:
        CalibrationError: no language has enough of both.
        DatasetError: the set does not fit the index, or the documents give no question.
    """
    asked = 0

    def note(question: str, done: int, total: int) -> None:
        nonlocal asked
        asked = total
        if progress is not None:
            progress(question, done, total)

    found = (
        generated_cases(engine, limit=limit, seed=seed, progress=note)
        if dataset is None
        else cases_of(engine, dataset, limit=limit, seed=seed, progress=note)
    )
    by_language: dict[str, list[Case]] = {}
    for language, case in found:
        by_language.setdefault(language, []).append(case)
    now = made_with(engine.embedder.space, reranker=engine.settings.reranker)
    name = "questions made of the documents" if dataset is None else dataset.name
    fitted = {}
    counts = {language: Counter(case.kind for case in cases) for language, cases in sorted(by_language.items())}
    for language, cases in sorted(by_language.items()):
        if min(counts[language][ANSWERABLE], len(cases) - counts[language][ANSWERABLE]) < LEAST:
            continue
        shipped = shipped_calibration(language, now.embedder)
        about = f"{name}, {len(cases)} cases"
        fitted[language] = (
            place_threshold(cases, shipped, name=f"own/{language}", fitted_on=about, point=point)
            if dataset is None
            else fit_calibration(cases, name=f"own/{language}", fitted_on=about, point=point, prior=shipped)
        )
    if not fitted:
        more = "write more questions (see `ragsys eval qa --help` for the layout), or add more documents"
        raise CalibrationError(
            f"too few questions: {_told(counts)}; {LEAST} with and {LEAST} without an answer are needed",
            hint=more if asked < limit else f"no more than {limit} questions were looked at: say a larger --limit",
        )
    return OwnCalibration(
        languages=fitted,
        made_with=now,
        data={
            "name": name,
            "digest": engine.reference().digest if dataset is None else dataset.digest(),
            "labelled": dataset is not None,
            "cases": {language: dict(sorted(count.items())) for language, count in counts.items()},
            "limit": limit,
            "seed": seed,
            "index": engine.reference().digest,
        },
        point=asdict(point),
        date=datetime.now(UTC).strftime("%Y-%m-%d"),
        versions={"ragsys": __version__},
        assumption=ASSUMPTION_GENERATED if dataset is None else ASSUMPTION,
    )


def _told(counts: dict[str, Counter[str]]) -> str:
    return (
        "; ".join(
            f"{language}: {', '.join(f'{n} {kind}' for kind, n in sorted(count.items()))}"
            for language, count in counts.items()
        )
        or "none"
    )
