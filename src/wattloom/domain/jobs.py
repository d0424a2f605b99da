"""Which jobs must be done, what was promised for each, and what is each told to do?

A job's work is told in seconds at full power: `run_s` of work are done in `run_s` seconds when nothing is capped.
Capped
to a level (share of the job's full power) it works at the speed its class's power-work curve gives. All tables are
columns of equal length; all seconds count from one stated instant.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import numpy as np

from wattloom.domain.errors import InputError, Problem
from wattloom.domain.time import utc
from wattloom.domain.workloads import WorkloadKind

if TYPE_CHECKING:
    from numpy.typing import NDArray

SECONDS_PER_HOUR = 3600.0
ROUNDING_S = 1e-6
"""How far two instants may miss each other by rounding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobClass:
    """What all jobs of a class have in common: what may be done to them, and what it does to their work."""

    name: str
    kind: WorkloadKind
    interruptible: bool = True
    """Whether a job may be paused and resumed."""
    least_power: float = 1.0
    """Lowest level at which a running job may be capped, as a share of its full power; 1: not at all."""
    service_floor: float = 0.0
    """Least work kept during a grid event, as a share of the work at full power: pausing counts as 0."""
    power_work: tuple[tuple[float, float], ...] = ((1.0, 1.0),)
    """Points [share of full power, share of full speed] of whole machines, rising to (1, 1)."""
    power_work_low: tuple[tuple[float, float], ...] = ()
    """Lower edge of the curve's 80 % band; empty: no band is known."""
    power_work_high: tuple[tuple[float, float], ...] = ()
    """Upper edge of the curve's 80 % band."""
    pause_s: float = 0.0
    """Seconds to save its state before a pause or a move, at full power and without work."""
    restart_s: float = 0.0
    """Seconds without work, at full power, after each resume and each move; not after the first start."""
    recap_s: float = 0.0
    """Seconds without work after a change of level, at the new level's power."""
    latency_ms_max: float | None = None
    """A job may run on sites no farther from its home than this; None: anywhere. 0: at home only."""
    move_gbit_per_s: float = 10.0
    """Speed at which a job's data moves between sites."""
    deferral_cost_cny_per_gpu_hour: float = 0.0
    """Cost of a GPU-hour of work done an hour later than it could be."""
    loss_cost_cny_per_gpu_hour: float = 0.0
    """Cost of a GPU-hour of work that is never done, or done too late."""

    def speed_at(self, level: NDArray[np.float64] | float) -> NDArray[np.float64]:
        """Share of full speed at a level; 0 at level 0, straight lines between the points.

        Example:
            >>> a = JobClass(name="a", kind=WorkloadKind.TRAINING, least_power=0.5, power_work=((0.5, 0.6), (1.0, 1.0)))
            >>> float(a.speed_at(0.75))
            0.8
        """
        powers, speeds = zip((0.0, 0.0), *self.power_work, strict=True)
        return np.asarray(np.interp(level, powers, speeds), dtype=np.float64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Jobs:
    """A table of jobs, sorted by arrival. Site and class are told by their place in `sites` and `classes`."""

    start: datetime
    """The instant from which all seconds count, in UTC."""
    classes: tuple[JobClass, ...]
    sites: tuple[str, ...]
    id: NDArray[np.str_]
    class_index: NDArray[np.int64]
    home: NDArray[np.int64]
    """Site at which the job arrives and its data lie."""
    arrive_s: NDArray[np.float64]
    due_s: NDArray[np.float64]
    """Instant by which its work must be done."""
    run_s: NDArray[np.float64]
    """Work, in seconds at full power."""
    power_mw: NDArray[np.float64]
    """IT power at full speed."""
    gpus: NDArray[np.float64]
    """GPUs it holds while it runs; a share of one is possible."""
    nodes: NDArray[np.int64]
    """Whole nodes that a gang job holds; 0: it shares nodes with others."""
    move_gb: NDArray[np.float64]
    """Data that move with it."""

    def __post_init__(self) -> None:
        """Keep read-only copies; refuse what is no job, all faults at once."""
        object.__setattr__(self, "start", utc(self.start))
        for field in fields(self)[3:]:
            object.__setattr__(self, field.name, _column(getattr(self, field.name)))
        _refuse(self)

    def __len__(self) -> int:
        """How many jobs."""
        return int(self.arrive_s.size)

    @property
    def energy_mwh(self) -> NDArray[np.float64]:
        """IT energy of each job when nothing is capped."""
        return self.run_s * self.power_mw / SECONDS_PER_HOUR

    @property
    def slack_s(self) -> NDArray[np.float64]:
        """Seconds that each job may wait in all."""
        return self.due_s - self.arrive_s - self.run_s

    def instant(self, second: float) -> datetime:
        """The instant some seconds after the start."""
        return self.start + timedelta(seconds=second)

    def select(self, keep: NDArray[np.bool_] | NDArray[np.int64]) -> Jobs:
        """The chosen jobs, in the order of this table."""
        chosen = np.flatnonzero(keep) if keep.dtype == np.bool_ else np.sort(keep)
        return replace(self, **{field.name: getattr(self, field.name)[chosen] for field in fields(self)[3:]})

    def of_class(self, name: str) -> NDArray[Any]:
        """A field of `JobClass` for each job, by the field's name."""
        return np.array([getattr(one, name) for one in self.classes])[self.class_index]


class Verb(StrEnum):
    """What a job may be told."""

    START = "start"
    PAUSE = "pause"
    RESUME = "resume"
    CAP = "cap"
    """Run at another level from now on."""
    MOVE = "move"
    """Save, send the data, and go on at another site; what is in flight draws power on both sides."""


@dataclass(frozen=True, slots=True)
class Command:
    """One job told one thing at one instant."""

    at_s: float
    job: int
    """Its place in the table of jobs."""
    verb: Verb
    site: int
    """Where it is to run; for a pause, where it stands."""
    level: float = 1.0
    """Share of full power; 0 for a pause."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Segments:
    """Stretches in which jobs run at one site and level: a schedule to keep, or what really happened.

    Sorted by job, then start; stretches of one job do not overlap. Dead time (saving, restarting, changing level) lies
    inside a stretch: `dead_s` seconds at its beginning draw power and do no work.
    """

    job: NDArray[np.int64]
    site: NDArray[np.int64]
    start_s: NDArray[np.float64]
    end_s: NDArray[np.float64]
    level: NDArray[np.float64]
    dead_s: NDArray[np.float64]

    def __post_init__(self) -> None:
        """Keep read-only copies, sorted."""
        order = np.lexsort((self.start_s, self.job))
        for field in fields(self):
            object.__setattr__(self, field.name, _column(np.asarray(getattr(self, field.name))[order]))

    def __len__(self) -> int:
        """How many stretches."""
        return int(self.job.size)

    def work_s(self, jobs: Jobs) -> NDArray[np.float64]:
        """Work done in each stretch, in seconds at full power."""
        speed = np.empty(len(self))
        of = jobs.class_index[self.job]
        for index, one in enumerate(jobs.classes):
            speed[of == index] = one.speed_at(self.level[of == index])
        return np.maximum(self.end_s - self.start_s - self.dead_s, 0.0) * speed

    def energy_mwh(self, jobs: Jobs) -> NDArray[np.float64]:
        """IT energy drawn in each stretch, dead time included."""
        return (self.end_s - self.start_s) * self.level * jobs.power_mw[self.job] / SECONDS_PER_HOUR


@dataclass(frozen=True, slots=True, kw_only=True)
class JobsState:
    """Where each job stands at an instant: columns as long as the table of jobs."""

    now_s: float
    arrived: NDArray[np.bool_]
    done: NDArray[np.bool_]
    left_s: NDArray[np.float64]
    """Work left, in seconds at full power."""
    site: NDArray[np.int64]
    """Where it runs or last ran; its home before that. In flight: where it goes."""
    level: NDArray[np.float64]
    """Share of full power at which it runs; 0: waiting, paused or in flight."""
    started: NDArray[np.bool_]
    ready_s: NDArray[np.float64]
    """Until when it is dead or in flight; in the past for a job that works or waits."""


def _column(values: NDArray[Any]) -> NDArray[Any]:
    """A read-only copy."""
    copy = np.array(values)
    copy.flags.writeable = False
    return copy


def _refuse(jobs: Jobs) -> None:
    """Raise all that makes the table no table of jobs; the first of each fault is named with its row."""
    count = jobs.arrive_s.size
    lengths = {field.name: getattr(jobs, field.name).size for field in fields(jobs)[3:]}
    if set(lengths.values()) != {count}:
        raise InputError.one(
            "jobs", found=f"columns of lengths {lengths}", expected="equal lengths", remedy="fill every column"
        )
    checks: tuple[tuple[str, NDArray[np.bool_], str], ...] = (
        ("arrive_s", ~np.isfinite(jobs.arrive_s), "a finite number of seconds"),
        ("arrive_s", np.diff(jobs.arrive_s, prepend=-np.inf) < 0, "jobs in the order of their arrival"),
        ("run_s", ~((jobs.run_s > 0) & np.isfinite(jobs.run_s)), "seconds of work above 0"),
        ("power_mw", ~((jobs.power_mw > 0) & np.isfinite(jobs.power_mw)), "a power above 0"),
        ("gpus", ~(jobs.gpus >= 0), "a number at or above 0"),
        ("nodes", jobs.nodes < 0, "a number at or above 0"),
        ("move_gb", ~(jobs.move_gb >= 0), "a number at or above 0"),
        ("due_s", ~(jobs.slack_s >= -ROUNDING_S), "an instant by which the work can be done"),
        ("class_index", (jobs.class_index < 0) | (jobs.class_index >= len(jobs.classes)), "one of the classes"),
        ("home", (jobs.home < 0) | (jobs.home >= len(jobs.sites)), "one of the sites"),
    )
    problems = [
        Problem(
            where=f"job {jobs.id[(at := int(np.argmax(wrong)))]} (row {at + 1}), {name}",
            found=f"{getattr(jobs, name)[at]:g}, and {int(wrong.sum()) - 1} more",
            expected=expected,
            remedy="correct the jobs, or leave them out with a reason",
        )
        for name, wrong, expected in checks
        if wrong.any()
    ]
    if problems:
        raise InputError(problems)
