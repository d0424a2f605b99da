"""What does a job draw and do when it is told to slow down, wait or move from one instant to another?

A stretch is one uninterrupted run of a job in the plan. A way is what is done to it: lowered at one instant, raised at
another. Its course then has five phases, in order:

    as planned | saving or changing level (dead) | lowered | restarting or changing level (dead) | as planned

Everything is in closed form: energy and work up to any instant are sums over the phases, so a minute's mean is exact.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from enum import IntEnum
from typing import TYPE_CHECKING, Any

import numpy as np

from wattloom.domain.jobs import ROUNDING_S, SECONDS_PER_HOUR, Jobs, JobsState, Segments
from wattloom.domain.workloads import WorkloadKind

if TYPE_CHECKING:
    from numpy.typing import NDArray

SERVING = (WorkloadKind.FIRM_SERVING, WorkloadKind.MOVABLE_SERVING)
"""What is not answered now is never answered: such work is lost, not deferred."""


class Kind(IntEnum):
    """What is done to a stretch."""

    LEAVE = 0
    CAP = 1
    PAUSE = 2
    MOVE = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretches:
    """Runs of jobs at the site of an event, as they were planned; columns of equal length."""

    job: NDArray[np.int64]
    from_s: NDArray[np.float64]
    to_s: NDArray[np.float64]
    level: NDArray[np.float64]
    """Planned share of full power."""
    speed: NDArray[np.float64]
    """Share of full speed at that level."""
    slack_s: NDArray[np.float64]
    """Seconds by which it may end later, so that the job is done when it is due."""
    begun: NDArray[np.bool_]
    """Whether the job has run before this stretch or runs now: then a new start costs a restart."""

    def __len__(self) -> int:
        """How many."""
        return int(self.job.size)

    @classmethod
    def of(cls, jobs: Jobs, planned: Segments, site: int, *, now_s: float, until_s: float) -> Stretches:
        """The planned runs at a site between now and the end of the horizon, each from now on at the earliest."""
        last = np.full(len(jobs), -np.inf)
        np.maximum.at(last, planned.job, planned.end_s)
        first = np.full(len(jobs), np.inf)
        np.minimum.at(first, planned.job, planned.start_s)
        runs = (planned.site == site) & (planned.level > 0) & (planned.end_s > now_s) & (planned.start_s < until_s)
        at = np.flatnonzero(runs)
        job, level = planned.job[at], planned.level[at]
        parts = np.maximum(np.bincount(job, minlength=len(jobs))[job], 1)
        return cls(
            job=job,
            from_s=np.maximum(planned.start_s[at], now_s),
            to_s=planned.end_s[at],
            level=level,
            speed=speeds(jobs, job, level),
            # A job of several runs shares its slack among them.
            slack_s=np.maximum(jobs.due_s[job] - last[job], 0.0) / parts,
            begun=(first[job] < planned.start_s[at]) | (planned.start_s[at] <= now_s),
        )

    @property
    def work_s(self) -> NDArray[np.float64]:
        """Work of each, in seconds at full power."""
        return (self.to_s - self.from_s) * self.speed


def running(jobs: Jobs, state: JobsState) -> Segments:
    """What would run if nothing were told any more: each running job to its end, at its level."""
    at = np.flatnonzero(~state.done & (state.level > 0))
    start = np.maximum(state.now_s, state.ready_s[at])
    level = state.level[at]
    return Segments(
        job=at,
        site=state.site[at],
        start_s=np.full(at.size, state.now_s),
        end_s=start + state.left_s[at] / speeds(jobs, at, level),
        level=level,
        dead_s=start - state.now_s,
    )


def speeds(jobs: Jobs, job: NDArray[np.int64], level: NDArray[np.float64]) -> NDArray[np.float64]:
    """Share of full speed of some jobs at some levels."""
    speed, of = np.zeros(job.size), jobs.class_index[job]
    for index in np.unique(of):
        speed[of == index] = jobs.classes[index].speed_at(level[of == index])
    return speed


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """What may be done, or is done, to stretches; columns of equal length."""

    of: NDArray[np.int64]
    """Place of the stretch."""
    kind: NDArray[np.int64]
    level: NDArray[np.float64]
    """Of a cap; 0 for a pause."""
    down_s: NDArray[np.float64]
    """When it is told to go down, to save its state, or to move."""
    up_s: NDArray[np.float64]
    """When it is told to go on; of a move, when it arrives."""
    site: NDArray[np.int64]
    """Where a move goes; -1 for all else."""

    def __len__(self) -> int:
        """How many."""
        return int(self.of.size)

    def take(self, at: NDArray[Any]) -> Ways:
        """The chosen ones."""
        return Ways(**{one.name: getattr(self, one.name)[at] for one in fields(self)})

    @classmethod
    def together(cls, parts: list[Ways]) -> Ways:
        """One table of several."""
        return cls(**{one.name: np.concatenate([getattr(part, one.name) for part in parts]) for one in fields(cls)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """Five phases of each way, shape (phase, way); a phase that does not occur has no length."""

    start_s: NDArray[np.float64]
    stop_s: NDArray[np.float64]
    draw: NDArray[np.float64]
    """Share of full power at the site of the event."""
    speed: NDArray[np.float64]
    away: NDArray[np.float64]
    """Share of full power at the site to which it moves."""
    finish_s: NDArray[np.float64]

    def energy_until(self, instants: NDArray[np.float64], *, away: bool = False) -> NDArray[np.float64]:
        """Seconds at full power drawn up to some instants, shape (way, instant)."""
        return self._until(self.away if away else self.draw, instants)

    def work_until(self, instants: NDArray[np.float64]) -> NDArray[np.float64]:
        """Work done up to some instants, in seconds at full power, shape (way, instant)."""
        return self._until(self.speed, instants)

    def means(self, edges: NDArray[np.float64], *, away: bool = False) -> NDArray[np.float64]:
        """Mean share of full power between neighbouring edges, shape (way, period)."""
        return np.asarray(np.diff(self.energy_until(edges, away=away), axis=1) / np.diff(edges))

    def peaks(self, edges: NDArray[np.float64], *, away: bool = False) -> NDArray[np.float64]:
        """Highest share of full power between neighbouring edges, shape (way, period)."""
        highest = np.zeros((self.finish_s.size, edges.size - 1))
        for start, stop, share in zip(self.start_s, self.stop_s, self.away if away else self.draw, strict=True):
            there = (start[:, None] < edges[1:]) & (np.minimum(stop, FAR_S)[:, None] > edges[:-1])
            there &= (stop > start)[:, None]
            np.maximum(highest, np.where(there, share[:, None], 0.0), out=highest)
        return highest

    def _until(self, share: NDArray[np.float64], instants: NDArray[np.float64]) -> NDArray[np.float64]:
        """Sum over the phases of share times the seconds of it that are over."""
        total = np.zeros((self.finish_s.size, instants.size))
        for start, stop, of in zip(self.start_s, self.stop_s, share, strict=True):
            if np.any(of):
                total += of[:, None] * np.clip(np.minimum(instants, stop[:, None]) - start[:, None], 0.0, None)
        return total


def course(jobs: Jobs, stretches: Stretches, ways: Ways, *, dead_share: float | None = None) -> Course:
    """The course of each way.

    A change of level draws the new level's power, saving and restarting draw the planned one: the jobs' own contract.
    `dead_share` puts another share of full power in place of that, for machines measured to draw less while dead.
    """
    at = ways.of
    job, begin, end = stretches.job[at], stretches.from_s[at], stretches.to_s[at]
    base, speed, none = stretches.level[at], stretches.speed[at], np.zeros(len(ways))
    pause_s, restart_s, recap_s = (jobs.of_class(name)[job] for name in ("pause_s", "restart_s", "recap_s"))
    capped, moved = ways.kind == Kind.CAP, ways.kind == Kind.MOVE
    touched = (ways.kind != Kind.LEAVE) & (ways.down_s < end) & (ways.up_s > begin)
    down = np.where(touched, np.maximum(ways.down_s, begin), end)
    up = np.where(touched, np.maximum(ways.up_s, down), end)
    # A first start needs no saving before it and no restart after it.
    stops = touched & (stretches.begun[at] | (ways.down_s > begin))
    lowered = np.minimum(down + np.where(capped, recap_s, pause_s) * stops, up)
    back = up + np.where(capped, recap_s * touched, restart_s * stops)
    low_speed = none.copy()
    low_speed[capped] = speeds(jobs, job[capped], ways.level[capped])
    dead_down, dead_up = np.where(capped, ways.level, base), base
    if dead_share is not None:
        dead_down = dead_up = np.full(len(ways), dead_share)
    flight, here = base * (moved & stops), ~moved
    phases = Course(
        start_s=np.array([begin, down, lowered, up, back]),
        stop_s=np.array([down, lowered, up, back, np.full(len(ways), FAR_S)]),
        draw=np.array([base, dead_down, np.where(capped, ways.level, flight), dead_up * here, base * here]),
        speed=np.array([speed, none, low_speed, none, speed]),
        away=np.array([none, none, flight, dead_up * moved, base * moved]),
        finish_s=end,
    )
    serves = np.isin(jobs.of_class("kind")[job], SERVING)
    return _finished(phases, stretches.work_s[at], planned_end=np.where(serves, end, np.nan))


def _finished(phases: Course, work_s: NDArray[np.float64], *, planned_end: NDArray[np.float64]) -> Course:
    """The phases cut where the work is done, or where it was planned to end: what is served then ends then."""
    left, finish = work_s.copy(), np.full(work_s.size, FAR_S)
    busy = np.ones(work_s.size, dtype=np.bool_)
    for start, stop, speed in zip(phases.start_s, phases.stop_s, phases.speed, strict=True):
        needs = np.divide(left, speed, out=np.full(left.size, np.inf), where=busy & (speed > 0))
        ends = start + needs <= stop + ROUNDING_S
        finish = np.where(ends, start + needs, finish)
        busy &= ~ends
        left = left - np.where(busy, speed * np.maximum(stop - start, 0.0), 0.0)
    finish = np.where(np.isnan(planned_end), finish, planned_end)
    start = np.minimum(phases.start_s, finish)
    stop = np.maximum(np.minimum(phases.stop_s, finish), start)
    return replace(phases, start_s=start, stop_s=stop, finish_s=finish)


def gpu_hours(jobs: Jobs, job: NDArray[np.int64], work_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """Work in GPU-hours at full speed."""
    return np.asarray(work_s * jobs.gpus[job] / SECONDS_PER_HOUR, dtype=np.float64)


FAR_S = 1e15
"""Later than anything: thirty million years."""
