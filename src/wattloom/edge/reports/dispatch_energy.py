"""What did classes, sites and single jobs do in each period? A schedule's stretches, folded onto the axis."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wattloom.domain.jobs import SECONDS_PER_HOUR

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from numpy.typing import NDArray

    from wattloom.domain.jobs import Jobs, Segments
    from wattloom.domain.time import TimeAxis

HOURS_PER_DAY = 24
MINUTES_PER_HOUR, MINUTES_PER_DAY = 60, 1440
TIMES_OF_DAY = ((0.9, 9), (0.6, 13))
"""Share of an energy that a stretch of the day must hold, and how many hours at most, to be named as its time."""
JOIN_S = 1.0
"""Gap below which two stretches of a job are drawn as one."""
ROUNDING = 1e-6
LATE_S = 1.0
"""How late a job may be by rounding."""
POINTS_MAX = 800
"""More points than this are more than a picture is wide."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fared:
    """How each job fared under a schedule; arrays as long as the table of jobs."""

    waited_hours: NDArray[np.float64]
    """From arrival to the first start; NaN for a job that never starts."""
    end_s: NDArray[np.float64]
    """End of the last stretch; NaN for a job that never starts."""
    late: NDArray[np.bool_]
    """Whether work is left at its deadline."""
    away_mwh: NDArray[np.float64]
    """IT energy drawn away from home."""
    mwh: NDArray[np.float64]
    """IT energy drawn."""
    capped_s: NDArray[np.float64]
    """Time run below full power."""
    run_s: NDArray[np.float64]
    """Time run."""


def power_by(
    segments: Segments, jobs: Jobs, axis: TimeAxis, *, group: NDArray[np.int64], count: int
) -> NDArray[np.float64]:
    """Mean IT power, MW, of each group of stretches in each period, shape (count, periods); `group` is by stretch."""
    step_s = axis.step_hours * SECONDS_PER_HOUR
    offset_s = (jobs.start - axis.start).total_seconds()
    power = segments.level * jobs.power_mw[segments.job]
    width = axis.count + 2
    change = np.zeros(count * width)
    for instant, sign in ((segments.start_s, 1.0), (segments.end_s, -1.0)):
        at = np.clip((instant + offset_s) / step_s, 0.0, axis.count)
        period = np.floor(at).astype(np.int64)
        rest = 1.0 - (at - period)
        # A step of power inside a period counts there for what is left of it, and in full from the next on.
        change += np.bincount(group * width + period, sign * power * rest, minlength=change.size)
        change += np.bincount(group * width + period + 1, sign * power * (1.0 - rest), minlength=change.size)
    powers = np.cumsum(change.reshape(count, width), axis=1)[:, : axis.count]
    return np.where(np.abs(powers) < ROUNDING * ROUNDING, 0.0, powers)


def by_class(segments: Segments, jobs: Jobs, axis: TimeAxis) -> NDArray[np.float64]:
    """Mean IT power of each class, shape (class, period)."""
    return power_by(segments, jobs, axis, group=jobs.class_index[segments.job], count=len(jobs.classes))


def by_home_and_site(segments: Segments, jobs: Jobs, axis: TimeAxis) -> NDArray[np.float64]:
    """Mean IT power of the work of each home at each site, shape (home, site, period)."""
    sites = len(jobs.sites)
    group = jobs.home[segments.job] * sites + segments.site
    return power_by(segments, jobs, axis, group=group, count=sites * sites).reshape(sites, sites, axis.count)


