"""Evaluation: sets, measures, runs, and what may be concluded from them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ragsys.evaluation.comparison import Comparison, compare
    from ragsys.evaluation.corpus import index_corpus
    from ragsys.evaluation.datasets import Dataset, Question, open_dataset
    from ragsys.evaluation.gating import Verdict, gate
    from ragsys.evaluation.qa import evaluate_qa
    from ragsys.evaluation.questions import generate
    from ragsys.evaluation.report import render_report
    from ragsys.evaluation.retrieval import evaluate_retrieval
    from ragsys.evaluation.runs import Run, read_run
    from ragsys.evaluation.tuning import Tuning, tune

__all__ = [
    "Comparison",
    "Dataset",
    "Question",
    "Run",
    "Tuning",
    "Verdict",
    "compare",
    "evaluate_qa",
    "evaluate_retrieval",
    "gate",
    "generate",
    "index_corpus",
    "open_dataset",
    "read_run",
    "render_report",
    "tune",
]

_HOME = {
    "Comparison": "comparison",
    "Dataset": "datasets",
    "Question": "datasets",
    "Run": "runs",
    "Tuning": "tuning",
    "Verdict": "gating",
    "compare": "comparison",
    "evaluate_qa": "qa",
    "evaluate_retrieval": "retrieval",
    "gate": "gating",
    "generate": "questions",
    "index_corpus": "corpus",
    "open_dataset": "datasets",
    "read_run": "runs",
    "render_report": "report",
    "tune": "tuning",
}


def __getattr__(name: str) -> object:
    """Import a name from its home when it is first asked for."""
    from importlib import import_module

    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
