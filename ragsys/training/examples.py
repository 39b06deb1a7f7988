"""Training examples: what the product would put before its generator, and what that should have said.

Passages are retrieved, their sentences ranked, chosen and packed, and the prompt is written by the code that answers
questions (`ragsys.generate`); there is no copy of it here. What is right follows from what is shown: where the sentence
that answers is not among the shown ones, the right answer is that there is none. The same rows, mix and seed give the
same examples.
"""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ragsys.evaluation.answers import holds, tokens
from ragsys.generate.drafting import prompted
from ragsys.generate.evidence import content_terms, in_context, rank_evidence
from ragsys.generate.marking import marked
from ragsys.generate.orders import informing
from ragsys.generate.prompt import UNANSWERABLE
from ragsys.language import is_chinese
from ragsys.training.sources import simplified
from ragsys.types import DocumentRef, Hit, Scores

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from ragsys.generate.evidence import Evidence
    from ragsys.generate.profile import Profile
    from ragsys.training.pool import Passage, PassagePool
    from ragsys.training.sources import Row
    from ragsys.types import Message

__all__ = ["Example", "Maker", "Mix", "is_held_out"]

_DEEP = 24  # how far down distractors are taken from
_LONGEST_ANSWER = 60  # tokens: one or two sentences


@dataclass(frozen=True, slots=True)
class Mix:
    """How often each kind of example is made; shares are of the examples that it can be made of.

    `absent`: of questions that have an answer, those that are shown other passages only. `shuffled`: the evidence in
    random order and not best first. `cross`: a distractor in another language. `other_prompt`: a prompt in another
    language than the question's. `simplify`: traditional Chinese in simplified characters.
    """

    passages: int = 5
    absent: float = 0.25
    shuffled: float = 0.5
    cross: float = 0.1
    other_prompt: float = 0.05
    simplify: float = 0.7


@dataclass(frozen=True, slots=True)
class Example:
    """A prompt and what should follow it; `answers` are all right answers, none where the passages have none.

    `kind` is "gold", "absent" (its passage was not retrieved) or "near" (its passage looks as if it answered).
    """

    source: str
    id: str
    kind: str
    question: str
    prompt: tuple[Message, ...]
    target: str
    answers: tuple[str, ...]
    passages: int
    number: int | None


