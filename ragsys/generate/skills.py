"""How well a generator translates, as far as it was measured: part of its profile, in figures that a script writes.

bench/translation.py measures and stores them beside this file; a generator or a pair of languages that is not there was
never measured, and nobody should guess.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["FILE", "TranslationSkill", "skill_of"]

FILE = "translation.json"
Quality = Literal["fair", "rough", "poor"]
# From which chrF on a pair is called fair and rough: by reading what came out. Chinese and Japanese have fewer and more
# telling characters, and a lower chrF for the same worth.
_FAIR, _ROUGH = 50.0, 38.0
_FAIR_EAST, _ROUGH_EAST = 26.0, 18.0
# The same for the share of sentences that fail no check.
_FAIR_CLEAN, _ROUGH_CLEAN = 0.8, 0.5


@dataclass(frozen=True, slots=True)
class TranslationSkill:
    """How well a generator translates one pair of languages.

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
        """One word for it: the worse of what chrF and the checks say."""
        east = self.target in {"zh", "ja"}
        fair, rough = (_FAIR_EAST, _ROUGH_EAST) if east else (_FAIR, _ROUGH)
        if self.chrf >= fair and self.clean >= _FAIR_CLEAN:
            return "fair"
        return "rough" if self.chrf >= rough and self.clean >= _ROUGH_CLEAN else "poor"


def skill_of(generator: str, source: str, target: str) -> TranslationSkill | None:
    """What was measured of a generator for a pair of languages; None where nothing was."""
    return _load().get((generator, source, target))


@lru_cache(maxsize=1)
def _load() -> Mapping[tuple[str, str, str], TranslationSkill]:
    """Every skill that was measured, by generator and languages."""
    whole = json.loads(files("ragsys.generate").joinpath(FILE).read_text(encoding="utf-8"))
    return {
        (name, row["source"], row["target"]): TranslationSkill(**row)
        for name, rows in whole["generators"].items()
        for row in rows
    }
