"""Questions from a user's own documents, without labels: titles, headings, masked sentences and keywords.

What they show: whether a known document comes back, and whether a change moved that. What they cannot show: how real
people ask, since each question borrows its document's words, nor whether other documents would have answered as well.
A masked sentence follows the inverse cloze task (Lee, Chang and Toutanova, "Latent Retrieval for Weakly Supervised Open
Domain Question Answering", ACL 2019).
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
from ragsys.sentences import sentence_spans

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from ragsys.engine import QueryEngine
    from ragsys.indexes.records import StoredPassage

__all__ = ["KINDS", "NOTE", "Generated", "generate"]

KINDS = ("title", "heading", "masked", "keywords")
NOTE = (
    "These questions borrow the words of the documents that they come from, so every figure on them is higher than on "
    "questions that people ask, and the lexical leg is flattered most. Only the source document counts as right, even "
    "where another would do. Use them to see whether a change made things worse; to learn how good the system is, "
    "write some fifty questions of your own."
)
_MASK = "____"
_WORDS = 5  # of a question of keywords
_COMMON = 0.2  # a word that more of the passages hold says nothing
_LEAST, _MOST = 3, 40  # tokens of a question
_LONG_TITLE = 24
_SIMILAR = 0.8
# What a masked sentence is asked for: a number with its inner marks, or a run of capitalised words inside a sentence.
_NUMBER = re.compile(r"(?<![\w.])\d+(?:[.,:/-]\d+)*(?:\s?%)?(?!\w)")
_NUMBER_ZH = re.compile(r"\d+(?:[.,:/-]\d+)*%?")
_NAME = re.compile(r"(?<=[a-z,;] )[A-Z][\w'-]+(?: [A-Z][\w'-]+)*")
_CJK = re.compile(r"[\u3400-\u9fff]")
_CLAUSE = re.compile(r"[^\u3001\u3002\uff01\uff0c\uff1a\uff1b\uff1f,.;:!?\s]+")
_LINE_MARK = re.compile(r"^\s*(?:#+|[-*+>|]|\d+[.)])\s*")


@dataclass(frozen=True, slots=True)
class Generated:
    """A question, the document that it came from, what was masked, and the sentence that it was made of, if any was."""

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
) -> list[Generated]:
    """Write at most `limit` questions about the engine's documents to `folder`, in BEIR's layout, and return them.

    Questions come from as many documents and in as equal numbers of each kind as there are. One that is too short or
    too long, that two documents would give, or that resembles another is left out. The same index, limit and seed give
    the same files. With `corpus`, the documents' texts are written too, so that the folder stands by itself.

    Raises:
        DatasetError: no document gives a question, or the folder cannot be written.
    """
    draw = random.Random(seed)  # noqa: S311 - a sample, not a secret
    chosen = _choose(_unique(_candidates(engine, kinds, draw)), limit, draw)
    if not chosen:
        raise DatasetError(
            "these documents give no question: they have no titles, no headings and no sentence of fitting length",
            hint="add documents first, or write questions by hand",
        )
    try:
        _write(engine, folder, chosen, seed, corpus=corpus)
    except OSError as error:
        raise DatasetError(f"cannot write to {folder}: {error.strerror}", hint="name another folder") from None
    return chosen


def _candidates(engine: QueryEngine, kinds: Sequence[str], draw: random.Random) -> Iterator[Generated]:
    """Every question that a document offers."""
    if "title" in kinds:
        for document in engine.documents():
            title = _tidy(document.title or "")
            if _fits(title, most=_LONG_TITLE):
                yield Generated("title", title, document.id)
    headings: set[tuple[str, tuple[str, ...]]] = set()
    held = _held_by(engine) if "keywords" in kinds else {}
    for passage in engine.passages():
        path = (passage.document.id, passage.heading)
        if "heading" in kinds and passage.heading and path not in headings:
            headings.add(path)
            text = _tidy(": ".join(dict.fromkeys((passage.heading[0], passage.heading[-1]))))
            if text != _tidy(passage.document.title or "") and _fits(text, most=_LONG_TITLE):
                yield Generated("heading", text, passage.document.id)
        for sentence in _sentences(passage):
            if "masked" in kinds:
                yield from _masked(sentence, passage.document.id)
            if "keywords" in kinds:
                yield from _keywords(sentence, passage.document.id, held, draw)


def _sentences(passage: StoredPassage) -> Iterator[str]:
    """The sentences of a passage; what looks like a list, a table or a heading is left out."""
    for start, end in sentence_spans(passage.text):
        sentence = passage.text[start:end].strip()
        if sentence and "\n" not in sentence and not _LINE_MARK.match(sentence):
            yield sentence


def _masked(sentence: str, document: str) -> Iterator[Generated]:
    """A sentence that states a number or a name, with that taken out."""
    chinese = _CJK.search(sentence) is not None
    found = (_NUMBER_ZH if chinese else _NUMBER).search(sentence) or _NAME.search(sentence)
    if found is None:
        return
    text = f"{sentence[: found.start()]}{_MASK}{sentence[found.end() :]}"
    if _fits(text, least=2 * _LEAST, most=2 * _MOST if chinese else _MOST):
        yield Generated("masked", _tidy(text), document, found.group().strip(), sentence)


def _keywords(sentence: str, document: str, held: Mapping[str, float], draw: random.Random) -> Iterator[Generated]:
    """A few words of a sentence, neither its commonest nor its rarest; of Chinese, one of its clauses.

    The rarest words would give the passage away.
    """
    if _CJK.search(sentence):
        clauses = [clause for clause in _CLAUSE.findall(sentence) if _fits(clause, least=2 * _LEAST, most=_LONG_TITLE)]
        if clauses:
            yield Generated("keywords", draw.choice(clauses), document, sentence=sentence)
        return
    found = dict.fromkeys(token for token in tokens(sentence) if len(token) >= _LEAST and not token.isdigit())
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


def _tidy(text: str) -> str:
    return " ".join(text.split())


def _fits(text: str, *, least: int = _LEAST, most: int) -> bool:
    """Whether a question has a fitting number of tokens and says more than numbers."""
    found = tokens(text.replace(_MASK, " "))
    return least <= len(found) <= most and sum(not token.isdigit() for token in found) * 2 >= len(found)


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
    queues = {kind: _in_turn([c for c in candidates if c.kind == kind], draw) for kind in KINDS}
    chosen: list[Generated] = []
    seen: list[frozenset[str]] = []
    by_token: dict[str, list[int]] = {}
    while len(chosen) < limit and any(queues.values()):
        for kind in KINDS:
            while queues[kind] and len(chosen) < limit:
                item = queues[kind].pop()
                words = frozenset(tokens(item.text))
                if not _resembles(words, seen, by_token):
                    for word in words:
                        by_token.setdefault(word, []).append(len(seen))
                    seen.append(words)
                    chosen.append(item)
                    break
    return sorted(chosen, key=lambda item: (KINDS.index(item.kind), item.document, item.text))


def _in_turn(candidates: list[Generated], draw: random.Random) -> list[Generated]:
    """Shuffled so that each document comes once before any comes twice; the first stands last, to be popped."""
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


def _write(engine: QueryEngine, folder: Path, chosen: Sequence[Generated], seed: int, *, corpus: bool) -> None:
    names = [f"{item.kind}-{number:04d}" for number, item in enumerate(chosen, start=1)]
    named = list(zip(names, chosen, strict=True))
    (folder / "qrels").mkdir(parents=True, exist_ok=True)
    _lines(folder / "queries.jsonl", ({"_id": name, "text": item.text} for name, item in named))
    masked = [(name, item.answer) for name, item in named if item.answer is not None]
    _lines(folder / "answers.jsonl", ({"_id": n, "answers": [a], "answerable": True} for n, a in masked))
    judged = "".join(f"{name}\t{item.document}\t1\n" for name, item in named)
    (folder / "qrels" / "test.tsv").write_text(f"query-id\tcorpus-id\tscore\n{judged}", encoding="utf-8", newline="\n")
    if corpus:
        documents = sorted(engine.documents(), key=lambda document: document.id)
        _lines(folder / "corpus.jsonl", ({"_id": d.id, "title": "", "text": engine.text(d.id)} for d in documents))
    else:
        (folder / "corpus.jsonl").unlink(missing_ok=True)
    counts = dict(sorted(Counter(item.kind for item in chosen).items()))
    about = {"note": NOTE, "seed": seed, "index": engine.reference().digest, "questions": counts}
    (folder / "META.json").write_text(json.dumps(about, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _lines(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