class Maker:
    """Makes examples for one profile of prompts.

    `similarity` gives the cosine of each sentence to a question, shape (n,), as an index's embedder does; without it
    sentences are chosen by their words alone. `room` are the tokens that a prompt may have.
    """

    def __init__(
        self,
        pool: PassagePool,
        profile: Profile,
        mix: Mix,
        *,
        count_tokens: Callable[[str], int],
        room: int,
        seed: int = 0,
        similarity: Callable[[str, Sequence[str]], NDArray[np.float32]] | None = None,
    ) -> None:
        self._pool = pool
        self._profile = profile
        self._mix = mix
        self._count_tokens = count_tokens
        self._room = room
        self._seed = seed
        self._similarity = similarity or (lambda _, texts: np.zeros(len(texts), np.float32))

    def make(self, rows: Sequence[Row]) -> Iterator[Example]:
        """An example for each row that one can be made of, in the order of the rows."""
        for row in rows:
            draw = random.Random(f"{self._seed}/{row.source}/{row.id}")  # noqa: S311 - a choice, not a secret
            example = self._one(row, draw)
            if example is not None:
                yield example

    def _one(self, row: Row, draw: random.Random) -> Example | None:
        simple = row.language == "zh-Hant" and draw.random() < self._mix.simplify
        as_read = simplified if simple else str
        if simple:
            answers, evidence = map(simplified, row.answers), map(simplified, row.evidence)
            plain = replace(row, question=simplified(row.question), answers=tuple(answers), evidence=tuple(evidence))
        else:
            plain = row
        kind = "near" if not row.answers else "absent" if draw.random() < self._mix.absent else "gold"
        passages = self._passages(row, kind, draw)
        if not passages:
            return None
        hits = [_hit(rank, passage, as_read(passage.text)) for rank, passage in enumerate(passages, start=1)]
        own = self._pool.number_of(row.passage)
        evidence_shown = self._evidence(plain, hits, own if kind == "gold" else None, draw)
        if evidence_shown is None:
            return None
        fence = f"{draw.getrandbits(32):08x}"
        other = draw.random() < self._mix.other_prompt
        language = ("en" if is_chinese(plain.question) else "zh") if other else None
        prompt, shown = prompted(
            self._profile,
            plain.question,
            evidence_shown,
            count_tokens=self._count_tokens,
            room=self._room,
            fence=fence,
            language=language,
        )
        order = list(dict.fromkeys(item.hit.passage_id for item in shown))
        if prompt[-1].content.count(f"<<{fence}") != len(order):
            return None  # not everything did fit
        target, number = _target(plain, kind, shown, order, own)
        if target is None:
            return None
        answers_there = plain.answers if number is not None else ()
        return Example(
            row.source, row.id, kind, plain.question, tuple(prompt), target, answers_there, len(order), number
        )

    def _passages(self, row: Row, kind: str, draw: random.Random) -> list[Passage]:
        """From one to `Mix.passages` passages in the order of a search; the row's own among them unless `absent`."""
        own = self._pool[self._pool.number_of(row.passage)]
        near = self._pool.near(row.question, _DEEP)
        others = [p for p in near if p.number != own.number and not (row.answers and holds(p.text, row.answers))]
        wanted = draw.randint(1, self._mix.passages) - (kind != "absent")
        # Mostly the nearest, as a search gives them, and now and then one from further down.
        chosen = [others[i] for i in sorted(draw.sample(range(len(others)), min(wanted, len(others))))]
        if draw.random() < 1 / 2:
            chosen = others[:wanted]
        if chosen and draw.random() < self._mix.cross:
            chosen[-1] = self._foreign(row, draw) or chosen[-1]
        if kind == "absent":
            return chosen
        ranked = {passage.number: rank for rank, passage in enumerate(near)}
        return sorted([own, *chosen], key=lambda passage: ranked.get(passage.number, _DEEP))

    def _foreign(self, row: Row, draw: random.Random) -> Passage | None:
        """A passage in another language, which cannot answer; None where a few tries found none."""
        for _ in range(8):
            passage = self._pool[draw.randrange(len(self._pool))]
            if is_chinese(passage.text) != is_chinese(row.question) and not holds(passage.text, row.answers):
                return passage
        return None

    def _evidence(
        self, row: Row, hits: Sequence[Hit], own: int | None, draw: random.Random
    ) -> Sequence[Evidence] | None:
        """The sentences to show, as many as the profile shows; None where what answers is in no sentence of `own`.

        Of the passage `own` the sentences that answer are among them.
        """
        rarity = self._pool.rarity(content_terms(row.question))
        ranked = informing(
            rank_evidence(
                row.question, hits, rarity=rarity, similarity=lambda texts: self._similarity(row.question, texts)
            ),
            row.question,
        )
        shown = list(ranked[: self._profile.sentences])
        if own is not None:
            mine = [item for item in ranked if item.hit.passage_id == own]
            needed = _needed(row, mine)
            if needed is None or len(needed) > self._profile.sentences:
                return None
            missing = [item for item in needed if item not in shown]
            room = [item for item in shown if item not in needed]
            kept = room[: max(0, self._profile.sentences - len(needed))]
            shown = [item for item in ranked if item in needed or item in kept] if missing else shown
        if draw.random() < self._mix.shuffled:
            draw.shuffle(shown)
        return shown or None


def is_held_out(row: Row, share: float) -> bool:
    """Whether a row is for measuring: by its passage, so that no passage is on both sides."""
    digest = hashlib.sha256(row.passage.encode("utf-8", "replace")).digest()
    return int.from_bytes(digest[:4], "big") < share * 2**32


def _hit(rank: int, passage: Passage, text: str) -> Hit:
    document = DocumentRef(f"p{passage.number}", passage.title or f"p{passage.number}", passage.title or None, "", {})
    return Hit(rank, 1.0 / rank, passage.number, text, 0, len(text), None, (), document, Scores(fused=1.0 / rank))


def _needed(row: Row, own: Sequence[Evidence]) -> list[Evidence] | None:
    """The sentences that the answer rests on: the one that holds it, or those that the row names."""
    for item in own:
        if holds(in_context(item), row.answers):
            return [item]
    if not row.evidence:
        return None
    named = [[item for item in own if _same(item.text, sentence)] for sentence in row.evidence]
    return list({found[0].start: found[0] for found in named}.values()) if all(named) else None


def _same(sentence: str, evidence: str) -> bool:
    """Whether a sentence is evidence or a part of it: the sets cut sentences in their own ways."""
    short, long = sorted((" ".join(tokens(sentence)), " ".join(tokens(evidence))), key=len)
    return bool(short) and short in long and 2 * len(short) > len(long)


def _target(
    row: Row, kind: str, shown: Sequence[Evidence], order: Sequence[int], own: int
) -> tuple[str | None, int | None]:
    """What should be said of the sentences that are shown, and the number of its passage; None where that is open."""
    none = UNANSWERABLE["zh" if is_chinese(row.question) else "en"]
    if kind != "gold":
        by_chance = row.answers and any(holds(in_context(item), row.answers) for item in shown)
        return (None if by_chance else none), None
    mine = " ".join(in_context(item) for item in shown if item.hit.passage_id == own)
    answers = [answer for answer in row.answers if holds(mine, [answer])] or list(row.answers)
    answer = " ".join(answers[0].split())
    if own not in order or not 0 < len(tokens(answer)) <= _LONGEST_ANSWER:
        return None, None
    number = order.index(own) + 1
    return marked(answer, number), number
