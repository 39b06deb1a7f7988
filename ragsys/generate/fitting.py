"""Fitting a calibration: logistic regression, the operating point, and what it does on questions left out.

Knows nothing of passages or of where the cases come from.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ragsys.generate.calibration import Calibration
from ragsys.types import Measured

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

__all__ = ["ANSWERABLE", "Case", "Point", "fit", "fit_calibration", "place_threshold", "wilson"]

ANSWERABLE = "answerable"
L2 = 20.0
_FOLDS = 5
_STEPS = 50
_Z95 = 1.959964
_STEEPEST = 30.0


@dataclass(frozen=True, slots=True)
class Case:
    """A question as it was asked of the index: its kind (`ANSWERABLE`, or why it has no answer) and its signals.

    Cases of one `group`, such as a document, are left out together, so that none is measured by its like. `right` says
    whether a draft was right, where one was made; the probability is then of that.
    """

    kind: str
    group: str
    signals: Mapping[str, float]
    right: bool | None = None

    @property
    def good(self) -> bool:
        """What the probability is of: a right draft, or an answerable question."""
        return self.kind == ANSWERABLE if self.right is None else self.right


@dataclass(frozen=True, slots=True)
class Point:
    """What to aim at: the share of answerable questions to answer, the share of the others that may be answered.

    With both, no kind of the others is answered more often than `max_error` as far as `coverage` allows: that much of
    the answerable is answered in any case.
    """

    coverage: float | None = 0.7
    max_error: float | None = 0.2

    def threshold(self, p: NDArray[np.float64], kinds: NDArray[np.str_]) -> float:
        """The probability from which on to answer, on cases of shape (n,) with at least one that is answerable."""
        import numpy as np

        highest = float(np.quantile(p[kinds == ANSWERABLE], 1 - self.coverage)) if self.coverage is not None else 1.0
        if self.max_error is None:
            return highest
        others = [np.sort(p[kinds == kind])[::-1] for kind in sorted(set(kinds.tolist()) - {ANSWERABLE})]
        # So many of a kind may be answered; the next one may not.
        kept = [math.floor(self.max_error * len(found)) for found in others]
        least = max(
            (float(np.nextafter(f[n], 1.0)) for f, n in zip(others, kept, strict=True) if n < len(f)), default=0.0
        )
        return min(least, highest)


def fit_calibration(
    cases: Sequence[Case], *, name: str, fitted_on: str, point: Point, prior: Calibration | None = None, l2: float = L2
) -> Calibration:
    """Fit all cases, and measure by leaving out a fifth of the groups at a time.

    Each fifth is measured with coefficients and a threshold that the other four gave, by the same rule: what is
    measured is how well this way of fitting does on questions that it has not seen. With `prior`, weights are pulled
    towards its weights instead of towards nothing, so that few cases change little.
    """
    import numpy as np

    signals = tuple(cases[0].signals)
    rows = np.array([[case.signals[signal] for signal in signals] for case in cases])
    kinds = np.array([case.kind for case in cases])
    start = None if prior is None else np.array([prior.weights.get(signal, 0.0) for signal in signals])
    right = np.array([case.good for case in cases])
    p, answered, held = np.zeros(len(cases)), np.zeros(len(cases), bool), np.zeros(len(cases), bool)
    for out in _folds(cases):
        if not out.any() or len(set(right[~out].tolist())) < 2:  # noqa: PLR2004 - both answers are needed
            continue
        weights, bias = fit(rows[~out], right[~out], l2, start)
        threshold = point.threshold(_probabilities(rows[~out], weights, bias), kinds[~out])
        p[out] = _probabilities(rows[out], weights, bias)
        answered[out], held[out] = p[out] >= threshold, True
    weights, bias = fit(rows, right, l2, start)
    return Calibration(
        name=name,
        weights=dict(zip(signals, weights.tolist(), strict=True)),
        bias=bias,
        threshold=point.threshold(_probabilities(rows, weights, bias), kinds),
        measured=_measured(cases, kinds, answered, held),
        auroc=_areas(kinds, p, held),
        fitted_on=fitted_on,
    )


def place_threshold(
    cases: Sequence[Case], calibration: Calibration, *, name: str, fitted_on: str, point: Point
) -> Calibration:
    """The same weights with a threshold that fits the cases, measured as in `fit_calibration`."""
    import numpy as np

    p = np.array([calibration.probability(case.signals) for case in cases])
    kinds = np.array([case.kind for case in cases])
    answered, held = np.zeros(len(cases), bool), np.zeros(len(cases), bool)
    for out in _folds(cases):
        if out.any() and (kinds[~out] == ANSWERABLE).any():
            answered[out], held[out] = p[out] >= point.threshold(p[~out], kinds[~out]), True
    return replace(
        calibration,
        name=name,
        threshold=point.threshold(p, kinds),
        measured=_measured(cases, kinds, answered, held),
        auroc=_areas(kinds, p, held),
        fitted_on=f"threshold: {fitted_on}; weights: {calibration.fitted_on}",
    )


def fit(
    rows: NDArray[np.float64], labels: NDArray[np.bool_], l2: float, prior: NDArray[np.float64] | None = None
) -> tuple[NDArray[np.float64], float]:
    """Weights of shape (d,) and bias for rows of shape (n, d): Newton's method with an L2 penalty.

    The penalty is on the distance of the weights of standardised columns from those of `prior` (zero without one), as
    in Hastie, Tibshirani and Friedman, "The Elements of Statistical Learning" (2009), section 4.4; what is returned is
    for columns as they are. A column that never varies keeps its prior weight.
    """
    import numpy as np

    mean, spread = rows.mean(axis=0), rows.std(axis=0)
    still = spread < 1e-12  # noqa: PLR2004 - anything smaller is rounding
    spread[still] = 1.0
    design = np.hstack([(rows - mean) / spread, np.ones((len(rows), 1))])
    design[:, :-1][:, still] = 0.0
    start = np.zeros(rows.shape[1]) if prior is None else prior
    goal = np.append(start * spread, 0.0)
    penalty = np.eye(design.shape[1]) * l2
    penalty[-1, -1] = 1e-9
    found = goal.copy()
    for _ in range(_STEPS):
        p = 1 / (1 + np.exp(-np.clip(design @ found, -_STEEPEST, _STEEPEST)))
        hessian = design.T @ (design * (p * (1 - p))[:, None]) + penalty
        found -= np.linalg.solve(hessian, design.T @ (p - labels) + penalty @ (found - goal))
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
    return Measured(round(share, 3), round(max(middle - half, 0.0), 3), round(min(middle + half, 1.0), 3), n)


def _probabilities(rows: NDArray[np.float64], weights: NDArray[np.float64], bias: float) -> NDArray[np.float64]:
    import numpy as np

    p: NDArray[np.float64] = 1 / (1 + np.exp(-np.clip(rows @ weights + bias, -_STEEPEST, _STEEPEST)))
    return p


def _folds(cases: Sequence[Case]) -> Iterator[NDArray[np.bool_]]:
    """Which cases to leave out, shape (n,), a fifth of the groups at a time."""
    import numpy as np

    folds = np.array([int(hashlib.sha256(case.group.encode()).hexdigest(), 16) % _FOLDS for case in cases])
    for fold in range(_FOLDS):
        yield folds == fold


def _measured(
    cases: Sequence[Case], kinds: NDArray[np.str_], answered: NDArray[np.bool_], held: NDArray[np.bool_]
) -> dict[str, Measured]:
    """The share of each kind that was answered, and where there were drafts, of the answerable ones the right share."""
    of = {kind: held & (kinds == kind) for kind in sorted(set(kinds.tolist()))}
    shares = {f"{kind}: answered": wilson(int(answered[rows].sum()), int(rows.sum())) for kind, rows in of.items()}
    if any(case.right is not None for case in cases):
        right = [case.good for case, counts in zip(cases, answered & of[ANSWERABLE], strict=True) if counts]
        shares[f"{ANSWERABLE} and answered: right"] = wilson(sum(right), len(right))
    return shares


def _areas(kinds: NDArray[np.str_], p: NDArray[np.float64], held: NDArray[np.bool_]) -> dict[str, float]:
    """The chance that an answerable case is above one of each other kind, ties counting half; a half of nothing."""
    right = p[held & (kinds == ANSWERABLE)]
    areas = {}
    for kind in sorted(set(kinds.tolist()) - {ANSWERABLE}):
        wrong = p[held & (kinds == kind)]
        above = (
            (right[:, None] > wrong).mean() + (right[:, None] == wrong).mean() / 2 if wrong.size * right.size else 0.5
        )
        areas[kind] = round(float(above), 3)
    return areas
