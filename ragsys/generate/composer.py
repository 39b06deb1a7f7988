"""From hits to an answer: decide, draft, cite, verify. Owns the order of these and nothing else.

Whether there is an answer is decided first, so that a refusal costs no generation. In mode `generate` the generator
drafts from the best sentences, and gives way to the best one where nothing supports its draft; in mode `extract` the
best evidence is the answer, verbatim, and no generator is loaded.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ragsys.generate.abstention import NO_SUPPORT, Decision, decide
from ragsys.generate.calibration import load_calibration
from ragsys.generate.citations import cite
from ragsys.generate.context import pack
from ragsys.generate.profile import EXTRACTIVE, profile_of
from ragsys.generate.prompt import STOP, build_prompt, prompt_digest
from ragsys.language import is_chinese
from ragsys.types import Answer, AnswerProfile, Decoding, ModelNames

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from ragsys.generate.calibration import Calibration
    from ragsys.generate.citations import Cited, Unsupported
    from ragsys.generate.crosslingual import Across, CrossCalibration
    from ragsys.generate.evidence import Evidence
    from ragsys.protocols import Generator
    from ragsys.types import Coverage, Hit, IndexRef, SourceText

__all__ = ["EXTRACT", "Composer", "Event", "Token"]

# What an answer names as its generator where there was none.
EXTRACT = "extract"

_NOTHING = {True: "您的文档中没有答案。", False: "Not in your documents."}


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the draft, as it is written: to be shown, not to be trusted."""

    text: str


Event = Token


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
        rarity: Mapping[str, float],
        unsupported: Unsupported,
        decoding: Decoding | None,
        embedder: str,
        index: IndexRef,
        coverage: Coverage,
        timings: Mapping[str, float],
        language: str | None = None,
        across: Callable[[], Across | None] | None = None,
    ) -> Iterator[Event | Answer]:
        """Yield the draft piece by piece, then the answer. `evidence` are the sentences of the hits, best first.

        `rarity` weighs the question's content terms. The prompt and a refusal are in `language`, the question's where
        that is None. Where the words decide against an answer, `across` may find one in another language: then its
        first sentence is the answer, verbatim.

        Raises:
            GenerationError: the generator failed.
        """
        began = time.perf_counter()
        chinese = is_chinese(question)
        words = load_calibration()["zh" if chinese else "en"]
        calibration: Calibration | CrossCalibration = words
        decision = decide(question, hits, rarity, words)
        crossed = across() if across is not None and not decision.answered else None
        if crossed is not None:
            decision, calibration, evidence = crossed.decision, crossed.calibration, crossed.evidence
        decoding = decoding or Decoding()
        drafted: list[str] = []
        if decision.answered and self._generator is not None and crossed is None:
            for piece in self._draft(self._generator, question, evidence, decoding, language):
                drafted.append(piece)
                yield Token(piece)
        generated = time.perf_counter()
        generator = EXTRACT if self._generator is None else self._generator.name
        cited: Cited | None = None
        if decision.answered:
            cited = cite("".join(drafted).strip(), question, hits, self._source_of, unsupported=unsupported)
            if not any(sentence.supported for sentence in cited.sentences):
                # A small model's draft is often wrong where the passage is right: then the passage speaks for itself.
                best = evidence[0] if evidence else None
                cited = cite(best.text, question, hits, self._source_of, own=best) if best else None
                generator = EXTRACT if best else generator
            if cited is None or not any(sentence.supported for sentence in cited.sentences):
                cited = None
                decision = Decision(answered=False, confidence=decision.confidence, reason=NO_SUPPORT)
        now = time.perf_counter()
        yield Answer(
            question=question,
            status="answered" if cited else "abstained",
            text=cited.text if cited else _NOTHING[chinese if language is None else language == "zh"],
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
            profile=self._profile(calibration, decoding),
        )

    def _profile(self, calibration: Calibration | CrossCalibration, decoding: Decoding) -> AnswerProfile:
        """What the answer needs to be made again."""
        name = EXTRACTIVE.name if self._generator is None else profile_of(self._generator.name).name
        return AnswerProfile(
            name=name,
            prompt=prompt_digest(),
            decoding=None if self._generator is None else decoding,
            threshold=calibration.threshold,
            measured=calibration.measured,
            fitted_on=calibration.fitted_on,
        )

    @staticmethod
    def _draft(
        generator: Generator, question: str, evidence: Sequence[Evidence], decoding: Decoding, language: str | None
    ) -> Iterator[str]:
        # Drawn for each request, so that no document can know it; the same where a seed makes the answer repeatable.
        fence = secrets.token_hex(4) if decoding.seed is None else f"{decoding.seed & 0xFFFFFFFF:08x}"
        frame = sum(generator.count_tokens(m.content) for m in build_prompt(question, [], fence, language))
        budget = generator.context_tokens - decoding.max_new_tokens - frame - 64
        passages = pack(evidence[: profile_of(generator.name).sentences], generator, budget)
        prompt = build_prompt(question, passages, fence, language)
        settings = Decoding(
            decoding.max_new_tokens,
            decoding.temperature,
            decoding.top_p,
            decoding.top_k,
            decoding.seed,
            (*decoding.stop, *STOP, fence),
        )
        yield from generator.stream(prompt, settings)
