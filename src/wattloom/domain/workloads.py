"""What work must be done by when, and how may it wait, shrink or move?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Literal

import numpy as np

from wattloom.domain.errors import InputError
from wattloom.domain.series import read_only
from wattloom.domain.text import Text

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from wattloom.domain.time import TimeAxis


class WorkloadKind(StrEnum):
    """What sort of computing it is."""

    FIRM_SERVING = "firm_serving"
    """Answers people now: neither waits nor moves."""
    MOVABLE_SERVING = "movable_serving"
    """Answers people now, from any site inside its latency ring."""
    BATCH = "batch"
    """Many jobs, each with a window to be done in."""
    TRAINING = "training"
    """Few long jobs that may be capped or paused at a cost."""


class FlexibilityClass(StrEnum):
    """How much a facility can regulate."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    RIGID = "rigid"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contribution:
    """Points that one ability of one class of work earns."""

    workload: str
    """Name of the class; empty for the whole facility."""
    ability: Literal["waiting", "capping", "moving", "notice"]
    points: float
    sentence: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Classification:
    """How flexible a facility is, explained: what management by class of task asks for."""

    score: float
    """0 to 100: the sum of the contributions."""
    grade: FlexibilityClass
    contributions: tuple[Contribution, ...]
    stated: Text
    """By whose weights and limits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """All the ways in which some work may be done: between two cumulative curves, below a rate, above a floor.

    Work is told as energy at full power: serving 1 MWh means work that takes 1 MWh when nothing is capped. A schedule
    lies inside when, at the end of every period, what was done so far is between `latest_mwh` and `earliest_mwh`.
    """

    axis: TimeAxis
    earliest_mwh: NDArray[np.float64]
    """Most that can be done by the end of each period: all that has arrived."""
    latest_mwh: NDArray[np.float64]
    """Least that must be done by the end of each period."""
    rate_mw_max: NDArray[np.float64]
    """Most power the work can take in each period."""
    rate_mw_min: NDArray[np.float64]
    """Least power the work must take in each period."""

    def __post_init__(self) -> None:
        """Keep read-only copies; refuse curves that cross."""
        for name in ("earliest_mwh", "latest_mwh", "rate_mw_max", "rate_mw_min"):
            object.__setattr__(self, name, read_only(getattr(self, name)))
        worst = float(np.max(self.latest_mwh - self.earliest_mwh))
        if worst > TOLERANCE_MWH * max(1.0, float(self.earliest_mwh[-1])):
            raise InputError.one(
                "envelope",
                found=f"work due {worst:g} MWh before it arrives",
                expected="a latest curve at or below the earliest",
                remedy="widen the window",
            )

    @classmethod
    def of_waiting_work(
        cls,
        axis: TimeAxis,
        *,
        arriving_mw: ArrayLike,
        window_hours: float,
        rate_mw_max: ArrayLike,
        rate_mw_min: ArrayLike = 0.0,
        day: NDArray[np.int64] | None = None,
    ) -> Envelope:
        """The envelope of work that arrives and may wait `window_hours`; with `day`, never past the end of its day.

        The window is kept in whole periods, rounded down, so that no work waits longer whatever happens inside a
        period. Nothing waits before the first period and nothing is left after the last.

        Example:
            >>> from datetime import UTC, datetime
            >>> from wattloom.domain.time import TimeAxis
            >>> axis = TimeAxis(datetime(2026, 1, 1, tzinfo=UTC), 60, 4)
            >>> Envelope.of_waiting_work(axis, arriving_mw=10.0, window_hours=2.0, rate_mw_max=30.0).latest_mwh
            array([ 0.,  0., 10., 40.])
        """
        full = (axis.count,)
        earliest = np.cumsum(np.broadcast_to(np.asarray(arriving_mw, dtype=np.float64), full)) * axis.step_hours
        waits = int(window_hours / axis.step_hours + WHOLE_PERIOD)
        latest = np.concatenate([np.zeros(min(waits, axis.count)), earliest[: max(axis.count - waits, 0)]])
        if day is not None:
            ends = np.append(day[1:] != day[:-1], True)
            latest = np.maximum(latest, np.maximum.accumulate(np.where(ends, earliest, 0.0)))
        latest[-1] = earliest[-1]
        return cls(
            axis=axis,
            earliest_mwh=earliest,
            latest_mwh=latest,
            rate_mw_max=np.broadcast_to(np.asarray(rate_mw_max, dtype=np.float64), full),
            rate_mw_min=np.broadcast_to(np.asarray(rate_mw_min, dtype=np.float64), full),
        )

    @classmethod
    def together(cls, envelopes: Iterable[Envelope], *, rate_mw_max: ArrayLike = np.inf) -> Envelope:
        """Several works as one, below a common ceiling: what holds for their sum, not all that holds for each."""
        parts = tuple(envelopes)
        summed = sum(part.rate_mw_max for part in parts)
        return cls(
            axis=parts[0].axis,
            earliest_mwh=np.asarray(sum(part.earliest_mwh for part in parts)),
            latest_mwh=np.asarray(sum(part.latest_mwh for part in parts)),
            rate_mw_max=np.minimum(summed, np.asarray(rate_mw_max, dtype=np.float64)),
            rate_mw_min=np.asarray(sum(part.rate_mw_min for part in parts)),
        )

    @property
    def arriving_mw(self) -> NDArray[np.float64]:
        """Work that arrives in each period, as mean power."""
        arrived = np.diff(self.earliest_mwh, prepend=0.0) / self.axis.step_hours
        return np.asarray(arrived, dtype=np.float64)

    @property
    def backlog_mwh_max(self) -> NDArray[np.float64]:
        """Most work that may wait at the end of each period."""
        return np.asarray(np.maximum(self.earliest_mwh - self.latest_mwh, 0.0), dtype=np.float64)

    def scaled(self, factor: float) -> Envelope:
        """The envelope of `factor` times as much work on as many times the machines."""
        return replace(
            self,
            earliest_mwh=factor * self.earliest_mwh,
            latest_mwh=factor * self.latest_mwh,
            rate_mw_max=factor * self.rate_mw_max,
            rate_mw_min=factor * self.rate_mw_min,
        )

    def reachable(self) -> Envelope:
        """The same schedules between the closest curves; refuses an envelope that no schedule fits into.

        Cumulative work between two instants is at least what the floor does in between and at most what the ceiling
        lets pass, so each limit at one instant limits every other.
        """
        most = np.cumsum(self.rate_mw_max) * self.axis.step_hours
        least = np.cumsum(self.rate_mw_min) * self.axis.step_hours
        earliest = most + np.minimum.accumulate(np.minimum(self.earliest_mwh - most, 0.0))
        earliest = np.minimum(earliest, least + _from_the_end(np.minimum, self.earliest_mwh - least))
        latest = np.maximum(self.latest_mwh, most + _from_the_end(np.maximum, self.latest_mwh - most))
        latest = np.maximum(latest, least + np.maximum.accumulate(np.maximum(self.latest_mwh - least, 0.0)))
        due = np.maximum(self.latest_mwh, least)
        short = due - earliest
        at = int(np.argmax(short))
        if short[at] > TOLERANCE_MWH * max(1.0, float(self.earliest_mwh[-1])):
            raise InputError.one(
                f"envelope, period {at + 1} of {self.axis.count}",
                found=f"{due[at]:g} MWh of work to be done by its end and {earliest[at]:g} MWh that can be",
                expected="a rate at which the work fits into its window",
                remedy="raise the rate, lengthen the window, or bring less work",
            )
        return replace(self, earliest_mwh=np.maximum(earliest, latest), latest_mwh=latest)

    def as_soon_as_possible_mw(self) -> NDArray[np.float64]:
        """The schedule that does everything as early as the rate allows."""
        return np.asarray(np.diff(self.reachable().earliest_mwh, prepend=0.0) / self.axis.step_hours)

    def longest_wait_hours(self, served_mw: NDArray[np.float64], *, tolerance_mwh: float = 1e-6) -> float:
        """How long the work that waits longest does so, first come first served, at constant power within a period."""
        done = np.cumsum(served_mw) * self.axis.step_hours
        levels = np.concatenate([self.earliest_mwh, done])
        levels = np.concatenate([levels, levels + 2 * tolerance_mwh])
        levels = levels[(levels > tolerance_mwh) & (levels <= min(self.earliest_mwh[-1], done[-1] + tolerance_mwh))]
        waits = self._hours_until(done, levels - tolerance_mwh) - self._hours_until(self.earliest_mwh, levels)
        return float(np.max(waits, initial=0.0))

    def _hours_until(self, cumulated: NDArray[np.float64], levels: NDArray[np.float64]) -> NDArray[np.float64]:
        """Hours from the start at which a cumulative curve first reaches some levels."""
        period = np.minimum(np.searchsorted(cumulated, levels), len(cumulated) - 1)
        before = np.where(period > 0, cumulated[period - 1], 0.0)
        part = (levels - before) / np.maximum(cumulated[period] - before, np.finfo(float).tiny)
        return np.asarray((period + np.clip(part, 0.0, 1.0)) * self.axis.step_hours)

    def contains(self, served_mw: NDArray[np.float64], *, tolerance_mwh: float = 1e-6) -> bool:
        """Whether a schedule of mean powers lies inside."""
        done = np.cumsum(served_mw) * self.axis.step_hours
        return bool(
            np.all(done <= self.earliest_mwh + tolerance_mwh)
            and np.all(done >= self.latest_mwh - tolerance_mwh)
            and np.all(served_mw <= self.rate_mw_max + tolerance_mwh)
            and np.all(served_mw >= self.rate_mw_min - tolerance_mwh)
        )


def _from_the_end(extreme: np.ufunc, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Running extreme of the values from each one to the last."""
    return np.asarray(extreme.accumulate(values[::-1])[::-1], dtype=np.float64)


TOLERANCE_MWH = 1e-9
"""How far, of the whole work, two curves may cross by rounding."""
WHOLE_PERIOD = 1e-9
"""Share of a period by which a window may miss a whole number of them by rounding."""
