"""What could a forecaster know at each issue time? Reaching further raises.

A `Sight` looks at many origins at once, so that a year of forecasts is a few array operations; every single value is
checked against the origin that asks for it. A `Training` is a sight of past origins together with their outcomes, all
of which were known at its cut-off.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np

from wattloom.domain.errors import FutureRefused
from wattloom.forecast.feed import NEVER, Channel, Feed
from wattloom.forecast.task import DAY_MINUTES, Task

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Sight:
    """A feed as seen from origins; the feed itself stays out of a model's reach by convention and by test."""

    _feed: Feed
    task: Task
    origins_s: NDArray[np.int64]
    """Seconds since 1970 UTC; shape (origins,)."""

    @property
    def about(self) -> Feed:
        """The feed's unchanging facts (name, kind, zone, capacity, limits, place): a feed without values."""
        blank = Channel(unit=self._feed.target.unit, source=self._feed.target.source, values=_nothing(self._feed),
                        known_s=np.full((1, self._feed.axis.count), NEVER))  # fmt: skip
        return Feed(
            name=self._feed.name,
            kind=self._feed.kind,
            axis=self._feed.axis,
            zone=self._feed.zone,
            target=blank,
            capacity=self._feed.capacity,
            lowest=self._feed.lowest,
            highest=self._feed.highest,
            place=self._feed.place,
        )

    @property
    def names(self) -> tuple[str, ...]:
        """Channels there are, beside the target."""
        return tuple(self._feed.channels)

    @property
    def oracles(self) -> tuple[str, ...]:
        """Channels that show what happened later."""
        return tuple(name for name, channel in self._feed.channels.items() if channel.oracle)

    @property
    def starts_s(self) -> NDArray[np.int64]:
        """Starts of the periods forecast; shape (origins, leads)."""
        return self.task.starts(self.origins_s)

    def at(self, name: str, starts_s: NDArray[np.int64]) -> NDArray[np.float64]:
        """Values of a channel at periods of each origin's own; shape of `starts_s`, (origins, any).

        NaN where the record has nothing, or lies outside its axis.

        Raises:
            FutureRefused: a value exists that was not yet known at the origin that asks for it.
        """
        channel = self._feed.channel(name)
        places, inside = self._places(starts_s)
        origins = self.origins_s[:, None]
        values = np.full(starts_s.shape, np.nan)
        newest = np.full(starts_s.shape, np.iinfo(np.int64).min)
        seen = ~inside
        for version, known in zip(channel.values, channel.known_s, strict=True):
            known_here = known[places]
            usable = inside & (known_here <= origins) & (known_here >= newest)
            values = np.where(usable, version[places], values)
            newest = np.where(usable, known_here, newest)
            seen |= usable
        if not seen.all():
            self._refuse(name, starts_s, channel, seen)
        return values

    def ahead(self, name: str) -> NDArray[np.float64]:
        """A channel at the periods forecast: weather forecasts, published plans; shape (origins, leads)."""
        return self.at(name, self.starts_s)

    def lagged(self, name: str, steps: int) -> NDArray[np.float64]:
        """A channel so many steps before each period forecast; shape (origins, leads)."""
        return self.at(name, self.starts_s - steps * self.task.step_s)

    def newest_s(self, name: str = "target") -> NDArray[np.int64]:
        """Start of the last period up to which all was known at each origin; before the axis where nothing was."""
        channel = self._feed.channel(name)
        all_known = np.maximum.accumulate(channel.known_s.min(axis=0))
        known = np.searchsorted(all_known, self.origins_s, side="right") - 1
        first = int(self._feed.axis.start.timestamp())
        return np.asarray(first + known * self._feed.axis.step_minutes * 60, dtype=np.int64)

    def past(self, name: str, count: int) -> NDArray[np.float64]:
        """The `count` newest periods known at each origin, in order; shape (origins, count)."""
        back = np.arange(1 - count, 1, dtype=np.int64) * self.task.step_s
        return self.at(name, self.newest_s(name)[:, None] + back[None, :])

    def season_steps(self, name: str = "target", *, minutes: int = DAY_MINUTES) -> int:
        """Steps of the shortest whole number of seasons after which every period forecast is known at its origin."""
        season = minutes // self.task.step_minutes
        if not self.origins_s.size:
            return season
        gap_s = int((self.starts_s[:, -1] - self.newest_s(name)).max())
        return season * max(1, -(-gap_s // (season * self.task.step_s)))

    def only(self, chosen: NDArray[np.bool_]) -> Sight:
        """The same sight from some of the origins."""
        return Sight(self._feed, self.task, self.origins_s[chosen])

    def earlier(self, origins_s: NDArray[np.int64]) -> Sight:
        """The same feed from other origins, none later than its own last: each sees only what was known then."""
        if origins_s.size and origins_s.max() > self.origins_s.max():
            raise FutureRefused(f"{self._feed.name}: seen from {_told(int(origins_s.max()))}, after its last origin")
        return Sight(self._feed, self.task, origins_s)

    def _places(self, starts_s: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Positions on the axis, and which lie on it."""
        axis = self._feed.axis
        step_s = axis.step_minutes * 60
        places = (starts_s - int(axis.start.timestamp())) // step_s
        inside = (places >= 0) & (places < axis.count)
        return np.where(inside, places, 0), inside

    def _refuse(self, name: str, starts_s: NDArray[np.int64], channel: Channel, seen: NDArray[np.bool_]) -> None:
        """Say which value was asked for too early."""
        row, column = np.argwhere(~seen)[0]
        places, _ = self._places(starts_s)
        known = int(channel.known_s[:, places[row, column]].min())
        moment = _told(int(starts_s[row, column]))
        when = "is never known" if known == NEVER else f"is known from {_told(known)}"
        raise FutureRefused(f"{self._feed.name}: {name} of {moment} {when}, asked at {_told(int(self.origins_s[row]))}")


@dataclass(frozen=True, slots=True)
class Training:
    """Past origins with their outcomes, all known by a cut-off: what a model may learn from."""

    sight: Sight
    outcomes: NDArray[np.float64]
    """Shape (origins, leads); NaN where the record has a gap."""
    known_by: datetime

    @classmethod
    def until(
        cls,
        feed: Feed,
        task: Task,
        known_by: datetime,
        *,
        start: datetime | None = None,
        every_minutes: int | None = None,
    ) -> Training:
        """Every origin from `start` on whose last outcome was known at `known_by`; on another clock by choice."""
        cutoff_s = int(known_by.timestamp())
        clock = task if every_minutes is None else replace(task, every_minutes=every_minutes)
        origins = clock.origins(start or feed.axis.start, known_by, feed.zone)
        origins = origins[known_of(feed, task, origins).max(axis=1, initial=np.iinfo(np.int64).min) <= cutoff_s]
        return cls(Sight(feed, task, origins), outcomes_of(feed, task, origins), known_by)

    def hindsight(self) -> Sight:
        """All that was known at the cut-off, seen from one origin there: a record to learn from, weather included."""
        origin = np.array([int(self.known_by.timestamp())])
        return Sight(self.sight._feed, self.sight.task, origin)  # noqa: SLF001 - one module


def outcomes_of(feed: Feed, task: Task, origins_s: NDArray[np.int64]) -> NDArray[np.float64]:
    """What happened, for judging; shape (origins, leads), NaN where the record has nothing. Never for models."""
    places, inside = Sight(feed, task, origins_s)._places(task.starts(origins_s))  # noqa: SLF001 - one module
    return np.where(inside, feed.target.values[-1][places], np.nan)


def known_of(feed: Feed, task: Task, origins_s: NDArray[np.int64]) -> NDArray[np.int64]:
    """When each outcome became known; outside the axis: never."""
    places, inside = Sight(feed, task, origins_s)._places(task.starts(origins_s))  # noqa: SLF001 - one module
    return np.where(inside, feed.target.known_s[-1][places], NEVER)


def _nothing(feed: Feed) -> NDArray[np.float64]:
    """No value for any period."""
    return np.full((1, feed.axis.count), np.nan)


def _told(second: int) -> str:
    """An instant for a message."""
    return datetime.fromtimestamp(second, UTC).isoformat()
