"""From hits to an answer: draft, weigh, cite, verify. Owns the order of these and nothing else.

Whether the passages answer has been decided before, so that a refusal costs no generation. In mode `generate` the
generator drafts from the best sentences, and a draft that is probably wrong, or that nothing supports, gives way to the
best one. In mode `extract` the best evidence is the answer, verbatim, and no generator is loaded.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ragsys.generate.abstention import NO_SUPPORT, Decision
from ragsys.generate.citations import cite
from ragsys.generate.drafting import draft, weigh
from ragsys.generate.evidence import content_terms
from ragsys.generate.profile import EXTRACTIVE, profile_of
from ragsys.generate.prompt import UNANSWERABLE, prompt_digest
from ragsys.language import is_chinese
from ragsys.stages import tell
from ragsys.types import Answer, AnswerProfile, Decoding, ModelNames

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from collections.abc import Generator as Stream

    from ragsys.generate.calibration import Calibration
    from ragsys.generate.citations import Cited, Judges, Unsupported
    from ragsys.generate.drafting import Draft
    from ragsys.generate.evidence import Evidence
    from ragsys.protocols import Generator
    from ragsys.types import Coverage, Hit, IndexRef, SourceText

__all__ = ["EXTRACT", "Composer", "Event", "Policy", "Token"]

# What an answer names as its generator where there was none.
EXTRACT = "extract"

_NOTHING = {True: "您的文档中没有答案。", False: "Not in your documents."}


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the draft, as it is written: to be shown, not to be trusted."""

    text: str


Event = Token


@dataclass(frozen=True, slots=True)
class Policy:
    """When to answer: what was decided of the passages, by which calibration, and what judges a draft, if anything.

    `unsupported` is what becomes of a drafted sentence that no passage supports, `judges` what supports it besides
    its words.
    """

    decision: Decision
    passages: Calibration
    drafts: Calibration | None
    unsupported: Unsupported
    judges: Judges | None = None


class Composer:
    """Answers questions. `source_of` gives a document's stored text by its id; without a generator it extracts."""

    def __init__(self, source_of: Callable[[str], SourceText], generator: Generator | None = None) -> None:
        self._source_of = source_of
        self._generator = generator

    def stream(
        self,
        question: str,
        hits: Sequence[Hit],
        evidence: Sequence[Evidence],
        *,
        policy: Policy,
        decoding: Decoding | None,
        embedder: str,
        index: IndexRef,
        coverage: Coverage,
        timings: Mapping[str, float],
        language: str | None = None,
    ) -> Iterator[Event | Answer]:
        """Yield the draft piece by piece, then the answer. `evidence` are the sentences of the hits, best first.

        The prompt and a refusal are in `language`, the question's where that is None.

        Raises:
            GenerationError: the generator failed.
        """
        began = time.perf_counter()
        decoding = decoding or Decoding()
        text, shown, pieces = "", evidence, 0
        if policy.decision.answered and self._generator is not None:
            drafted, pieces = yield from _as_events(draft(self._generator, question, evidence, decoding, language))
            shown = drafted.shown
            if self._is_probable(drafted, question, policy):
                text = drafted.text.strip()
        generated = time.perf_counter()
        cited, generator, decision = self._cited(text, question, hits, shown, policy)
        now = time.perf_counter()
        tell("generate", began, generated, {"tokens": pieces})
        tell("cite", generated, now, {"citations": len(cited.citations) if cited else 0, "abstained": int(not cited)})
        yield Answer(
            question=question,
            status="answered" if cited else "abstained",
            text=cited.text if cited else _NOTHING[is_chinese(question) if language is None else language == "zh"],
            confidence=decision.confidence,
            citations=cited.citations if cited else (),
            sentences=cited.sentences if cited else (),
            passages=tuple(hits),
            models=ModelNames(embedder, generator),
            index=index,
            coverage=coverage,
            timings={
                **timings,
                "generate": generated - began,
                "cite": now - generated,
                "total": timings.get("total", 0.0) + now - began,
            },
            reason=decision.reason,
            profile=self._profile(policy.passages, decoding),
        )

    def _is_probable(self, drafted: Draft, question: str, policy: Policy) -> bool:
        """Whether a draft is right often enough to be shown in place of the best sentence."""
        assert self._generator is not None  # noqa: S101 - it drafted
        if drafted.text.strip().rstrip(".。").lower() in UNANSWERABLE.values():
            return False
        # A small model that cannot read a row gives back a number of the question.
        if any(item.header for item in drafted.shown) and content_terms(drafted.text) <= content_terms(question):
            return False
        if policy.drafts is None:
            return True
        signals = weigh(self._generator, drafted, question, policy.decision.log_odds)
        return signals is None or policy.drafts.probability(signals.values()) >= policy.drafts.threshold

    def _cited(
        self,
        text: str,
        question: str,
        hits: Sequence[Hit],
        evidence: Sequence[Evidence],
        policy: Policy,
    ) -> tuple[Cited | None, str, Decision]:
        """The cited answer, or None, what wrote it, and the decision that stands; `evidence` is what was shown."""
        decision = policy.decision
        generator = EXTRACT if self._generator is None else self._generator.name
        if not decision.answered:
            return None, generator, decision
        cited = cite(
            text,
            question,
            hits,
            self._source_of,
            unsupported=policy.unsupported,
            judges=policy.judges,
            shown=evidence,
        )
        if not any(sentence.supported for sentence in cited.sentences) and evidence:
            # A small model's draft is often wrong where the passage is right: then the passage speaks for itself.
            cited = cite(evidence[0].text, question, hits, self._source_of, own=evidence[0])
            generator = EXTRACT
        if not any(sentence.supported for sentence in cited.sentences):
            return None, generator, decision.refused(NO_SUPPORT)
        return cited, generator, decision

    def _profile(self, calibration: Calibration, decoding: Decoding) -> AnswerProfile:
        """What the answer needs to be made again."""
        profile = EXTRACTIVE if self._generator is None else profile_of(self._generator.name)
        return AnswerProfile(
            name=profile.name,
            prompt=prompt_digest(profile.prompt),
            decoding=None if self._generator is None else decoding,
            calibration=calibration.name,
            threshold=calibration.threshold,
            measured=calibration.measured,
            fitted_on=calibration.fitted_on,
        )


def _as_events(drafting: Stream[str, None, Draft]) -> Stream[Event, None, tuple[Draft, int]]:
    """The pieces of a draft as events; returns the draft and their number."""
    pieces = 0
    try:
        while True:
            yield Token(next(drafting))
            pieces += 1
    except StopIteration as done:
        drafted: Draft = done.value
        return drafted, pieces
    finally:
        drafting.close()
