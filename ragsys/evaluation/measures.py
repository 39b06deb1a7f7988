"""Retrieval measures by the names of ir-measures, computed by trec_eval's own code (through pytrec_eval).

MacAvaney, Macdonald and Ounis, "Streamlining Evaluation with ir-measures" (ECIR 2022). A query that found nothing
counts as zero. `AnswerR@k` is ours: whether one of the first k passages holds an answer; it needs no judgements.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ragsys.errors import ExtraMissingError, MeasureError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = ["ANSWER_MEASURES", "MEASURES", "answer_recall", "check_measures", "is_answer_measure", "mean", "score"]

MEASURES = ("nDCG@10", "R@5", "R@10", "R@100", "RR@10", "AP")
ANSWER_MEASURES = ("AnswerR@1", "AnswerR@5", "AnswerR@10")
_LARGEST = 1_000_000
_ANSWER = re.compile(r"AnswerR@([1-9]\d*)")


def is_answer_measure(name: str) -> bool:
    """Whether a measure looks for answer strings, and not at judgements."""
    return _ANSWER.fullmatch(name) is not None


def check_measures(names: Iterable[str]) -> tuple[str, ...]:
    """The measures under their canonical names, each once.

    Raises:
        MeasureError: a name that nothing here computes.
        ExtraMissingError: ir-measures is not installed.
    """
    checked = [name if is_answer_measure(name) else str(_parse(name)) for name in names]
    return tuple(dict.fromkeys(checked))


def score(
    names: Sequence[str], qrels: Mapping[str, Mapping[str, int]], rankings: Mapping[str, Sequence[str]]
) -> dict[str, dict[str, float]]:
    """Each measure's value for each query of `qrels`, given its documents, best first.

    Ranks are all that counts: there are no ties, because whoever made the ranking has broken them.

    Raises:
        MeasureError, ExtraMissingError: as `check_measures`.
    """
    judged = {query: dict(documents) for query, documents in qrels.items()}
    values: dict[str, dict[str, float]] = {}
    for name in names:
        measure = _parse(name)
        cutoff = _cutoff(measure) if measure.NAME == "RR" else None
        run = {q: {d: float(-i) for i, d in enumerate(rankings.get(q, ())[:cutoff])} for q in judged}
        # Reciprocal rank at k is that of the ranking cut after k.
        provider = _library().RR(rel=measure["rel"]) if cutoff else measure
        found = {m.query_id: float(m.value) for m in _library().pytrec_eval.iter_calc([provider], judged, run)}
        # Of nothing relevant, some measures make no number.
        values[name] = {query: found[query] if found.get(query, 0.0) > 0.0 else 0.0 for query in judged}
    return values


def answer_recall(names: Sequence[str], ranks: Mapping[str, int | None]) -> dict[str, dict[str, float]]:
    """`AnswerR@k` per query, given the rank of the first passage that holds an answer, or None."""
    values = {}
    for name in names:
        match = _ANSWER.fullmatch(name)
        if match is None:
            raise MeasureError(f"{name!r} is not AnswerR@k")
        k = int(match.group(1))
        values[name] = {query: float(rank is not None and rank <= k) for query, rank in ranks.items()}
    return values


def mean(values: Mapping[str, float]) -> float:
    """The mean over queries; 0 of none."""
    return sum(values.values()) / len(values) if values else 0.0


def _library() -> Any:
    try:
        import ir_measures
    except ImportError:
        raise ExtraMissingError(
            "measures over judgements need ir-measures", hint="install it with: pip install 'ragsys[eval]'"
        ) from None
    if not ir_measures.pytrec_eval.is_available():
        raise ExtraMissingError(
            "measures over judgements need pytrec_eval", hint="install it with: pip install 'ragsys[eval]'"
        )
    return ir_measures


def _parse(name: str) -> Any:
    library = _library()
    try:
        measure = library.parse_measure(name)
        plain = measure.NAME == "RR" and not measure["judged_only"]
        known = plain or library.pytrec_eval.supports(measure)
    except Exception:  # noqa: BLE001 - its parser raises whatever Python's own does
        raise MeasureError(f"there is no measure {name!r}") from None
    if not known:
        raise MeasureError(f"the measure {name!r} is not one that trec_eval computes")
    # trec_eval's C code does not survive numbers out of range.
    if any(type(value) is int and not 0 < value <= _LARGEST for value in measure.params.values()):
        raise MeasureError(f"{name!r}: its numbers have to lie between 1 and {_LARGEST}")
    return measure


def _cutoff(measure: Any) -> int | None:
    """The cut-off of a measure, or None where it has none."""
    return measure["cutoff"] if "cutoff" in measure.params else None
