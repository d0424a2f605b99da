"""What can a pool promise so that its members can always keep it, whatever course within the promise is called?

A giver gives at most its rate in each period and at most its energy over the window: a polymatroid, whose rank of a set
S of periods is min(hours x rate(S), energy). The sum of polymatroids is the polymatroid of the summed ranks (Edmonds,
"Submodular functions, matroids, and certain polyhedra", 1970), so membership of the whole is exact without looking at
members. With energy to spare the rank is the rate itself (`box_mw`); of the others the least rate of the window counts,
which makes the rank a function of the number of periods alone (`most_mwh`): a course is inside when its k highest
periods above the box take no more than `most_mwh[k]`, for every k. Givers that are only on or off as a whole are not
convex: they are the floor, on in every course.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wattloom.domain.series import read_only
from wattloom.domain.workloads import Envelope

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.domain.time import TimeAxis

TOLERANCE_MWH = 1e-9
"""How far a course may pass a limit by rounding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Giver:
    """What one member can give in a window, against what it would draw: less where `down` is asked, more where `up`."""

    name: str
    rate_mw: NDArray[np.float64]
    """Most in each period, shape (periods,)."""
    energy_mwh: float
    """Most over the window."""
    whole: bool = False
    """Whether it gives its rate or nothing, throughout."""
    cost_cny_per_mwh: float = 0.0
    even: bool = False
    """Whether it holds its highest power all through once it is asked for, and costs as much."""

    def __post_init__(self) -> None:
        """Keep a read-only copy."""
        object.__setattr__(self, "rate_mw", read_only(self.rate_mw))

    def has_to_spare(self, step_hours: float) -> bool:
        """Whether its energy lasts for its full rate all through."""
        return bool(self.energy_mwh >= step_hours * float(self.rate_mw.sum()) - TOLERANCE_MWH)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """All courses that some givers can follow together.

    Example:
        >>> battery = Giver(name="battery", rate_mw=np.full(2, 4.0), energy_mwh=4.0)
        >>> load = Giver(name="load", rate_mw=np.full(2, 1.0), energy_mwh=np.inf)
        >>> both = Reach.of([battery, load], step_hours=1.0)
        >>> both.constant_mw_max(), both.holds(np.array([5.0, 1.0])), both.holds(np.array([4.0, 3.0]))
        (3.0, True, False)
    """

    step_hours: float
    floor_mw: NDArray[np.float64]
    """Given in every course by those that are on or off as a whole."""
    box_mw: NDArray[np.float64]
    """Free in every period, above the floor."""
    most_mwh: NDArray[np.float64]
    """Most that the others give above the box in any 0, 1, … periods."""

    @classmethod
    def of(cls, givers: Iterable[Giver], *, step_hours: float, periods: int | None = None) -> Reach:
        """The sum; `periods` where there may be no giver at all."""
        known = tuple(givers)
        count = known[0].rate_mw.size if periods is None else periods
        floor, box, most = np.zeros(count), np.zeros(count), np.zeros(count + 1)
        for one in known:
            if one.whole:
                floor = floor + one.rate_mw
            elif one.has_to_spare(step_hours):
                box = box + one.rate_mw
            else:
                steady = step_hours * float(one.rate_mw.min())
                most = most + np.minimum(steady * np.arange(count + 1), one.energy_mwh)
        return cls(step_hours=step_hours, floor_mw=read_only(floor), box_mw=read_only(box), most_mwh=read_only(most))

    def holds(self, course_mw: NDArray[np.float64]) -> bool:
        """Whether members can follow a course, exactly."""
        above = np.asarray(course_mw, dtype=np.float64) - self.floor_mw
        if np.any(above < -TOLERANCE_MWH):
            return False
        highest = np.sort(above - self.box_mw)[::-1]
        return bool(np.all(self.step_hours * np.cumsum(highest) <= self.most_mwh[1:] + TOLERANCE_MWH))

    def constant_mw_max(self) -> float:
        """The most that can be given evenly all through."""
        return float(constants_mw((self.floor_mw + self.box_mw)[None], self.most_mwh[None], self.step_hours)[0])

    def envelope(self, axis: TimeAxis, *, periods: int | None = None) -> Envelope:
        """The promise as one envelope: all that lies inside can be followed.

        `periods` is for how long the highest power must last; all of the window where left away. A shorter one promises
        more power and less energy: rates may rise to the box and an even part of `most_mwh[periods]`, and energy stops
        at what those periods can give where the box is smallest.
        """
        lasts = axis.count if periods is None else min(max(periods, 1), axis.count)
        least = self.step_hours * np.cumsum(self.floor_mw)
        rate = self.floor_mw + self.box_mw + self.most_mwh[lasts] / (lasts * self.step_hours)
        earliest = self.step_hours * np.cumsum(rate)
        if lasts < axis.count:
            energy = self.step_hours * float(np.sort(self.box_mw)[:lasts].sum()) + self.most_mwh[lasts]
            earliest = np.minimum(earliest, least + energy)
        return Envelope(axis=axis, earliest_mwh=earliest, latest_mwh=least, rate_mw_max=rate, rate_mw_min=self.floor_mw)


def constants_mw(box_mw: NDArray[np.float64], most_mwh: NDArray[np.float64], step_hours: float) -> NDArray[np.float64]:
    """The most that can be given evenly in each of many cases.

    The k highest periods of an even course above the box are those with the k smallest boxes.

    Args:
        box_mw: shape (cases, periods).
        most_mwh: shape (cases, periods + 1).
        step_hours: of a period.
    """
    count = box_mw.shape[1]
    smallest = np.cumsum(np.sort(box_mw, axis=1), axis=1)
    return np.asarray(((most_mwh[:, 1:] / step_hours + smallest) / np.arange(1, count + 1)).min(axis=1))


def summed(
    rate_mw: NDArray[np.float64], energy_mwh: NDArray[np.float64], step_hours: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Box and energy of the sum of givers in many cases at once, as `Reach.of` counts them.

    Args:
        rate_mw: shape (cases, givers, periods).
        energy_mwh: shape (cases, givers).
        step_hours: of a period.

    Returns:
        Shapes (cases, periods) and (cases, periods + 1).
    """
    spare = energy_mwh >= step_hours * rate_mw.sum(axis=2) - TOLERANCE_MWH
    box = np.where(spare[:, :, None], rate_mw, 0.0).sum(axis=1)
    steady = np.where(spare, 0.0, step_hours * rate_mw.min(axis=2))
    number = np.arange(rate_mw.shape[2] + 1)
    energy = np.where(spare, 0.0, energy_mwh)
    most = np.minimum(steady[:, :, None] * number, energy[:, :, None]).sum(axis=1)
    return box, most
