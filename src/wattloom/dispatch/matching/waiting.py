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
