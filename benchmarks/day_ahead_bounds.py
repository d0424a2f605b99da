"""What must every schedule of the benchmark's jobs cost at least, and what does a schedule cost? Without the product.

Both bounds allow more than any schedule could do: a job may run at several sites at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_matrix, vstack

import day_ahead_problem as problem

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.dispatch.question import DispatchQuestion
    from wattloom.domain.jobs import Segments

HOURS = problem.STEP_S / 3600.0


def per_job_program(question: DispatchQuestion) -> float:
    """Optimum of the linear program over single jobs: MW of each job at each site in each period, by SciPy."""
    jobs, prices = question.jobs, problem.prices()
    first, last = _window(question)
    lengths = last - first
    job = np.repeat(np.arange(len(jobs)), lengths)
    period = np.arange(job.size) - np.repeat(np.cumsum(lengths) - lengths, lengths) + first[job]
    sites, rows = len(problem.SITES), job.size
    site = np.repeat(np.arange(sites), rows)
    job_all, period_all, column = np.tile(job, sites), np.tile(period, sites), np.arange(sites * rows)
    cost = (prices[site, period_all] + problem.MOVING_CNY_PER_MWH * (site != jobs.home[job_all])) * HOURS
    ones = np.ones(sites * rows)
    work = csr_matrix((ones, (job_all, column)), shape=(len(jobs), sites * rows))
    limit = csr_matrix(
        (ones, (site * problem.PERIODS + period_all, column)), shape=(sites * problem.PERIODS, column.size)
    )
    rate = csr_matrix((ones, (np.tile(np.arange(rows), sites), column)), shape=(rows, column.size))
    mw_max = np.concatenate([one.it_mw_max for one in question.sites])
    answer = linprog(
        cost,
        A_ub=vstack([limit, rate]).tocsr(),
        b_ub=np.concatenate([mw_max, jobs.power_mw[job]]),
        A_eq=work,
        b_eq=jobs.energy_mwh / HOURS,
        bounds=np.column_stack([np.zeros(column.size), jobs.power_mw[job_all]]),
        method="highs-ds",
    )
    if answer.status != 0:
        raise SystemExit(f"the per-job program ended with {answer.message!r}")
    return float(answer.fun)


def by_prices(question: DispatchQuestion, limit_cny_per_mwh: NDArray[np.float64]) -> float:
    """What jobs cost at least when room at a site has a price: for any such prices, no schedule costs less.

    Room may be exceeded at `limit_cny_per_mwh` (site, period), and unused room is paid back: a schedule within the
    limits comes to its own cost or less, and each job alone takes its cheapest periods. Lagrange's bound, for the
    per-job program that is too large to solve.
    """
    jobs = question.jobs
    price = problem.prices() + limit_cny_per_mwh
    first, last = _window(question)
    lasts = np.rint(jobs.run_s / problem.STEP_S).astype(np.int64)
    least = 0.0
    for home in range(len(problem.SITES)):
        away = problem.MOVING_CNY_PER_MWH * (np.arange(len(problem.SITES)) != home)
        best = (price + away[:, None]).min(axis=0)
        for j in np.flatnonzero(jobs.home == home):
            window = best[first[j] : last[j]]
            cheapest = np.partition(window, lasts[j] - 1)[: lasts[j]] if lasts[j] < window.size else window
            least += jobs.power_mw[j] * float(cheapest.sum())
    mw_max = np.array([one.it_mw_max for one in question.sites])
    return (least - float(np.sum(limit_cny_per_mwh * mw_max))) * HOURS


def evaluated(question: DispatchQuestion, segments: Segments) -> dict[str, float]:
    """Cost, missed deadlines and excess of a schedule, counted period by period from its stretches alone."""
    jobs, prices = question.jobs, problem.prices()
    power_mw = np.zeros(prices.shape)
    cost, worked = 0.0, np.zeros(len(jobs))
    late = np.zeros(len(jobs), dtype=bool)
    np.add.at(worked, segments.job, (segments.end_s - segments.start_s - segments.dead_s) * segments.level)
    late[segments.job[segments.end_s > jobs.due_s[segments.job] + 1e-6]] = True
    late[segments.job[segments.start_s < jobs.arrive_s[segments.job] - 1e-6]] = True
    drawn_mw = segments.level * jobs.power_mw[segments.job]
    moved = segments.site != jobs.home[segments.job]
    for period in range(problem.PERIODS):
        begins_s, ends_s = period * problem.STEP_S, (period + 1) * problem.STEP_S
        inside = np.flatnonzero((segments.start_s < ends_s) & (segments.end_s > begins_s))
        on_s = np.minimum(segments.end_s[inside], ends_s) - np.maximum(segments.start_s[inside], begins_s)
        mwh = drawn_mw[inside] * on_s / 3600.0
        power_mw[:, period] = np.bincount(segments.site[inside], weights=mwh, minlength=prices.shape[0]) / HOURS
        cost += float(mwh @ prices[segments.site[inside], period])
        cost += problem.MOVING_CNY_PER_MWH * float(mwh[moved[inside]].sum())
    excess = power_mw - np.array([one.it_mw_max for one in question.sites])
    short = worked < jobs.run_s * (1 - 1e-9)
    return {
        "cost_cny": cost,
        "deadline_misses": int((short | late).sum()),
        "cap_excess_mwh": float(excess[excess > 1e-6].sum() * HOURS),
        "work_rel_error": float(np.max(np.abs(worked - jobs.run_s) / jobs.run_s)),
    }


def unavoidable_excess_mwh(question: DispatchQuestion) -> float:
    """What single jobs must draw beyond a site's limit, with the site to themselves all through their window.

    The per-job program lets such a job run at several sites at once; no schedule does.
    """
    jobs, mw_max = question.jobs, float(max(one.it_mw_max.max() for one in question.sites))
    room_mwh = np.minimum(jobs.power_mw, mw_max) * (jobs.due_s - jobs.arrive_s) / 3600.0
    return float(np.maximum(jobs.energy_mwh - room_mwh, 0.0).sum())


def _window(question: DispatchQuestion) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First period of each job, and the first after its deadline."""
    jobs = question.jobs
    return tuple(np.rint(column / problem.STEP_S).astype(np.int64) for column in (jobs.arrive_s, jobs.due_s))
