"""Questions that a generator writes about the documents, kept where search and evidence bear them out.

Roundtrip consistency (Alberti et al., "Synthetic QA Corpora Generation with Roundtrip Consistency", ACL 2019): what was
asked for has to come back. The question is searched for, its passage has to be among the hits, the best sentence has to
hold the answer, and so has the answer that the same generator drafts of it. So a share of what is written is kept, and
that share says whether the generator is good enough: there is no list of generators. Such questions suit the search
that they were filtered by, and figures on them flatter it; that is said wherever they are counted.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any

from ragsys.errors import QueryError
from ragsys.evaluation.answers import holds, token_f1, tokens
from ragsys.evaluation.cloze import CJK, LEAST, fits, gap, sentences, tidy
from ragsys.evaluation.questions import WRITTEN, Generated, in_turn
from ragsys.generate import content_terms
from ragsys.generate.asking import write_question
from ragsys.generate.carrying import stands_alone
from ragsys.generate.drafting import draft
from ragsys.language import is_chinese
from ragsys.types import Decoding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from ragsys.engine import QueryEngine
    from ragsys.protocols import Generator
    from ragsys.types import Hit

__all__ = ["LEAST_SHARE", "REASONS", "TRIAL", "Written", "copied", "write_questions"]

# Of the first TRIAL questions, this share has to be kept. Below it, most of what a generator writes is no question
# about its sentence, and what chance lets through is no better.
TRIAL = 20
LEAST_SHARE = 0.3
REASONS = {
    "form": "is no question that stands alone, in the language of its sentence",
    "copied": "repeats its sentence, or gives the answer away",
    "other-kind": "asks for another kind of answer (who, for a year)",
    "generic": "could be asked of many documents",
    "not-found": "does not find its passage",
    "not-answered": "is not answered by its sentence",
}
_MOST = 40  # tokens of a question
_MOST_COPIED = 0.6  # of the question's tokens, in one run of the sentence
_DEPTH, _MOST_ALIKE = 100, 5
_AGREES = 0.5
_DRAFT = Decoding(max_new_tokens=48, seed=0)
# What reads as prose: neither markup nor code, and a whole sentence.
_MARKUP = re.compile(r"\]\(|\]:|://|[<>{}|=`]|\w\(\)")
_WHOLE = re.compile(r"[.!?\u3002\uff01\uff1f][\"'\u201d\u2019)\u300d\uff09]*$")
_ASKS = re.compile(r"[?\uff1f]$")
_FOR_SOMEONE = re.compile(
    r"\b(?:who|whose|whom|where|why)\b|谁|哪里|哪儿|什么地方|为什么",
    re.IGNORECASE,
)
_FOR_NUMBER = re.compile(
    r"\b(?:when|how (?:many|much|old|long|far|often|large|big|high|tall|deep))\b|\bwhat (?:year|date|percentage)\b"
    r"|多少|几|何时|什么时候|多[大久长高远]|哪一?[年月天日]",
    re.IGNORECASE,
)
# A bare year answers when something was, and hardly ever how much of it there was.
_YEAR = re.compile(r"1\d{3}|20\d\d")
_FOR_TIME = re.compile(
    r"\bwhen\b|\b(?:what|which) (?:year|date)\b|何时|什么时候|哪一?[年天日]|(?<!多)几年",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Written:
    """What a generator wrote of so many sentences: what is kept of it, and how often what was wrong with the rest.

    `kept` is empty where the generator is not good enough; `passed` counts what the checks let through either way.
    """

    generator: str
    asked: int
    passed: int
    kept: tuple[Generated, ...] = ()
    dropped: Mapping[str, int] = field(default_factory=dict)

    @property
    def share(self) -> float:
        """The share of what was written that passed."""
        return self.passed / self.asked if self.asked else 0.0

    @property
    def enough(self) -> bool:
        """Whether the generator is good enough to be used."""
        return self.share >= LEAST_SHARE

    @property
    def note(self) -> str:
        """The verdict in a sentence or two, with what such questions cannot show."""
        if not self.asked:
            return f"{self.generator} was asked for nothing: no sentence of these documents states a number or a name."
        found = f"{self.passed} of {self.asked} questions written by {self.generator} came back to their sentence"
        if not self.enough:
            return f"{found}; with fewer than {LEAST_SHARE:.0%} a generator is not good enough, so none is used."
        return (
            f"{found} and are kept. They were filtered by this very search, so figures on them flatter it, and say "
            "little about another embedder."
        )

    def figures(self) -> dict[str, Any]:
        """The counts, for machines."""
        return {
            "generator": self.generator,
            "asked": self.asked,
            "passed": self.passed,
            "share": round(self.share, 4),
            "good_enough": self.enough,
            "dropped": dict(self.dropped),
        }


def write_questions(
    engine: QueryEngine,
    generator: Generator,
    *,
    limit: int,
    seed: int = 0,
    trial: int = TRIAL,
    progress: Callable[[str, int, int], None] | None = None,
    judged: Callable[[Generated, str | None], None] | None = None,
) -> Written:
    """At most `limit` questions, each about a number or a name that a sentence of the engine's documents states.

    After `trial` questions a generator of whose questions less than `LEAST_SHARE` pass is given up. The same index,
    generator, limit and seed give the same questions. Costs two generations for each that is kept. `judged` is told
    each question, and a key of `REASONS` where it fell.

    Raises:
        GenerationError: the generator fails.
    """
    draw = random.Random(seed)  # noqa: S311 - a sample, not a secret
    every = [item for passage in engine.passages() for item in _sentences(passage.document.id, sentences(passage))]
    topics = {document.id: tidy(document.title or "") for document in engine.documents()}
    passed: list[Generated] = []
    dropped: Counter[str] = Counter()
    asked = 0
    most = max(trial, round(limit / LEAST_SHARE))
    for item in islice(reversed(in_turn(every, draw)), most):
        if len(passed) >= limit or (asked == trial and len(passed) < LEAST_SHARE * trial):
            break
        if progress is not None:
            progress("writing questions", len(passed), limit)
        assert item.answer is not None  # noqa: S101 - of a gap
        assert item.sentence is not None  # noqa: S101
        text = write_question(generator, item.sentence, item.answer, topic=topics.get(item.document, ""))
        asked += 1
        made = Generated(WRITTEN, tidy(text), item.document, item.answer, item.sentence)
        reason = _wrong(made) or _unborne(engine, generator, made)
        if reason is None:
            passed.append(made)
        else:
            dropped[reason] += 1
        if judged is not None:
            judged(made, reason)
    counts = {reason: dropped[reason] for reason in REASONS if dropped[reason]}
    found = Written(generator.name, asked, len(passed), tuple(passed), counts)
    return found if found.enough else Written(generator.name, asked, len(passed), (), counts)


def _sentences(document: str, found: Iterator[str]) -> Iterator[Generated]:
    """The sentences that state something to ask for and can be read without those around them."""
    for sentence in found:
        masked = gap(sentence)
        if masked is None or not _WHOLE.search(sentence) or _MARKUP.search(sentence) or not stands_alone(sentence):
            continue
        if len(masked[1]) > 1:  # a single digit stands everywhere
            yield Generated(WRITTEN, masked[0], document, masked[1], sentence)


def _wrong(item: Generated) -> str | None:
    """What is wrong with a question by itself: a key of `REASONS`, or None."""
    answer, sentence = item.answer or "", item.sentence or ""
    alike = is_chinese(item.text) == is_chinese(sentence)
    most = 2 * _MOST if CJK.search(sentence) else _MOST
    if not (_ASKS.search(item.text) and alike and fits(item.text, least=LEAST, most=most) and stands_alone(item.text)):
        return "form"
    if holds(item.text, [answer]) or copied(item.text, sentence) > _MOST_COPIED:
        return "copied"
    if _YEAR.fullmatch(answer):
        return None if _FOR_TIME.search(item.text) else "other-kind"
    number = any(character.isdigit() for character in answer)
    if (number and _FOR_SOMEONE.search(item.text)) or (not number and _FOR_NUMBER.search(item.text)):
        return "other-kind"
    return None


def copied(question: str, sentence: str) -> float:
    """The share of a question's tokens in the longest run that it has in common with the sentence.

    >>> copied("Who built the mill by the river?", "The mill by the river was built in 1872.")
    0.7142857142857143
    """
    mine, theirs = tokens(question), tokens(sentence)
    longest = 0
    before = [0] * (len(theirs) + 1)
    for token in mine:
        row = [0] * (len(theirs) + 1)
        for at, other in enumerate(theirs, start=1):
            if token == other:
                row[at] = before[at - 1] + 1
                longest = max(longest, row[at])
        before = row
    return longest / len(mine) if mine else 0.0


def _unborne(engine: QueryEngine, generator: Generator, item: Generated) -> str | None:
    """What the engine has against a question: a key of `REASONS`, or None."""
    answer, sentence = item.answer or "", item.sentence or ""
    try:
        hits = engine.search(item.text, top_k=_DEPTH).hits
        if _alike(item, hits) > _MOST_ALIKE:
            return "generic"
        found = engine.evidence(item.text)
    except QueryError:
        return "form"
    if not any(hit.document.id == item.document and sentence in hit.text for hit in found.result.hits):
        return "not-found"
    if not found.evidence or not holds(found.evidence[0].text, [answer]):
        return "not-answered"
    said = "".join(draft(generator, item.text, found.evidence, _DRAFT)).strip()
    return None if said and (holds(said, [answer]) or token_f1(said, [answer]) >= _AGREES) else "not-answered"


def _alike(item: Generated, hits: tuple[Hit, ...]) -> int:
    """How many other documents have a passage with all content words of the question that its own sentence has."""
    shared = content_terms(item.text) & content_terms(item.sentence or "")
    if not shared:
        return 0  # asked in other words: whether it is about this sentence is for the search to say
    others = (hit for hit in hits if hit.document.id != item.document)
    return len({hit.document.id for hit in others if shared <= content_terms(hit.text)})
