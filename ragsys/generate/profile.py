"""What suits a generator: how much evidence it is given, and whether `auto` lets it write, as one named value.

A name with a number stands for one set of choices; whoever changes one of them gives it another number. Answers carry
the name, so that they can be made again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["EXTRACTIVE", "Profile", "profile_of"]

Mode = Literal["generate", "extract"]


@dataclass(frozen=True, slots=True)
class Profile:
    """The choices for a generator: the mode that `auto` means, and the sentences of evidence in its prompt.

    `rewrites` says whether it is asked to rewrite follow-up questions (`ragsys.generate.rewriting`).
    """

    name: str
    mode: Mode = "generate"
    sentences: int = 3
    rewrites: bool = True
    summary: Mode = "generate"


EXTRACTIVE = Profile("extract/1", mode="extract", sentences=1)
# By measurement: DECISIONS.md has the figures.
_KNOWN = {"gemma-3-270m": Profile("gemma-3-270m/2", rewrites=False, summary="extract")}


def profile_of(generator: str) -> Profile:
    """The profile of a generator by its name; a generator that nobody measured writes."""
    return _KNOWN.get(generator, Profile("default/1"))
