"""How good was the whole distribution that a forecast claimed?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from wattloom.forecast.metrics.points import mean_known, scaled_mean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

RANGE_LEVELS = (0.01, 0.99)
"""Quantiles of the outcomes whose distance makes a CRPS relative: OpenSTEF 4's benchmark."""
PEAK_LEVEL = 0.99
PEAK_WEIGHT_LEAST = 0.1
"""Weight of periods near zero where peaks count most: OpenSTEF 4's benchmark."""


def pinball_by_point(
    quantiles: NDArray[np.float64], outcomes: NDArray[np.float64], levels: Sequence[float]
) -> NDArray[np.float64]:
    """Mean over levels of max(q (y − z), (q − 1)(y − z)) for each outcome, in its unit; NaN where it is missing.

    Koenker and Bassett, Econometrica 46 (1978); the convention of GEFCom2014: no factor of two.

    Example:
        >>> pinball_by_point(np.array([[1.0, 3.0]]), np.array([2.0]), (0.1, 0.9)).round(12).tolist()
        [0.1]
    """
    return np.asarray(_losses(quantiles, outcomes, levels).mean(axis=-1))


def pinball(quantiles: NDArray[np.float64], outcomes: NDArray[np.float64], levels: Sequence[float]) -> float:
    """Mean pinball loss, in the outcome's unit."""
    return mean_known(pinball_by_point(quantiles, outcomes, levels))


def level_widths(levels: Sequence[float]) -> NDArray[np.float64]:
    """The stretch of (0, 1) that each level stands for: from the middle to its neighbours, ends to 0 and 1.

    Example:
        >>> level_widths((0.1, 0.5, 0.9)).round(12).tolist()
        [0.3, 0.4, 0.3]
    """
    shares = np.asarray(levels, dtype=np.float64)
    return np.diff(np.concatenate([[0.0], (shares[1:] + shares[:-1]) / 2, [1.0]]))


def crps_by_point(
    quantiles: NDArray[np.float64],
    outcomes: NDArray[np.float64],
    levels: Sequence[float],
    *,
    widths: NDArray[np.float64] | None = None,
) -> NDArray[np.float64]:
    """Continuous ranked probability score from quantiles: twice the mean pinball loss, in the outcome's unit.

    Berrisch and Ziel, J. Econometrics 237 (2023) 105221. With equal weights (the usual convention) it depends on the
    levels chosen; `widths=level_widths(levels)` integrates over unequal ones.
    """
    return np.asarray(2 * np.average(_losses(quantiles, outcomes, levels), axis=-1, weights=widths))


def crps(
    quantiles: NDArray[np.float64],
    outcomes: NDArray[np.float64],
    levels: Sequence[float],
    *,
    weights: NDArray[np.float64] | None = None,
) -> float:
    """Mean CRPS; `weights`, such as `peak_weights`, say how much each outcome counts."""
    return mean_known(crps_by_point(quantiles, outcomes, levels), weights)


def rcrps(
    quantiles: NDArray[np.float64],
    outcomes: NDArray[np.float64],
    levels: Sequence[float],
    *,
    weights: NDArray[np.float64] | None = None,
) -> float:
    """CRPS as a share of the outcomes' range from their 1st to their 99th percentile: OpenSTEF 4's rCRPS."""
    score = crps(quantiles, outcomes, levels, weights=weights)
    low, high = np.nanquantile(outcomes, RANGE_LEVELS)
    return score / float(high - low)


def peak_weights(outcomes: NDArray[np.float64]) -> NDArray[np.float64]:
    """How much each period counts where peaks matter: |y| ÷ P99(|y|), between 0.1 and 1."""
    size = np.abs(outcomes)
    return np.asarray(np.clip(size / np.nanquantile(size, PEAK_LEVEL), PEAK_WEIGHT_LEAST, 1.0))


def wql(quantiles: NDArray[np.float64], outcomes: NDArray[np.float64], levels: Sequence[float]) -> float:
    """Weighted quantile loss: twice the mean pinball loss over the mean absolute outcome; at level 0.5 the WAPE."""
    return 2 * pinball(quantiles, outcomes, levels) / mean_known(np.abs(outcomes))


def sql(
    quantiles: NDArray[np.float64],
    outcomes: NDArray[np.float64],
    levels: Sequence[float],
    *,
    past: NDArray[np.float64],
    season_steps: int,
) -> float:
    """Scaled quantile loss: twice the pinball loss over the seasonal error of each series' past; at level 0.5 the MASE.

    As fev has it: shapes (series, periods, levels), (series, periods) and past (series, any).
    """
    return scaled_mean(2 * pinball_by_point(quantiles, outcomes, levels), past, season_steps)


def crossings(quantiles: NDArray[np.float64]) -> int:
    """How often a quantile lies below its lower neighbour: count it before sorting, or it is always zero."""
    return int((np.diff(quantiles, axis=-1) < 0).sum())


def _losses(
    quantiles: NDArray[np.float64], outcomes: NDArray[np.float64], levels: Sequence[float]
) -> NDArray[np.float64]:
    """Pinball loss at each level; shape (…, levels)."""
    share = np.asarray(levels)
    over = outcomes[..., None] - quantiles
    return np.asarray(np.maximum(share * over, (share - 1) * over))
