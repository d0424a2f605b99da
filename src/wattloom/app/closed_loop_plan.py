"""What does the plan of the rest of the day say now? How much of each job, and what waiting and storing are worth.

Made anew every few minutes: what is met now is taken to hold until the next plan, what was seen of this period so far
corrects the forecast of its rest, and the forecast tells the periods after it. Jobs that are here count one by one;
those that are not come from experience, and can be served only after the present step. A price alone does not say
enough: where several hours cost the same, each is right for one MWh and wrong for all, so the plan also says how much.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from wattloom.app.closed_loop_day import ANYWHERE, Conditions, at
from wattloom.app.closed_loop_program import Work, cheapest_way, unramped
from wattloom.domain.jobs import SECONDS_PER_HOUR

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.app.closed_loop_again import Again
    from wattloom.app.closed_loop_day import Day
    from wattloom.dispatch.matching import Tick
    from wattloom.domain.jobs import Jobs

STEP_HOURS = 1 / 12
"""Between plans; a longer tick is a step of its own."""
SPARE_TICKS = 1
"""So many ticks before its last chance, work may wait no longer: time to make good what a tick gave less than asked."""
LEFT_MWH = 1e-9
"""Less than that is done."""
ROUNDING = 1e-6
"""Of a tick, by which an instant may miss a tick's edge."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where things stand as a tick begins."""

    left_mwh: NDArray[np.float64]
    """Of each job of the day's table, shape (job,)."""
    stored_mwh: NDArray[np.float64]
    """Shape (site,)."""
    it_mw: NDArray[np.float64]
    """Power of the tick before, from which a site ramps, shape (site,)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What the rest of the day's plan says, from the tick at which it was made."""

    cost_cny: float

    edge_hours: NDArray[np.float64]
    """Of its steps, in hours of the day: the first ends with the next plan."""
    worth_cny_per_mwh: NDArray[np.float64]
    """Of one more MWh of a waiting class, shape (2, site, step)."""
    job_mw: NDArray[np.float64]
    """Of each job of the day's table in the first step, shape (job,); 0 for those that are not here."""
    charged_mw: NDArray[np.float64]
    """Into the stores' contents in the first step, net, shape (site,)."""
    stored_value_cny_per_mwh: NDArray[np.float64]
    """At the end of the first step, shape (site,)."""


def ticks_per_step(day: Day) -> int:
    """From plan to plan; a divisor of the ticks of a period."""
    wanted = max(1, int(STEP_HOURS / day.tick_hours + ROUNDING))
    return max(n for n in range(1, wanted + 1) if day.ticks_per_period % n == 0)


def plan_from(day: Day, k: int, standing: Standing, again: Again | None = None) -> Plan:
    """The rest of the day from what is known as a tick begins; `again` goes on from the last plan."""
    left_mwh, stored_mwh = standing.left_mwh, standing.stored_mwh
    now, step = k * day.tick_hours, ticks_per_step(day) * day.tick_hours
    edges, ticks = _steps(day, k, standing.it_mw)
    rows = np.flatnonzero((day.jobs.arrive_s <= now * SECONDS_PER_HOUR) & (left_mwh > LEFT_MWH))
    rows = rows[day.jobs.due_s[rows] >= (now + day.tick_hours) * SECONDS_PER_HOUR]
    here = replace(_here(day, rows, left_mwh[rows], now), mark=rows)
    work = _joined(here, _coming(day, now, step))
    way = cheapest_way(
        ticks,
        edges - now,
        work=work,
        stores=replace(day.stores, first_mwh=stored_mwh),
        last_mwh=day.stores.first_mwh,
        again=again,
    )
    job_mw = np.zeros(len(day.jobs))
    job_mw[rows] = way.first_mw[: rows.size]
    return Plan(
        cost_cny=way.cost_cny,
        edge_hours=edges,
        worth_cny_per_mwh=way.worth_cny_per_mwh,
        job_mw=job_mw,
        charged_mw=(way.stored_mwh[:, 0] - stored_mwh) / (edges[1] - edges[0]),
        stored_value_cny_per_mwh=way.stored_value_cny_per_mwh[:, 0],
    )


def work_of(jobs: Jobs, left_mwh: NDArray[np.float64] | None = None, *, now_hours: float = 0.0) -> Work:
    """Jobs as fluid work in hours from an instant."""
    return Work(
        site=jobs.home,
        movable=jobs.class_index == ANYWHERE,
        from_hours=np.maximum(jobs.arrive_s / SECONDS_PER_HOUR - now_hours, 0.0),
        due_hours=jobs.due_s / SECONDS_PER_HOUR - now_hours,
        energy_mwh=jobs.energy_mwh if left_mwh is None else left_mwh,
        power_mw=jobs.power_mw,
        mark=np.arange(len(jobs)),
    )


def _steps(day: Day, k: int, it_mw: NDArray[np.float64]) -> tuple[NDArray[np.float64], list[Tick]]:
    """The step until the next plan, the rest of this period, and the periods after it; what each is taken to meet."""
    n, per, later_on = ticks_per_step(day), day.ticks_per_period, unramped(day.still)
    period, ahead = k // per, day.foreseen[k // per]
    reach = n * day.still.sites.ramp_mw
    first = at(day.still, day.truth, k, previous_it_mw=it_mw, ramp_mw=reach)
    edges, ticks = [k * day.tick_hours, (k + n) * day.tick_hours], [first]
    if k + n < (period + 1) * per:
        edges.append((period + 1) * day.period_hours)
        ticks.append(at(later_on, _seen(day, k), 0))
    for later in range(period + 1, day.periods):
        edges.append((later + 1) * day.period_hours)
        ticks.append(at(later_on, ahead, later))
    return np.array(edges), ticks


def _seen(day: Day, k: int) -> Conditions:
    """What this period brought in the mean until now, this tick included, in one row."""
    first = k // day.ticks_per_period * day.ticks_per_period
    seen = slice(first, k + 1)
    return Conditions(**{name: getattr(day.truth, name)[seen].mean(axis=0)[None] for name in Conditions.__slots__})


def _here(day: Day, rows: NDArray[np.int64], left_mwh: NDArray[np.float64], now: float) -> Work:
    """Jobs that are here, each to be done some ticks before its last chance where it still can be."""
    h, work = day.tick_hours, work_of(day.jobs.select(rows), left_mwh, now_hours=now)
    end = np.floor(work.due_hours / h + ROUNDING) * h
    soon = np.maximum(end - SPARE_TICKS * h, np.ceil(work.energy_mwh / work.power_mw / h - ROUNDING) * h)
    return replace(work, due_hours=np.minimum(end, soon))


def _coming(day: Day, now: float, step: float) -> Work:
    """What experience expects of the jobs that are not here: served from the next step on, in whole ticks."""
    h, jobs = day.tick_hours, day.expected
    work = work_of(jobs.select(jobs.arrive_s > now * SECONDS_PER_HOUR), now_hours=now)
    start = np.maximum(np.ceil(work.from_hours / h - ROUNDING) * h, step)
    run = work.energy_mwh / work.power_mw
    end = np.maximum(np.floor(work.due_hours / h + ROUNDING) * h, start + run)
    fits = end <= day.axis.hours - now + ROUNDING
    work = replace(work, from_hours=start, due_hours=end)
    return Work(**{name: getattr(work, name)[fits] for name in Work.__slots__}).pooled(day.period_hours, now_hours=now)


def _joined(*works: Work) -> Work:
    """One after the other."""
    return Work(**{name: np.concatenate([getattr(work, name) for work in works]) for name in Work.__slots__})
