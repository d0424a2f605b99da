"""Which straight line explains best without believing too much?

Ridge regression with weights; its strength is the one that foretells each left-out group best. Groups are neighbours
in time, left out together: examples that share their weather are no independent witnesses.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wattloom.domain.errors import MissingData

if TYPE_CHECKING:
    from numpy.typing import NDArray

STRENGTHS = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0)
"""Of the pull to zero, per example and in variances of a trait."""
FOLDS = 8
EXAMPLES_MIN = 10
TINY = 1e-12


@dataclass(frozen=True, slots=True)
class Ridge:
    """A straight line through traits."""

    mean: NDArray[np.float64]
    spread: NDArray[np.float64]
    weights: NDArray[np.float64]
    """Of traits in spreads from their mean; shape (traits,)."""
    level: float
    strength: float

    def __call__(self, traits: NDArray[np.float64]) -> NDArray[np.float64]:
        """What the line foretells; missing traits count as their mean. Shape (examples, traits) to (examples,)."""
        return np.asarray(self.level + _standard(traits, self.mean, self.spread) @ self.weights)


def fitted_ridge(
    traits: NDArray[np.float64], values: NDArray[np.float64], weights: NDArray[np.float64]
) -> tuple[Ridge, NDArray[np.float64]]:
    """The line; with it, what it would have foretold of each example had its fold not been learnt from.

    Args:
        traits: shape (examples, traits), in order of time; NaN is missing.
        values: shape (examples,); NaN is left out.
        weights: how much each example counts; shape (examples,).

    Raises:
        MissingData: fewer than ten examples.
    """
    count = np.where(np.isfinite(values), weights, 0.0)
    if (count > 0).sum() < EXAMPLES_MIN:
        raise MissingData("too few past origins with a known outcome to learn from")
    fold = np.arange(len(values)) * FOLDS // len(values)
    tried = []
    for strength in STRENGTHS:
        ahead = np.full(len(values), np.nan)
        for one in range(FOLDS):
            held = fold == one
            if (count * ~held).sum() > 0:
                ahead[held] = _solved(traits, values, count * ~held, strength)(traits[held])
        missed = np.where(count > 0, values - ahead, 0.0)
        tried.append((float(np.nansum(count * missed**2)), strength, ahead))
    _, strength, ahead = min(tried, key=lambda one: one[0])
    return _solved(traits, values, count, strength), ahead


def _solved(
    traits: NDArray[np.float64], values: NDArray[np.float64], count: NDArray[np.float64], strength: float
) -> Ridge:
    """The line of one strength."""
    share = count / count.sum()
    seen = np.isfinite(traits) * share[:, None]
    total = np.maximum(seen.sum(axis=0), TINY)
    known = np.nan_to_num(traits)
    mean = (seen * known).sum(axis=0) / total
    spread = np.sqrt((seen * (known - mean) ** 2).sum(axis=0) / total)
    standard = _standard(traits, mean, spread)
    told = np.where(count > 0, values, 0.0)
    level = float(share @ told)
    middle = share @ standard
    away = standard - middle
    squares = (away * share[:, None]).T @ away + strength * np.eye(traits.shape[1])
    weights = np.linalg.solve(squares, (away * share[:, None]).T @ (told - level))
    return Ridge(mean, spread, weights, level - float(middle @ weights), strength)


def _standard(
    traits: NDArray[np.float64], mean: NDArray[np.float64], spread: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Traits in spreads from their mean; what is missing or never changed says nothing."""
    steady = spread < TINY
    return np.asarray(np.nan_to_num((traits - mean) / np.where(steady, 1.0, spread)) * ~steady)
