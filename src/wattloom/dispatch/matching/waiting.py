"""How much waiting work stands before a tick, how much of it may wait no longer, and what does waiting cost?

The envelope of the work says by when how much must be done; what must run now to keep that goes to the class that is
never left (`CLASSES[0]`), the rest to one that may wait. The day's plan sets the price of waiting: it serves work up to
a price of energy, and in a period that is cheaper than that, work is better done now than later.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np

from wattloom.domain.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.domain.workloads import Envelope

SECONDS_PER_HOUR = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Work of one envelope in one tick, IT MW."""

    must_mw: float
    """May wait no longer: `demand_mw` of fixed inference."""
    may_mw: float
    """What else could be done now: `demand_mw` of the envelope's own class."""
    price_cny_per_mwh: float
    """Of leaving it: `unserved_price_cny_per_mwh` of that class."""


def waiting(
    envelope: Envelope,
    *,
    at: datetime,
    seconds: float,
    done_mwh: float,
    planned_mw: NDArray[np.float64],
    worth_cny_per_mwh: NDArray[np.float64],
) -> Waiting:
    """Work before a tick that begins at an instant and lasts so many seconds.

    `envelope` must be `reachable()`, so that what is due counts what machines can do in the time left. `planned_mw` and
    `worth_cny_per_mwh` are the day's plan for it: served power and what a MWh of IT energy costs, by period.
    """
    axis, hours = envelope.axis, seconds / SECONDS_PER_HOUR
    start = (at - axis.start).total_seconds() / SECONDS_PER_HOUR
    if not 0.0 <= start < axis.count * axis.step_hours:
        raise InputError.one(
            "waiting.at",
            found=at.isoformat(),
            expected=f"an instant of the plan, which begins at {axis.start.isoformat()}",
            remedy="plan the day that this tick belongs to",
        )
    period = min(int(start / axis.step_hours), axis.count - 1)
    due, there = (_by(curve, axis.step_hours, start + hours) for curve in (envelope.latest_mwh, envelope.earliest_mwh))
    ceiling = float(envelope.rate_mw_max[period])
    most = min(max((there - done_mwh) / hours, 0.0), ceiling)
    must = min(max((due - done_mwh) / hours, float(envelope.rate_mw_min[period]), 0.0), ceiling)
    price = _price_of_waiting(planned_mw[period:], worth_cny_per_mwh[period:])
    return Waiting(must_mw=must, may_mw=max(most - must, 0.0), price_cny_per_mwh=price)


def _by(curve: NDArray[np.float64], step_hours: float, hours: float) -> float:
    """A cumulative curve some hours after the start; inside a period it rises evenly."""
    ends = step_hours * np.arange(1, curve.size + 1)
    return float(np.interp(hours, np.concatenate([[0.0], ends]), np.concatenate([[0.0], curve])))


def _price_of_waiting(planned_mw: NDArray[np.float64], worth_cny_per_mwh: NDArray[np.float64]) -> float:
    """The dearest energy that the plan still takes for this work; the cheapest there is, where it takes none."""
    taken = planned_mw > 0.0
    price = worth_cny_per_mwh[taken].max() if taken.any() else worth_cny_per_mwh.min()
    return max(float(price), 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class EachWaiting:
    """Single works in one tick, IT MW; shape (work,)."""

    must_mw: NDArray[np.float64]
    may_mw: NDArray[np.float64]
    price_cny_per_mwh: NDArray[np.float64]


def each_waiting(
    *,
    left_mwh: NDArray[np.float64],
    power_mw: NDArray[np.float64],
    tick_hours: float,
    later_hours: NDArray[np.float64],
    worth_cny_per_mwh: NDArray[np.float64],
    spare_hours: float = 0.0,
) -> EachWaiting:
    """What each work must and may do in a tick, and what leaving it costs.

    `later_hours`, shape (work, period), is the time after the tick that the work still has in each period of the plan,
    and `worth_cny_per_mwh`, of the same shape, what a MWh of its IT energy costs there. Work must run once its time is
    `spare_hours` short of running out, so that a tick that gives less than asked is made good.
    """
    most = np.minimum(power_mw, left_mwh / tick_hours)
    safe_mwh = power_mw * np.maximum(later_hours.sum(axis=1) - spare_hours, 0.0)
    must = np.clip((left_mwh - safe_mwh) / tick_hours, 0.0, most)
    order = np.argsort(worth_cny_per_mwh, axis=1, kind="stable")
    there = np.cumsum(np.take_along_axis(later_hours, order, axis=1), axis=1) * power_mw[:, None]
    needed = np.minimum((there < left_mwh[:, None] * (1.0 - ROUNDING)).sum(axis=1), order.shape[1] - 1)
    # Periods outside the window add no time: the last that adds some is the dearest that is needed.
    price = np.take_along_axis(worth_cny_per_mwh, order[np.arange(needed.size), needed][:, None], axis=1)[:, 0]
    return EachWaiting(must_mw=must, may_mw=most - must, price_cny_per_mwh=np.maximum(price, 0.0))


ROUNDING = 1e-9
"""Of the work left."""
