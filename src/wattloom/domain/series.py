"""What is the value over time, where is it from, and when was it known?

`Series` is one value a period. `Revisions` keeps every version of a value with the instant at which it became
known; a `View` of it shows what was known at an issue time and refuses the rest.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from wattloom.domain.errors import FutureRefused, InputError, MissingData
from wattloom.domain.time import TimeAxis, utc

if TYPE_CHECKING:
    from datetime import datetime

    from numpy.typing import ArrayLike, NDArray


def read_only(values: ArrayLike) -> NDArray[np.float64]:
    """A copy of the values that nobody can change."""
    copy = np.array(values, dtype=np.float64)
    copy.flags.writeable = False
    return copy


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One value for each period of an axis; NaN means missing, never zero."""

    axis: TimeAxis
    values: NDArray[np.float64]
    """Shape (axis.count,), read-only."""
    unit: str
    """Such as MW, CNY/MWh, °C, or 1 for a share."""
    source: str
    """Where it is from, in words a reader can follow."""
    known_at: datetime | None = None
    """Instant at which all of it was known; None for a fact of the past or an assumption."""

    def __post_init__(self) -> None:
        """Keep a read-only copy; refuse another length than the axis'."""
        object.__setattr__(self, "values", read_only(self.values))
        if self.values.shape != (self.axis.count,):
            raise InputError.one(
                f"series from {self.source}",
                found=f"{self.values.shape} values",
                expected=f"{self.axis.count} values",
                remedy="bring it onto the axis first",
            )
        if self.known_at is not None:
            object.__setattr__(self, "known_at", utc(self.known_at))

    def complete(self) -> Series:
        """This series, or an error that says where it has gaps."""
        missing = np.flatnonzero(np.isnan(self.values))
        if missing.size:
            first = self.axis.instants()[missing[0]].isoformat()
            raise MissingData(
                f"{self.source}: {missing.size} of {self.axis.count} values are missing, first at {first}"
            )
        return self

    def scaled(self, factor: float, unit: str) -> Series:
        """The series times a factor, in its new unit."""
        return replace(self, values=self.values * factor, unit=unit)

    def coarser(self, factor: int) -> Series:
        """Means over periods `factor` times as long."""
        return replace(self, axis=self.axis.coarser(factor), values=self.values.reshape(-1, factor).mean(axis=1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Revisions:
    """Every version of a value: what, about when, known when.

    Example:
        >>> from datetime import UTC, datetime
        >>> prices = Revisions(about=[datetime(2026, 3, 2, tzinfo=UTC)] * 2,
        ...                    known_at=[datetime(2026, 3, 1, 10, tzinfo=UTC), datetime(2026, 3, 9, tzinfo=UTC)],
        ...                    values=[310.0, 305.5], unit="CNY/MWh", source="day-ahead market")
        >>> prices.known_by(datetime(2026, 3, 1, 12, tzinfo=UTC)).at(datetime(2026, 3, 2, tzinfo=UTC))
        310.0
    """

    about: pd.DatetimeIndex
    """Start of the period that each row speaks of."""
    known_at: pd.DatetimeIndex
    """Instant at which each row became known."""
    values: NDArray[np.float64]
    unit: str
    source: str

    def __post_init__(self) -> None:
        """Sort by period and knowledge; refuse naive times, unequal lengths and rows without a known time."""
        about, known_at = _instants(self.about, "about"), _instants(self.known_at, "known_at")
        values = np.array(self.values, dtype=np.float64)
        if not len(about) == len(known_at) == len(values):
            raise InputError.one(
                f"revisions from {self.source}",
                found=f"{len(about)}, {len(known_at)} and {len(values)} rows",
                expected="as many known times and values as periods",
                remedy="give all three for every row",
            )
        order = np.lexsort((known_at.asi8, about.asi8))
        object.__setattr__(self, "about", about[order])
        object.__setattr__(self, "known_at", known_at[order])
        object.__setattr__(self, "values", read_only(values[order]))

    def known_by(self, issued_at: datetime) -> View:
        """What could be known at `issued_at`: the newest version of each value up to then."""
        return View(revisions=self, issued_at=utc(issued_at))


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """Values as known at an issue time; access past what was known raises `FutureRefused`."""

    revisions: Revisions
    issued_at: datetime
    _latest: pd.Series = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Pick the newest known version of each period."""
        known = np.asarray(self.revisions.known_at <= pd.Timestamp(self.issued_at))
        frame = pd.Series(self.revisions.values[known], index=self.revisions.about[known])
        object.__setattr__(self, "_latest", frame[~frame.index.duplicated(keep="last")])

    def at(self, instant: datetime) -> float:
        """The value of the period that starts at `instant`, as it was known."""
        moment = pd.Timestamp(utc(instant))
        if moment not in self._latest.index:
            raise self._refusal(moment)
        return float(self._latest.loc[moment])

    def on(self, axis: TimeAxis) -> Series:
        """The values on an axis; every period must have been known."""
        wanted = axis.instants()
        absent = wanted.difference(self._latest.index)
        if len(absent):
            raise self._refusal(absent[0])
        return Series(
            axis=axis,
            values=self._latest.reindex(wanted).to_numpy(),
            unit=self.revisions.unit,
            source=self.revisions.source,
            known_at=self.issued_at,
        )

    def _refusal(self, moment: pd.Timestamp) -> FutureRefused | MissingData:
        """Say whether the value comes later or never."""
        later = self.revisions.known_at[self.revisions.about == moment]
        name = f"{self.revisions.source}: value of {moment.isoformat()}"
        if len(later):
            return FutureRefused(
                f"{name} was known from {later.min().isoformat()}, asked at {self.issued_at.isoformat()}"
            )
        return MissingData(f"{name} is in no version")


def _instants(values: object, name: str) -> pd.DatetimeIndex:
    """An index in UTC; naive times are refused."""
    index = pd.DatetimeIndex(values)
    if index.tz is None:
        raise InputError.one(
            f"revisions.{name}",
            found="times without a zone",
            expected="times in UTC",
            remedy="name the zone at the door",
        )
    return index.tz_convert("UTC")
