"""What suits a generator: how much evidence it is given, and whether it writes at all, as one named value.

A name with a number stands for one set of choices; whoever changes one of them gives it another number. Answers carry
the name, so that they can be made again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ragsys.generate.prompt import is_chinese

__all__ = ["EXTRACTIVE", "Profile", "preferred_mode", "profile_of"]

Mode = Literal["generate", "extract"]


@dataclass(frozen=True, slots=True)
class Profile:
    """The choices for a generator: sentences of evidence in the prompt, and the mode per language of the question."""

    name: str
    sentences: int = 3
    english: Mode = "generate"
    chinese: Mode = "generate"


EXTRACTIVE = Profile("extract/1", sentences=1, english="extract", chinese="extract")
# By measurement: DECISIONS.md has the figures.
_KNOWN = {"gemma-3-270m": Profile("gemma-3-270m/1", chinese="extract")}


def profile_of(generator: str) -> Profile:
    """The profile of a generator by its name; a generator that nobody measured writes in both languages."""
    return _KNOWN.get(generator, Profile("default/1"))


def preferred_mode(generator: str, question: str) -> Mode:
    """What mode `auto` means for a generator, by its name, and the language of a question."""
    profile = profile_of(generator)
    return profile.chinese if is_chinese(question) else profile.english
