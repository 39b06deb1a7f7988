"""From hits to an answer: pack, prompt, generate, cite, verify, decide. Owns the order of these and nothing else."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ragsys.generate.abstention import decide
from ragsys.generate.citations import cite, nearest_sentence
from ragsys.generate.context import pack
from ragsys.generate.prompt import STOP, build_prompt, is_chinese
from ragsys.types import Answer, Decoding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from ragsys.protocols import Generator
    from ragsys.types import Coverage, Hit, IndexRef, ModelNames, SourceText

__all__ = ["Composer", "Event", "Token"]

_NOTHING = {True: "您的文档中没有答案。", False: "Not in your documents."}


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the draft, as it is written: to be shown, not to be trusted."""

    text: str


Event = Token


class Composer:
    """Answers questions with one generator. `source_of` gives a document's stored text by its id."""

    def __init__(self, generator: Generator, source_of: Callable[[str], SourceText]) -> None:
        self._generator = generator
        self._source_of = source_of

    def stream(
        self,
        question: str,
        hits: Sequence[Hit],
        *,
        decoding: Decoding | None,
        models: ModelNames,
        index: IndexRef,
        coverage: Coverage,
        timings: Mapping[str, float],
    ) -> Iterator[Event | Answer]:
        """Yield the draft piece by piece, then the answer.

        Raises:
            GenerationError: the generator failed.
        """
        began = time.perf_counter()
        decoding = decoding or Decoding()
        drafted: list[str] = []
        if hits:
            for piece in self._draft(question, hits, decoding):
                drafted.append(piece)
                yield Token(piece)
        generated = time.perf_counter()
        cited = cite("".join(drafted).strip(), question, hits, self._source_of) if hits else None
        if cited is not None and not any(sentence.supported for sentence in cited.sentences):
            # A small model's draft is often wrong where the passage is right: then the passage speaks for itself.
            quote = nearest_sentence(question, hits)
            cited = cite(quote, question, hits, self._source_of) if quote else cited
        decision = decide(question, hits, cited)
        answered = decision.answered and cited is not None
        now = time.perf_counter()
        yield Answer(
            question=question,
            status="answered" if answered else "abstained",
            text=cited.text if answered and cited else _NOTHING[is_chinese(question)],
            confidence=decision.confidence,
            citations=cited.citations if answered and cited else (),
            sentences=cited.sentences if answered and cited else (),
            passages=tuple(hits),
            models=models,
            index=index,
            coverage=coverage,
            timings={
                **timings,
                "generate": generated - began,
                "cite": now - generated,
                "total": timings.get("total", 0.0) + now - began,
            },
            reason=decision.reason,
        )

    def _draft(self, question: str, hits: Sequence[Hit], decoding: Decoding) -> Iterator[str]:
        generator = self._generator
        # Drawn for each request, so that no document can know it; the same where a seed makes the answer repeatable.
        fence = secrets.token_hex(4) if decoding.seed is None else f"{decoding.seed & 0xFFFFFFFF:08x}"
        frame = sum(generator.count_tokens(m.content) for m in build_prompt(question, [], fence))
        budget = generator.context_tokens - decoding.max_new_tokens - frame - 64
        passages = pack(hits, generator, budget)
        prompt = build_prompt(question, passages, fence)
        settings = Decoding(
            decoding.max_new_tokens,
            decoding.temperature,
            decoding.top_p,
            decoding.top_k,
            decoding.seed,
            (*decoding.stop, *STOP, fence),
        )
        yield from generator.stream(prompt, settings)
