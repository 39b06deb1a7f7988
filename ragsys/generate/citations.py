"""Citations: each sentence of an answer to the evidence that supports it, as a verbatim span, or to nothing.

Support is the share of the sentence's content words that the evidence sentence holds; numbers and names must be there
exactly. Of several that support it, nearness in meaning helps to choose. A paraphrase that shares few words is
supported only where an entailment model is installed and says so; such a model can also refuse what the words would
allow.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ragsys.generate.evidence import below_header, content_terms, in_context, sentences_of
from ragsys.generate.inert import inert
from ragsys.generate.orders import informing
from ragsys.sentences import sentence_spans
from ragsys.types import Citation, Sentence

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from ragsys.generate.evidence import Evidence
    from ragsys.protocols import Entailment
    from ragsys.types import Hit, SourceText

__all__ = ["DOUBT", "LEAST_SUPPORT", "Cited", "Judges", "Unsupported", "cite"]

Unsupported = Literal["drop", "mark", "keep"]
# What follows a sentence that no passage supports.
DOUBT = "[?]"

# Below this share of an answer sentence's content words, the evidence does not support it.
LEAST_SUPPORT = 0.6
# Below this, not even an entailment model is asked.
_WORTH_ASKING = 0.2
_ENTAILED = 0.8
_ASKED_AT_MOST = 4
_QUESTION_WEIGHT = 0.3
_MEANING_WEIGHT = 2.0
_FEW_WORDS = 3
_NEAR_ENOUGH = 0.3
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_HAN = re.compile(r"[\u3400-\u9fff]")
_NAME = re.compile(r"(?<![.!?]\s)(?<!^)\b[A-Z][a-z]{2,}")


@dataclass(frozen=True, slots=True)
class Judges:
    """What judges support besides shared words, each where there is one.

    `alike` gives the cosines of some texts to others, shape (len(first), len(second)).
    """

    alike: Callable[[Sequence[str], Sequence[str]], NDArray[np.float32]] | None = None
    entailment: Entailment | None = None


@dataclass(frozen=True, slots=True)
class Cited:
    """An answer's text with its markers, its citations and which of its sentences are supported."""

    text: str
    citations: tuple[Citation, ...]
    sentences: tuple[Sentence, ...]

    @property
    def support(self) -> float:
        """The mean support of the sentences; an unsupported one counts as nothing."""
        if not self.sentences:
            return 0.0
        best = {(c.answer_start, c.answer_end): c.support for c in self.citations}
        return sum(best.get((s.start, s.end), 0.0) for s in self.sentences) / len(self.sentences)


def cite(
    draft: str,
    question: str,
    hits: Sequence[Hit],
    source_of: Callable[[str], SourceText],
    *,
    own: Evidence | None = None,
    unsupported: Unsupported = "keep",
    judges: Judges | None = None,
    shown: Sequence[Evidence] = (),
) -> Cited:
    """Align each sentence of a draft to a sentence of the hits, and verify every span against its document.

    What is emitted is `inert`: no number in brackets is there but our markers, and nothing that a viewer would load. A
    sentence that gives orders supports nothing (`orders`).

    `own` is the evidence that the draft was taken from, where it was: it alone is cited, for all of it. A sentence that
    nothing supports is left out with `unsupported` "drop", followed by `DOUBT` with "mark", kept as it is with "keep".

    `shown` is the evidence that whoever wrote the draft was given, each with the sentence before it. Where there is
    any, nothing else supports the draft: what a sentence elsewhere shares with it is a coincidence, most often a
    number. A bare word or number from there needs no other sign that its sentence is about the question.

    `source_of` gives the stored text of a document by id; a span that is not exactly its quote there is no citation.
    """
    evidence = informing([item for hit in hits for item in sentences_of(hit)], question)
    judges = judges or Judges()
    given = {(item.hit.document.id, item.start) for item in shown}
    if shown:
        texts = {text for item in shown for text in (below_header(item), item.before)}
        evidence = [item for item in evidence if below_header(item) in texts]
    markers: dict[tuple[str, int, int], int] = {}
    pieces: list[str] = []
    citations, sentences = [], []
    length = 0
    for start, end in sentence_spans(draft) if own is None else ((0, len(draft)),):
        sentence = draft[start:end].strip()
        body = inert(sentence)
        if not body.strip():
            continue
        found = _best(sentence, question, evidence, judges, given) if own is None else (own, 1.0)
        marker = ""
        verified = found is not None and _verified(found[0], source_of)
        if found is not None and verified:
            item, support = found
            key = (item.hit.document.id, item.start, item.end)
            number = markers.setdefault(key, len(markers) + 1)
            marker = f" [{number}]"
            citations.append(
                Citation(
                    marker=number,
                    answer_start=length,
                    answer_end=length + len(body),
                    quote=item.text,
                    start=item.start,
                    end=item.end,
                    page=source_of(item.hit.document.id).page(item.start),
                    place=source_of(item.hit.document.id).place(item.start, item.end),
                    document=item.hit.document,
                    support=round(support, 3),
                )
            )
        elif unsupported == "drop":
            continue
        elif unsupported == "mark":
            marker = f" {DOUBT}"
        sentences.append(Sentence(length, length + len(body), supported=verified))
        pieces.append(body + marker + " ")
        length += len(pieces[-1])
    return Cited("".join(pieces).rstrip(), tuple(citations), tuple(sentences))


