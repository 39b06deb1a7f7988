"""A question to a verified answer: search, rank the evidence, compose. Owns the order and the choice of the mode."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from ragsys.errors import ConfigError
from ragsys.generate import Composer, content_terms, profile_of, rank_evidence
from ragsys.types import IndexRef

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ragsys.config import Settings
    from ragsys.generate import Event
    from ragsys.generate.citations import Unsupported
    from ragsys.tasks.workspace import Workspace
    from ragsys.types import Answer, Decoding

__all__ = ["stream_answer"]


def stream_answer(
    workspace: Workspace,
    question: str,
    *,
    top_k: int | None = None,
    where: str | None = None,
    decoding: Decoding | None = None,
) -> Iterator[Event | Answer]:
    """Yield the draft as it is written, then the verified answer. Raises as `QueryEngine.stream`."""
    mode, unsupported = _choices(workspace.settings)
    with workspace.view() as view:
        result = workspace.search(view, question, top_k=top_k, where=where)
        reference = IndexRef(view.seq, view.digest())
        sources = {hit.document.id: view.source_text(hit.document.id) for hit in result.hits}
        rarity = view.rarity(content_terms(question))
    embedder = workspace.embedder
    vector = embedder.embed_queries([question])[0]
    evidence = rank_evidence(
        question, result.hits, rarity=rarity, similarity=lambda texts: embedder.embed_passages(texts) @ vector
    )
    if mode == "auto":
        mode = profile_of(workspace.generator_name).mode
    yield from Composer(sources.__getitem__, None if mode == "extract" else workspace.generator).stream(
        question,
        result.hits,
        evidence,
        rarity=rarity,
        unsupported=unsupported,
        decoding=decoding,
        embedder=embedder.space.model,
        index=reference,
        coverage=result.coverage,
        timings=result.timings,
    )


def _choices(settings: Settings) -> tuple[str, Unsupported]:
    """`answer_mode` and `unsupported`, each one of its words."""
    if settings.answer_mode not in {"auto", "generate", "extract"}:
        raise ConfigError(f"answer_mode cannot be {settings.answer_mode!r}: it is auto, generate or extract")
    if settings.unsupported not in {"drop", "mark", "keep"}:
        raise ConfigError(f"unsupported cannot be {settings.unsupported!r}: it is drop, mark or keep")
    return settings.answer_mode, cast("Unsupported", settings.unsupported)
