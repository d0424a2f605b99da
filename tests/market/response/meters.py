"""Meters of few numbers, for tests: every working day draws the same unless told otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from wattloom.domain.series import Series
from wattloom.domain.time import Interval, TimeAxis
from wattloom.market.response.view import EventView

FIRST = date(2026, 6, 1)
"""A Monday."""
EVENT = date(2026, 7, 15)
"""A Wednesday, 44 days later."""
PER_DAY = 24


def at(day: date, hour: int) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


def is_weekend(day: date) -> bool:
    return day.weekday() >= 5


def meter(changes: Mapping[tuple[date, int], float] | None = None, *, kw: float = 1000.0, days: int = 60) -> Series:
    """Hours of a constant load, with changes by day and hour; hour −1 changes the whole day."""
    values = np.full(days * PER_DAY, kw)
    for (day, hour), changed in (changes or {}).items():
        first = (day - FIRST).days * PER_DAY
        values[slice(first, first + PER_DAY) if hour < 0 else first + hour] = changed
    axis = TimeAxis(at(FIRST, 0), 60, values.size)
    return Series(axis=axis, values=values, unit="kW", source="a test's meter")


def view(load: Series | None = None, *, notice: datetime | None = None, **more: Any) -> EventView:
    """An event from 14 to 16 o'clock with notice at noon."""
    return EventView(
        meter=meter() if load is None else load,
        zone=ZoneInfo("UTC"),
        event=Interval(at(EVENT, 14), at(EVENT, 16)),
        notice=at(EVENT, 12) if notice is None else notice,
        is_rest_day=is_weekend,
        **more,
    )


def days_before(count: int) -> list[date]:
    """The latest working days before the event, newest first."""
    every = (EVENT - timedelta(days=back) for back in range(1, 60))
    return [day for day in every if not is_weekend(day)][:count]