def _best(
    sentence: str, question: str, evidence: Sequence[Evidence], judges: Judges, given: set[tuple[str, int]]
) -> tuple[Evidence, float] | None:
    """The evidence that supports a sentence best; among equals, the one that is nearer to the question."""
    asked, words = content_terms(question), content_terms(sentence)
    few = len(words) <= _FEW_WORDS
    new = _new_pieces(sentence, question)
    candidates = []
    for item in evidence:
        text = below_header(item)
        if not words or not _same_facts(sentence, text):
            continue
        support = len(words & item.words) / len(words)
        if new and all(piece in text for piece in new):
            support = max(support, LEAST_SUPPORT)
        near = len(asked & item.words) / max(len(asked), 1)
        # A word or a number by itself proves nothing: its sentence has to be about the question.
        about = not few or near >= _NEAR_ENOUGH or (item.hit.document.id, item.start) in given
        if support >= _WORTH_ASKING and about:
            candidates.append((support + _QUESTION_WEIGHT * near + (item.text == sentence), support, item))
    # A few words say what they say only as the answer to the question.
    whole = f"{question} {sentence}" if few else sentence
    if judges.alike is not None and len(candidates) > 1:
        cosines = judges.alike([f"{question} {sentence}"], [below_header(item) for *_, item in candidates])[0].tolist()
        candidates = [
            (rating + _MEANING_WEIGHT * cosine, support, item)
            for (rating, support, item), cosine in zip(candidates, cosines, strict=True)
        ]
    candidates.sort(key=lambda found: -found[0])
    if judges.entailment is None:
        return next(((item, support) for _, support, item in candidates if support >= LEAST_SUPPORT), None)
    candidates = candidates[:_ASKED_AT_MOST]
    verdicts = judges.entailment.judge([(in_context(item), whole) for *_, item in candidates])
    for (_, support, item), (entailed, contradicted) in zip(candidates, verdicts, strict=True):
        if entailed >= _ENTAILED or (support >= LEAST_SUPPORT and contradicted < max(entailed, 1 - _ENTAILED)):
            return item, max(support, entailed)
    return None


def _new_pieces(sentence: str, question: str) -> list[str]:
    """What a Chinese sentence says that the question did not: its pieces between what it repeats of the question.

    Without spaces, a word that is repeated next to a new one leaves pairs of characters that no evidence holds.
    """
    if not _HAN.search(sentence):
        return []
    text, pieces, at, start = sentence.strip("。！？ "), [], 0, 0
    while at < len(text):
        size = next((n for n in range(len(text) - at, 1, -1) if text[at : at + n] in question), 0)
        if size and start < at:
            pieces.append(text[start:at])
        at += size or 1
        start = at if size else start
    return [piece for piece in (*pieces, text[start:]) if len(piece) > 1 or piece.isdigit()]


def _same_facts(sentence: str, evidence: str) -> bool:
    """Whether every number and every name of the sentence is in the evidence exactly."""
    lowered = evidence.lower()
    return set(_NUMBER.findall(sentence)) <= set(_NUMBER.findall(evidence)) and all(
        name.lower() in lowered for name in _NAME.findall(sentence)
    )


def _verified(item: Evidence, source_of: Callable[[str], SourceText]) -> bool:
    """Whether the span is exactly its quote in the document as it is stored."""
    return source_of(item.hit.document.id).text[item.start : item.end] == item.text