def fared(segments: Segments, jobs: Jobs) -> Fared:
    """Waits, deadlines, moves and caps of every job."""
    count = len(jobs)
    first, last = np.full(count, np.nan), np.full(count, np.nan)
    np.fmin.at(first, segments.job, segments.start_s)
    np.fmax.at(last, segments.job, segments.end_s)
    length = segments.end_s - segments.start_s
    mwh = segments.energy_mwh(jobs)

    def by_job(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.bincount(segments.job, values, minlength=count).astype(np.float64)

    away = segments.site != jobs.home[segments.job]
    done_s = by_job(segments.work_s(jobs))
    return Fared(
        waited_hours=(first - jobs.arrive_s) / SECONDS_PER_HOUR,
        end_s=last,
        late=(done_s < jobs.run_s * (1.0 - ROUNDING) - LATE_S) | ~(last <= jobs.due_s + LATE_S),
        away_mwh=by_job(mwh * away),
        mwh=by_job(mwh),
        capped_s=by_job(length * (segments.level < 1.0 - ROUNDING)),
        run_s=by_job(length),
    )


def stay_at_home(segments: Segments, jobs: Jobs) -> NDArray[np.bool_]:
    """Which jobs never run elsewhere."""
    away = np.bincount(segments.job, segments.site != jobs.home[segments.job], minlength=len(jobs))
    return np.asarray(away == 0)


def weighted(values: NDArray[np.float64], weights: NDArray[np.float64]) -> float | None:
    """The mean of values by weight; None where nothing weighs."""
    total = float(weights.sum())
    return float((values * weights).sum()) / total if total > 0 else None


def time_of_day(weights: NDArray[np.float64], axis: TimeAxis, zone: ZoneInfo) -> tuple[int, int, float] | None:
    """A short stretch of the local day that holds much of the weights: first hour, end hour, least share held.

    None where none is short enough, or where nothing weighs. A stretch may run past midnight: (22, 6).
    """
    hours = np.bincount(np.asarray(axis.local(zone).hour), np.maximum(weights, 0.0), minlength=HOURS_PER_DAY)
    if hours.sum() <= 0:
        return None
    twice = np.concatenate([[0.0], np.cumsum(np.tile(hours, 2))])
    for share, longest in TIMES_OF_DAY:
        for length in range(1, longest + 1):
            held = twice[length : length + HOURS_PER_DAY] - twice[:HOURS_PER_DAY]
            if held.max() >= (share - ROUNDING) * hours.sum():
                first = int(np.argmax(held))
                return first, (first + length) % HOURS_PER_DAY, share
    return None


def shown_until(powers: NDArray[np.float64], least: int) -> int:
    """Periods that a picture needs: to the end of the window, and on to the last in which a job runs."""
    running = np.flatnonzero(np.atleast_2d(powers).sum(axis=0) > ROUNDING)
    return max(least, int(running[-1]) + 1 if running.size else 0)


def thinned(values: NDArray[np.float64], block: int) -> NDArray[np.float64]:
    """Means over blocks of periods; the last block may be shorter."""
    starts = np.arange(0, values.shape[-1], block)
    sums = np.add.reduceat(values, starts, axis=-1)
    return np.asarray(sums / np.diff(np.append(starts, values.shape[-1])))


def block_for(count: int, step_minutes: int) -> int:
    """How many periods make one point of a picture: 1, or as many as give an hour or a day.

    Nothing in between: parts of a day would draw its course as a band.
    """
    for minutes in (step_minutes, MINUTES_PER_HOUR):
        if minutes % step_minutes == 0 and count * step_minutes / minutes <= POINTS_MAX:
            return minutes // step_minutes
    return max(1, MINUTES_PER_DAY // step_minutes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A stretch of a job as it is drawn."""

    site: int
    start_s: float
    end_s: float
    level: float


def bars_of(job: int, segments: Segments) -> list[Bar]:
    """The stretches of one job; those that follow each other at one site and level are one."""
    first, last = np.searchsorted(segments.job, [job, job + 1])
    bars: list[Bar] = []
    for i in range(int(first), int(last)):
        bar = Bar(
            site=int(segments.site[i]),
            start_s=float(segments.start_s[i]),
            end_s=float(segments.end_s[i]),
            level=round(float(segments.level[i]), 3),
        )
        before = bars[-1] if bars else None
        if before and before.site == bar.site and before.level == bar.level and bar.start_s - before.end_s < JOIN_S:
            bars[-1] = Bar(site=bar.site, start_s=before.start_s, end_s=bar.end_s, level=bar.level)
        else:
            bars.append(bar)
    return bars


def largest_jobs(jobs: Jobs, segments: Segments, rows_max: int) -> list[NDArray[np.int64]]:
    """Of each class the jobs of most energy, as many as fit when classes share the rows; earliest start first."""
    runs = np.bincount(segments.job, minlength=len(jobs)) > 0
    start_s = fared(segments, jobs).waited_hours * SECONDS_PER_HOUR + jobs.arrive_s
    of_class = [np.flatnonzero(runs & (jobs.class_index == index)) for index in range(len(jobs.classes))]
    room = _even_rooms([found.size for found in of_class], rows_max)
    chosen = []
    for found, count in zip(of_class, room, strict=True):
        largest = found[np.argsort(-jobs.energy_mwh[found], kind="stable")[:count]]
        chosen.append(largest[np.argsort(start_s[largest], kind="stable")])
    return chosen


def _even_rooms(wanted: list[int], room: int) -> list[int]:
    """Room shared evenly; what one does not need goes to the others."""
    given = [0] * len(wanted)
    for left, index in enumerate(sorted(range(len(wanted)), key=lambda i: wanted[i])):
        given[index] = min(wanted[index], room // (len(wanted) - left))
        room -= given[index]
    return given
