"""What may be done to each stretch of a job during an event, and what would it cost?

Levels are the points of the class's power-work curve above its least power, and the lowest level at which the stretch
still keeps its service floor and its deadline. Pauses run over whole pieces of the hold, so that jobs can take turns.
A way that breaks a floor or a deadline is no way: whatever is chosen among the rest keeps every promise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wattloom.dispatch.grid_events.course import (
    SERVING,
    Course,
    Kind,
    Stretches,
    Ways,
    course,
    gpu_hours,
)
from wattloom.domain.jobs import ROUNDING_S, SECONDS_PER_HOUR, Jobs

if TYPE_CHECKING:
    from numpy.typing import NDArray

PIECES_FEW, PIECES_MANY, STRETCHES_MANY = 6, 3, 200
"""Pieces of the hold over which pauses run; fewer where there are many jobs to take turns."""
GBIT_PER_GB = 8.0
FLOOR_ROUNDING = 1e-9
FLOOR_MARGIN = 0.01
"""Work kept above a floor, as a share of full work: dead times and speeds are known no better. Assumed."""
LEVEL_LEAST_STEP = 1e-6
"""Levels nearer to each other than this share of full power are one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """What lies around the jobs of the site, and where else they may go."""

    firm_mw: float = 0.0
    """Drawn at the meter whatever the jobs do: firm work and the fixed part of the overhead."""
    draw_mw_per_it_mw: float = 1.0
    """MW at the meter for each MW of the jobs: 1 and the overhead that follows the load."""
    room_mw: NDArray[np.float64] | None = None
    """IT power that is free at each site during the event; None: nothing may be moved."""
    latency_ms: NDArray[np.float64] | None = None
    """Between sites, shape (site, site); None: only jobs without a latency limit may move."""
    migration_cost_cny_per_mwh: NDArray[np.float64] | None = None
    """For each MWh of IT energy served away, shape (from, to); None: nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """The instants of an event, in seconds from the start of the jobs."""

    notice_s: float
    start_s: float
    hold_s: float
    """From when the power must be down."""
    end_s: float
    watched_s: float
    """Until when the baseline limits the power after the release."""

    @property
    def back_s(self) -> float:
        """When the staged release is over: it takes as long as the ramp."""
        return self.end_s + self.hold_s - self.start_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Menu:
    """The ways that keep every promise, with what each does; one stretch has at least its first: to be left alone."""

    ways: Ways
    course: Course
    cost_cny: NDArray[np.float64]
    kept: NDArray[np.float64]
    """Work done from the start of the ramp to the end of the staged release, as a share of the plan's in that time."""
    lost_gpu_hours: NDArray[np.float64]
    deferred_gpu_hours: NDArray[np.float64]


def menu(jobs: Jobs, stretches: Stretches, clock: Clock, site: int, elsewhere: Elsewhere) -> Menu:
    """All ways of all stretches that keep floors and deadlines, sorted by stretch."""
    down, up = staged(jobs, stretches, clock)
    parts = [_left_alone(stretches), _caps(jobs, stretches, clock, down, up), _pauses(jobs, stretches, clock, down, up)]
    if elsewhere.room_mw is not None:
        parts += _moves(jobs, stretches, down, site, elsewhere)
    every = Ways.together(parts)
    every = every.take(np.argsort(every.of, kind="stable"))
    told = judged(jobs, stretches, every, clock, elsewhere)
    return chosen(told, np.flatnonzero(keeps_promises(jobs, stretches, told)))


def judged(jobs: Jobs, stretches: Stretches, ways: Ways, clock: Clock, elsewhere: Elsewhere) -> Menu:
    """What each way does to the work, and what that costs.

    Deferred work waits from the middle of the hold until the planned end of its job, after which it is made up: told so
    the cost is in proportion to the work, and a little too low. Work that serves is lost.
    """
    one = course(jobs, stretches, ways)
    window = np.array([clock.start_s, clock.back_s])
    plan = course(jobs, stretches, _left_alone(stretches))
    meant = np.diff(plan.work_until(window), axis=1)[:, 0][ways.of]
    done = np.diff(one.work_until(window), axis=1)[:, 0]
    job = stretches.job[ways.of]
    serves = np.isin(jobs.of_class("kind")[job], SERVING)
    whole = one.work_until(np.array([np.inf]))[:, 0]
    lost = gpu_hours(jobs, job, np.where(serves, np.maximum(stretches.work_s[ways.of] - whole, 0.0), 0.0))
    delay = np.maximum(one.finish_s - stretches.to_s[ways.of], 0.0) * stretches.speed[ways.of]
    deferred = gpu_hours(jobs, job, np.where(serves, 0.0, delay))
    waits_h = np.maximum(stretches.to_s[ways.of] - 0.5 * (clock.hold_s + clock.end_s), 0.0) / SECONDS_PER_HOUR
    cost = lost * jobs.of_class("loss_cost_cny_per_gpu_hour")[job]
    cost = cost + deferred * waits_h * jobs.of_class("deferral_cost_cny_per_gpu_hour")[job]
    return Menu(
        ways=ways,
        course=one,
        cost_cny=cost + _migration(jobs, job, ways, one, elsewhere),
        kept=np.divide(done, meant, out=np.ones(len(ways)), where=meant > ROUNDING_S),
        lost_gpu_hours=lost,
        deferred_gpu_hours=deferred,
    )


