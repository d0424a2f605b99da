"""Where is a forecast good? By lead, by hour of the day, and level by level."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from wattloom.domain.forecasts import MEDIAN
from wattloom.forecast.metrics import pinball_by_point, pit_shares, reliability
from wattloom.forecast.solar.daylight import of_daytime

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.forecast.backtest import Answers
    from wattloom.forecast.feed import Feed

HOURS = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Curves:
    """What single figures hide."""

    by_lead: NDArray[np.float64]
    """Mean pinball loss of each lead, in the target's unit; shape (leads,), NaN where nothing is known."""
    skill_by_lead: NDArray[np.float64]
    """1 − that ÷ the baseline's; shape (leads,), NaN where the baseline errs nowhere."""
    by_hour: NDArray[np.float64]
    """Mean absolute error of the middle by hour of the local day spoken of; shape (24,)."""
    reliability: NDArray[np.float64]
    """Share of outcomes below each level, in daytime; shape (levels,)."""
    pit: NDArray[np.float64]
    """Share of outcomes between neighbouring quantiles, in daytime; shape (levels + 1,)."""


def curves_of(answers: Answers, baseline: Answers, feed: Feed) -> Curves:
    """The curves of a back-test beside the baseline's of the same origins.

    Raises:
        MissingData: nothing of the test came true on record.
    """
    levels, median = answers.task.levels, answers.quantiles[:, :, answers.task.levels.index(MEDIAN)]
    light = of_daytime(answers, feed)
    mine, theirs = (_means(pinball_by_point(one.quantiles, one.outcomes, levels)) for one in (answers, baseline))
    return Curves(
        by_lead=mine,
        skill_by_lead=1 - np.divide(mine, theirs, out=np.full(mine.shape, np.nan), where=theirs > 0),
        by_hour=by_hour(np.abs(median - answers.outcomes), answers.task.starts(answers.origins_s), feed),
        reliability=reliability(light.quantiles, light.outcomes, levels),
        pit=pit_shares(light.quantiles, light.outcomes, levels),
    )


def by_hour(values: NDArray[np.float64], starts_s: NDArray[np.int64], about: Feed) -> NDArray[np.float64]:
    """Means by hour of the local day of the period spoken of; shape (24,), NaN where there is none."""
    local = pd.to_datetime(starts_s.ravel(), unit="s", utc=True).tz_convert(about.zone)
    hour, flat = np.asarray(local.hour), values.ravel()
    known = np.isfinite(flat)
    counts = np.bincount(hour[known], minlength=HOURS).astype(np.float64)
    sums = np.bincount(hour[known], weights=flat[known], minlength=HOURS)
    return np.asarray(np.divide(sums, counts, out=np.full(HOURS, np.nan), where=counts > 0))


def _means(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Means over the first axis of what is known; NaN where nothing is."""
    known = np.isfinite(values)
    counts = known.sum(axis=0)
    sums = np.where(known, values, 0.0).sum(axis=0)
    return np.asarray(np.divide(sums, counts, out=np.full(counts.shape, np.nan), where=counts > 0))
