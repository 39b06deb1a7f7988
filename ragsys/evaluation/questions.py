"""Questions from a user's own documents, without labels: titles, headings, masked sentences and keywords.

What they show: whether a known document comes back, and whether a change moved that. What they cannot show: how real
people ask, since each question borrows its document's words, nor whether other documents would have answered as well.
What a generator wrote comes from `written`, checked, and is one more kind here.
"""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ragsys.errors import DatasetError
from ragsys.evaluation.answers import tokens
from ragsys.evaluation.cloze import CJK, LEAST, fits, gap, sentences, tidy

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from ragsys.engine import QueryEngine
    from ragsys.evaluation.datasets import Dataset
    from ragsys.evaluation.written import Written

__all__ = ["KINDS", "NOTE", "WRITTEN", "Generated", "generate", "in_turn", "made_of_documents"]

KINDS = ("title", "heading", "masked", "keywords")
WRITTEN = "written"
_ORDER = (*KINDS, WRITTEN)
NOTE = (
    "These questions borrow the words of the documents that they come from, so every figure on them is higher than on "
    "questions that people ask, and the lexical leg is flattered most. Only the source document counts as right, even "
    "where another would do. Use them to see whether a change made things worse; to learn how good the system is, "
    "write some fifty questions of your own."
)
_WORDS = 5  # of a question of keywords
_COMMON = 0.2  # a word that more of the passages hold says nothing
_LONG_TITLE = 24
_SIMILAR = 0.8
_CLAUSE = re.compile(r"[^\u3001\u3002\uff01\uff0c\uff1a\uff1b\uff1f,.;:!?\s]+")


@dataclass(frozen=True, slots=True)
class Generated:
    """A question, the document that it came from, its answer, and the sentence that it was made of, if any was."""

    kind: str
    text: str
    document: str
    answer: str | None = None
    sentence: str | None = None


def generate(
    engine: QueryEngine,
    folder: Path,
    *,
    limit: int = 200,
    seed: int = 0,
    kinds: Sequence[str] = KINDS,
    corpus: bool = True,
    written: Written | None = None,
) -> list[Generated]:
    """Write at most `limit` questions about the engine's documents to `folder`, in BEIR's layout, and return them.

    Questions come from as many documents and in as equal numbers of each kind as there are. One that is too short or
    too long, that two documents would give, or that resembles another is left out. The same index, limit and seed give
    the same files. With `corpus`, the documents' texts are written too, so that the folder stands by itself. `written`
    are questions of a generator that were found to be good enough.

    Raises:
        DatasetError: no document gives a question, or the folder cannot be written.
    """
    draw = random.Random(seed)  # noqa: S311 - a sample, not a secret
    made = written.kept if written is not None else ()
    chosen = _choose(_unique((*_candidates(engine, kinds, draw), *made)), limit, draw)
    if not chosen:
        raise DatasetError(
            written.note
            if written is not None and not kinds
            else "these documents give no question: they have no titles, no headings and no sentence of fitting length",
            hint="add documents first, or write questions by hand",
        )
    try:
        _write(engine, folder, chosen, seed, written, corpus=corpus)
    except OSError as error:
        raise DatasetError(f"cannot write to {folder}: {error.strerror}", hint="name another folder") from None
    return chosen


def made_of_documents(dataset: Dataset) -> bool:
    """Whether a set's questions all say that they were made here, so that nothing about people's follows from them."""
    return bool(dataset.questions) and all(question.kind in _ORDER for question in dataset.questions)


def _candidates(engine: QueryEngine, kinds: Sequence[str], draw: random.Random) -> Iterator[Generated]:
    """Every question that a document offers."""
    if "title" in kinds:
        for document in engine.documents():
            title = tidy(document.title or "")
            if fits(title, most=_LONG_TITLE):
                yield Generated("title", title, document.id)
    headings: set[tuple[str, tuple[str, ...]]] = set()
    held = _held_by(engine) if "keywords" in kinds else {}
    for passage in engine.passages():
        path = (passage.document.id, passage.heading)
        if "heading" in kinds and passage.heading and path not in headings:
            headings.add(path)
            text = tidy(": ".join(dict.fromkeys((passage.heading[0], passage.heading[-1]))))
            if text != tidy(passage.document.title or "") and fits(text, most=_LONG_TITLE):
                yield Generated("heading", text, passage.document.id)
        for sentence in sentences(passage):
            if "masked" in kinds and (found := gap(sentence)) is not None:
                text, answer = found
                yield Generated("masked", text, passage.document.id, answer, sentence)
            if "keywords" in kinds:
                yield from _keywords(sentence, passage.document.id, held, draw)


