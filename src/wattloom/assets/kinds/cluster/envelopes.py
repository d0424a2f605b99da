"""Between which curves may the work of many jobs be done? By home, class and slack, each group of jobs an envelope.

Work is told as energy at full power. A job that arrives at a, is due at d and needs r seconds at power P has done at
most what it does when it starts at a, and at least what it does when it starts at d - r; both are straight ramps of
slope P, and a group's curves are the sums of its jobs' ramps, exact also where a ramp begins inside a period.

What an envelope holds. Any schedule in which every job keeps its window and its full power lies inside. Each of the
three limits is the closest one: some schedule does the most work by the end of a period that any can, another the
least, a third the most inside one period.

What it does not hold: the rate of each single job. A plan of R MWh in the periods can be split back exactly when, for
EVERY set K of periods, R(K) <= sum over jobs of min(work of the job, P times its time alive in K): the feasible plans
are the base of that submodular function (a transport problem). An envelope asks it of the first k periods, of the last
k, and of single ones only. A plan that crowds the work into the middle of the windows, say, asks more of long jobs than
their power gives, while short ones have nothing left to do. What is short then:

- jobs of one common window and one share of it at work (r / (d - a)): nothing, proportional parts do it;
- jobs of one common window: at most `split_shortfall_mwh_max`;
- any windows: only the sets above bound it; `campaigns/envelope_laws.py` measures it, and a dispatcher re-fits each
  period. No inner approximation is given: the sound ones we know leave little more than one fixed schedule.

Dead time (pausing, restarting, changing level) does no work, so no schedule leaves the envelope for it, but the latest
curve does not wait for it either; a floor takes no account of a change of level.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wattloom.domain.errors import InputError
from wattloom.domain.jobs import SECONDS_PER_HOUR
from wattloom.domain.workloads import Envelope

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.domain.jobs import Jobs, JobsState
    from wattloom.domain.time import TimeAxis

SECONDS_PER_MINUTE = 60.0
FINISHED_S = 1e-9
"""Work left, in seconds, below which nothing is left."""
ROUNDING = 1e-13
"""Share of a group's largest sum that may stay by rounding when the last of its jobs has ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobGroup:
    """Jobs of one home, class and band of slack, and the ways in which their work may be done."""

    home: int
    """Place in `Jobs.sites`."""
    class_index: int
    """Place in `Jobs.classes`."""
    band: int
    """0 for slack below the first limit; as many as there are limits for slack at or above the last."""
    jobs: NDArray[np.int64]
    """Places in the table of those with work left that may be done in the window, rising."""
    envelope: Envelope


@dataclass(frozen=True, slots=True)
class _Live:
    """Jobs that may work in the window, their seconds counted from its start."""

    row: NDArray[np.int64]
    ready_s: NDArray[np.float64]
    """From when work may be done: never before the window."""
    due_s: NDArray[np.float64]
    """By when it is done; for a job that is late already, as soon as it can be."""
    left_s: NDArray[np.float64]
    power_mw: NDArray[np.float64]
    floor_speed: NDArray[np.float64]
    """Least share of full speed at which a running job goes on that may not be interrupted; 0 for all others."""


