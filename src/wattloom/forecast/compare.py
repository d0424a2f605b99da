"""Is one forecast really better than another, or was it luck?

Errors of neighbouring hours and days go together, so points are no independent witnesses. Every interval here draws
whole blocks of days; the test of Diebold and Mariano corrects its variance for forecasts that overlap.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from scipy.special import stdtr, stdtrit

from wattloom.domain.errors import InputError, MissingData
from wattloom.forecast.feed import SECONDS_PER_MINUTE
from wattloom.forecast.task import Task

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

BLOCK_DAYS = 7
"""A week: longer than weather remembers its yesterday, and whole weeks keep the working days together."""
LEVEL = 0.95
DRAWS = 2000
"""At 2000 draws the ends of a 95 % interval waver by some 3 % of its width."""
BLOCKS_MIN = 2
"""Of one block nothing can be drawn but itself."""
PAIRS_MIN = 3
"""Fewer differences have no variance worth the name."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure with its doubt."""

    value: float
    low: float
    high: float
    level: float = LEVEL
    """Share of such intervals that hold the true figure, nearly."""

    @property
    def clear_of_zero(self) -> bool:
        """Whether zero lies outside."""
        return self.low > 0 or self.high < 0

    def __str__(self) -> str:
        """Such as 0.894 [0.889, 0.899]."""
        return f"{self.value:.4g} [{self.low:.4g}, {self.high:.4g}]"


@dataclass(frozen=True, slots=True, kw_only=True)
class DieboldMariano:
    """Whether a forecast's losses differ from another's by more than luck."""

    statistic: float
    """Below zero where the forecast's losses are the lower ones."""
    p_value: float
    """Two-sided: chance of a difference this large, either way, between equally good forecasts."""
    p_better: float
    """One-sided: chance that a forecast no better than the other looks this much better."""
    mean_difference: float
    """Loss minus the other's loss, in the loss' unit."""
    pairs: int
    horizon: int
    """Origins whose forecasts overlap; 1: none do."""
    kernel: str
    """Weights of the autocovariances: rectangular, or bartlett where that gave no positive variance."""


def by_day(values: NDArray[np.float64], origins_s: NDArray[np.int64], zone: ZoneInfo) -> NDArray[np.float64]:
    """Values of origins gathered by the local day of issue; (origins, any) becomes (days, most of a day), NaN padded.

    Days without an origin have no row.
    """
    local = pd.to_datetime(origins_s, unit="s", utc=True).tz_convert(zone).tz_localize(None).normalize()
    days, row, counts = np.unique(local.to_numpy(), return_inverse=True, return_counts=True)
    flat = np.asarray(values, dtype=np.float64).reshape(len(origins_s), -1)
    gathered = np.full((len(days), counts.max(initial=0), flat.shape[1]), np.nan)
    order = np.argsort(row, kind="stable")
    place = np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts)
    gathered[row[order], place] = flat[order]
    return gathered.reshape(len(days), -1)


def block_mean_interval(
    values_by_day: ArrayLike,
    *,
    block_days: int = BLOCK_DAYS,
    level: float = LEVEL,
    draws: int = DRAWS,
    seed: int = 0,
) -> Interval:
    """The mean over all points, with an interval from blocks of days drawn anew.

    Args:
        values_by_day: one value a day, shape (days,), or each day's points, shape (days, points); days in order, NaN
            does not count.
        block_days: length of the blocks drawn.
        level: share of intervals that shall hold the true mean.
        draws: how many series of blocks are drawn.
        seed: of the draws.
    """
    return block_interval(_first, values_by_day, block_days=block_days, level=level, draws=draws, seed=seed)


def block_interval(
    of: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    *values_by_day: ArrayLike,
    block_days: int = BLOCK_DAYS,
    level: float = LEVEL,
    draws: int = DRAWS,
    seed: int = 0,
) -> Interval:
    """Any figure made of means, with its interval: the same days are drawn for all of them.

    Circular block bootstrap: Politis and Romano, in LePage and Billard, Exploring the Limits of Bootstrap (1992),
    263-270. Percentile ends, expanded for few blocks: Hesterberg, The American Statistician 69 (2015) 371-386, with
    blocks in place of points.

    Args:
        of: means, shape (draws, quantities), to the figure, shape (draws,).
        *values_by_day: each quantity, shape (days,) or (days, points); NaN does not count.
        block_days: length of the blocks drawn.
        level: share of intervals that shall hold the true figure.
        draws: how many series of blocks are drawn.
        seed: of the draws.

    Example:
        >>> squares = [[4.0, 16.0], [1.0, 9.0], [4.0, 4.0], [1.0, 1.0]]
        >>> round(block_interval(lambda means: np.sqrt(means[:, 0]), squares, block_days=1).value, 3)
        2.236
    """
    sums, counts = _daily(values_by_day)
    chosen = _drawn_days(len(sums), block_days=block_days, draws=draws, seed=seed)
    places = np.arange(draws)[:, None] * len(sums) + chosen
    weights = np.bincount(places.ravel(), minlength=draws * len(sums)).reshape(draws, len(sums)).astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        drawn = of((weights @ sums) / (weights @ counts))
    drawn = drawn[~np.isnan(drawn)]
    value = float(of((sums.sum(axis=0) / counts.sum(axis=0))[None, :])[0])
    tail = _expanded_tail(level, blocks=len(sums) / block_days)
    low, high = np.quantile(drawn, [tail, 1 - tail])
    return Interval(value, float(low), float(high), level)


