"""A draft from the best evidence, and how much the generator itself believes in it.

Owns the prompt's budget, where a draft ends, and the scores of what was drafted. Whether the draft is right is decided
elsewhere.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ragsys.errors import GenerationError
from ragsys.generate.context import focused, pack
from ragsys.generate.marking import unmarked
from ragsys.generate.profile import profile_of
from ragsys.generate.prompt import STOP, UNANSWERABLE, build_prompt
from ragsys.language import is_chinese
from ragsys.protocols import Scorer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from collections.abc import Generator as Stream

    from ragsys.generate.evidence import Evidence
    from ragsys.generate.profile import Profile
    from ragsys.protocols import Generator
    from ragsys.types import Decoding, Message

__all__ = ["Draft", "DraftSignals", "draft", "prompted", "weigh"]

_SPARE_TOKENS = 64
# A small model that has lost its way says the same again and again, to the last token.
_REPEATS = re.compile(r"(.{1,60}?)\1{2,}\Z", re.DOTALL)
_LEAST_REPEATED = 12
_LOOK_BACK = 240
# An answer does not say a clause twice.
_CLAUSE = re.compile(r"[^，、；。,;]{4,}[，、；。,;]\s*")


@dataclass(frozen=True, slots=True)
class Draft:
    """What was drafted, the evidence that was shown for it, and the prompt that held it."""

    text: str
    shown: tuple[Evidence, ...]
    prompt: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class DraftSignals:
    """What tells whether a draft is right: `before`, the log odds that the passages answer, and two log probabilities.

    Per token: `sure`, of the draft, and `unanswerable`, of saying that there is no answer. `verbatim` says whether the
    draft stands in the evidence as it is.
    """

    before: float
    sure: float
    unanswerable: float
    verbatim: float

    def values(self) -> dict[str, float]:
        """The numbers by name."""
        return {name: getattr(self, name) for name in self.__slots__}


def draft(
    generator: Generator, question: str, evidence: Sequence[Evidence], decoding: Decoding, language: str | None = None
) -> Stream[str, None, Draft]:
    """Yield an answer drafted from the best sentences piece by piece, and return it whole.

    The prompt is in `language`, the question's where that is None. The draft ends with its line, or where it begins
    to repeat itself; what was repeated is in it once.
    """
    # Drawn for each request, so that no document can know it; the same where a seed makes the answer repeatable.
    fence = secrets.token_hex(4) if decoding.seed is None else f"{decoding.seed & 0xFFFFFFFF:08x}"
    profile = profile_of(generator.name)
    room = generator.context_tokens - decoding.max_new_tokens
    prompt, shown = prompted(
        profile, question, evidence, count_tokens=generator.count_tokens, room=room, fence=fence, language=language
    )
    text = ""
    pieces = generator.stream(prompt, replace(decoding, stop=(*decoding.stop, *STOP, fence)))
    for piece in unmarked(pieces) if profile.prompt == "grounded" else pieces:
        yield piece
        text += piece
        whole = _once(text)
        if whole is not None:
            text = whole
            break
    if close := getattr(pieces, "close", None):
        close()
    return Draft(text, tuple(shown), tuple(prompt))


def prompted(
    profile: Profile,
    question: str,
    evidence: Sequence[Evidence],
    *,
    count_tokens: Callable[[str], int],
    room: int,
    fence: str,
    language: str | None = None,
) -> tuple[list[Message], Sequence[Evidence]]:
    """The prompt of at most about `room` tokens for a question, and the evidence that was chosen for it.

    What a model is trained on is made here as well: there is no other prompt.
    """
    frame = sum(count_tokens(m.content) for m in build_prompt(question, [], fence, language, profile.prompt))
    shown = focused(question, evidence[: profile.sentences])
    texts = pack(shown, count_tokens, room - frame - _SPARE_TOKENS)
    return build_prompt(question, texts, fence, language, profile.prompt), shown


def _once(text: str) -> str | None:
    """The text without what it begins to repeat, or None where it does not repeat itself."""
    clauses = list(_CLAUSE.finditer(text))
    said = [clause.group().strip() for clause in clauses]
    if len(said) > len(set(said)):
        return text[: next(c.start() for n, c in enumerate(clauses) if said[n] in said[:n])].rstrip("，、；,; ")
    again = _REPEATS.search(text, max(0, len(text) - _LOOK_BACK))
    return text[: again.end(1)] if again and len(again.group()) >= _LEAST_REPEATED else None


def weigh(generator: Generator, drafted: Draft, question: str, before: float) -> DraftSignals | None:
    """The signals of a draft; None where the generator cannot score, or there is nothing to score."""
    text = drafted.text.strip()
    if not text or not isinstance(generator, Scorer):
        return None
    none = UNANSWERABLE["zh" if is_chinese(question) else "en"]
    # As the model would have said it: a base model goes on after the label with a space.
    space = " " if drafted.text[:1].isspace() else ""
    try:
        sure, unanswerable = generator.score(drafted.prompt, [space + text, space + none])
    except GenerationError:
        return None
    around = " ".join(item.text for item in drafted.shown).lower()
    return DraftSignals(before, sure, unanswerable, float(text.rstrip(".。").lower() in around))
