"""A question to a verified answer: find, decide, compose, translate. Owns their order and the choice of the mode."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

from ragsys.errors import ConfigError, UsageError
from ragsys.generate import Composer, Translator, plan_for, profile_of
from ragsys.generate.abstention import decide
from ragsys.generate.calibration import shipped_for_drafts
from ragsys.generate.citations import Judges
from ragsys.generate.composer import Policy
from ragsys.generate.crosslingual import decide_across
from ragsys.generate.inert import inert
from ragsys.generate.own_calibration import calibration_for
from ragsys.language import UNDETERMINED, detect, is_chinese, name_of
from ragsys.notices import Notice
from ragsys.tasks.finding import calibrated_with, find
from ragsys.tasks.translating import known_language
from ragsys.types import Answer, AnswerTranslation

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ragsys.config import Settings
    from ragsys.generate import Event
    from ragsys.generate.citations import Unsupported
    from ragsys.generate.evidence import Evidence
    from ragsys.generate.profile import Mode
    from ragsys.tasks.finding import Found
    from ragsys.tasks.workspace import Workspace
    from ragsys.types import Decoding

__all__ = ["answer_of", "mode_of", "stream_answer"]

# The languages that the prompt's own words are written in.
_PROMPTED = ("en", "zh")
# With fewer of the question's words in its sentence, a passage in another language is judged by what crosses languages.
_SHARED = 0.5


def stream_answer(
    workspace: Workspace,
    question: str,
    *,
    top_k: int | None = None,
    where: str | None = None,
    decoding: Decoding | None = None,
    typed: str | None = None,
    auto: Mode | None = None,
) -> Iterator[Event | Answer]:
    """Yield the draft as it is written, then the verified answer. Raises as `QueryEngine.stream`.

    `typed` is the question without the words that were lent to it only to say what it is about: those find passages,
    and make no answer of them. `auto` is what that mode means here; None is what it means for the generator.
    """
    mode, unsupported = mode_of(workspace, auto), _unsupported(workspace.settings)
    language = _language(workspace.settings)
    found = find(workspace, question, top_k=top_k, where=where, typed=typed)
    policy, evidence, notices = _policy(workspace, question, found, drafts=mode == "generate", unsupported=unsupported)
    # A quotation from another language is the answer as it stands.
    quoted = evidence is not found.evidence
    generator = None if mode == "extract" else workspace.generator
    for event in Composer(found.sources.__getitem__, None if quoted else generator).stream(
        question,
        found.result.hits,
        evidence,
        policy=policy,
        decoding=decoding,
        embedder=workspace.embedder.space.model,
        index=found.index,
        coverage=found.result.coverage,
        timings=found.result.timings,
        language=language,
    ):
        if not isinstance(event, Answer):
            yield event
            continue
        told = () if generator is None else _foreign(language or detect(question).code)
        warnings = (*found.result.warnings, *notices, *told)
        yield _in_language(workspace, replace(event, warnings=warnings), language, decoding)


def _policy(
    workspace: Workspace, question: str, found: Found, *, drafts: bool, unsupported: Unsupported
) -> tuple[Policy, Sequence[Evidence], tuple[Notice, ...]]:
    """What is decided of the passages, by what a draft would be judged, and from which evidence to answer."""
    language, embedder = "zh" if is_chinese(question) else "en", workspace.embedder.space.model
    passages, notices = calibration_for(workspace.index.path, language, calibrated_with(workspace))
    later = shipped_for_drafts(language, embedder, profile_of(workspace.generator_name).name) if drafts else None
    # Whoever sets a probability knows better than the calibration from where on to answer.
    if (wanted := workspace.settings.min_confidence) >= 0:
        passages = replace(passages, threshold=wanted)
    hits = found.result.hits
    decision = decide(question, hits, found.signals, found.rarity, passages)
    judges = Judges(found.meaning.alike, workspace.entailment)
    policy = Policy(decision, passages, later, unsupported, judges)
    shared = found.signals is not None and found.signals.coverage >= _SHARED
    if shared and decision.answered:
        return policy, found.evidence, notices
    cosine = {item.text: value for item, value in zip(found.evidence, found.cosines, strict=True)}.__getitem__
    crossed = decide_across(question, hits, cosine=cosine, embedder=embedder)
    if crossed is None:
        return policy, found.evidence, notices
    return Policy(crossed.decision, crossed.calibration, None, unsupported, judges), crossed.evidence, notices


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
        text=inert(" ".join(sentence.target for sentence in sentences)),
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


def mode_of(workspace: Workspace, auto: Mode | None = None) -> Mode:
    """The mode that answers are given in; `auto` is what that one means, the generator's own where it is None."""
    mode = workspace.settings.answer_mode
    if mode not in {"auto", "generate", "extract"}:
        raise ConfigError(f"answer_mode cannot be {mode!r}: it is auto, generate or extract")
    return (auto or profile_of(workspace.generator_name).mode) if mode == "auto" else cast("Mode", mode)


def _unsupported(settings: Settings) -> Unsupported:
    """`unsupported`, one of its words."""
    if settings.unsupported not in {"drop", "mark", "keep"}:
        raise ConfigError(f"unsupported cannot be {settings.unsupported!r}: it is drop, mark or keep")
    return cast("Unsupported", settings.unsupported)


def answer_of(events: Iterable[object]) -> Answer:
    """The answer that a stream ends with."""
    for event in events:
        if isinstance(event, Answer):
            return event
    raise AssertionError("a stream ends with its answer")