def envelopes_of_jobs(
    jobs: Jobs, axis: TimeAxis, *, bands_s: Sequence[float] = (), state: JobsState | None = None
) -> tuple[JobGroup, ...]:
    """The groups of a table of jobs, sorted by home, class and band, each with its envelope over the axis.

    `bands_s` are rising limits of slack in seconds. Groups depend on the table only, by the slack on arrival: a re-plan
    with another axis or state has the same groups in the same order, some of them with nothing left to do.
    With a `state`, work starts from what is left, and no work is done before `state.now_s`; without, nothing has been
    done before the axis starts. Work due after the axis may stay undone at its end; jobs that arrive later are left
    out. A job that cannot be done in time any more is due as soon as it can be done.

    Example:
        >>> from datetime import UTC, datetime
        >>> from wattloom.domain.jobs import JobClass, Jobs
        >>> from wattloom.domain.time import TimeAxis
        >>> from wattloom.domain.workloads import WorkloadKind
        >>> start = datetime(2026, 1, 1, tzinfo=UTC)
        >>> jobs = Jobs(start=start, classes=(JobClass(name="a", kind=WorkloadKind.BATCH),), sites=("x",), id=["1"],
        ...     class_index=[0], home=[0], arrive_s=[1800.0], due_s=[10800.0], run_s=[3600.0], power_mw=[2.0],
        ...     gpus=[8.0], nodes=[0], move_gb=[0.0])
        >>> (group,) = envelopes_of_jobs(jobs, TimeAxis(start, 60, 3))
        >>> group.envelope.earliest_mwh, group.envelope.latest_mwh, group.envelope.rate_mw_max
        (array([1., 2., 2.]), array([0., 0., 2.]), array([1., 2., 2.]))
    """
    limits = _rising(bands_s)
    band = np.searchsorted(limits, jobs.slack_s, side="right")
    code = (jobs.home * len(jobs.classes) + jobs.class_index) * (limits.size + 1) + band
    codes, group_of = np.unique(code, return_inverse=True)
    live = _live(jobs, axis, state)
    group = group_of[live.row]
    table = _Table(groups=len(codes), count=axis.count, step_s=axis.step_minutes * SECONDS_PER_MINUTE)
    curves = _curves(live, group, table)
    order = np.argsort(group, kind="stable")
    rows = np.split(live.row[order], np.searchsorted(group[order], np.arange(1, len(codes))))
    found = []
    for place, one in enumerate(codes):
        rest, of_band = divmod(int(one), limits.size + 1)
        home, of_class = divmod(rest, len(jobs.classes))
        envelope = Envelope(
            axis=axis,
            earliest_mwh=curves[0][place],
            latest_mwh=curves[1][place],
            rate_mw_max=curves[2][place],
            rate_mw_min=curves[3][place],
        )
        found.append(
            JobGroup(home=home, class_index=of_class, band=of_band, jobs=_read_only(rows[place]), envelope=envelope)
        )
    return tuple(found)


def split_shortfall_mwh_max(jobs: Jobs) -> float:
    """Most work that a plan inside the envelope of jobs with ONE common window can ask for and not get by its end.

    For jobs with several windows no such bound holds, and they are refused. With c the energy of a job at full power
    all through the window, s its share at work and m the mean share (by c), a plan that runs everything for a part q of
    the window gets sum of c * min(s, q) and asks for at most sum of c * min(m, q). The gap is widest at q = m, where it
    is the sum of c * (m - s) over the jobs with less than the mean share.

    Two jobs of 1 MW with 1 h and 3 h of work have 4 h, so m = 0.5. A plan may run both in the second and third hour and
    nothing else, but the first has work for one: short of 4 MWh * (0.5 - 0.25) = 1 MWh.
    """
    windows = np.unique(np.stack([jobs.arrive_s, jobs.due_s]), axis=1)
    if windows.shape[1] > 1:
        raise InputError.one(
            "jobs",
            found=f"{windows.shape[1]} different windows",
            expected="jobs that arrive at one instant and are due at one",
            remedy="measure the shortfall of their split instead",
        )
    span_mwh = (jobs.due_s - jobs.arrive_s) * jobs.power_mw / SECONDS_PER_HOUR
    share = jobs.energy_mwh.sum() / span_mwh.sum() if len(jobs) else 0.0
    return float(np.maximum(share * span_mwh - jobs.energy_mwh, 0.0).sum())


