"""What will the sites and the grid meet in the next hours? The day's plan, corrected by how far now is off it.

A region is one site here: its sites' work, machines and batteries in sum. Which of them does the work is what a tick
decides, and between means of hours nobody's ramp binds. What is off the plan now (green supply, inference) fades back
to it as chance does. Waiting work is what stands there, oldest first, and what comes; each part is due when its class
says, less the time before it in which sites call for it by themselves.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from wattloom.app.closed_loop_day import BATCH, TRAINING, Stores
from wattloom.app.closed_loop_program import Work, unramped
from wattloom.app.control_room import approving, events
from wattloom.app.match_inputs import SECONDS_PER_HOUR, start_work
from wattloom.dispatch.match_project import CLEAN

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.app.control_room.state import RoomState
    from wattloom.app.control_room.steps import Seen, Steps
    from wattloom.dispatch.matching import Layout, Tick
    from wattloom.dispatch.matching.problem import SiteNumbers

HOURS_AHEAD = 24
"""Every hour of a day counts by itself; what comes in it must be told until its due time."""
FADE_S = 3_600.0
"""After which a deviation has faded to a third, as a chance one does."""
OFF_MOST = 2.0
"""So many times the plan, or that part of it, a deviation counts at most."""
INFERENCE = 2
"""Classes before those that wait."""
CALLED_HOURS = 0.5
"""Assumed: so long before it is due a site calls for work by itself, whatever the plan says."""
SHORTEST_S = 60.0
"""A first step is no shorter: it is put to the next one."""
SUMS = ("it_mw_max", "it_mw_min", "previous_it_mw", "ramp_mw", "landing_mw", "reserve_cut_mw", "reserve_raise_mw",
        "charge_mw_max", "discharge_mw_max")  # fmt: skip
MEANS = ("facility_mw_per_it_mw", "move_out_inference_cny_per_mwh", "move_out_batch_cny_per_mwh", "move_in_cny_per_mwh",
         "charge_value_cny_per_mwh", "discharge_value_cny_per_mwh")  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What is foreseen from an instant, a region as one site."""

    at_s: float
    edge_s: NDArray[np.float64]
    """Where steps begin and end, shape (step + 1,)."""
    ticks: tuple[Tick, ...]
    """What each step meets in the mean; the first one meets what is met now."""
    work: Work
    """Hours count from `at_s`."""
    stores: Stores
    last_mwh: NDArray[np.float64]
    """To be in store at the end, shape (region,)."""


def outlook(state: RoomState, seen: Seen, steps: Steps) -> Outlook:
    """From the last tick on."""
    at_s, inputs = state.at_s, steps.inputs
    layout = inputs.layout
    edge_s = edges(at_s, inputs.project.fleet.wait_hours, begun_s=steps.start_s)
    off = _deviations(seen, steps, at_s)
    middles = 0.5 * (edge_s[1:] + edge_s[:-1])
    ahead = [unramped(pooled(_foreseen(state, steps, off, at_s, float(then)))) for then in middles[1:]]
    fleet = inputs.fleet
    # Who is held by a person does not ramp; the others do until the step is over.
    ramp = inputs.project.fleet.ramp_per_minute * fleet.it_mw * (edge_s[1] - edge_s[0]) / 60.0
    sites = replace(seen.tick.sites, ramp_mw=np.where(seen.tick.sites.ramp_mw > 0.0, ramp, 0.0))
    first = pooled(replace(seen.tick, sites=sites))
    window = steps.points.window
    stored = np.clip(window(seen.used.values, "sites", "stored_mwh"), 0.0, fleet.battery_mwh)
    room = _sum(layout, fleet.battery_mwh)
    return Outlook(
        at_s=at_s,
        edge_s=edge_s,
        ticks=(first, *ahead),
        work=_work(window(seen.used.values, "sites", "waiting_mwh"), steps, edge_s),
        stores=Stores(
            energy_mwh=room,
            power_mw=_sum(layout, fleet.battery_mw),
            first_mwh=np.minimum(_sum(layout, stored), room),
            one_way=float(np.sqrt(inputs.project.fleet.battery_efficiency)),
        ),
        last_mwh=0.5 * room,
    )


