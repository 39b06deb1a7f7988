"""What suits a generator, as one named value: its evidence, whether `auto` lets it write, what it translates.

A name with a number stands for one set of choices; whoever changes one of them gives it another number. Answers carry
the name, so that they can be made again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["EXTRACTIVE", "Profile", "TranslationSkill", "profile_of"]

Mode = Literal["generate", "extract"]
Quality = Literal["fair", "rough", "poor"]
# The shares of sentences without a problem from which a pair is called fair and rough.
_FAIR, _ROUGH = 0.8, 0.5


@dataclass(frozen=True, slots=True)
class TranslationSkill:
    """How well a generator translates one pair of languages, as bench/translation.py measured it.

    `chrf` (0 to 100; Popovic, "chrF: character n-gram F-score for automatic MT evaluation", WMT 2015) is over `n`
    paragraphs of xquad, with its 95 % bootstrap interval; `clean` is the share of sentences that fail no check.
    """

    source: str
    target: str
    chrf: float
    low: float
    high: float
    n: int
    clean: float

    @property
    def quality(self) -> Quality:
        """One word for it, by the share of sentences without a problem."""
        return "fair" if self.clean >= _FAIR else "rough" if self.clean >= _ROUGH else "poor"


@dataclass(frozen=True, slots=True)
class Profile:
    """The choices for a generator: what `auto` means, the sentences of evidence in its prompt, what it translates."""

    name: str
    mode: Mode = "generate"
    sentences: int = 3
    summary: Mode = "generate"
    translation: tuple[TranslationSkill, ...] = ()

    def translates(self, source: str, target: str) -> TranslationSkill | None:
        """What was measured of it for a pair of languages; None where nothing was."""
        return next((skill for skill in self.translation if (skill.source, skill.target) == (source, target)), None)


EXTRACTIVE = Profile("extract/1", mode="extract", sentences=1)
# By measurement: DECISIONS.md has the figures.
_KNOWN = {"gemma-3-270m": Profile("gemma-3-270m/1", summary="extract")}


def profile_of(generator: str) -> Profile:
    """The profile of a generator by its name; a generator that nobody measured writes."""
    return _KNOWN.get(generator, Profile("default/1"))
