"""From signals to a probability that the passages answer the question: logistic regression, fitted and stored.

The coefficients lie beside this file, with where they come from and how wrong they were on questions that they were not
fitted on. Knows nothing of passages.
"""

from __future__ import annotations

import json
import math
from dataclasses import astuple, dataclass, fields
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from ragsys.generate.signals import Signals
from ragsys.types import Measured

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

__all__ = ["FILE", "Calibration", "fit", "load_calibration", "wilson"]

FILE = "calibration.json"
_STEPS = 50
_Z95 = 1.959964
_STEEPEST = 30.0


@dataclass(frozen=True, slots=True)
class Calibration:
    """Coefficients in the order of the fields of `Signals`, and the probability from which on to answer.

    `measured` holds shares at that threshold on questions that took no part in the fit; they hold as far as the
    questions asked resemble those that `fitted_on` names.
    """

    weights: tuple[float, ...]
    bias: float
    threshold: float
    measured: Mapping[str, Measured]
    fitted_on: str

    def probability(self, signals: Signals) -> float:
        """The probability that the passages answer the question."""
        logit = self.bias + sum(w * x for w, x in zip(self.weights, astuple(signals), strict=True))
        return 1 / (1 + math.exp(-max(min(logit, _STEEPEST), -_STEEPEST)))


def fit(rows: NDArray[np.float64], labels: NDArray[np.bool_], l2: float) -> tuple[NDArray[np.float64], float]:
    """Weights of shape (d,) and bias for rows of shape (n, d): Newton's method with an L2 penalty.

    The penalty is on the weights of standardised columns (Hastie, Tibshirani and Friedman, "The Elements of Statistical
    Learning", 2009, section 4.4); what is returned is for columns as they are. A column that never varies gets zero.
    """
    import numpy as np

    mean, spread = rows.mean(axis=0), rows.std(axis=0)
    spread[spread < 1e-12] = np.inf  # noqa: PLR2004 - anything smaller is rounding
    design = np.hstack([(rows - mean) / spread, np.ones((len(rows), 1))])
    penalty = np.eye(design.shape[1]) * l2
    penalty[-1, -1] = 1e-9
    found = np.zeros(design.shape[1])
    for _ in range(_STEPS):
        p = 1 / (1 + np.exp(-np.clip(design @ found, -_STEEPEST, _STEEPEST)))
        hessian = design.T @ (design * (p * (1 - p))[:, None]) + penalty
        found -= np.linalg.solve(hessian, design.T @ (p - labels) + penalty @ found)
    weights: NDArray[np.float64] = found[:-1] / spread
    return weights, float(found[-1] - weights @ mean)


def wilson(successes: int, n: int) -> Measured:
    """A share with its 95 % interval (Wilson, JASA 22, 1927); where there is nothing, anything is possible.

    >>> wilson(20, 100)
    Measured(share=0.2, low=0.133, high=0.289, n=100)
    """
    if not n:
        return Measured(0.0, 0.0, 1.0, 0)
    share, z2 = successes / n, _Z95 * _Z95
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = _Z95 * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return Measured(round(share, 3), round(middle - half, 3), round(middle + half, 3), n)


@lru_cache(maxsize=1)
def load_calibration() -> Mapping[str, Calibration]:
    """The coefficients that come with ragsys, by the question's language: "en" and "zh"."""
    whole = json.loads(files("ragsys.generate").joinpath(FILE).read_text(encoding="utf-8"))
    return {language: _read(row) for language, row in whole["languages"].items()}


def _read(row: Mapping[str, Any]) -> Calibration:
    return Calibration(
        weights=tuple(float(row["weights"][field.name]) for field in fields(Signals)),
        bias=float(row["bias"]),
        threshold=float(row["threshold"]),
        measured={name: Measured(**value) for name, value in row["measured"].items()},
        fitted_on=str(row["fitted_on"]),
    )