def chosen(told: Menu, at: NDArray[np.int64]) -> Menu:
    """Some of the ways of a menu."""
    one = told.course
    return Menu(
        ways=told.ways.take(at),
        course=Course(
            start_s=one.start_s[:, at],
            stop_s=one.stop_s[:, at],
            draw=one.draw[:, at],
            speed=one.speed[:, at],
            away=one.away[:, at],
            finish_s=one.finish_s[at],
        ),
        cost_cny=told.cost_cny[at],
        kept=told.kept[at],
        lost_gpu_hours=told.lost_gpu_hours[at],
        deferred_gpu_hours=told.deferred_gpu_hours[at],
    )


def staged(jobs: Jobs, stretches: Stretches, clock: Clock) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """When each stretch goes down within the ramp, and up again after the end: the largest first, turn by turn.

    A minute's stage holds about as much power as the next, so that dead times come one after the other.
    """
    stages = max(int((clock.hold_s - clock.start_s) // STAGE_S), 1)
    order = np.argsort(-(jobs.power_mw[stretches.job] * stretches.level), kind="stable")
    turn = np.empty(len(stretches), dtype=np.int64)
    # Few jobs are spread over the whole ramp, many take turns.
    rank = np.arange(len(stretches))
    turn[order] = rank * stages // max(len(stretches), 1) if len(stretches) < stages else rank % stages
    later_s = np.asarray(turn * STAGE_S, dtype=np.float64)
    return np.asarray(clock.start_s + later_s), np.asarray(clock.end_s + later_s)


def _left_alone(stretches: Stretches) -> Ways:
    """Every stretch as it was planned."""
    count = len(stretches)
    return _ways(np.arange(count), Kind.LEAVE, stretches.level, np.zeros(count), np.zeros(count))


def _ways(
    of: NDArray[np.int64],
    kind: Kind,
    level: NDArray[np.float64],
    down_s: NDArray[np.float64],
    up_s: NDArray[np.float64],
    site: int = -1,
) -> Ways:
    """A table of ways of one kind."""
    return Ways(
        of=of,
        kind=np.full(of.size, int(kind), dtype=np.int64),
        level=level,
        down_s=down_s,
        up_s=up_s,
        site=np.full(of.size, site, dtype=np.int64),
    )


def _caps(jobs: Jobs, stretches: Stretches, clock: Clock, down: NDArray[np.float64], up: NDArray[np.float64]) -> Ways:
    """Levels on the curve of the class, and the lowest that the floor and the deadline let pass."""
    parts = [_left_alone(stretches).take(np.empty(0, dtype=np.int64))]
    of_class = jobs.class_index[stretches.job]
    for index in np.unique(of_class):
        at = np.flatnonzero(of_class == index)
        one = jobs.classes[index]
        grid = sorted({one.least_power, *(power for power, _ in one.power_work if power > one.least_power)})
        lowest = np.maximum(_lowest(jobs, stretches, at, clock, (down[at], up[at])), one.least_power)
        for level in (*(np.full(at.size, point) for point in grid), lowest):
            low = level < stretches.level[at] - LEVEL_LEAST_STEP
            parts.append(_ways(at[low], Kind.CAP, level[low], down[at][low], up[at][low]))
    return Ways.together(parts)


def _lowest(
    jobs: Jobs,
    stretches: Stretches,
    at: NDArray[np.int64],
    clock: Clock,
    between: tuple[NDArray[np.float64], NDArray[np.float64]],
) -> NDArray[np.float64]:
    """About the lowest level at which floor and deadline are kept, for stretches of one class; checked afterwards."""
    one = jobs.classes[jobs.class_index[stretches.job[at[0]]]] if at.size else jobs.classes[0]
    begin, end, full = stretches.from_s[at], stretches.to_s[at], stretches.speed[at]
    low_from, low_to = np.maximum(between[0], begin), np.maximum(between[1], begin)
    lasts = np.maximum(low_to - low_from - one.recap_s, ROUNDING_S)
    window_to = np.minimum(end, clock.back_s)
    meant = np.maximum(window_to - np.maximum(begin, clock.start_s), 0.0) * full
    # Dead after the raise as well: that, too, is work not done.
    may_lose = np.minimum((1.0 - float(floor_kept(one.service_floor))) * meant, stretches.slack_s[at] * full)
    needs = full - (may_lose - 2.0 * one.recap_s * full) / lasts
    powers, shares = zip((0.0, 0.0), *one.power_work, strict=True)
    return np.asarray(np.interp(np.clip(needs, 0.0, 1.0) + FLOOR_ROUNDING, shares, powers), dtype=np.float64)


def _pauses(jobs: Jobs, stretches: Stretches, clock: Clock, down: NDArray[np.float64], up: NDArray[np.float64]) -> Ways:
    """Pauses over one or more pieces of the hold; a stretch that has not begun may always wait."""
    job = stretches.job
    waits = ~np.isin(jobs.of_class("kind")[job], SERVING)
    at = np.flatnonzero(waits & (jobs.of_class("interruptible")[job] | (~stretches.begun & (stretches.from_s > down))))
    save = jobs.of_class("pause_s")[job[at]]
    pieces = PIECES_MANY if len(stretches) > STRETCHES_MANY else PIECES_FEW
    edges = np.linspace(clock.hold_s, clock.end_s, pieces + 1)
    parts = [_left_alone(stretches).take(np.empty(0, dtype=np.int64))]
    for first in range(pieces):
        early = np.maximum(down[at] - save, clock.notice_s) if not first else edges[first] - save
        in_time = early + save <= edges[first] + ROUNDING_S
        in_time |= ~stretches.begun[at] & (stretches.from_s[at] >= edges[first] - save)
        for last in range(first + 1, pieces + 1):
            late = up[at] if last == pieces else np.full(at.size, edges[last])
            parts.append(_ways(at[in_time], Kind.PAUSE, np.zeros(at.size)[in_time], early[in_time], late[in_time]))
    return Ways.together(parts)


def _moves(jobs: Jobs, stretches: Stretches, down: NDArray[np.float64], site: int, elsewhere: Elsewhere) -> list[Ways]:
    """Moves to each other site inside the latency ring that has room."""
    parts, job = [], stretches.job
    room = np.zeros(0) if elsewhere.room_mw is None else elsewhere.room_mw
    may = jobs.of_class("interruptible")[job] | ~np.isin(jobs.of_class("kind")[job], SERVING[:1])
    may &= ~np.isin(jobs.of_class("kind")[job], SERVING[:1]) & stretches.begun
    limit = np.array([one.latency_ms_max if one.latency_ms_max is not None else np.inf for one in jobs.classes])
    limit = limit[jobs.class_index[job]]
    flight = jobs.move_gb[job] * GBIT_PER_GB / jobs.of_class("move_gbit_per_s")[job]
    arrives = down + jobs.of_class("pause_s")[job] + flight
    for target in range(len(jobs.sites)):
        far = np.full(len(jobs.sites), np.inf) if elsewhere.latency_ms is None else elsewhere.latency_ms[:, target]
        near = may & (np.isinf(limit) | (far[jobs.home[job]] <= limit))
        at = np.flatnonzero(near & (jobs.power_mw[job] * stretches.level <= room[target]))
        if target != site and at.size:
            parts.append(_ways(at, Kind.MOVE, np.zeros(at.size), down[at], arrives[at], site=target))
    return parts


def keeps_promises(jobs: Jobs, stretches: Stretches, told: Menu) -> NDArray[np.bool_]:
    """Whether each way keeps its class's floor and its job's deadline; to be left alone always does."""
    at = told.ways.of
    floor = floor_kept(jobs.of_class("service_floor")[stretches.job[at]])
    on_time = told.course.finish_s <= stretches.to_s[at] + stretches.slack_s[at] + ROUNDING_S
    return np.asarray((told.ways.kind == Kind.LEAVE) | (on_time & (told.kept >= floor - FLOOR_ROUNDING)))


def floor_kept(floor: NDArray[np.float64] | float) -> NDArray[np.float64]:
    """The floor that is planned for; none where none was promised."""
    return np.where(np.asarray(floor) > 0, np.minimum(np.asarray(floor) + FLOOR_MARGIN, 1.0), 0.0)


def _migration(
    jobs: Jobs, job: NDArray[np.int64], ways: Ways, one: Course, elsewhere: Elsewhere
) -> NDArray[np.float64]:
    """Cost of the energy that is served away."""
    cost, moved = np.zeros(len(ways)), ways.kind == Kind.MOVE
    if elsewhere.migration_cost_cny_per_mwh is None or not moved.any():
        return cost
    share_s = one.energy_until(np.array([np.inf]), away=True)[:, 0]
    rate = elsewhere.migration_cost_cny_per_mwh[jobs.home[job[moved]], ways.site[moved]]
    cost[moved] = share_s[moved] * jobs.power_mw[job[moved]] / SECONDS_PER_HOUR * rate
    return cost


STAGE_S = 60.0
"""Jobs are told in stages a minute apart."""

__all__ = ["Clock", "Elsewhere", "Menu", "chosen", "floor_kept", "judged", "keeps_promises", "menu", "staged"]
