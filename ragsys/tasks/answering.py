"""A question to a verified answer: search, rank the evidence, compose. Owns the order and the choice of the mode."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

from ragsys.errors import ConfigError, UsageError
from ragsys.generate import Composer, Translator, content_terms, plan_for, profile_of, rank_evidence
from ragsys.generate.crosslingual import decide_across
from ragsys.language import UNDETERMINED, detect, name_of
from ragsys.notices import Notice
from ragsys.tasks.translating import known_language
from ragsys.types import Answer, AnswerTranslation, IndexRef

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from ragsys.config import Settings
    from ragsys.generate import Event
    from ragsys.generate.citations import Unsupported
    from ragsys.tasks.workspace import Workspace
    from ragsys.types import Decoding

__all__ = ["stream_answer"]

# The languages that the prompt's own words are written in.
_PROMPTED = ("en", "zh")
# As good as nothing, by measurement (DECISIONS.md); and all there is where a question has no term of its own.
_LENT_WEIGHT = 0.01


def stream_answer(
    workspace: Workspace,
    question: str,
    *,
    top_k: int | None = None,
    where: str | None = None,
    decoding: Decoding | None = None,
    typed: str | None = None,
) -> Iterator[Event | Answer]:
    """Yield the draft as it is written, then the verified answer. Raises as `QueryEngine.stream`.

    `typed` is the question without the words that were lent to it only to say what it is about: those find passages,
    and make no answer of them.
    """
    mode, unsupported = _choices(workspace.settings)
    language = _language(workspace.settings)
    with workspace.view() as view:
        result = workspace.search(view, question, top_k=top_k, where=where)
        reference = IndexRef(view.seq, view.digest())
        sources = {hit.document.id: view.source_text(hit.document.id) for hit in result.hits}
        rarity = view.rarity(content_terms(question))
    asked = question if typed is None else typed
    lent = rarity.keys() - content_terms(asked)
    rarity |= {term: rarity[term] * _LENT_WEIGHT for term in lent}
    embedder = workspace.embedder
    vector = embedder.embed_queries([asked])[0]
    cosines: dict[str, float] = {}

    def similarity(texts: Sequence[str]) -> NDArray[np.float32]:
        found: NDArray[np.float32] = embedder.embed_passages(texts) @ vector
        cosines.update(zip(texts, found.tolist(), strict=True))
        return found

    evidence = rank_evidence(question, result.hits, rarity=rarity, similarity=similarity)
    if mode == "auto":
        mode = profile_of(workspace.generator_name).mode
    generator = None if mode == "extract" else workspace.generator
    for event in Composer(sources.__getitem__, generator).stream(
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
        language=language,
        across=lambda: decide_across(question, result.hits, cosine=cosines.__getitem__, embedder=embedder.space.model),
    ):
        if not isinstance(event, Answer):
            yield event
            continue
        told = () if generator is None else _foreign(language or detect(question).code)
        yield _in_language(workspace, replace(event, warnings=(*result.warnings, *told)), language, decoding)


def _in_language(workspace: Workspace, answer: Answer, language: str | None, decoding: Decoding | None) -> Answer:
    """The answer with the language that it is in, and translated where another was asked for."""
    if answer.status != "answered":
        return replace(answer, language="zh" if detect(answer.text).code == "zh" else "en")
    bodies = [answer.text[sentence.start : sentence.end] for sentence in answer.sentences]
    here = detect("\n".join(bodies)).code
    answer = replace(answer, language=here)
    if language is None or here in {language, UNDETERMINED}:
        return answer
    generator = workspace.generator
    plan = plan_for(generator, here, language, answer.question, len(answer.text))
    translator = Translator(generator, here, language, embedder=workspace.embedder)
    sentences = [sentence for body in bodies for sentence in translator.translate(body, decoding)]
    translation = AnswerTranslation(
        language=language,
        text=" ".join(sentence.target for sentence in sentences),
        generator=generator.name,
        quality=plan.quality,
        problems=tuple(sorted({problem for sentence in sentences for problem in sentence.problems})),
    )
    return replace(answer, translation=translation, warnings=(*answer.warnings, *plan.warnings))


def _foreign(code: str) -> tuple[Notice, ...]:
    """Say so where the prompt is in another language than the answer is meant to be in."""
    if code in {*_PROMPTED, UNDETERMINED}:
        return ()
    text = f"prompts are written in English and Chinese only: the answer may not be in {name_of(code)}"
    return (Notice("answer-language", text, (code,)),)


def _language(settings: Settings) -> str | None:
    """The language to answer in, None for the question's own."""
    if settings.answer_language == "auto":
        return None
    try:
        return known_language(settings.answer_language)
    except UsageError as error:
        raise ConfigError(f"answer_language: {error.message}", hint=error.hint) from None


def _choices(settings: Settings) -> tuple[str, Unsupported]:
    """`answer_mode` and `unsupported`, each one of its words."""
    if settings.answer_mode not in {"auto", "generate", "extract"}:
        raise ConfigError(f"answer_mode cannot be {settings.answer_mode!r}: it is auto, generate or extract")
    if settings.unsupported not in {"drop", "mark", "keep"}:
        raise ConfigError(f"unsupported cannot be {settings.unsupported!r}: it is drop, mark or keep")
    return settings.answer_mode, cast("Unsupported", settings.unsupported)
