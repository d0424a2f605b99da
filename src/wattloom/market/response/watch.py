"""Is the load before an event what this participant's days are like? Whoever raises it to be paid more stands out.

Two stretches can be raised: the hours before notice, which adjust a baseline, and the event's hours on the like days.
Each is set against hours of the same day that gain nothing by being raised, and that ratio against other days': a load
that is high all day is no rise, one that is high in these hours alone is.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from wattloom.domain.errors import MissingData
from wattloom.market.response.contract import LEAST_DAYS, BaselineTerms

if TYPE_CHECKING:
    from datetime import date

    from numpy.typing import NDArray

    from wattloom.market.response.view import EventView

DEVIATION_MIN = 0.005
"""Least standard deviation of a ratio: a meter's own error (class 0.5), so that no load is watched to the watt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rise:
    """How far a stretch lies above what like days say of it."""

    share: float
    """0.1: a tenth more than the rest of its day and like days tell."""
    deviations: float
    """The same in standard deviations."""
    unusual: bool


def before_notice(view: EventView, terms: BaselineTerms) -> tuple[datetime, int]:
    """Start and periods of the stretch whose last reading was there when notice was given."""
    step = timedelta(minutes=view.meter.axis.step_minutes)
    known = view.notice - timedelta(minutes=view.delay_minutes)
    end = view.meter.axis.start + (known - view.meter.axis.start) // step * step
    periods = max(round(60 * terms.adjustment_hours / view.meter.axis.step_minutes), 1)
    return end - periods * step, periods


def anchor(view: EventView, terms: BaselineTerms) -> tuple[datetime, int]:
    """Start and periods of the stretch before that: `anchor_hours` long."""
    start, _ = before_notice(view, terms)
    periods = max(round(60 * terms.anchor_hours / view.meter.axis.step_minutes), 1)
    return start - periods * timedelta(minutes=view.meter.axis.step_minutes), periods


def rise_before_notice(view: EventView, terms: BaselineTerms) -> Rise:
    """The hours before notice over those before them, against the same of like days."""
    stretch, earlier = before_notice(view, terms), anchor(view, terms)
    days = view.like_days(2 * terms.days_back, gap=terms.days_gap, look_back=terms.look_back_days)
    then = np.array([_ratio(_of(view, stretch, day), _of(view, earlier, day)) for day in days])
    then = then[np.isfinite(then)]
    now = np.array([_ratio(_of(view, stretch, view.day), _of(view, earlier, view.day))])
    return _rise(now, then, view, terms)


def rise_of_like_days(view: EventView, terms: BaselineTerms) -> Rise:
    """The event's hours over the whole day on the latest like days, against the same of those before them."""
    days = view.like_days(3 * terms.days_back, gap=terms.days_gap, look_back=2 * terms.look_back_days)
    ratios = np.array([_ratio(view.window(day), view.whole_day(day)) for day in days])
    return _rise(ratios[: terms.days_back], ratios[terms.days_back :], view, terms)


def _of(view: EventView, stretch: tuple[datetime, int], day: date) -> NDArray[np.float64]:
    """A stretch of the event's day at the same clock times of another."""
    start, periods = stretch
    return view.kw(view.same_clock(day, start), periods)


def _ratio(part: NDArray[np.float64], rest: NDArray[np.float64]) -> float:
    """Mean over mean; NaN where there is nothing to compare with."""
    below = float(rest.mean())
    return float(part.mean()) / below if below > 0 else math.nan


def _rise(now: NDArray[np.float64], then: NDArray[np.float64], view: EventView, terms: BaselineTerms) -> Rise:
    """Mean ratio of some days against others, by the spread that the mean of so many would have."""
    if then.size < LEAST_DAYS or not np.isfinite(then).all():
        raise MissingData(f"meter of {view.meter.source}: {then.size} days to compare {view.day} with")
    spread = max(float(then.std(ddof=1)), DEVIATION_MIN) * math.sqrt(1 / now.size + 1 / then.size)
    deviations = (float(now.mean()) - float(then.mean())) / spread
    return Rise(
        share=float(now.mean() / then.mean()) - 1.0,
        deviations=deviations,
        unusual=deviations > terms.unusual_deviations,
    )
