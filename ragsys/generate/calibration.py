"""From signals to a probability that the passages answer the question, and from which probability on to answer.

The coefficients that come with ragsys lie beside this file, with where they come from and how wrong they were on
questions that they were not fitted on. Knows nothing of passages, nor how coefficients are fitted (`fitting`).
"""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from ragsys.types import Measured

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["FILE", "Calibration", "shipped_calibration", "shipped_for_drafts"]

FILE = "calibration.json"
_STEEPEST = 30.0


@dataclass(frozen=True, slots=True)
class Calibration:
    """A weight for each signal, and the probability from which on to answer.

    `measured` holds shares at that threshold on questions that took no part in the fit, `auroc` how well each kind of
    question without an answer is told from those with one; both hold as far as the questions asked resemble those that
    `fitted_on` names. `name` says which calibration this is.
    """

    name: str
    weights: Mapping[str, float]
    bias: float
    threshold: float
    measured: Mapping[str, Measured]
    auroc: Mapping[str, float]
    fitted_on: str

    def probability(self, signals: Mapping[str, float]) -> float:
        """The probability of what was fitted; a signal without a weight counts for nothing."""
        return 1 / (1 + math.exp(-self.log_odds(signals)))

    def log_odds(self, signals: Mapping[str, float]) -> float:
        """The logarithm of its odds, at most 30 either way."""
        odds = self.bias + sum(weight * signals[name] for name, weight in self.weights.items())
        return max(min(odds, _STEEPEST), -_STEEPEST)

    def row(self) -> dict[str, Any]:
        """As JSON has it; `parse` reads it back."""
        return {
            "weights": {name: round(weight, 4) for name, weight in self.weights.items()},
            "bias": round(self.bias, 4),
            "threshold": round(self.threshold, 4),
            "measured": {name: asdict(share) for name, share in self.measured.items()},
            "auroc": dict(self.auroc),
            "fitted_on": self.fitted_on,
        }

    @classmethod
    def parse(cls, name: str, row: Mapping[str, Any]) -> Calibration:
        """A calibration from its row. Raises `KeyError`, `TypeError` or `ValueError` where it is none."""
        weights = {str(signal): float(weight) for signal, weight in row["weights"].items()}
        bias, threshold = float(row["bias"]), float(row["threshold"])
        if not all(map(math.isfinite, (*weights.values(), bias, threshold))):
            raise ValueError(row)
        return cls(
            name=name,
            weights=weights,
            bias=bias,
            threshold=threshold,
            measured={str(kind): Measured(**share) for kind, share in row["measured"].items()},
            auroc={str(kind): float(area) for kind, area in row["auroc"].items()},
            fitted_on=str(row["fitted_on"]),
        )


def shipped_calibration(language: str, embedder: str) -> Calibration:
    """The calibration that comes with ragsys for "en" or "zh".

    Cosines mean something else with every embedder. For one that nothing was fitted with, there is a calibration that
    goes without them.
    """
    rows = _shipped()
    return rows.get(f"{language}/{embedder}") or rows[f"{language}/any"]


def shipped_for_drafts(language: str, embedder: str, profile: str) -> Calibration | None:
    """The calibration of drafts by a generator with its prompt, by its profile's name; None where there is none."""
    return _shipped().get(f"{language}/{embedder}/{profile}")


@lru_cache(maxsize=1)
def _shipped() -> Mapping[str, Calibration]:
    whole = json.loads(files("ragsys.generate").joinpath(FILE).read_text(encoding="utf-8"))
    return {key: Calibration.parse(f"shipped/{key}", row) for key, row in whole["calibrations"].items()}
