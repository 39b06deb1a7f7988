"""Citations: each sentence of an answer to the evidence that supports it, as a verbatim span, or to nothing.

Support is the share of the sentence's content words that the evidence sentence holds; numbers and names must be there
exactly. Lexical only: a paraphrase that shares no words finds no support, and is then marked rather than trusted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ragsys.generate.evidence import content_terms, sentences_of
from ragsys.sentences import sentence_spans
from ragsys.types import Citation, Sentence

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ragsys.generate.evidence import Evidence
    from ragsys.types import Hit, SourceText

__all__ = ["DOUBT", "LEAST_SUPPORT", "Cited", "Unsupported", "cite"]

Unsupported = Literal["drop", "mark", "keep"]
# What follows a sentence that no passage supports.
DOUBT = "[?]"

# Below this share of an answer sentence's content words, the evidence does not support it.
LEAST_SUPPORT = 0.6
_QUESTION_WEIGHT = 0.3
_FEW_WORDS = 3
_NEAR_ENOUGH = 0.3
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_NAME = re.compile(r"(?<![.!?]\s)(?<!^)\b[A-Z][a-z]{2,}")


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
) -> Cited:
    """Align each sentence of a draft to a sentence of the hits, and verify every span against its document.

    `own` is the evidence that the draft was taken from, where it was: it alone is cited, for all of it. A sentence that
    nothing supports is left out with `unsupported` "drop", followed by `DOUBT` with "mark", and as it is with "keep".

    `source_of` gives the stored text of a document by id; a span that is not exactly its quote there is no citation.
    """
    evidence = [item for hit in hits for item in sentences_of(hit)]
    asked = content_terms(question)
    markers: dict[tuple[str, int, int], int] = {}
    pieces: list[str] = []
    citations, sentences = [], []
    length = 0
    for start, end in sentence_spans(draft) if own is None else ((0, len(draft)),):
        body = draft[start:end].rstrip()
        if not body.strip():
            continue
        found = _best(body, asked, evidence) if own is None else (own, 1.0)
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


def _best(sentence: str, asked: frozenset[str], evidence: Sequence[Evidence]) -> tuple[Evidence, float] | None:
    """The evidence that supports a sentence best; among equals, the one that is nearer to the question."""
    words = content_terms(sentence)
    if not words:
        return None
    numbers = set(_NUMBER.findall(sentence))
    names = {name.lower() for name in _NAME.findall(sentence)}
    best: tuple[float, float, Evidence] | None = None
    for item in evidence:
        lowered = item.text.lower()
        if not numbers <= set(_NUMBER.findall(item.text)) or not all(name in lowered for name in names):
            continue
        support = len(words & item.words) / len(words)
        if support < LEAST_SUPPORT:
            continue
        near = len(asked & item.words) / max(len(asked), 1)
        # A word or a number by itself proves nothing: its sentence has to be about the question.
        if len(words) <= _FEW_WORDS and near < _NEAR_ENOUGH:
            continue
        rating = support + _QUESTION_WEIGHT * near + (item.text == sentence)
        if best is None or rating > best[0]:
            best = (rating, support, item)
    return None if best is None else (best[2], best[1])


def _verified(item: Evidence, source_of: Callable[[str], SourceText]) -> bool:
    """Whether the span is exactly its quote in the document as it is stored."""
    return source_of(item.hit.document.id).text[item.start : item.end] == item.text
