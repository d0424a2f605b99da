"""What is on record about one station, and when did each value become known?

A `Feed` is one target (a station's power, an area's load, a market's price, a queue's arrivals) with the channels that
may explain it. Each value of each channel has the instant at which it became known. Models never see a feed: they see
a `Sight` of it (sight.py), which refuses what was not known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np

from wattloom.domain.errors import InputError
from wattloom.domain.forecasts import TargetKind
from wattloom.domain.time import TimeAxis
from wattloom.domain.weather import Place

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

ALWAYS = np.iinfo(np.int64).min
"""Known since ever: the calendar, the sun's path, what was designed."""
NEVER = np.iinfo(np.int64).max
"""Not known at any time."""
SECONDS_PER_MINUTE = 60


def starts_of(axis: TimeAxis) -> NDArray[np.int64]:
    """Starts of an axis' periods, seconds since 1970 UTC; shape (axis.count,)."""
    first = int(axis.start.timestamp())
    return first + np.arange(axis.count, dtype=np.int64) * axis.step_minutes * SECONDS_PER_MINUTE


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """One quantity over the feed's axis, in one or more versions; NaN is missing, never zero."""

    unit: str
    source: str
    values: NDArray[np.float64]
    """Shape (versions, axis.count), read-only."""
    known_s: NDArray[np.int64]
    """Same shape: seconds since 1970 UTC at which each value became known; the newest version known is the one seen."""
    oracle: bool = False
    """Whether it is what happened later, passed off as known before: allowed for bounds only, and every score made
    with it says so."""

    def __post_init__(self) -> None:
        """Keep read-only copies of equal shape."""
        values = np.atleast_2d(np.array(self.values, dtype=np.float64))
        known = np.array(np.broadcast_to(np.atleast_2d(np.asarray(self.known_s, dtype=np.int64)), values.shape))
        values.flags.writeable = known.flags.writeable = False
        object.__setattr__(self, "values", values)
        object.__setattr__(self, "known_s", known)

    @classmethod
    def measured(cls, axis: TimeAxis, values: ArrayLike, *, unit: str, source: str, delay_minutes: int = 0) -> Channel:
        """What meters tell: known when its period has ended and the delay has passed."""
        ends = starts_of(axis) + (axis.step_minutes + delay_minutes) * SECONDS_PER_MINUTE
        return cls(unit=unit, source=source, values=np.asarray(values), known_s=ends)

    @classmethod
    def issued(cls, values: ArrayLike, known_s: ArrayLike, *, unit: str, source: str) -> Channel:
        """What somebody forecast or published: known when it was issued, value by value; versions are rows."""
        return cls(unit=unit, source=source, values=np.asarray(values), known_s=np.asarray(known_s, dtype=np.int64))

    @classmethod
    def always(cls, values: ArrayLike, *, unit: str, source: str) -> Channel:
        """What follows from the calendar or the sun's path."""
        shape = np.atleast_2d(np.asarray(values)).shape
        return cls(unit=unit, source=source, values=np.asarray(values), known_s=np.full(shape, ALWAYS))

    @classmethod
    def of_oracle(cls, values: ArrayLike, *, unit: str, source: str) -> Channel:
        """What happened, shown before it happened: an upper bound of skill, marked as such."""
        shape = np.atleast_2d(np.asarray(values)).shape
        return cls(unit=unit, source=source, values=np.asarray(values), known_s=np.full(shape, ALWAYS), oracle=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """One target and what may explain it, all on one axis."""

    name: str
    kind: TargetKind
    axis: TimeAxis
    zone: ZoneInfo
    """Clock of its days and seasons."""
    target: Channel
    channels: Mapping[str, Channel] = field(default_factory=dict)
    """By name, such as nwp_ghi_w_per_m2; models say which they need."""
    capacity: float | None = None
    """Start-up capacity in the target's unit; None where the word has no meaning, as for prices."""
    lowest: float = -np.inf
    highest: float = np.inf
    """What the target can be, in its unit."""
    place: Place | None = None
    """Where a station stands."""

    def __post_init__(self) -> None:
        """Refuse channels of another length than the axis'."""
        for name, channel in self.all_channels().items():
            if channel.values.shape[1] != self.axis.count:
                raise InputError.one(
                    f"feed {self.name}, {name}",
                    found=f"{channel.values.shape[1]} values",
                    expected=f"{self.axis.count} values",
                    remedy="bring it onto the feed's axis first",
                )

    def all_channels(self) -> dict[str, Channel]:
        """The target, under that name, and the others."""
        return {"target": self.target, **self.channels}

    def channel(self, name: str) -> Channel:
        """A channel by name; "target" is the target."""
        known = self.all_channels()
        if name not in known:
            raise InputError.one(
                f"feed {self.name}",
                found=f"no channel {name}",
                expected=f"one of {', '.join(known)}",
                remedy="name the column in the forecast file, or take a model that does without it",
            )
        return known[name]
