"""How far was one line from what happened?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wattloom.domain.errors import MissingData

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True, slots=True)
class RelativeError:
    """An error as a share of a naive forecast's, which is named: shares of different ones do not compare."""

    value: float
    naive: str

    def __str__(self) -> str:
        """Such as 0.395 of weekly naive."""
        return f"{self.value:.3f} of {self.naive}"


def only(outcomes: NDArray[np.float64], part: ArrayLike) -> NDArray[np.float64]:
    """The outcomes of a part, such as daytime, and NaN elsewhere: what every score leaves out.

    Example:
        >>> only(np.array([1.0, 2.0]), [False, True]).tolist()
        [nan, 2.0]
    """
    return np.where(np.asarray(part, dtype=bool), outcomes, np.nan)


def mean_known(points: NDArray[np.float64], weights: NDArray[np.float64] | None = None) -> float:
    """Mean of what is not NaN; `MissingData` where nothing is known."""
    known = ~np.isnan(points)
    if not known.any():
        raise MissingData("score: no outcome is known")
    return float(np.average(points[known], weights=None if weights is None else weights[known]))


def rmse(values: NDArray[np.float64], outcomes: NDArray[np.float64]) -> float:
    """Root of the mean squared error, in the outcome's unit."""
    return float(np.sqrt(mean_known((values - outcomes) ** 2)))


def mae(values: NDArray[np.float64], outcomes: NDArray[np.float64]) -> float:
    """Mean absolute error, in the outcome's unit."""
    return mean_known(np.abs(values - outcomes))


def bias(values: NDArray[np.float64], outcomes: NDArray[np.float64]) -> float:
    """Mean of forecast minus outcome: above zero, too much was forecast."""
    return mean_known(values - outcomes)


def wape(values: NDArray[np.float64], outcomes: NDArray[np.float64]) -> float:
    """Sum of absolute errors as a share of the sum of absolute outcomes."""
    return mae(values, outcomes) / mean_known(np.abs(outcomes))


def rmae(
    values: NDArray[np.float64], outcomes: NDArray[np.float64], naive_values: NDArray[np.float64], *, naive: str
) -> RelativeError:
    """MAE as a share of a naive forecast's MAE, both over the points that all three have.

    Lago, Marcjasz, De Schutter and Weron, Applied Energy 293 (2021) 116983: the naive of one week before, on the test.

    Args:
        values: the forecast.
        outcomes: what happened.
        naive_values: the naive forecast of the same periods.
        naive: its name, such as "weekly naive".
    """
    common = np.where(np.isnan(values) | np.isnan(naive_values), np.nan, outcomes)
    return RelativeError(mae(values, common) / mae(naive_values, common), naive)


def seasonal_error(past: NDArray[np.float64], *, season_steps: int) -> NDArray[np.float64]:
    """Mean absolute difference to a season before, for each series of the past; shape (series,), NaN where unknown.

    Args:
        past: what was on record before the test; shape (series, periods).
        season_steps: periods of a season.
    """
    differences = np.abs(past[:, season_steps:] - past[:, :-season_steps])
    known = ~np.isnan(differences)
    sums = np.where(known, differences, 0.0).sum(axis=1)
    return np.asarray(np.divide(sums, known.sum(axis=1), out=np.full(len(past), np.nan), where=known.any(axis=1)))


def mase(
    values: NDArray[np.float64], outcomes: NDArray[np.float64], past: NDArray[np.float64], *, season_steps: int
) -> float:
    """Absolute error over the seasonal error of the past, averaged over series and periods.

    Hyndman and Koehler, Int. J. Forecasting 22 (2006) 679-688, as fev averages it: a series without a past, or with one
    that repeats itself exactly, does not count.

    Args:
        values: shape (series, periods).
        outcomes: same shape.
        past: shape (series, any): what was known before.
        season_steps: periods of a season.
    """
    return scaled_mean(np.abs(values - outcomes), past, season_steps)


def scaled_mean(losses: NDArray[np.float64], past: NDArray[np.float64], season_steps: int) -> float:
    """Losses, shape (series, periods), over the seasonal error of each series' past, averaged."""
    scale = seasonal_error(past, season_steps=season_steps)
    return mean_known(losses / np.where(scale > 0, scale, np.nan)[:, None])
