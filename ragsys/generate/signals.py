"""What tells whether the passages answer a question: a few numbers of the question and its hits, no generator.

Knows neither what they are worth (`calibration`) nor what is decided (`abstention`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ragsys.generate.evidence import below_header, content_terms, in_context, sentences_of
from ragsys.generate.meaning import without_each_word

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ragsys.generate.evidence import Evidence
    from ragsys.generate.meaning import Meaning
    from ragsys.types import Hit

__all__ = ["VERSION", "Signals", "signals_of"]

# Another number for another way of making the signals: what was fitted on the old ones does not hold for the new.
VERSION = "2"
_HITS = 5
_SENTENCES = 3
_MANY_TERMS = 20
_NAME = re.compile(r"(?<!^)\b[A-Z][\w'-]+|\d[\d,.]*")
_NEGATION = re.compile(r"\b(?:not|never|no|without|cannot|neither|nor)\b|n['\u2019]t\b|[不没未无非]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Signals:
    """The signals of one question: shares and cosines, which mean the same in three files and in a million.

    Of the sentence that holds most of the question's terms, each by its rarity: `coverage`, the share it holds; `near`,
    what its headings add; `names`, the share of the question's names and numbers in it; `negation`, that the question
    denies something and it does not. `passage` is the share of terms in its passage, `unknown` the plain share of terms
    that no hit holds, `length` the number of terms in tens.

    Of the sentences nearest to the question: `meaning`, the cosine of the first; `context`, the best cosine of one with
    what it leans on; `foreign`, by how much that cosine grows when one word of the question is left out. A word that
    the sentence contradicts or does not know, such as another name, is better left out. `stranger` is that word.
    """

    coverage: float
    near: float
    names: float
    negation: float
    passage: float
    unknown: float
    length: float
    meaning: float
    context: float
    foreign: float

    def values(self) -> dict[str, float]:
        """The numbers by name."""
        return {name: getattr(self, name) for name in self.__slots__}


def signals_of(
    question: str, hits: Sequence[Hit], evidence: Sequence[Evidence], rarity: Mapping[str, float], meaning: Meaning
) -> Signals | None:
    """The signals of a question and its hits; None where no hit holds a sentence or the question no term.

    `evidence` are the sentences of the hits, best first. `rarity` weighs the question's content terms; 1 where it has
    none.
    """
    asked = {term: rarity.get(term, 1.0) for term in sorted(content_terms(question))}
    sentences = [sentence for hit in hits[:_HITS] for sentence in sentences_of(hit)]
    if not asked or not sentences or not evidence:
        return None
    best = max(sentences, key=lambda item: (_share(asked, item.words), item.hit.score))
    heading = content_terms(" ".join(best.hit.heading))
    everywhere = frozenset[str]().union(*(content_terms(hit.text) for hit in hits))
    names = [name.lower() for name in _NAME.findall(question)]
    lowered = below_header(best).lower()
    coverage = _share(asked, best.words)
    near = evidence[:_SENTENCES]
    texts = [below_header(item) for item in near] + [in_context(item) for item in near]
    less = [text for word, text in without_each_word(question).items() if content_terms(word) and text]
    cosines = meaning.cosines([question, *less], texts)
    whole = cosines[:, : len(near)].max(axis=1)
    return Signals(
        coverage=coverage,
        near=_share(asked, best.words | heading) - coverage,
        names=sum(name in lowered for name in names) / len(names) if names else 1.0,
        negation=float(bool(_NEGATION.search(question)) and not _NEGATION.search(best.text)),
        passage=_share(asked, content_terms(best.hit.text) | heading),
        unknown=sum(term not in everywhere for term in asked) / len(asked),
        length=min(len(asked), _MANY_TERMS) / 10,
        meaning=float(cosines[0, 0]),
        context=float(cosines[0, len(near) :].max()),
        foreign=float(whole[1:].max() - whole[0]) if less else 0.0,
    )


def _share(asked: Mapping[str, float], held: frozenset[str]) -> float:
    """The share of the terms that are held, each by its weight."""
    return sum(weight for term, weight in asked.items() if term in held) / (sum(asked.values()) or 1.0)
