"""What is true of the sites in a replay, whatever anybody foresaw?"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING

import numpy as np

from wattloom.domain.errors import InputError, Problem
from wattloom.domain.jobs import Jobs
from wattloom.domain.series import read_only
from wattloom.domain.time import TimeAxis

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteTruth:
    """A site as it turns out; arrays hold one value for each period of the axis, or one for all."""

    name: str
    price_cny_per_mwh: NDArray[np.float64]
    """All that a MWh drawn costs."""
    carbon_kg_per_mwh: NDArray[np.float64]
    firm_it_mw: NDArray[np.float64] = field(default_factory=lambda: np.zeros(1))
    """IT power of work that is in no table of jobs."""
    overhead_fixed_mw: NDArray[np.float64] = field(default_factory=lambda: np.zeros(1))
    """Overhead at no IT power, at the temperature of the period."""
    overhead_slope: NDArray[np.float64] = field(default_factory=lambda: np.zeros(1))
    """MW of overhead for each MW of IT power."""
    it_mw_max: NDArray[np.float64] = field(default_factory=lambda: np.full(1, np.inf))
    """What the machines may draw; more is counted, not prevented: keeping it is the schedule's duty."""
    gpus: float | None = None
    """GPUs installed; None: as many as asked for."""
    nodes: int | None = None
    """Whole nodes for gang jobs; None: as many as asked for."""

    def __post_init__(self) -> None:
        """Keep read-only copies."""
        for name in PER_PERIOD:
            object.__setattr__(self, name, read_only(np.atleast_1d(getattr(self, name))))

    def on(self, axis: TimeAxis, name: str) -> NDArray[np.float64]:
        """One of its arrays on the axis, shape (axis.count,)."""
        return np.broadcast_to(getattr(self, name), (axis.count,))


PER_PERIOD = tuple(
    one.name for one in fields(SiteTruth) if one.name.endswith(("_mwh", "_mw", "_slope", "_max")) and one.name != "name"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mishaps:
    """What goes wrong by chance; the same seed brings the same mishaps to the same jobs, whatever else happens."""

    move_fails: float = 0.0
    """Probability that a move fails: the job then goes on where it came from."""
    restart_fails: float = 0.0
    """Probability that a restart fails and must be tried again."""
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayQuestion:
    """Jobs, and the truth about the sites they run on."""

    axis: TimeAxis
    """Begins at the start of the jobs; the replay ends where it ends."""
    sites: tuple[SiteTruth, ...]
    """In the order of `jobs.sites`."""
    jobs: Jobs
    latency_ms: NDArray[np.float64] | None = None
    """Between sites, shape (site, site); None: only classes bound to their home are bound."""
    mishaps: Mishaps = field(default_factory=Mishaps)
    look_minutes: float = 15.0
    """Time between two regular looks of a controller; 0: none."""

    def __post_init__(self) -> None:
        """Refuse what cannot be replayed, all faults at once."""
        problems = list(_faults(self))
        if problems:
            raise InputError(problems)

    @property
    def end_s(self) -> float:
        """Seconds from the start to the end of the axis."""
        return self.axis.count * self.axis.step_minutes * 60.0

    def per_period(self, name: str) -> NDArray[np.float64]:
        """An array of every site, shape (site, period)."""
        return np.array([site.on(self.axis, name) for site in self.sites])

    def may_run(self) -> NDArray[np.bool_]:
        """Which class of which home may run where, shape (class, home, site)."""
        count = len(self.sites)
        allowed = np.ones((len(self.jobs.classes), count, count), dtype=np.bool_)
        for index, one in enumerate(self.jobs.classes):
            if one.latency_ms_max is not None and self.latency_ms is not None:
                allowed[index] = np.asarray(self.latency_ms) <= one.latency_ms_max
            elif one.latency_ms_max == 0:
                allowed[index] = False
            allowed[index] |= np.eye(count, dtype=np.bool_)
        return allowed


def _faults(question: ReplayQuestion) -> list[Problem]:
    """All that is wrong with a question."""
    found = []
    if question.jobs.start != question.axis.start:
        found.append(
            Problem(
                where="replay, start",
                found=f"jobs from {question.jobs.start.isoformat()}, periods from {question.axis.start.isoformat()}",
                expected="one instant from which all is counted",
                remedy="let the axis begin where the seconds of the jobs begin",
            )
        )
    names = tuple(site.name for site in question.sites)
    if names != question.jobs.sites:
        found.append(
            Problem(
                where="replay, sites",
                found=f"{names}",
                expected=f"the sites of the jobs, {question.jobs.sites}",
                remedy="give one truth for each site, in the jobs' order",
            )
        )
    for site in question.sites:
        for name in PER_PERIOD:
            values: ArrayLike = getattr(site, name)
            if np.size(values) not in (1, question.axis.count) or np.isnan(values).any():
                found.append(
                    Problem(
                        where=f"replay, site {site.name}, {name}",
                        found=f"{np.size(values)} values, {int(np.isnan(values).sum())} of them missing",
                        expected=f"1 or {question.axis.count} values, none missing",
                        remedy="bring it onto the axis of the replay and fill no gap in silence",
                    )
                )
    for name in ("move_fails", "restart_fails"):
        chance = getattr(question.mishaps, name)
        if not 0 <= chance < 1:
            found.append(
                Problem(
                    where=f"replay, mishaps, {name}",
                    found=f"{chance:g}",
                    expected="a probability from 0 to below 1",
                    remedy="write it as a share, such as 0.02",
                )
            )
    return found
