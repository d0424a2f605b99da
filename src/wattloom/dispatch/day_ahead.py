"""What is the cheapest schedule of many sites' computing, batteries and cooling for the coming day or week?

One linear program over envelopes of jobs finds the plan and its prices by an interior point; the split gives it back to
single jobs at these prices; the sites' stores are dispatched once more around what the jobs came to. So the size of the
program does not depend on the number of jobs, and what is promised is checked on single jobs.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from wattloom.dispatch import accounts
from wattloom.dispatch.network import (
    DEFERRAL,
    LATE,
    MIGRATION,
    Network,
    build,
    edges_s,
    margins_of,
    offer_of,
    served_mw,
    work_of,
)
from wattloom.dispatch.question import DayPlan, DispatchQuestion, DispatchSite, SiteDay
from wattloom.dispatch.sites import CARBON, DEMAND, ENERGY, site_day
from wattloom.dispatch.split import split
from wattloom.domain.errors import Infeasible, InputError, Problem
from wattloom.domain.ports import Silent
from wattloom.solve.path import Path

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.domain.jobs import Jobs, JobsState, Segments
    from wattloom.domain.ports import Progress
    from wattloom.solve.lp import SolveReport
    from wattloom.solve.solution import Solution

SECONDS_MAX = 600.0
ROUNDING_MW = 1e-6
"""A watt: what sums of many jobs may exceed a limit by without meaning it."""
PERIODIC = (
    "import_price_cny_per_mwh",
    "carbon_kg_per_mwh",
    "it_mw_max",
    "firm_it_mw",
    "overhead_fixed_mw",
    "overhead_slope",
    "import_mw_max",
    "export_price_cny_per_mwh",
)


def plan_day(
    question: DispatchQuestion, *, state: JobsState | None = None, progress: Progress | None = None
) -> DayPlan:
    """The plan of a window, down to the single job; with a `state`, for the jobs that are not done, from there on.

    Work is done inside the window as far as it can be, also where its deadline lies behind it.
    """
    told = progress or Silent()
    refuse_problems(question)
    told.step("plan", done=0.0)
    inside = replace(question, jobs=_due_inside(question))
    network, solution = solved(inside, state)
    told.step("split", done=0.6)
    cpu = time.process_time()
    margins = margins_of(network, solution)
    offer = offer_of(
        margins,
        question.sites,
        edges_s(question),
        carbon_price_cny_per_t=question.carbon_price_cny_per_t,
    )
    segments = split(inside.jobs, offer, network.roads, state=state)
    split_cpu_s = time.process_time() - cpu
    told.step("settle", done=0.9)
    costs = {item: float(solution.value(amount)) for item, amount in network.costs.items() if item != LATE}
    return counted(
        question,
        segments,
        plan=Planned(
            cost_cny=sum(costs.values()),
            served_mw=served_mw(network, solution),
            report=solution.report,
            split_cpu_s=split_cpu_s,
            worth_cny_per_mwh=margins.worth_cny_per_mwh,
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """What is known of the envelope program behind a schedule."""

    cost_cny: float
    served_mw: NDArray[np.float64]
    """Shape (home, site, period)."""
    report: SolveReport
    split_cpu_s: float
    worth_cny_per_mwh: NDArray[np.float64] | None = None
    """Shape (site, period)."""


def solved(question: DispatchQuestion, state: JobsState | None = None) -> tuple[Network, Solution]:
    """The envelope program and its optimum; where not all work can be done in time, as little as must be is late."""
    work = work_of(question, state)
    path = Path(method="hipo", seconds_max=SECONDS_MAX)
    network = build(question, work)
    try:
        return network, network.program.solve(path)
    except Infeasible:
        network = build(question, work, late=True)
        return network, network.program.solve(path)


def counted(question: DispatchQuestion, segments: Segments, *, plan: Planned) -> DayPlan:
    """What a schedule of single jobs comes to, site by site and item by item."""
    jobs, hours, edge_s = question.jobs, question.axis.step_hours, edges_s(question)
    flexible = accounts.it_mw_of(segments, jobs, edge_s)
    days = tuple(
        site_day(site, flexible[place] + site.firm_it_mw, question) for place, site in enumerate(question.sites)
    )
    moved = accounts.moved_mwh(segments, jobs)
    costs = {
        ENERGY: sum(day.energy_cost_cny for day in days),
        DEMAND: sum(day.demand_charge_cny for day in days),
        MIGRATION: float(np.sum(moved * question.migration_cost_cny_per_mwh)),
        CARBON: sum(day.carbon_t for day in days) * question.carbon_price_cny_per_t,
        DEFERRAL: accounts.deferral_cny(segments, jobs, edge_s),
    }
    return DayPlan(
        axis=question.axis,
        sites=days,
        segments=segments,
        cost_cny=sum(costs.values()),
        costs_cny=costs,
        plan_cost_cny=plan.cost_cny,
        served_mw=plan.served_mw,
        deadline_misses=accounts.deadline_misses(segments, jobs, until_s=float(edge_s[-1])),
        cap_excess_mwh=sum(_excess_mw(site, day).sum() for site, day in zip(question.sites, days, strict=True)) * hours,
        moved_mwh=float(moved.sum() - np.trace(moved)),
        report=plan.report,
        split_cpu_s=plan.split_cpu_s,
        worth_cny_per_mwh=plan.worth_cny_per_mwh,
    )


def refuse_problems(question: DispatchQuestion) -> None:
    """Raise all that does not fit together, at once."""
    count, sites = question.axis.count, len(question.sites)
    problems = []
    names = tuple(site.name for site in question.sites)
    if names != question.jobs.sites:
        problems.append(("sites", f"{', '.join(names)}", f"{', '.join(question.jobs.sites)}, as the jobs have them"))
    for key in ("latency_ms", "migration_cost_cny_per_mwh"):
        shape = getattr(question, key).shape
        if shape != (sites, sites):
            problems.append((key, f"shape {shape}", f"({sites}, {sites})"))
    for site in question.sites:
        for key in PERIODIC:
            values = getattr(site, key)
            if values is not None and values.shape != (count,):
                problems.append((f"{site.name}.{key}", f"shape {values.shape}", f"({count},)"))
            elif values is not None and np.isnan(values).any():
                problems.append((f"{site.name}.{key}", "missing values", "a value for each period"))
        if not problems and np.any(site.firm_it_mw > site.it_mw_max):
            at = int(np.argmax(site.firm_it_mw - site.it_mw_max))
            found = f"{site.firm_it_mw[at]:g} MW in period {at + 1}"
            problems.append((f"{site.name}.firm_it_mw", found, f"at most {site.it_mw_max[at]:g} MW, what there is"))
    if problems:
        raise InputError(
            [
                Problem(where=where, found=found, expected=expected, remedy="correct the question")
                for where, found, expected in problems
            ]
        )


def _due_inside(question: DispatchQuestion) -> Jobs:
    """The jobs, due at the end of the window where they can be done by then."""
    jobs, end_s = question.jobs, float(edges_s(question)[-1])
    return replace(jobs, due_s=np.minimum(jobs.due_s, np.maximum(end_s, jobs.arrive_s + jobs.run_s)))


def _excess_mw(site: DispatchSite, day: SiteDay) -> NDArray[np.float64]:
    """By how much the machines' limit or the connection's is exceeded, rounding apart."""
    machines = day.it_mw - site.it_mw_max
    connection = day.import_mw - site.import_mw_max
    excess = np.maximum(machines, connection)
    return np.where(excess > ROUNDING_MW, excess, 0.0)
