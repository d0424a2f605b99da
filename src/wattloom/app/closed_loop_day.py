"""What does a day of ticks meet? What is true in each tick, what was foreseen of it when, the jobs, and the stores."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

import numpy as np

from wattloom.dispatch.matching import Tick
from wattloom.domain.errors import InputError, Problem
from wattloom.domain.jobs import SECONDS_PER_HOUR, Jobs
from wattloom.domain.series import read_only

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.domain.time import TimeAxis

FIXED, MOVABLE, TRAINING, BATCH = 0, 1, 2, 3
"""Places of the four classes in a tick."""
AT_HOME, ANYWHERE = 0, 1
"""Classes of the jobs' table: training waits at home, batch waits or moves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """What regions and sites meet in a row of ticks or periods; the first dimension of each array is time."""

    supply_mw_max: NDArray[np.float64]
    """Shape (time, region, step)."""
    supply_price_cny_per_mwh: NDArray[np.float64]
    """Shape (time, region, step)."""
    inference_mw: NDArray[np.float64]
    """Shape (time, site, 2): fixed and movable."""

    def __post_init__(self) -> None:
        """Keep read-only copies."""
        for field in fields(self):
            object.__setattr__(self, field.name, read_only(getattr(self, field.name)))

    def means(self, count: int) -> Conditions:
        """Means over `count` neighbours."""
        return Conditions(
            **{
                field.name: (value := getattr(self, field.name)).reshape(-1, count, *value.shape[1:]).mean(axis=1)
                for field in fields(self)
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Stores:
    """Batteries of the sites; shape (site,)."""

    energy_mwh: NDArray[np.float64]
    power_mw: NDArray[np.float64]
    first_mwh: NDArray[np.float64]
    """What is in store as the day begins, and is to be there again as it ends."""
    one_way: float
    """Efficiency of charging, and of discharging."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A day as it turns out, and what was known of it when."""

    axis: TimeAxis
    """Of the ticks."""
    ticks_per_period: int
    """Prices hold for a period: what is foreseen is told in means of periods."""
    still: Tick
    """What stays all day: who there is, lines, corridors, limits and handling costs of the sites."""
    truth: Conditions
    """Of each tick; a tick is shown its own."""
    foreseen: tuple[Conditions, ...]
    """As issued at the beginning of each period, for all periods of the day; earlier ones do not count."""
    jobs: Jobs
    """Of classes `AT_HOME` and `ANYWHERE`, in the seconds of the axis, all due within it; shown as they arrive."""
    expected: Jobs
    """Jobs as experience expects them: stand for those that have not arrived."""
    stores: Stores

    def __post_init__(self) -> None:
        """Refuse what is no day, all faults at once."""
        problems = [*_of_times(self), *_of_jobs(self)]
        if problems:
            raise InputError(problems)

    @property
    def tick_hours(self) -> float:
        """Length of a tick."""
        return self.axis.step_hours

    @property
    def period_hours(self) -> float:
        """Length of a period."""
        return self.ticks_per_period * self.tick_hours

    @property
    def periods(self) -> int:
        """How many periods."""
        return self.axis.count // self.ticks_per_period


def _of_times(day: Day) -> list[Problem]:
    """Ticks and periods that do not fit each other."""
    found = []
    if day.axis.count % day.ticks_per_period:
        found.append(
            Problem(
                where="closed loop, ticks_per_period",
                found=f"{day.axis.count} ticks in periods of {day.ticks_per_period}",
                expected="whole periods",
                remedy="choose a number of ticks that divides the day",
            )
        )
    for where, size, wanted in (
        ("truth", day.truth.inference_mw.shape[0], day.axis.count),
        ("foreseen", len(day.foreseen), day.periods),
        *((f"foreseen[{i}]", one.inference_mw.shape[0], day.periods) for i, one in enumerate(day.foreseen)),
    ):
        if size != wanted:
            found.append(
                Problem(
                    where=f"closed loop, {where}",
                    found=f"{size} rows",
                    expected=f"{wanted} rows",
                    remedy="tell the truth of each tick, and at each period what is foreseen of all periods",
                )
            )
    return found


def _of_jobs(day: Day) -> list[Problem]:
    """Jobs of another start or other sites, or due after the day."""
    found, end_s = [], day.axis.hours * SECONDS_PER_HOUR
    for name, jobs in (("jobs", day.jobs), ("expected", day.expected)):
        if jobs.start != day.axis.start or jobs.sites != day.still.layout.sites:
            found.append(
                Problem(
                    where=f"closed loop, {name}",
                    found=f"{len(jobs.sites)} sites from {jobs.start.isoformat()}",
                    expected="the sites of the layout, and seconds from the start of the day",
                    remedy="build the jobs' table on the day's layout and axis",
                )
            )
        if (jobs.due_s > end_s).any():
            found.append(
                Problem(
                    where=f"closed loop, {name}",
                    found=f"{int((jobs.due_s > end_s).sum())} jobs due after the day",
                    expected="jobs that are due within it",
                    remedy="lengthen the axis, or leave them out",
                )
            )
    return found


def at(still: Tick, conditions: Conditions, row: int, **sites: NDArray[np.float64]) -> Tick:
    """What stays, with the conditions of a row and other numbers of the sites; waiting work is none unless given."""
    demand = np.zeros_like(still.sites.demand_mw)
    demand[:, : BATCH - 1] = conditions.inference_mw[row]
    regions = replace(
        still.regions,
        supply_mw_max=conditions.supply_mw_max[row],
        supply_price_cny_per_mwh=conditions.supply_price_cny_per_mwh[row],
    )
    return replace(still, regions=regions, sites=replace(still.sites, **({"demand_mw": demand} | sites)))
