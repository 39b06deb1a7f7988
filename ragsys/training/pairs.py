"""What an embedder learns from: queries with a passage that belongs to them and some that do not.

Without labels the queries are titles, headings, sentences taken out of their passage (Lee, Chang and Toutanova, "Latent
Retrieval for Weakly Supervised Open Domain Question Answering", ACL 2019) and clauses; with labels they are what was
asked. The passages that do not belong are what our own retriever finds for the query in other documents.
"""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ragsys.errors import DatasetError, QueryError
from ragsys.evaluation.answers import holds
from ragsys.evaluation.corpus import Names
from ragsys.sentences import sentence_spans

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ragsys.engine import QueryEngine
    from ragsys.evaluation.datasets import Dataset
    from ragsys.indexes.records import StoredPassage

__all__ = ["Asked", "Pair", "held_out_document", "labelled", "mined", "unlabelled"]

_SHORTEST, _LONGEST = 12, 400  # characters of a sentence that is taken out
_SENTENCES = 2  # of a passage
_DEEP = 30
# The first hits of other documents may well belong to the query too.
_SKIPPED = 2


@dataclass(frozen=True, slots=True)
class Asked:
    """A query, the documents that it is about, and the passage that belongs to it."""

    query: str
    documents: frozenset[str]
    passage: str


@dataclass(frozen=True, slots=True)
class Pair:
    """A query, the passage that belongs to it, and passages that look as if they did."""

    query: str
    passage: str
    others: tuple[str, ...]


def held_out_document(document: str, share: float) -> bool:
    """Whether a document is for measuring only."""
    digest = hashlib.sha256(document.encode("utf-8", "replace")).digest()
    return int.from_bytes(digest[:4], "big") < share * 2**32


def unlabelled(engine: QueryEngine, *, limit: int, held_out: float, seed: int = 0) -> list[Asked]:
    """At most `limit` queries made of the documents that are not held out, no two of them alike.

    Raises:
        DatasetError: the documents give none.
    """
    draw = random.Random(seed)  # noqa: S311 - a sample, not a secret
    found: dict[str, Asked] = {}
    for passage in engine.passages():
        if held_out_document(passage.document.id, held_out):
            continue
        for query, text in _offered(passage, draw):
            found.setdefault(query, Asked(query, frozenset({passage.document.id}), text))
    if not found:
        raise DatasetError("these documents give nothing to learn from", hint="add documents, or give --questions")
    chosen = [found[query] for query in sorted(found)]
    draw.shuffle(chosen)
    return chosen[:limit]


def labelled(engine: QueryEngine, dataset: Dataset, *, held_out: float) -> tuple[list[Asked], list[Asked]]:
    """Judged queries, to learn from and held out: of the judged documents, the passage that is found first belongs.

    Raises:
        DatasetError: the set has no judgements of documents of this index.
    """
    names = Names(dataset, engine.documents())
    kept: tuple[list[Asked], list[Asked]] = ([], [])
    for question in dataset.judged():
        right = {name for name, grade in dataset.qrels.get(question.id, {}).items() if grade > 0}
        try:
            hits = engine.search(question.text, top_k=_DEEP).hits
        except QueryError:
            continue
        own = [hit for hit in hits if names.of(hit.document) in right]
        if own:
            documents = frozenset(hit.document.id for hit in own)
            asked = Asked(question.text, documents, own[0].text)
            kept[held_out_document(question.id, held_out)].append(asked)
    if not kept[0]:
        raise DatasetError(f"{dataset.name} judges no document that a search of this index finds")
    return kept


def mined(
    engine: QueryEngine,
    asked: Sequence[Asked],
    *,
    others: int,
    progress: Callable[[str, int, int], None] | None = None,
) -> list[Pair]:
    """Each query with up to `others` hard negatives: what a search finds for it elsewhere, after the first few."""
    pairs = []
    for done, item in enumerate(asked):
        if progress is not None:
            progress("looking for what is alike", done, len(asked))
        try:
            hits = engine.search(item.query, top_k=_DEEP).hits
        except QueryError:
            continue
        wrong = [hit.text for hit in hits if hit.document.id not in item.documents and not _same(hit.text, item)]
        pairs.append(Pair(item.query, item.passage, tuple(wrong[_SKIPPED : _SKIPPED + others])))
    return pairs


def _same(text: str, item: Asked) -> bool:
    return text == item.passage or holds(text, [item.query])


def _offered(passage: StoredPassage, draw: random.Random) -> Iterator[tuple[str, str]]:
    """Queries that a passage offers, each with the text that belongs to it."""
    title = " ".join((passage.document.title or "").split())
    heading = " ".join(": ".join(dict.fromkeys(passage.heading[-2:])).split())
    for query in dict.fromkeys((title, heading)):
        if len(query) >= _SHORTEST // 2 and query not in passage.text[: len(query) + 8]:
            yield query, passage.text
    spans = [(start, end) for start, end in sentence_spans(passage.text)]
    fitting = [(s, e) for s, e in spans if _SHORTEST <= len(passage.text[s:e].strip()) <= _LONGEST]
    for start, end in draw.sample(fitting, min(_SENTENCES, len(fitting) - 1)) if fitting else ():
        # Now and then the sentence stays: words that are the same have to go on counting.
        without = f"{passage.text[:start]}{passage.text[end:]}" if draw.random() < 0.9 else passage.text  # noqa: PLR2004
        yield passage.text[start:end].strip(), without.strip()
