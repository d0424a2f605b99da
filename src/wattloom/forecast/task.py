"""When is a forecast issued, and of which periods does it speak?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from wattloom.domain.errors import InputError
from wattloom.domain.forecasts import LEVELS
from wattloom.domain.time import utc
from wattloom.forecast.feed import SECONDS_PER_MINUTE

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from numpy.typing import NDArray

DAY_MINUTES = 24 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """The geometry of a forecast; an origin is an instant at which one is issued.

    Lead i of an origin is the period that starts (first_lead + i) steps after it.

    Example:
        >>> Task.day_ahead(step_minutes=15, issue_minute=9 * 60).first_lead  # 09:00, for the whole next day
        60
    """

    name: str
    step_minutes: int
    leads: int
    """Periods a forecast speaks of."""
    first_lead: int = 0
    """Steps between the origin and the start of the first of them."""
    issue_minute: int = 0
    """Minute of the local day of the (first) origin."""
    every_minutes: int = DAY_MINUTES
    """Between origins; a divisor of a day."""
    levels: tuple[float, ...] = LEVELS

    def __post_init__(self) -> None:
        """Refuse an issue clock that does not meet the periods or the day."""
        whole = self.step_minutes > 0 and self.issue_minute % self.step_minutes == 0
        if not whole or DAY_MINUTES % self.every_minutes or self.every_minutes % self.step_minutes or self.leads < 1:
            raise InputError.one(
                f"forecast task {self.name}",
                found=f"issue minute {self.issue_minute}, every {self.every_minutes} minutes, {self.leads} leads",
                expected=f"whole steps of {self.step_minutes} minutes, a divisor of a day, at least one lead",
                remedy="move the issue time onto the start of a period",
            )

    @classmethod
    def day_ahead(cls, *, step_minutes: int, issue_minute: int = 0, levels: tuple[float, ...] = LEVELS) -> Task:
        """A whole local day: the one that begins at the origin where it is issued at midnight, else the next one."""
        wait = (DAY_MINUTES - issue_minute) % DAY_MINUTES
        return cls(
            name="day_ahead",
            step_minutes=step_minutes,
            leads=DAY_MINUTES // step_minutes,
            first_lead=wait // step_minutes,
            issue_minute=issue_minute,
            levels=levels,
        )

    @classmethod
    def intraday(
        cls, *, step_minutes: int, leads: int, every_minutes: int | None = None, levels: tuple[float, ...] = LEVELS
    ) -> Task:
        """The next periods, again and again."""
        return cls(
            name="intraday",
            step_minutes=step_minutes,
            leads=leads,
            every_minutes=every_minutes or step_minutes,
            levels=levels,
        )

    @property
    def step_s(self) -> int:
        """Seconds of a period."""
        return self.step_minutes * SECONDS_PER_MINUTE

    @property
    def horizon_s(self) -> int:
        """Seconds from an origin to the end of its last period."""
        return (self.first_lead + self.leads) * self.step_s

    def origins(self, start: datetime, end: datetime, zone: ZoneInfo) -> NDArray[np.int64]:
        """Origins in [start, end), seconds since 1970 UTC, on the clock of `zone`."""
        first, last = utc(start), utc(end)
        midnight = pd.Timestamp(first).tz_convert(zone).normalize() - timedelta(days=1)
        days = pd.date_range(
            midnight.tz_localize(None), pd.Timestamp(last).tz_convert(zone).tz_localize(None), freq="D"
        )
        minutes = np.arange(self.issue_minute % self.every_minutes, DAY_MINUTES, self.every_minutes)
        if self.every_minutes == DAY_MINUTES:
            minutes = np.array([self.issue_minute])
        clock = (days.to_numpy()[:, None] + minutes.astype("timedelta64[m]")[None, :]).ravel()
        local = pd.DatetimeIndex(clock).tz_localize(zone, ambiguous="NaT", nonexistent="NaT").dropna()
        seconds = local.tz_convert("UTC").as_unit("s").asi8
        chosen = (seconds >= int(first.timestamp())) & (seconds < int(last.timestamp()))
        return np.asarray(seconds[chosen], dtype=np.int64)

    def starts(self, origins_s: NDArray[np.int64]) -> NDArray[np.int64]:
        """Starts of the periods that each origin speaks of; shape (origins, leads)."""
        leads = self.first_lead + np.arange(self.leads, dtype=np.int64)
        return np.asarray(origins_s)[:, None] + leads[None, :] * self.step_s
