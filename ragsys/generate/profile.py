"""What suits a generator: its prompt, how much evidence it is given, and whether `auto` lets it write, as one value.

A name with a number stands for one set of choices; whoever changes one of them gives it another number. Answers carry
the name, so that they can be made again. A generator with an adapter is named after its base, the profile that the
adapter was trained for and the adapter's hash: gemma-3-270m+grounded-1.0a1b2c3d.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ragsys.errors import AdapterError

if TYPE_CHECKING:
    from ragsys.generate.prompt import Style

__all__ = ["EXTRACTIVE", "GROUNDED", "Profile", "adapted_profile", "profile_of"]

Mode = Literal["generate", "extract"]


@dataclass(frozen=True, slots=True)
class Profile:
    """The choices for a generator: the mode that `auto` means, the sentences of evidence in its prompt, its style.

    `rewrites` says whether it is asked to rewrite follow-up questions (`ragsys.generate.rewriting`), `asks` whether it
    is tried as a writer of questions about documents (`ragsys.evaluation.written`) without being named.
    """

    name: str
    mode: Mode = "generate"
    sentences: int = 3
    rewrites: bool = True
    summary: Mode = "generate"
    asks: bool = True
    prompt: Style = "examples"


EXTRACTIVE = Profile("extract/1", mode="extract", sentences=1)
# By measurement: DECISIONS.md has the figures.
_KNOWN = {"gemma-3-270m": Profile("gemma-3-270m/2", rewrites=False, summary="extract", asks=False)}


# What an adapter can be trained for. An adapter that only knows how to answer leaves the rest to other ways.
GROUNDED = Profile("grounded/1", sentences=5, rewrites=False, summary="extract", asks=False, prompt="grounded")
_TRAINED = {GROUNDED.name: GROUNDED}


def profile_of(generator: str) -> Profile:
    """The profile of a generator by its name; a generator that nobody measured writes."""
    _, plus, adapter = generator.rpartition("+")
    name = adapter.partition(".")[0].replace("-", "/")
    if plus and name in _TRAINED:
        return _TRAINED[name]
    return _KNOWN.get(generator, Profile("default/1"))


def adapted_profile(name: str) -> Profile:
    """The profile that an adapter names. Raises `AdapterError` for one that this version does not have."""
    if name not in _TRAINED:
        raise AdapterError(
            f"the adapter was trained for the profile {name!r}, which this version does not have",
            hint="use the version of ragsys that it was trained with, or train it again",
        )
    return _TRAINED[name]
