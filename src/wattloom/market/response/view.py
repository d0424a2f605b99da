"""What may a baseline look at? The meter up to the notice, other days' likeness, weather, plans logged before it.

Whoever is told of an event can change what the meter says from then on. So a baseline never holds the meter: it holds
an `EventView`, which refuses every period that was not over, and its reading not yet there, when notice was given.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from wattloom.domain.errors import FutureRefused, InputError, MissingData
from wattloom.domain.series import Series
from wattloom.domain.time import Interval, TimeAxis, utc

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from numpy.typing import NDArray

    from wattloom.market.response.plans import LoggedPlan

KW = "kW"
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class EventView:
    """An event as it could be seen when notice was given."""

    meter: Series
    """Drawn, in kW; NaN where there is no reading. What lies behind the notice is there to be refused."""
    zone: ZoneInfo
    event: Interval
    notice: datetime
    """When the participant was told, or could have known."""
    is_rest_day: Callable[[date], bool]
    """Which days are off, such as `HolidayCalendar.is_rest_day`."""
    event_days: frozenset[date] = frozenset()
    """Days with an event, this or another, the participant's own outages among them: never like days."""
    delay_minutes: int = 0
    """From the end of a period until its reading is there."""
    temperature: Series | None = None
    """Of a station that is not the participant's, °C; it may reach over the event."""
    plan: LoggedPlan | None = None
    """The scheduler's plan for the event."""
    record: tuple[LoggedPlan, ...] = field(default=(), repr=False)
    """Its plans for earlier days: how true they were."""

    def __post_init__(self) -> None:
        """Refuse an event that does not lie on the meter's periods, and a notice after it began."""
        object.__setattr__(self, "notice", utc(self.notice))
        axis, step = self.meter.axis, timedelta(minutes=self.meter.axis.step_minutes)
        fits = (self.event.start - axis.start) % step == timedelta(0) == (self.event.end - self.event.start) % step
        if self.meter.unit != KW or not fits or self.notice > self.event.start:
            event = f"{self.event.start.isoformat()} to {self.event.end.isoformat()}"
            raise InputError.one(
                "response, event",
                found=f"{event}, notice {self.notice.isoformat()}, meter in {self.meter.unit} every {step}",
                expected="an event on whole periods of a meter in kW, and a notice not after it begins",
                remedy="bring the meter onto its periods, or correct the times",
            )

    @property
    def day(self) -> date:
        """The local day on which the event begins."""
        return self.event.start.astimezone(self.zone).date()

    @property
    def periods(self) -> int:
        """Of the event."""
        return round(self.event.hours * 60 / self.meter.axis.step_minutes)

    @property
    def axis(self) -> TimeAxis:
        """The event's own periods."""
        return TimeAxis(self.event.start, self.meter.axis.step_minutes, self.periods)

    def kw(self, start: datetime, periods: int) -> NDArray[np.float64]:
        """Readings from an instant on, shape (periods,); NaN outside the record.

        Raises:
            FutureRefused: one of them was not there when notice was given.
        """
        step = timedelta(minutes=self.meter.axis.step_minutes)
        known_from = utc(start) + periods * step + timedelta(minutes=self.delay_minutes)
        if known_from > self.notice:
            raise FutureRefused(
                f"meter of {self.meter.source}: readings to {(utc(start) + periods * step).isoformat()} are known from "
                f"{known_from.isoformat()}, notice was given at {self.notice.isoformat()}"
            )
        return _cut(self.meter, start, periods)

    def of_weather(self, start: datetime, periods: int) -> NDArray[np.float64]:
        """Temperature from an instant on, shape (periods,)."""
        if self.temperature is None:
            raise MissingData(f"{self.meter.source}: no temperature is given; choose a baseline that needs none")
        axis, step = self.temperature.axis, timedelta(minutes=self.meter.axis.step_minutes)
        passed = [(utc(start) + number * step - axis.start) for number in range(periods)]
        places = np.array([one // timedelta(minutes=axis.step_minutes) for one in passed])
        inside = (places >= 0) & (places < axis.count)
        return np.where(inside, self.temperature.values[np.where(inside, places, 0)], np.nan)

    def same_clock(self, day: date, instant: datetime | None = None) -> datetime:
        """When the clocks of another day show what they show at an instant of the event's; at its start if not told."""
        local = (instant or self.event.start).astimezone(self.zone)
        moved = day + (local.date() - self.day)
        return utc(datetime.combine(moved, local.time(), tzinfo=self.zone))

    def like_days(self, count: int, *, gap: int, look_back: int) -> tuple[date, ...]:
        """The latest days of the event day's kind, newest first: no event days, all of the day read before notice.

        Args:
            count: at most so many.
            gap: days between the newest and the event, 1 for the day before.
            look_back: days that may be looked back.
        """
        rest, found = self.is_rest_day(self.day), list[date]()
        for back in range(gap, look_back + 1):
            day = self.day - back * DAY
            if len(found) == count:
                break
            if day not in self.event_days and self.is_rest_day(day) == rest and self._is_read(day):
                found.append(day)
        return tuple(found)

    def window(self, day: date) -> NDArray[np.float64]:
        """What was drawn at the event's clock times on another day, shape (periods,)."""
        return self.kw(self.same_clock(day), self.periods)

    def whole_day(self, day: date) -> NDArray[np.float64]:
        """What was drawn on a local day; 23 or 25 hours where clocks are put forward or back."""
        start, end = (utc(datetime.combine(one, datetime.min.time(), tzinfo=self.zone)) for one in (day, day + DAY))
        return self.kw(start, int((end - start) / timedelta(minutes=self.meter.axis.step_minutes)))

    def _is_read(self, day: date) -> bool:
        """Whether all of a day, and of the event's clock times on it, was read when notice was given."""
        try:
            return bool(np.isfinite(self.whole_day(day)).all() and np.isfinite(self.window(day)).all())
        except FutureRefused:
            return False


def _cut(series: Series, start: datetime, periods: int) -> NDArray[np.float64]:
    """Values from an instant on; NaN outside the axis."""
    first = round((utc(start) - series.axis.start) / timedelta(minutes=series.axis.step_minutes))
    found = np.full(periods, np.nan)
    low, high = max(first, 0), min(first + periods, series.axis.count)
    if high > low:
        found[low - first : high - first] = series.values[low:high]
    return found
