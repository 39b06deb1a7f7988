"""What an index holds for a question: hits, their sentences as evidence, and what these tell of an answer."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ragsys.generate import below_header, content_terms, informing, rank_evidence
from ragsys.generate.own_calibration import made_with
from ragsys.generate.signals import signals_of
from ragsys.stages import tell
from ragsys.types import IndexRef

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ragsys.generate.evidence import Evidence
    from ragsys.generate.meaning import Meaning
    from ragsys.generate.own_calibration import MadeWith
    from ragsys.generate.signals import Signals
    from ragsys.tasks.workspace import Workspace
    from ragsys.types import Hit, SearchResult, SourceText

__all__ = ["Found", "calibrated_with", "find"]

# A search for a question that some hits are taken from looks so many times as deep.
_DEEPER = 3
# As good as nothing, by measurement (DECISIONS.md); and all there is where a question has no term of its own.
_LENT_WEIGHT = 0.01


@dataclass(frozen=True, slots=True)
class Found:
    """The hits and the texts that they are of, the evidence with its cosines to the question, and the signals.

    `rarity` weighs the question's content terms. There are no signals where no hit holds a sentence, or the question no
    word to look for.
    """

    result: SearchResult
    index: IndexRef
    sources: Mapping[str, SourceText]
    rarity: Mapping[str, float]
    evidence: list[Evidence]
    cosines: list[float]
    signals: Signals | None
    meaning: Meaning


def find(
    workspace: Workspace,
    question: str,
    *,
    top_k: int | None = None,
    where: str | None = None,
    without: Callable[[Hit], bool] | None = None,
    typed: str | None = None,
) -> Found:
    """Search and rank the sentences; with `without`, as if the hits that it names were not in the index.

    `typed` is the question without the words that were lent to it only to say what it is about: those find passages,
    and make no answer of them.
    """
    k = workspace.settings.top_k if top_k is None else top_k
    with workspace.view() as view:
        result = workspace.search(view, question, top_k=k if without is None else k * _DEEPER, where=where)
        if without is not None:
            left = [hit for hit in result.hits if not without(hit)][:k]
            result = replace(result, hits=tuple(replace(hit, rank=rank) for rank, hit in enumerate(left, start=1)))
        index = IndexRef(view.seq, view.digest())
        sources = {hit.document.id: view.source_text(hit.document.id) for hit in result.hits}
        rarity = view.rarity(content_terms(question))
    began = time.perf_counter()
    asked = question if typed is None else typed
    rarity |= {term: rarity[term] * _LENT_WEIGHT for term in rarity.keys() - content_terms(asked)}
    meaning = workspace.meaning
    evidence = rank_evidence(
        question, result.hits, rarity=rarity, similarity=lambda texts: meaning.cosines([asked], texts)[0]
    )
    evidence = informing(evidence, question)
    cosines = meaning.cosines([asked], [below_header(item) for item in evidence])[0].tolist() if evidence else []
    signals = signals_of(question, result.hits, evidence, rarity, meaning)
    tell("evidence", began, time.perf_counter(), {"sentences": len(evidence)})
    return Found(result, index, sources, rarity, evidence, cosines, signals, meaning)


def calibrated_with(workspace: Workspace) -> MadeWith:
    """What a calibration has to be made with to hold for this workspace."""
    return made_with(workspace.embedder.space, reranker=workspace.settings.reranker)
