"""What tells whether the passages answer a question: a few numbers of the question and its hits, no model.

Knows neither what they are worth (`calibration`) nor what is decided (`abstention`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ragsys.generate.evidence import content_terms, sentences_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ragsys.types import Hit

__all__ = ["Signals", "signals_of"]

_HITS = 5
_MANY_TERMS = 20
_NAME = re.compile(r"(?<!^)\b[A-Z][\w'-]+|\d[\d,.]*")
_NEGATION = re.compile(r"\b(?:not|never|no|without|cannot|neither|nor)\b|n['\u2019]t\b|[不没未无非]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Signals:
    """The signals of one question: shares, so that they mean the same in a collection of three files and of a million.

    Of the sentence that holds most of the question's terms, each by its rarity: `coverage`, the share it holds; `near`,
    what its headings add; `names`, the share of the question's names and numbers in it; `negation`, that the question
    denies something and it does not. `passage` is the share of terms in its passage, `unknown` the plain share of terms
    that no hit holds, `length` the number of terms in tens.
    """

    coverage: float
    near: float
    names: float
    negation: float
    passage: float
    unknown: float
    length: float


def signals_of(question: str, hits: Sequence[Hit], rarity: Mapping[str, float]) -> Signals | None:
    """The signals of a question and its hits; None where no hit holds a sentence or the question no term.

    `rarity` weighs the question's content terms; 1 where it has none.
    """
    asked = {term: rarity.get(term, 1.0) for term in sorted(content_terms(question))}
    sentences = [sentence for hit in hits[:_HITS] for sentence in sentences_of(hit)]
    if not asked or not sentences:
        return None
    best = max(sentences, key=lambda item: (_share(asked, item.words), item.hit.score))
    heading = content_terms(" ".join(best.hit.heading))
    everywhere = frozenset[str]().union(*(content_terms(hit.text) for hit in hits))
    names = [name.lower() for name in _NAME.findall(question)]
    lowered = best.text.lower()
    coverage = _share(asked, best.words)
    return Signals(
        coverage=coverage,
        near=_share(asked, best.words | heading) - coverage,
        names=sum(name in lowered for name in names) / len(names) if names else 1.0,
        negation=float(bool(_NEGATION.search(question)) and not _NEGATION.search(best.text)),
        passage=_share(asked, content_terms(best.hit.text) | heading),
        unknown=sum(term not in everywhere for term in asked) / len(asked),
        length=min(len(asked), _MANY_TERMS) / 10,
    )


def _share(asked: Mapping[str, float], held: frozenset[str]) -> float:
    """The share of the terms that are held, each by its weight."""
    return sum(weight for term, weight in asked.items() if term in held) / (sum(asked.values()) or 1.0)