def difference_interval(
    losses_by_day: ArrayLike,
    baseline_by_day: ArrayLike,
    *,
    block_days: int = BLOCK_DAYS,
    level: float = LEVEL,
    seed: int = 0,
) -> Interval:
    """Mean loss minus the baseline's over the points that both have; below zero is better."""
    losses, baseline = _paired(losses_by_day, baseline_by_day)
    return block_mean_interval(losses - baseline, block_days=block_days, level=level, seed=seed)


def skill_interval(
    losses_by_day: ArrayLike,
    baseline_by_day: ArrayLike,
    *,
    block_days: int = BLOCK_DAYS,
    level: float = LEVEL,
    seed: int = 0,
) -> Interval:
    """1 − mean loss ÷ the baseline's mean loss, over the points that both have; above zero is better.

    For losses that are squares, the skill in the root: `block_interval` with `root_skill`.
    """
    losses, baseline = _paired(losses_by_day, baseline_by_day)
    return block_interval(_skill, losses, baseline, block_days=block_days, level=level, seed=seed)


def root_skill(means: NDArray[np.float64]) -> NDArray[np.float64]:
    """1 − RMSE ÷ the baseline's RMSE, from mean squares of both; for `block_interval`."""
    return np.asarray(1 - np.sqrt(means[:, 0] / means[:, 1]))


def diebold_mariano(losses: ArrayLike, baseline: ArrayLike, *, horizon: int = 1) -> DieboldMariano:
    """Test equal loss of two forecasts, with the small-sample correction of Harvey, Leybourne and Newbold.

    Diebold and Mariano, J. Business & Economic Statistics 13 (1995) 253-263; Harvey, Leybourne and Newbold, Int. J.
    Forecasting 13 (1997) 281-291. The variance sums autocovariances up to lag horizon − 1 with equal weights; where
    that is not positive, with Bartlett's falling ones (Newey and West, Econometrica 55 (1987) 703-708).

    Args:
        losses: mean loss of each origin, in order; shape (origins,). NaN pairs do not count.
        baseline: the same of the other forecast.
        horizon: how many origins' forecasts overlap (see `overlapping_origins`).
    """
    one, other = _paired(losses, baseline)
    difference = (one - other)[~np.isnan(one - other)]
    pairs = len(difference)
    if pairs < max(PAIRS_MIN, horizon + 1):
        raise MissingData(
            f"Diebold-Mariano test: {pairs} pairs of losses, at least {max(PAIRS_MIN, horizon + 1)} needed"
        )
    mean = float(difference.mean())
    variance, kernel = _long_run_variance(difference - mean, horizon)
    correction = (pairs + 1 - 2 * horizon + horizon * (horizon - 1) / pairs) / pairs
    if variance > 0 and correction > 0:
        statistic = mean / np.sqrt(variance / pairs) * np.sqrt(correction)
    else:  # All differences are equal, or there are too few origins for this horizon.
        statistic = np.nan if mean else 0.0
    return DieboldMariano(
        statistic=float(statistic),
        p_value=float(2 * stdtr(pairs - 1, -abs(statistic))),
        p_better=float(stdtr(pairs - 1, statistic)),
        mean_difference=mean,
        pairs=pairs,
        horizon=horizon,
        kernel=kernel,
    )