def edges(at_s: float, wait_hours: tuple[float, float], *, begun_s: float) -> NDArray[np.float64]:
    """Steps: to the end of the hour, then by hours until all that comes today is due.

    Hours are those of the plan's day, which began at `begun_s`. Prices hold for one: a step that ended with the
    settlement period would put the hour's work before or behind its end by chance, and the next plan otherwise.
    """
    hours = np.ceil(HOURS_AHEAD + max(wait_hours))
    first = at_s - (at_s - begun_s) % SECONDS_PER_HOUR + SECONDS_PER_HOUR
    found = first + SECONDS_PER_HOUR * np.arange(hours, dtype=np.float64)
    return np.array([at_s, *found[found >= at_s + SHORTEST_S]])


def pooled(tick: Tick) -> Tick:
    """A tick whose regions are one site each."""
    layout, sites = tick.layout, tick.sites
    weight = np.maximum(sites.it_mw_max, 1e-9)
    mass = np.maximum(_sum(layout, weight), 1e-9)
    demand = np.stack([_sum(layout, of) for of in sites.demand_mw.T], axis=1)
    dear = np.stack([_sum(layout, of) for of in (sites.demand_mw * sites.unserved_price_cny_per_mwh).T], axis=1)
    usual = np.stack([_sum(layout, weight * of) / mass for of in sites.unserved_price_cny_per_mwh.T], axis=1)
    price = np.where(demand > 0.0, dear / np.maximum(demand, 1e-12), usual)
    sums = {name: _sum(layout, getattr(sites, name)) for name in SUMS}
    means = {name: _sum(layout, weight * getattr(sites, name)) / mass for name in MEANS}
    return replace(
        tick,
        layout=replace(layout, sites=layout.regions, site_region=np.arange(len(layout.regions), dtype=np.int64)),
        sites=replace(sites, demand_mw=demand, unserved_price_cny_per_mwh=price, **sums, **means),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Off:
    """How many times the plan's day is met now; shape (region,) and (site, 2)."""

    clean: NDArray[np.float64]
    inference: NDArray[np.float64]


def _deviations(seen: Seen, steps: Steps, at_s: float) -> _Off:
    """Green supply by region; inference by class, of a region's sites alike: a single site's work is noise."""
    inputs, second = steps.inputs, steps.second(at_s)
    layout = inputs.layout
    plan = inputs.regions_at(second).supply_mw_max[:, list(CLEAN)].sum(axis=1)
    clean = seen.tick.regions.supply_mw_max[:, list(CLEAN)].sum(axis=1)
    coming, asked = inputs.coming_mw(second)[:, :INFERENCE], seen.tick.sites.demand_mw[:, :INFERENCE]
    ratio = np.stack([_times(_sum(layout, a), _sum(layout, c)) for a, c in zip(asked.T, coming.T, strict=True)], axis=1)
    return _Off(clean=_times(clean, plan), inference=ratio[layout.site_region])


def _times(now: NDArray[np.float64], plan: NDArray[np.float64]) -> NDArray[np.float64]:
    """Now by plan, inside limits; 1 where the plan has nothing."""
    ratio = np.where(plan > 0.0, now / np.where(plan > 0.0, plan, 1.0), 1.0)
    return np.asarray(np.clip(ratio, 1.0 / OFF_MOST, OFF_MOST))


def _foreseen(state: RoomState, steps: Steps, off: _Off, at_s: float, then_s: float) -> Tick:
    """What the sites would meet at a later instant."""
    inputs, second = steps.inputs, steps.second(then_s)
    fade = float(np.exp(-(then_s - at_s) / FADE_S))
    work = start_work(inputs, second, hours=1.0)
    demand = work.demand_mw.copy()
    demand[:, :INFERENCE] *= off.inference**fade
    tick = inputs.tick(second, replace(work, demand_mw=demand))
    supply = tick.regions.supply_mw_max.copy()
    supply[:, list(CLEAN)] *= (off.clean**fade)[:, None]
    cap = np.minimum(inputs.fleet.it_mw, events.caps(state, inputs, then_s))
    sites = replace(tick.sites, it_mw_max=cap, it_mw_min=np.minimum(tick.sites.it_mw_min, cap))
    plan_mw, size_mw = steps.plan_mw(then_s), inputs.fleet.it_mw
    held: SiteNumbers = approving.bounded(sites, state.policies, plan_mw, size_mw, at_s=at_s)
    return replace(tick, regions=replace(tick.regions, supply_mw_max=supply), sites=held)


def _work(waiting_mwh: NDArray[np.float64], steps: Steps, edge_s: NDArray[np.float64]) -> Work:
    """What waits in each region, and what comes in each step, by the step in which its time is over."""
    inputs, hours = steps.inputs, (edge_s - edge_s[0]) / SECONDS_PER_HOUR
    layout, lengths = inputs.layout, np.diff(hours)
    machines = _sum(layout, inputs.fleet.it_mw)
    rows: list[tuple[float, ...]] = []

    def add(k: int, start: float, due_mwh: NDArray[np.float64]) -> None:
        """Work of a class that is there from an hour on, by region and by the step that it is due in."""
        found = zip(*np.nonzero(due_mwh > 0.0), strict=True)
        rows.extend((r, k, start, hours[step + 1], due_mwh[r, step]) for r, step in found)

    for k, (place, wait) in enumerate(zip((TRAINING, BATCH), inputs.project.fleet.wait_hours, strict=True)):
        rate = _sum(layout, inputs.fleet.mean_mw[:, place])
        left = _sum(layout, np.maximum(waiting_mwh[:, k], 0.0))
        here = np.zeros((rate.size, lengths.size))
        # The youngest came in the last hour, the next in the one before: what came first is served first.
        for age in range(max(int(np.ceil(wait)), 1)):
            part = left if age + 1 >= wait else np.minimum(left, rate)
            left = left - part
            here += part[:, None] * _due_shares(wait - age - 1.0, wait - age, hours)
        add(k, 0.0, here)
        # What comes during a step can be served in it as it comes.
        for step, start in enumerate(hours[:-1].tolist()):
            shares = _due_shares(start + wait, hours[step + 1] + wait, hours)
            shares[step] += shares[:step].sum()
            shares[:step] = 0.0
            add(k, start, rate[:, None] * lengths[step] * shares)
    table = np.array(rows, dtype=np.float64).reshape(-1, 5)
    site = table[:, 0].astype(np.int64)
    return Work(
        site=site,
        movable=table[:, 1] > 0,
        from_hours=table[:, 2],
        due_hours=table[:, 3],
        energy_mwh=table[:, 4],
        power_mw=machines[site],
        mark=np.arange(site.size, dtype=np.int64),
    )


def _due_shares(first: float, last: float, hours: NDArray[np.float64]) -> NDArray[np.float64]:
    """What part of work whose time is over evenly between two hours must be done by the end of each step.

    Served evenly over a step, work that is due evenly in it is done in time. What is due before now is due in the first
    step, what is due after the last one is in none.
    """
    first, last = first - CALLED_HOURS, last - CALLED_HOURS
    ends = np.clip(hours[1:], first, last)
    done = (ends - first) / (last - first)
    return np.diff(done, prepend=0.0)


def _sum(layout: Layout, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """By region."""
    by_region = np.bincount(layout.site_region, weights=values, minlength=len(layout.regions))
    return np.asarray(by_region, dtype=np.float64)
