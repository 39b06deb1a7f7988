"""All passages of the training data behind our own lexical index: where distractors and near misses are retrieved."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ragsys.indexes.analyzer import passage_terms, terms
from ragsys.indexes.lexical import LexicalIndex
from ragsys.indexes.postings import pack_bag

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ragsys.training.sources import Row

__all__ = ["Passage", "PassagePool"]


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage of the pool, by its number."""

    number: int
    text: str
    title: str
    language: str


class PassagePool:
    """The distinct passages of some rows, in the rows' order."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._passages: list[Passage] = []
        self._numbers: dict[str, int] = {}
        for row in rows:
            if row.passage not in self._numbers:
                self._numbers[row.passage] = len(self._passages)
                self._passages.append(Passage(len(self._passages), row.passage, row.title, row.language))
        bags = [pack_bag(passage_terms(p.text, (p.title,), p.language)) for p in self._passages]
        self._lexical = LexicalIndex.build(range(len(bags)), bags)

    def __len__(self) -> int:
        """The number of passages."""
        return len(self._passages)

    def __getitem__(self, number: int) -> Passage:
        """A passage by its number."""
        return self._passages[number]

    def number_of(self, text: str) -> int:
        """The number of the passage with this text, which is one of the pool's."""
        return self._numbers[text]

    def near(self, question: str, k: int) -> list[Passage]:
        """The `k` passages that BM25 finds for a question, best first."""
        ids, _ = self._lexical.search(terms(question), k)
        return [self._passages[int(number)] for number in ids]

    def rarity(self, words: Iterable[str]) -> dict[str, float]:
        """The inverse document frequency of each term, as an index gives it (`View.rarity`)."""
        distinct = sorted(set(words))
        count, frequencies = self._lexical.statistics(distinct)
        return {
            term: math.log1p((count - frequency + 0.5) / (frequency + 0.5))
            for term, frequency in zip(distinct, frequencies, strict=True)
        }