@dataclass(frozen=True, slots=True)
class _Table:
    """Sums by group and period."""

    groups: int
    count: int
    step_s: float

    def sums(
        self, group: NDArray[np.int64], spans: tuple[NDArray[np.float64], ...], rate: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Rate times seconds of [start, end) in each period, at most `most_s` in any one, shape (group, period).

        The first and the last period of a span are counted by themselves; those between are whole, so that a span
        costs the same however long it is.
        """
        horizon_s = self.count * self.step_s
        start, end, most_s = np.clip(spans[0], 0.0, horizon_s), np.clip(spans[1], 0.0, horizon_s), spans[2]
        there = end > start
        start, end, most_s, rate, group = start[there], end[there], most_s[there], rate[there], group[there]
        first = np.minimum((start / self.step_s).astype(np.int64), self.count - 1)
        last = np.maximum((end / self.step_s).astype(np.int64), first)
        head = np.minimum(np.minimum(end, (first + 1) * self.step_s) - start, most_s)
        tail = np.where(last > first, np.minimum(end - last * self.step_s, most_s), 0.0)
        whole = np.where(last > first, np.minimum(self.step_s, most_s), 0.0) * rate
        edges = self._summed(group, (first, last), (head * rate, tail * rate))
        steps = self._summed(group, (first + 1, last), (whole, -whole))
        between = np.cumsum(steps, axis=1)
        between[between < ROUNDING * between.max(axis=1, initial=0.0, keepdims=True)] = 0.0
        return np.asarray((edges + between)[:, : self.count])

    def _summed(
        self,
        group: NDArray[np.int64],
        periods: tuple[NDArray[np.int64], ...],
        values: tuple[NDArray[np.float64], ...],
    ) -> NDArray[np.float64]:
        """Values added up where they belong, with two columns more than there are periods."""
        width = self.count + 2
        at = np.concatenate([group * width + period for period in periods])
        summed = np.bincount(at, np.concatenate(values), minlength=self.groups * width)
        return np.asarray(summed, dtype=np.float64).reshape(self.groups, width)


def _curves(live: _Live, group: NDArray[np.int64], table: _Table) -> tuple[NDArray[np.float64], ...]:
    """Earliest and latest work done and most and least rate, each of shape (group, period)."""
    power, step_hours = live.power_mw / SECONDS_PER_HOUR, table.step_s / SECONDS_PER_HOUR
    unlimited = np.full(power.size, np.inf)
    earliest = table.sums(group, (live.ready_s, live.ready_s + live.left_s, unlimited), power)
    # Who may not stop goes on at its floor, and at full speed from where its deadline needs it.
    floor = live.floor_speed
    slow_until = np.minimum(
        live.ready_s + (live.due_s - live.left_s - live.ready_s) / np.maximum(1.0 - floor, FINISHED_S),
        live.ready_s + live.left_s / np.maximum(floor, FINISHED_S),
    )
    must_go_on = floor > 0
    fast_from = np.where(must_go_on, slow_until, live.due_s - live.left_s)
    done = np.where(must_go_on, floor * (fast_from - live.ready_s), 0.0)
    latest = table.sums(group, (fast_from, fast_from + live.left_s - done, unlimited), power)
    least = np.zeros_like(latest)
    if must_go_on.any():
        slow = floor * power
        latest += table.sums(group, (live.ready_s, np.where(must_go_on, slow_until, live.ready_s), unlimited), slow)
        # Done at full speed it ends after `left_s`, and no floor can be asked of it later.
        least = table.sums(group, (live.ready_s, live.ready_s + live.left_s, unlimited), slow)
    most = table.sums(group, (live.ready_s, live.due_s, live.left_s), power)
    total = np.cumsum(earliest, axis=1)
    return total, np.minimum(np.cumsum(latest, axis=1), total), most / step_hours, np.minimum(least, most) / step_hours


def _live(jobs: Jobs, axis: TimeAxis, state: JobsState | None) -> _Live:
    """Jobs with work left that may be done before the axis ends."""
    offset_s = (axis.start - jobs.start).total_seconds()
    end_s = offset_s + axis.count * axis.step_minutes * SECONDS_PER_MINUTE
    keep = jobs.arrive_s < end_s
    if state is not None:
        keep &= ~state.done & (state.left_s > FINISHED_S)
    row = np.flatnonzero(keep)
    ready, left = np.maximum(jobs.arrive_s[row], offset_s), jobs.run_s[row]
    floor_speed = np.zeros(row.size)
    if state is not None:
        ready, left = _ready(jobs, state, row, ready), state.left_s[row]
        bound = ~jobs.of_class("interruptible")[row] & (state.level[row] > 0)
        lowest = np.array([float(one.speed_at(one.least_power)) for one in jobs.classes])
        floor_speed = np.where(bound, lowest[jobs.class_index[row]], 0.0)
    return _Live(
        row=row,
        ready_s=ready - offset_s,
        due_s=np.maximum(jobs.due_s[row], ready + left) - offset_s,
        left_s=left,
        power_mw=jobs.power_mw[row],
        floor_speed=floor_speed,
    )


def _ready(jobs: Jobs, state: JobsState, row: NDArray[np.int64], ready: NDArray[np.float64]) -> NDArray[np.float64]:
    """From when each job may work: after what it is dead or in flight for, and after a restart where it was paused."""
    ready = np.maximum(np.maximum(ready, state.now_s), state.ready_s[row])
    paused = state.started[row] & (state.level[row] == 0) & (state.ready_s[row] <= state.now_s)
    return np.where(paused, ready + jobs.of_class("restart_s")[row], ready)


def _rising(bands_s: Sequence[float]) -> NDArray[np.float64]:
    """Limits of slack; refuses what does not rise."""
    limits = np.asarray(bands_s, dtype=np.float64)
    if np.any(np.diff(limits) <= 0):
        raise InputError.one(
            "bands_s", found=f"{list(bands_s)}", expected="limits of slack that rise", remedy="sort them, each once"
        )
    return limits


def _read_only(rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Places that nobody can change."""
    rows.flags.writeable = False
    return rows
