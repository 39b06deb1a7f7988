"""What a killed writer must have left behind: a dict of documents, and answers computed from it by brute force."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from ragsys.indexes import fsck
from ragsys.indexes.analyzer import terms
from ragsys.indexes.lexical import LexicalIndex
from ragsys.indexes.postings import pack_bag
from ragsys.indexes.records import NewDocument, NewPassage
from ragsys.indexes.schema import document as table
from ragsys.types import Space

if TYPE_CHECKING:
    import random

    from ragsys.indexes.index import Index
    from ragsys.indexes.view import View

DIM = 16
SPACE = Space(model="crash", digest="c" * 64, dim=DIM)
WORDS = [f"word{i}" for i in range(60)] + ["茶", "数据", "检索", "模型"]
State = dict[str, NewDocument]
Fault = Literal["lost", "resurrected", "half", "wrong", "damaged"]


@dataclass(frozen=True, slots=True)
class Operation:
    """One call of the writer, and the state that it leads to."""

    verb: Literal["put", "remove", "publish", "refine"]
    documents: tuple[NewDocument, ...]
    ids: tuple[str, ...]
    after: State


def vector(text: str) -> np.ndarray:
    """A unit vector that only this text has."""
    seed = int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")
    values = np.random.default_rng(seed).standard_normal(DIM).astype(np.float32)
    return values / np.linalg.norm(values)


def new_document(number: int, rng: random.Random) -> NewDocument:
    """A document of 0 to 5 passages that tile its text."""
    pieces = [" ".join(rng.choices(WORDS, k=rng.randint(3, 12))) + "\n" for _ in range(rng.randint(0, 5))]
    text, passages, start = "".join(pieces), [], 0
    for piece in pieces:
        heading = (rng.choice(WORDS),)
        passages.append(NewPassage(start, start + len(piece), 1, heading, vector(piece)))
        start += len(piece)
    return NewDocument(
        id=f"{number:016x}",
        source=f"/crash/{number}.txt",
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        size=len(text),
        mtime_ns=number,
        title=f"document {number}",
        metadata={"parity": number % 2},
        acl=None,
        parser="text",
        chunking="crash",
        text=text,
        page_starts=(0,),
        passages=tuple(passages),
    )


def plan(state: State, rng: random.Random, length: int) -> list[Operation]:
    """A random sequence of operations from `state`, with the state after each."""
    operations = []
    for _ in range(length):
        verb = rng.choices(["put", "remove", "publish", "refine"], weights=[6, 2, 2, 1])[0]
        documents: tuple[NewDocument, ...] = ()
        ids: tuple[str, ...] = ()
        if verb == "put":
            documents = tuple(new_document(n, rng) for n in rng.sample(range(40), rng.randint(1, 4)))
            state = {**state, **{d.id: d for d in documents}}
        elif verb == "remove":
            ids = tuple(rng.sample(sorted(state), min(len(state), rng.randint(1, 3))))
            state = {key: value for key, value in state.items() if key not in ids}
        operations.append(Operation(verb, documents, ids, state))
    return operations


def stored(view: View) -> dict[str, tuple[object, ...]]:
    """What the index holds, in the shape of `expected`."""
    found: dict[str, tuple[object, ...]] = {}
    for key in view.known():
        live = view.passages(view.select(table.c.id == key).tolist())
        spans = tuple((p.start, p.end, p.heading, p.text) for _, p in sorted(live.items()))
        found[key] = (view.text(key), spans)
    return found


def expected(state: State) -> dict[str, tuple[object, ...]]:
    """What the index has to hold: texts, and spans with their slices."""
    return {
        key: (d.text, tuple((p.start, p.end, p.heading, d.text[p.start : p.end]) for p in d.passages))
        for key, d in state.items()
    }


def compare(found: dict[str, tuple[object, ...]], allowed: list[State]) -> tuple[State | None, Fault | None]:
    """The allowed state that was found, or how none of them was."""
    wanted = [expected(state) for state in allowed]
    for state, want in zip(allowed, wanted, strict=True):
        if found == want:
            return state, None
    if any(all(key in want for want in wanted) and key not in found for key in wanted[0]):
        return None, "lost"
    if any(all(key not in want for want in wanted) for key in found):
        return None, "resurrected"
    return None, "half"


def answers(view: View, state: State, rng: random.Random) -> Fault | None:
    """Compare both legs with brute force over `state`: every live passage, and the top five of random queries."""
    truth = [(key, p) for key in sorted(state) for p in state[key].passages]
    matrix = np.array([p.vector for _, p in truth], dtype=np.float32).reshape(-1, DIM)
    bags = [pack_bag(terms(f"{state[key].text[p.start : p.end]}\n{' '.join(p.heading)}")) for key, p in truth]
    lexical = LexicalIndex.build(list(range(len(truth))), bags)
    row = {(key, p.start): i for i, (key, p) in enumerate(truth)}
    everything, _ = view.dense(vector("everything"), len(truth) + 10)
    if sorted(everything.tolist()) != view.select(None).tolist():
        return "wrong"
    for _ in range(3):
        query = vector(str(rng.random()))
        words = terms(" ".join(rng.choices(WORDS, k=3)))
        everyone = np.arange(len(truth))
        pairs = (
            (view.dense(query, 5), matrix @ query, None),
            (view.lexical(words, 5), lexical.scores(words, everyone), 0.0),
        )
        for (ids, scores), truths, above in pairs:
            best = np.sort(truths if above is None else truths[truths > above])[::-1][:5]
            hits = view.passages(ids.tolist())
            if len(ids) != len(best) or len(hits) != len(ids) or not np.allclose(scores, best, atol=1e-5):
                return "wrong"
            own = [truths[row[hits[i].document.id, hits[i].start]] for i in ids.tolist()]
            if not np.allclose(scores, own, atol=1e-5):
                return "wrong"
    return None


def damaged(index: Index) -> bool:
    """Whether the doctor finds an error: a crash may leave orphan files and nothing worse."""
    return any(finding.severity == "error" for finding in fsck.check(index))
