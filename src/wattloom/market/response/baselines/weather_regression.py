"""What do load and temperature of like days say at the event's temperature?

Least squares over the like days of the look-back: a level for each period of the event, and one slope each for degrees
of heating and of cooling. The weather of the event itself may be used: the participant cannot move it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from wattloom.domain.errors import MissingData
from wattloom.domain.text import Text
from wattloom.market.response.choosing import days_of
from wattloom.market.response.contract import Baseline, BaselineTerms, Counted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.market.response.view import EventView

SLOPES = 2
"""Heating and cooling."""


def by_weather(view: EventView, terms: BaselineTerms) -> Counted:
    """Levels by period and two slopes, fitted over all like days of the look-back."""
    days = days_of(view, terms, terms.look_back_days)
    degrees = np.array([_degrees(view.of_weather(view.same_clock(day), view.periods), terms) for day in days])
    drawn = np.array([view.window(day) for day in days])
    now = _degrees(view.of_weather(view.event.start, view.periods), terms)
    read = np.isfinite(degrees).all(axis=(1, 2))
    if not np.isfinite(now).all() or read.sum() <= SLOPES:
        raise MissingData(
            f"temperature for {view.day}: {int(read.sum())} like days with readings, or none for the event"
        )
    kw = _at(now, degrees[read], drawn[read])
    return Counted(kw=kw, days=tuple(day for day, whole in zip(days, read, strict=True) if whole))


def _degrees(celsius: NDArray[np.float64], terms: BaselineTerms) -> NDArray[np.float64]:
    """Degrees of heating and of cooling, shape (periods, 2)."""
    heated, cooled = terms.balance_celsius
    return np.stack([np.maximum(heated - celsius, 0.0), np.maximum(celsius - cooled, 0.0)], axis=1)


def _at(now: NDArray[np.float64], degrees: NDArray[np.float64], drawn: NDArray[np.float64]) -> NDArray[np.float64]:
    """Level of each period, and slopes from what varies within a period over the days; never below zero."""
    centred = (degrees - degrees.mean(axis=0)).reshape(-1, SLOPES)
    slopes, *_ = np.linalg.lstsq(centred, (drawn - drawn.mean(axis=0)).reshape(-1), rcond=1e-9)
    kw = drawn.mean(axis=0) + (now - degrees.mean(axis=0)) @ slopes
    return np.asarray(np.maximum(kw, 0.0), dtype=np.float64)


BASELINE = Baseline(name=Text("regression on temperature", "气温回归"), of=by_weather)
