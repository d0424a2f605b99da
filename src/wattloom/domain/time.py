"""When? Instants are UTC, intervals are [start, end), power is the mean over its interval."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np

from wattloom.domain.errors import InputError

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

HOURS_PER_YEAR = 8760
MONTHS_PER_YEAR = 12


def utc(instant: datetime) -> datetime:
    """The same instant in UTC; a time without a zone is refused.

    Example:
        >>> utc(datetime(2026, 1, 1, 8, tzinfo=ZoneInfo("Asia/Shanghai"))).isoformat()
        '2026-01-01T00:00:00+00:00'
    """
    if instant.tzinfo is None:
        raise InputError.one(
            "time", found=instant.isoformat(), expected="a time with its zone", remedy="name the zone, such as +08:00"
        )
    return instant.astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Interval:
    """A stretch of time [start, end), both instants in UTC."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        """Convert to UTC; refuse naive times and an end that is not after the start."""
        object.__setattr__(self, "start", utc(self.start))
        object.__setattr__(self, "end", utc(self.end))
        if self.end <= self.start:
            raise InputError.one(
                "interval",
                found=f"{self.start.isoformat()} to {self.end.isoformat()}",
                expected="an end after the start",
                remedy="swap or correct the two",
            )

    @property
    def hours(self) -> float:
        """Length in hours."""
        return (self.end - self.start) / timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class TimeAxis:
    """Equal periods one after the other: period i is [start + i·step, start + (i+1)·step).

    Example:
        >>> axis = TimeAxis.of_year(2025, ZoneInfo("Asia/Shanghai"))
        >>> axis.count, axis.start.isoformat()
        (8760, '2024-12-31T16:00:00+00:00')
    """

    start: datetime
    step_minutes: int
    count: int

    def __post_init__(self) -> None:
        """Convert the start to UTC; refuse an empty axis."""
        object.__setattr__(self, "start", utc(self.start))
        if self.step_minutes <= 0 or self.count <= 0:
            raise InputError.one(
                "time axis",
                found=f"{self.count} periods of {self.step_minutes} minutes",
                expected="at least one period of at least one minute",
                remedy="give both as positive whole numbers",
            )

    @classmethod
    def of_year(cls, year: int, zone: ZoneInfo, *, step_minutes: int = 60) -> TimeAxis:
        """The calendar year `year` of a zone, leap day included where it has one."""
        start = datetime(year, 1, 1, tzinfo=zone)
        end = datetime(year + 1, 1, 1, tzinfo=zone)
        return cls(start, step_minutes, int((utc(end) - utc(start)) / timedelta(minutes=step_minutes)))

    @property
    def step_hours(self) -> float:
        """Length of a period in hours."""
        return self.step_minutes / 60

    @property
    def end(self) -> datetime:
        """First instant after the last period."""
        return self.start + self.count * timedelta(minutes=self.step_minutes)

    @property
    def hours(self) -> float:
        """Length of the whole axis in hours."""
        return self.count * self.step_hours

    def instants(self) -> pd.DatetimeIndex:
        """Starts of the periods, in UTC."""
        import pandas as pd  # noqa: PLC0415 - heavy, and most commands do without

        return pd.date_range(self.start, periods=self.count, freq=f"{self.step_minutes}min", tz="UTC")

    def local(self, zone: ZoneInfo) -> pd.DatetimeIndex:
        """Starts of the periods on the clocks of `zone`."""
        return self.instants().tz_convert(zone)

    def months(self, zone: ZoneInfo) -> NDArray[np.int64]:
        """Calendar month (1 to 12) of each period on the clocks of `zone`."""
        return np.asarray(self.local(zone).month, dtype=np.int64)

    def days(self, zone: ZoneInfo) -> NDArray[np.int64]:
        """Number of the local day that each period starts in, from 0."""
        dates = self.local(zone).tz_localize(None).normalize()
        return np.asarray((dates - dates[0]).days, dtype=np.int64)

    def coarser(self, factor: int) -> TimeAxis:
        """The same stretch in periods `factor` times as long; refused where they do not fit."""
        if self.count % factor:
            raise InputError.one(
                "time axis",
                found=f"{self.count} periods",
                expected=f"a multiple of {factor}",
                remedy="choose a step that divides the year",
            )
        return TimeAxis(self.start, self.step_minutes * factor, self.count // factor)