def _keywords(sentence: str, document: str, held: Mapping[str, float], draw: random.Random) -> Iterator[Generated]:
    """A few words of a sentence, neither its commonest nor its rarest; of Chinese, one of its clauses.

    The rarest words would give the passage away.
    """
    if CJK.search(sentence):
        clauses = [clause for clause in _CLAUSE.findall(sentence) if fits(clause, least=2 * LEAST, most=_LONG_TITLE)]
        if clauses:
            yield Generated("keywords", draw.choice(clauses), document, sentence=sentence)
        return
    found = dict.fromkeys(token for token in tokens(sentence) if len(token) >= LEAST and not token.isdigit())
    telling = [token for token in found if held[token] <= _COMMON]
    rarest = sorted(telling, key=lambda token: (held[token], token))[: len(telling) // 3]
    kept = [token for token in telling if token not in rarest]
    if len(kept) >= _WORDS:
        chosen = set(draw.sample(kept, _WORDS))
        text = " ".join(token for token in kept if token in chosen)
        yield Generated("keywords", text, document, sentence=sentence)


def _held_by(engine: QueryEngine) -> dict[str, float]:
    """The share of the passages that hold each token."""
    counts: Counter[str] = Counter()
    total = 0
    for passage in engine.passages():
        counts.update(set(tokens(passage.text)))
        total += 1
    return {token: count / total for token, count in counts.items()}


def _unique(candidates: Iterable[Generated]) -> list[Generated]:
    """The candidates whose words only one document offers, the first of those that say the same."""
    known: dict[tuple[str, ...], Generated | None] = {}
    for item in candidates:
        key = tuple(sorted(set(tokens(item.text))))
        before = known.setdefault(key, item)
        if before is not None and before.document != item.document:
            known[key] = None  # nobody could say which document is meant
    return [item for item in known.values() if item is not None]


def _choose(candidates: list[Generated], limit: int, draw: random.Random) -> list[Generated]:
    """At most `limit` candidates: kinds in turn, within a kind documents in turn, none that resembles another."""
    queues = {kind: in_turn([c for c in candidates if c.kind == kind], draw) for kind in _ORDER}
    chosen: list[Generated] = []
    seen: list[frozenset[str]] = []
    by_token: dict[str, list[int]] = {}
    while len(chosen) < limit and any(queues.values()):
        for kind in _ORDER:
            while queues[kind] and len(chosen) < limit:
                item = queues[kind].pop()
                words = frozenset(tokens(item.text))
                if not _resembles(words, seen, by_token):
                    for word in words:
                        by_token.setdefault(word, []).append(len(seen))
                    seen.append(words)
                    chosen.append(item)
                    break
    return sorted(chosen, key=lambda item: (_ORDER.index(item.kind), item.document, item.text))


def in_turn(candidates: Sequence[Generated], draw: random.Random) -> list[Generated]:
    """Shuffled, so that each document comes once before any comes twice; the first stands last, to be popped."""
    by_document: dict[str, list[Generated]] = {}
    for item in sorted(candidates, key=lambda item: (item.document, item.text)):
        by_document.setdefault(item.document, []).append(item)
    rounds: list[tuple[int, float, Generated]] = []
    for items in by_document.values():
        draw.shuffle(items)
        rounds += [(turn, draw.random(), item) for turn, item in enumerate(items)]
    return [item for _, _, item in sorted(rounds, key=lambda entry: entry[:2], reverse=True)]


def _resembles(words: frozenset[str], seen: list[frozenset[str]], by_token: dict[str, list[int]]) -> bool:
    """Whether another question has nearly the same words (Jaccard)."""
    shared = Counter(position for word in words for position in by_token.get(word, ()))
    return any(count / len(words | seen[position]) >= _SIMILAR for position, count in shared.items())


def _write(
    engine: QueryEngine, folder: Path, chosen: Sequence[Generated], seed: int, written: Written | None, *, corpus: bool
) -> None:
    names = [f"{item.kind}-{number:04d}" for number, item in enumerate(chosen, start=1)]
    named = list(zip(names, chosen, strict=True))
    (folder / "qrels").mkdir(parents=True, exist_ok=True)
    _lines(
        folder / "queries.jsonl",
        ({"_id": name, "text": item.text, "metadata": {"kind": item.kind}} for name, item in named),
    )
    answered = [(name, item.answer) for name, item in named if item.answer is not None]
    _lines(folder / "answers.jsonl", ({"_id": n, "answers": [a], "answerable": True} for n, a in answered))
    judged = "".join(f"{name}\t{item.document}\t1\n" for name, item in named)
    (folder / "qrels" / "test.tsv").write_text(f"query-id\tcorpus-id\tscore\n{judged}", encoding="utf-8", newline="\n")
    if corpus:
        documents = sorted(engine.documents(), key=lambda document: document.id)
        _lines(folder / "corpus.jsonl", ({"_id": d.id, "title": "", "text": engine.text(d.id)} for d in documents))
    else:
        (folder / "corpus.jsonl").unlink(missing_ok=True)
    counts = dict(sorted(Counter(item.kind for item in chosen).items()))
    about = {"note": NOTE, "seed": seed, "index": engine.reference().digest, "questions": counts}
    if written is not None:
        about["written"] = {"note": written.note, **written.figures()}
    (folder / "META.json").write_text(json.dumps(about, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _lines(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