def overlapping_origins(task: Task) -> int:
    """How many origins in a row speak of a common future: the horizon of the Diebold-Mariano test.

    Example:
        >>> overlapping_origins(Task.day_ahead(step_minutes=60)), overlapping_origins(
        ...     Task.day_ahead(step_minutes=60, issue_minute=9 * 60))
        (1, 2)
    """
    return -(-task.horizon_s // (task.every_minutes * SECONDS_PER_MINUTE))


def wilson_interval(share: float, count: float, *, level: float = LEVEL) -> Interval:
    """Wilson's interval of a share seen in `count` independent trials.

    Wilson, J. American Statistical Association 22 (1927) 209-212.
    """
    z2 = NormalDist().inv_cdf((1 + level) / 2) ** 2
    middle = (share + z2 / (2 * count)) / (1 + z2 / count)
    half = np.sqrt(z2 * (share * (1 - share) / count + z2 / (4 * count**2))) / (1 + z2 / count)
    return Interval(share, float(max(middle - half, 0.0)), float(min(middle + half, 1.0)), level)


def coverage_interval(inside_by_day: ArrayLike, *, level: float = LEVEL) -> Interval:
    """The share of points inside an interval forecast, with Wilson's interval that counts days, not points.

    The hours of a day are wrong together: a year of quarter-hours holds 365 trials at most, not 35 040.

    Args:
        inside_by_day: 1 inside, 0 outside, NaN where nothing is known; shape (days, points).
        level: share of intervals that shall hold the true coverage.
    """
    sums, counts = _daily((inside_by_day,))
    days = int((counts[:, 0] > 0).sum())
    if not days:
        raise MissingData("coverage: no day with a known outcome")
    return wilson_interval(float(sums.sum() / counts.sum()), days, level=level)


def win_rate(losses_by_day: ArrayLike, baseline_by_day: ArrayLike) -> float:
    """Share of days on which the mean loss is below the baseline's; equal days count half."""
    losses, baseline = _paired(losses_by_day, baseline_by_day)
    (sums, counts), (others, _) = _daily((losses,)), _daily((baseline,))
    known = counts[:, 0] > 0
    if not known.any():
        raise MissingData("win rate: no day with a loss of both forecasts")
    difference = (others - sums)[known, 0]
    return float((difference > 0).mean() + (difference == 0).mean() / 2)


def _first(means: NDArray[np.float64]) -> NDArray[np.float64]:
    """The mean itself."""
    return means[:, 0]


def _skill(means: NDArray[np.float64]) -> NDArray[np.float64]:
    """1 − one mean ÷ the other."""
    return np.asarray(1 - means[:, 0] / means[:, 1])


def _paired(losses: ArrayLike, baseline: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Both with NaN wherever one of them has it: only what both forecast is compared."""
    one, other = np.asarray(losses, dtype=np.float64), np.asarray(baseline, dtype=np.float64)
    if one.shape != other.shape:
        raise InputError.one(
            "comparison of two forecasts",
            found=f"losses of shape {one.shape} and {other.shape}",
            expected="the same origins and periods",
            remedy="test both on the same period of the same task",
        )
    missing = np.isnan(one) | np.isnan(other)
    return np.where(missing, np.nan, one), np.where(missing, np.nan, other)


def _daily(values_by_day: tuple[ArrayLike, ...]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Sums and counts of each quantity's known points by day; shape (days, quantities)."""
    tables = [np.asarray(values, dtype=np.float64) for values in values_by_day]
    tables = [table[:, None] if table.ndim == 1 else table.reshape(len(table), -1) for table in tables]
    sums = np.stack([np.nansum(table, axis=1) for table in tables], axis=1)
    counts = np.stack([(~np.isnan(table)).sum(axis=1) for table in tables], axis=1).astype(np.float64)
    if not counts.sum(axis=0).all():
        raise MissingData("interval: a quantity without a single known value")
    return sums, counts


def _drawn_days(days: int, *, block_days: int, draws: int, seed: int) -> NDArray[np.int64]:
    """Days in blocks, each block's first day drawn at random, the last day followed by the first; (draws, days)."""
    if block_days < 1 or days < BLOCKS_MIN * block_days:
        raise InputError.one(
            "block bootstrap",
            found=f"{days} days in blocks of {block_days}",
            expected=f"at least {BLOCKS_MIN} blocks",
            remedy="test a longer period, or take shorter blocks",
        )
    firsts = np.random.default_rng(seed).integers(0, days, size=(draws, -(-days // block_days)))
    chosen = (firsts[:, :, None] + np.arange(block_days)) % days
    return np.asarray(chosen.reshape(draws, -1)[:, :days], dtype=np.int64)


def _expanded_tail(level: float, *, blocks: float) -> float:
    """Share of draws beyond each end: Student's tail in place of the normal one, and √(blocks ÷ (blocks − 1))."""
    student = -float(stdtrit(blocks - 1, (1 - level) / 2))
    return NormalDist().cdf(-student * (blocks / (blocks - 1)) ** 0.5)


def _long_run_variance(centred: NDArray[np.float64], horizon: int) -> tuple[float, str]:
    """Autocovariances summed up to lag horizon − 1, and the weights that were taken."""
    covariances = np.array([centred[lag:] @ centred[: len(centred) - lag] for lag in range(horizon)]) / len(centred)
    rectangular = covariances[0] + 2 * covariances[1:].sum()
    if rectangular > 0:
        return float(rectangular), "rectangular"
    falling = 1 - np.arange(1, horizon) / horizon
    return float(covariances[0] + 2 * (falling * covariances[1:]).sum()), "bartlett"
