"""How do waiting work and sites make one program? Groups of jobs, streams between homes and sites, and the sites.

For each group g of jobs (home, class, band of slack) and each period, with machines told in MW of full power:

    waiting(g, t) = waiting(g, t-1) + arriving(g, t)·h − Σ speed·running(g, point, t)·h,   0 ≤ waiting ≤ what may wait

For each stream (jobs of one home that may go to the same sites), and for each site:

    Σ level·running = Σ over sites of sent(stream, site, t)
    it(site, t) = firm(site, t) + Σ over streams of sent(stream, site, t) ≤ what the machines may draw

so a site's IT power has a price of its own: what one MW more of it would cost. Streams are shared by all bands of
slack, which halves the columns against one flow for each group and site.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import xarray as xr

from wattloom.assets.kinds.cluster.envelopes import JobGroup, envelopes_of_jobs
from wattloom.dispatch.sites import GRID, KG_PER_T, SiteProgram, add_site
from wattloom.dispatch.split import Offer, Roads, worthwhile
from wattloom.domain.flows import TIME, total
from wattloom.domain.jobs import SECONDS_PER_HOUR
from wattloom.solve.program import Program

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.dispatch.question import DispatchQuestion, DispatchSite
    from wattloom.domain.jobs import Jobs, JobsState
    from wattloom.solve.solution import Solution

GROUP, LANE = "group", "lane"
MIGRATION, DEFERRAL, LATE = "migration", "deferral", "late"
BANDS_HOURS = (1.0, 4.0, 12.0)
"""Limits of slack: four groups for each home and class. More of them cost time and gain little."""
LATE_TIMES = 20.0
"""Work that cannot be done in time costs so many times the dearest energy: a plan is late only where it must be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """Work of one home that may go to the same sites."""

    home: int
    sites: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """Groups of jobs as a program needs them; shape (group, period) unless said otherwise."""

    keys: tuple[tuple[int, int, int], ...]
    """Home, class and band of each group."""
    arriving_mwh: NDArray[np.float64]
    waiting_mwh_max: NDArray[np.float64]
    running_mw_max: NDArray[np.float64]
    running_mw_min: NDArray[np.float64]
    gpus_per_mw: NDArray[np.float64]
    """Shape (group,)."""

    @classmethod
    def of_groups(cls, groups: Sequence[JobGroup], jobs: Jobs) -> Work:
        """Groups of one table."""
        envelopes = [group.envelope.reachable() for group in groups]
        earliest = np.array([envelope.earliest_mwh for envelope in envelopes])
        latest = np.array([envelope.latest_mwh for envelope in envelopes])
        return cls(
            keys=tuple((group.home, group.class_index, group.band) for group in groups),
            arriving_mwh=np.diff(earliest, axis=1, prepend=0.0),
            waiting_mwh_max=np.maximum(earliest - latest, 0.0),
            running_mw_max=np.array([envelope.rate_mw_max for envelope in envelopes]),
            running_mw_min=np.array([envelope.rate_mw_min for envelope in envelopes]),
            gpus_per_mw=np.array([_gpus_per_mw(jobs, group.jobs) for group in groups]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """The program of many sites and their jobs, and where its parts stand."""

    program: Program
    question: DispatchQuestion
    streams: tuple[Stream, ...]
    lanes: tuple[tuple[int, int], ...]
    """Stream and site of each lane."""
    sites: tuple[SiteProgram, ...]
    roads: Roads
    costs: Mapping[str, Any]
    """Expressions by item, all sites together."""


def work_of(question: DispatchQuestion, state: JobsState | None = None) -> Work:
    """The groups of a question's jobs."""
    bands_s = [hours * SECONDS_PER_HOUR for hours in BANDS_HOURS]
    return Work.of_groups(envelopes_of_jobs(question.jobs, question.axis, bands_s=bands_s, state=state), question.jobs)


def build(question: DispatchQuestion, work: Work, *, late: bool = False) -> Network:
    """Write the program; with `late`, work may stay undone at a price that only need makes it pay."""
    program = Program(question.axis)
    roads = Roads(latency_ms=question.latency_ms, cost_cny_per_mwh=question.migration_cost_cny_per_mwh)
    streams, stream_of = _streams(question.jobs, roads, work)
    lanes = tuple((number, site) for number, stream in enumerate(streams) for site in stream.sites)
    costs: dict[str, Any] = {}
    running = _add_work(program, question, work, costs, late=late)
    sent = program.table("sent_mw", [f"{streams[n].home}.{n}>{site}" for n, site in lanes], dimension=LANE)
    lane_stream, lane_site = (np.array(column, dtype=np.int64) for column in zip(*lanes, strict=True))
    for number in range(len(streams)):
        mine = [flow.isel({GROUP: np.flatnonzero(stream_of == number)}).sum(GROUP) for flow in running]
        gone = sent.isel({LANE: np.flatnonzero(lane_stream == number)}).sum(LANE)
        program.require(f"stream {number}", total(mine) - gone == 0)
    sites = []
    for place, site in enumerate(question.sites):
        it = program.flow(f"{site.name}.it_mw", upper=site.it_mw_max)
        flexible = sent.isel({LANE: np.flatnonzero(lane_site == place)}).sum(LANE)
        program.require(f"{site.name}.computing", it - flexible == site.firm_it_mw)
        sites.append(add_site(program, site, 1.0 * it, carbon_price_cny_per_t=question.carbon_price_cny_per_t))
    homes = np.array([stream.home for stream in streams])[lane_stream]
    price = question.migration_cost_cny_per_mwh[homes, lane_site] * question.axis.step_hours
    costs[MIGRATION] = (sent * xr.DataArray(price, coords=[sent.indexes[LANE]])).sum()
    for one in sites:
        for item, amount in one.costs.items():
            costs[item] = total([costs.get(item, 0.0), amount])
    for item, amount in costs.items():
        program.cost(item, amount)
    return Network(
        program=program,
        question=question,
        streams=streams,
        lanes=lanes,
        sites=tuple(sites),
        roads=roads,
        costs=costs,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Margins:
    """What a solved program says of each site's IT power; shape (site, period)."""

    worth_cny_per_mwh: NDArray[np.float64]
    """Of one MWh more: its price, and what the site's limits are worth."""
    price_cny_per_mwh: NDArray[np.float64]
    """Its price alone."""
    it_mw: NDArray[np.float64]
    import_mw: NDArray[np.float64]

    def at(self, periods: NDArray[np.int64]) -> Margins:
        """Some periods, in their order."""
        return Margins(**{field.name: getattr(self, field.name)[:, periods] for field in fields(self)})


def margins_of(network: Network, solution: Solution) -> Margins:
    """Prices and powers of all sites."""
    hours, model = network.program.axis.step_hours, network.program.model
    names = [site.name for site in network.question.sites]
    slopes = [1.0 + site.overhead_slope for site in network.question.sites]
    balances = [np.asarray(solution.dual(added.balance)) for added in network.sites]
    drawn = [solution.value(added.built.parts[GRID].imported_mw) for added in network.sites]
    return Margins(
        worth_cny_per_mwh=np.array([np.asarray(solution.dual(f"{name}.computing")) for name in names]) / hours,
        price_cny_per_mwh=np.array([dual * slope for dual, slope in zip(balances, slopes, strict=True)]) / hours,
        it_mw=np.array([np.asarray(solution.value(model.variables[f"{name}.it_mw"])) for name in names]),
        import_mw=np.array([np.asarray(power) for power in drawn]),
    )


def offer_of(
    margins: Margins, sites: Sequence[DispatchSite], edge_s: NDArray[np.float64], *, carbon_price_cny_per_t: float
) -> Offer:
    """What the sites offer to single jobs at the prices of the plan."""
    each = np.array([1.0 + site.overhead_slope for site in sites])
    firm = np.array([site.firm_it_mw for site in sites])
    drawn_cny = [
        site.import_price_cny_per_mwh + site.carbon_kg_per_mwh * (carbon_price_cny_per_t / KG_PER_T) for site in sites
    ]
    spare = np.array([site.import_mw_max for site in sites]) - margins.import_mw
    room = np.minimum(np.array([site.it_mw_max for site in sites]), margins.it_mw + np.maximum(spare, 0.0) / each)
    peak = [
        max(float(drawn.max()), site.peak_mw_so_far) if site.demand_charge_cny_per_mw else np.inf
        for site, drawn in zip(sites, margins.import_mw, strict=True)
    ]
    soft = np.minimum(room, margins.it_mw + (np.array(peak)[:, None] - margins.import_mw) / each)
    return Offer(
        edge_s=edge_s,
        worth_cny_per_mwh=margins.worth_cny_per_mwh,
        low_cny_per_mwh=margins.price_cny_per_mwh,
        high_cny_per_mwh=np.maximum(margins.price_cny_per_mwh, np.array(drawn_cny) * each),
        planned_mw=np.maximum(margins.it_mw - firm, 0.0),
        room_mw=np.maximum(room - firm, 0.0),
        soft_room_mw=np.maximum(soft - firm, 0.0),
        gpus=np.array([np.inf if site.gpus is None else site.gpus for site in sites], dtype=np.float64),
        nodes=np.array([np.inf if site.nodes is None else site.nodes for site in sites], dtype=np.float64),
    )


def served_mw(network: Network, solution: Solution) -> NDArray[np.float64]:
    """Flexible work done, by home, site and period."""
    sent = np.asarray(solution.value(network.program.model.variables["sent_mw"]))
    count = len(network.question.sites)
    served = np.zeros((count, count, network.program.axis.count))
    for row, (stream, site) in enumerate(network.lanes):
        served[network.streams[stream].home, site] += sent[row]
    return np.asarray(np.maximum(served, 0.0), dtype=np.float64)


def edges_s(question: DispatchQuestion) -> NDArray[np.float64]:
    """Instants between the periods, in the seconds of the table of jobs."""
    start_s = (question.axis.start - question.jobs.start).total_seconds()
    steps = np.arange(question.axis.count + 1) * question.axis.step_hours * SECONDS_PER_HOUR
    return np.asarray(start_s + steps, dtype=np.float64)


def _streams(jobs: Jobs, roads: Roads, work: Work) -> tuple[tuple[Stream, ...], NDArray[np.int64]]:
    """The streams, and that of each group."""
    found: dict[Stream, int] = {}
    of = []
    for home, class_index, _ in work.keys:
        inside = roads.reached(home, jobs.classes[class_index].latency_ms_max)
        stream = Stream(home=home, sites=tuple(int(site) for site in np.flatnonzero(inside)))
        of.append(found.setdefault(stream, len(found)))
    return tuple(found), np.array(of, dtype=np.int64)


def _add_work(
    program: Program, question: DispatchQuestion, work: Work, costs: dict[str, Any], *, late: bool
) -> list[Any]:
    """The groups' running and waiting; what they draw, an expression for each point of their curves."""
    hours, names = program.axis.step_hours, [_name(question, key) for key in work.keys]
    index = pd.Index(names, name=GROUP)
    points = [worthwhile(question.jobs.classes[class_index]) for _, class_index, _ in work.keys]
    most = max(len(found) for found in points)
    level, speed = np.zeros((2, len(points), most))
    for row, found in enumerate(points):
        level[row, : len(found)], speed[row, : len(found)] = zip(*found, strict=True)
    used = (level > 0).T[:, :, None]
    flows = []
    for point in range(most):
        single = most == 1
        lower = work.running_mw_min if single else 0.0
        name = "running_mw" if single else f"running_mw {point + 1}"
        upper = np.where(used[point], work.running_mw_max, 0.0)
        flows.append(program.table(name, names, dimension=GROUP, lower=lower, upper=upper))
    if most > 1:
        machines = total(1.0 * flow for flow in flows)
        coords = [index, program.time]
        program.require("running_mw_max", machines <= xr.DataArray(work.running_mw_max, coords=coords))
    waits = np.concatenate([work.waiting_mwh_max[:, :-1], np.zeros((len(names), 1))], axis=1)
    waiting = program.table("waiting_mwh", names, dimension=GROUP, upper=waits)
    done = total(xr.DataArray(hours * speed[:, point], coords=[index]) * flow for point, flow in enumerate(flows))
    # Nothing waits after the last period, so the ring brings nothing before the first.
    gained = waiting - waiting.roll({TIME: 1}) + done
    if late:
        undone = program.table("late_mwh", names, dimension=GROUP)
        gained = gained + undone
        dearest = max(float(np.max(np.abs(site.import_price_cny_per_mwh))) for site in question.sites)
        costs[LATE] = (LATE_TIMES * max(dearest, 1.0)) * undone.sum()
    arriving = xr.DataArray(work.arriving_mwh, coords=[index, program.time])
    program.require("work", gained == arriving)
    prices = np.array([one.deferral_cost_cny_per_gpu_hour for one in question.jobs.classes])
    wait = prices[[class_index for _, class_index, _ in work.keys]] * work.gpus_per_mw
    costs[DEFERRAL] = (waiting * xr.DataArray(wait * hours, coords=[index])).sum() if wait.any() else 0.0
    return [xr.DataArray(level[:, point], coords=[index]) * flow for point, flow in enumerate(flows)]


def _name(question: DispatchQuestion, key: tuple[int, int, int]) -> str:
    """A group in words."""
    home, class_index, band = key
    return f"{question.sites[home].name}.{question.jobs.classes[class_index].name}.{band}"


def _gpus_per_mw(jobs: Jobs, rows: NDArray[np.int64]) -> float:
    """GPU-hours of work for each MWh of it."""
    energy = jobs.energy_mwh[rows]
    gpu_hours = jobs.gpus[rows] * jobs.run_s[rows] / SECONDS_PER_HOUR
    return float(gpu_hours.sum() / energy.sum()) if rows.size else 0.0
