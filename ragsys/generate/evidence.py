"""Evidence: which sentences of the hits answer the question, best first, without a generator.

A row of a table is a sentence here, read below its header. A sentence is rated by what it and its headings share with
the question, each content word as much as it is rare in the collection; by its cosine to the question; and by the score
of its passage. Knows nothing of prompts or answers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ragsys.generate.units import units_of
from ragsys.indexes.analyzer import terms

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from ragsys.types import Hit

__all__ = [
    "Evidence",
    "below_header",
    "content_terms",
    "in_context",
    "is_label",
    "leans",
    "rank_evidence",
    "sentences_of",
]

# Chosen on halves of expmrc_squad_dev and expmrc_cmrc_dev; DECISIONS.md has the figures.
_COSINE_WEIGHT = 2.0
_PASSAGE_WEIGHT = 0.1
# Words as they read, not as a list of strings.
_STOP_WORDS = """
the a an of to in on at by for with from and or but is are was were be been it its this that these
those as which who when where what how many much long often has have had do does did can will
would there their they he she his her i you we
的 了 是 在 和 与 也 都 就 而 及 着 被 把 从 到 对 为 以 于 这 那 它 有 个 什么 多少 几次 是多 怎么 多久
"""
# As the analyzer makes terms of them; and what turns a sentence into its opposite is no stop word.
_STOP = frozenset(term for word in _STOP_WORDS.split() for term in terms(word))

# What leans on the sentence before it.
_LEANS = re.compile(
    r"(?:he|she|it|they|his|her|its|their|this|these|that|those|such|there|however|but|also|thus|therefore|then)\b"
    r"|[他她它其该此这那但而]|因此|所以|同时",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Evidence:
    """A sentence of a hit at its place in the document: its content terms, and the sentence before it in the hit.

    Of a row of a table, `header` is the row that names its cells, whose terms are among its `words`; none is before it.
    """

    hit: Hit
    start: int
    end: int
    words: frozenset[str]
    text: str
    before: str = ""
    header: str = ""


def content_terms(text: str) -> frozenset[str]:
    """The terms of a text that carry meaning; of Chinese, the pairs, since single characters prove little."""
    found = [term for term in terms(text) if term not in _STOP]
    pairs = [term for term in found if not (len(term) == 1 and ord(term) >= 0x3400)]  # noqa: PLR2004 - CJK begins there
    return frozenset(pairs or found)


def sentences_of(hit: Hit) -> list[Evidence]:
    """The sentences of a hit, without the white space around them, at their places in the document."""
    found: list[Evidence] = []
    before = ""
    for start, end, header in units_of(hit.text, hit.heading):
        text = hit.text[start:end].strip()
        if text:
            at = hit.start + start + len(hit.text[start:end]) - len(hit.text[start:end].lstrip())
            words = content_terms(f"{header}\n{text}" if header else text)
            found.append(Evidence(hit, at, at + len(text), words, text, "" if header else before, header))
            before = "" if header else text
    return found


def below_header(item: Evidence) -> str:
    """The sentence; a row of a table below its header."""
    return f"{item.header}\n{item.text}" if item.header else item.text


def in_context(item: Evidence) -> str:
    """The sentence, with the one before it where it leans on that ("He ...", "因此……"), and with its header."""
    return f"{item.before} {item.text}" if item.before and leans(item.text) else below_header(item)


def is_label(item: Evidence) -> bool:
    """Whether a piece of a hit only names what follows: a heading, the document's title, or the number of an item."""
    bare = item.text.strip("#*= \t\n")
    words = content_terms(item.text) if item.header else item.words
    return not words or item.text.startswith("#") or bare in {*item.hit.heading, item.hit.document.title}


def leans(sentence: str) -> bool:
    """Whether a sentence begins with a word that leans on the sentence before it."""
    return _LEANS.match(sentence) is not None


def rank_evidence(
    question: str,
    hits: Sequence[Hit],
    *,
    rarity: Mapping[str, float],
    similarity: Callable[[Sequence[str]], NDArray[np.float32]],
) -> list[Evidence]:
    """The sentences of the hits, each text once, best first.

    `rarity` weighs the question's content terms (1 where it has none); `similarity` gives the cosine of each sentence
    to the question, shape (n,).
    """
    every: dict[str, Evidence] = {}
    for hit in hits:
        for sentence in sentences_of(hit):
            every.setdefault(below_header(sentence), sentence)
    candidates = [item for item in every.values() if not is_label(item)] or list(every.values())
    if not candidates:
        return []
    cosines = similarity([below_header(candidate) for candidate in candidates])
    asked = content_terms(question)
    total = sum(rarity.get(term, 1.0) for term in asked) or 1.0
    rated = []
    for candidate, cosine in zip(candidates, cosines.tolist(), strict=True):
        held = candidate.words | content_terms(" ".join(candidate.hit.heading))
        shared = sum(rarity.get(term, 1.0) for term in asked & held) / total
        fused = candidate.hit.scores.fused  # a reranker's scores have no scale that the weight was chosen for
        passage = candidate.hit.score if fused is None else fused
        rating = shared + _COSINE_WEIGHT * cosine + _PASSAGE_WEIGHT * passage
        rated.append((-rating, candidate.hit.rank, candidate.start, candidate))
    return [candidate for *_, candidate in sorted(rated, key=lambda item: item[:3])]
