"""Whether a difference between two runs over the same queries is more than chance, and how small a one could be seen.

Works on per-query differences and nothing else. Every random choice has a seed.
"""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["bootstrap_interval", "detectable_effect", "holm", "randomisation_test"]

_EXACT = 16  # 2^16 sign patterns are all looked at
_SAMPLES = 10_000
_AT_ONCE = 2_000_000  # numbers drawn at a time, so that memory stays flat


def randomisation_test(differences: Sequence[float], *, seed: int = 0, samples: int = _SAMPLES) -> float:
    """The two-sided p-value of a mean difference under random exchange of the two runs, query by query.

    Fisher's randomisation test as Smucker, Allan and Carterette recommend it for retrieval ("A comparison of
    statistical significance tests for information retrieval evaluation", CIKM 2007). Exact where at most 16
    differences are not zero; else by Monte Carlo, where the observed pattern counts as one of the samples, so that
    p is never zero (Davison and Hinkley, "Bootstrap Methods and their Application", 1997, section 4.2).
    """
    moved = np.asarray(differences, dtype=np.float64)
    moved = moved[moved != 0.0]
    if not len(moved):
        return 1.0
    observed = abs(float(moved.sum())) * (1 - 1e-12)
    if len(moved) <= _EXACT:
        patterns = (np.arange(2 ** len(moved))[:, None] >> np.arange(len(moved))) & 1
        sums = np.abs((1.0 - 2.0 * patterns) @ moved)
        return float((sums >= observed).mean())
    draw = np.random.default_rng(seed)
    extreme = 0
    for size in _portions(samples, len(moved)):
        signs = draw.integers(0, 2, size=(size, len(moved)), dtype=np.int8)
        extreme += int((np.abs((1.0 - 2.0 * signs) @ moved) >= observed).sum())
    return (extreme + 1) / (samples + 1)


def bootstrap_interval(
    differences: Sequence[float], *, confidence: float = 0.95, seed: int = 0, samples: int = _SAMPLES
) -> tuple[float, float]:
    """The bias-corrected and accelerated bootstrap interval of the mean of per-query differences.

    Efron and Tibshirani, "An Introduction to the Bootstrap" (1993), section 14.3: queries are drawn with replacement.
    Where every difference is the same, the interval is that number.
    """
    values = np.asarray(differences, dtype=np.float64)
    if not len(values):
        return 0.0, 0.0
    centre = float(values.mean())
    if np.ptp(values) == 0.0:
        return centre, centre
    draw = np.random.default_rng(seed)
    n = len(values)
    portions = [values[draw.integers(0, n, size=(size, n))].mean(axis=1) for size in _portions(samples, n)]
    means = np.concatenate(portions)
    normal = NormalDist()
    below = float(((means < centre).mean() + (means <= centre).mean()) / 2)
    bias = normal.inv_cdf(min(max(below, 1 / (2 * samples)), 1 - 1 / (2 * samples)))
    acceleration = _acceleration(values)
    tail = (1 - confidence) / 2
    low, high = (_corrected(share, bias, acceleration) for share in (tail, 1 - tail))
    return float(np.quantile(means, low)), float(np.quantile(means, high))


def holm(p_values: Sequence[float]) -> list[float]:
    """P-values adjusted for having looked at all of them, in the given order.

    Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6 (1979).
    """
    adjusted = [0.0] * len(p_values)
    highest = 0.0
    for rank, position in enumerate(sorted(range(len(p_values)), key=lambda i: p_values[i])):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[position]))
        adjusted[position] = highest
    return adjusted


def detectable_effect(differences: Sequence[float], *, alpha: float = 0.05, power: float = 0.8) -> float:
    """The smallest mean difference that a test over these queries would find with the given power.

    The normal approximation of the paired test with the differences' own deviation (Sakai, "Statistical reform in
    information retrieval?", SIGIR Forum 48, 2014, discusses such sizes). Infinite for fewer than two queries.
    """
    n = len(differences)
    if n < 2:  # noqa: PLR2004 - a deviation needs two
        return math.inf
    normal = NormalDist()
    deviation = float(np.std(np.asarray(differences, dtype=np.float64), ddof=1))
    return (normal.inv_cdf(1 - alpha / 2) + normal.inv_cdf(power)) * deviation / math.sqrt(n)


def _corrected(share: float, bias: float, acceleration: float) -> float:
    """The share of the bootstrap means at which the corrected interval ends."""
    normal = NormalDist()
    shifted = bias + normal.inv_cdf(share)
    slowed = 1 - acceleration * shifted
    if slowed <= 0.0:  # beyond the correction's pole
        return 1.0 if shifted > 0 else 0.0
    return normal.cdf(bias + shifted / slowed)


def _acceleration(values: NDArray[np.float64]) -> float:
    """From the means that leave one query out each."""
    n = len(values)
    if n < 2:  # noqa: PLR2004 - nothing is left
        return 0.0
    left_out = (values.sum() - values) / (n - 1)
    away = left_out.mean() - left_out
    reach = float(np.abs(away).max())
    if reach == 0.0:
        return 0.0
    away /= reach  # the scale does not matter, and powers of tiny numbers would vanish
    cubes, squares = float((away**3).sum()), float((away**2).sum())
    return cubes / (6 * math.pow(squares, 1.5))


def _portions(samples: int, width: int) -> list[int]:
    """How many samples to draw at a time."""
    size = max(1, _AT_ONCE // max(width, 1))
    return [min(size, samples - start) for start in range(0, samples, size)]
