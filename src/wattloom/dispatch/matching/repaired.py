"""What would it cost to decide nothing anew? The last set-points, mended until they keep this tick's rows.

The plain way to be quick: keep who serves, moves, defers and stores what, cut it to the demand and the windows of now,
serve at home what cannot wait as far as power goes, and let each region's supply follow. It is what the matcher has to
beat.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wattloom.dispatch.matching.problem import MOVABLE, fixed_draw_mw, step_prices, window

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.dispatch.matching.answer import Match
    from wattloom.dispatch.matching.problem import Tick, Window

DEAREST_FIRST = (0, 1, 2, 3)
"""Classes in the order in which they are served: fixed, movable inference, training, batch."""
WAITING = (2, 3)
"""Classes that may be left for later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Repaired:
    """A plan that keeps the rows."""

    setpoints_mw: NDArray[np.float64]
    """Shape (10, site)."""
    supply_mw: NDArray[np.float64]
    """Shape (region, step + 1): the last is the shortfall."""
    line_mw: NDArray[np.float64]
    corridor_mw: NDArray[np.float64]
    cost_cny_per_h: float


def repaired(tick: Tick, before: Match | None) -> Repaired:
    """The set-points of an earlier answer mended for this tick; without one, everything is served at home."""
    layout, sites = tick.layout, tick.sites
    regions = len(layout.regions)
    power, demand = window(sites), sites.demand_mw.T
    corridor, out, into = _moves(tick, before)
    away = np.zeros_like(demand)
    away[list(MOVABLE)] = out
    served = _served(demand - away, before, power, into)
    idle = np.maximum(power.it_mw_least - served.sum(axis=0) - into, 0.0)
    charge = np.minimum(before.charge_mw, sites.charge_mw_max) if before else np.zeros_like(idle)
    discharge = np.minimum(before.discharge_mw, sites.discharge_mw_max) if before else np.zeros_like(idle)
    it = served.sum(axis=0) + into + idle
    asked_mw = _by(layout.site_region, sites.facility_mw_per_it_mw * it + charge - discharge, regions)
    asked_mw += fixed_draw_mw(tick)
    line = _lines(tick, before, asked_mw)
    given = _by(layout.site_region, discharge, regions)
    less = np.clip(-asked_mw, 0.0, given)
    discharge = discharge * (1.0 - (less / np.maximum(given, 1e-300)))[layout.site_region]
    supply = _supply(tick, asked_mw + less)
    setpoints = np.vstack([served, out, into[None], idle[None], charge[None], discharge[None]])
    return Repaired(
        setpoints_mw=setpoints,
        supply_mw=supply,
        line_mw=line,
        corridor_mw=corridor,
        cost_cny_per_h=cost_of(tick, setpoints, supply, line, corridor),
    )


def _served(
    here: NDArray[np.float64], before: Match | None, power: Window, into: NDArray[np.float64]
) -> NDArray[np.float64]:
    """What is served at home of the work that stays, shape (class, site).

    What cannot wait is served as far as power goes, what can as far as it was last time; where power may not fall that
    far, waiting work goes before idle burn.
    """
    wanted = here.copy()
    if before is not None:
        wanted[list(WAITING)] = np.minimum(here, before.served_it_mw)[list(WAITING)]
    served, room = np.zeros_like(here), power.it_mw_most - into
    for k in DEAREST_FIRST:
        served[k] = np.clip(np.minimum(wanted[k], room), 0.0, None)
        room = room - served[k]
    for k in WAITING:
        more = np.clip(power.it_mw_least - into - served.sum(axis=0), 0.0, here[k] - served[k])
        served[k] += more
    return served


def cost_of(
    tick: Tick,
    setpoints: NDArray[np.float64],
    supply: NDArray[np.float64],
    line: NDArray[np.float64],
    corridor: NDArray[np.float64],
) -> float:
    """What set-points and flows cost, CNY an hour."""
    sites, fee = tick.sites, tick.lines.fee_cny_per_mwh
    left = sites.demand_mw.T - setpoints[:4]
    left[list(MOVABLE)] -= setpoints[4:6]
    cost = np.sum(sites.unserved_price_cny_per_mwh.T * left)
    cost += sites.move_out_inference_cny_per_mwh @ setpoints[4] + sites.move_out_batch_cny_per_mwh @ setpoints[5]
    cost += sites.move_in_cny_per_mwh @ setpoints[6]
    cost += sites.discharge_value_cny_per_mwh @ setpoints[9] - sites.charge_value_cny_per_mwh @ setpoints[8]
    cost += np.sum(step_prices(tick.regions) * supply[:, :-1])
    cost += tick.regions.shortfall_price_cny_per_mwh * supply[:, -1].sum()
    return float(cost + np.concatenate([fee, fee]) @ line + tick.corridors.cost_cny_per_mwh @ corridor)


def _moves(tick: Tick, before: Match | None) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Corridors, work moved out by class and work moved in: the last ones, cut to what is there and fits."""
    layout, regions = tick.layout, len(tick.layout.regions)
    sites, region = tick.sites, layout.site_region
    if before is None:
        return np.zeros(layout.corridor_from.size), np.zeros((2, region.size)), np.zeros(region.size)
    limit = tick.corridors.it_mw_max - tick.corridors.in_flight_mw
    corridor = np.minimum(before.corridor_it_mw, limit)
    out = np.minimum(before.moved_out_it_mw, sites.demand_mw.T[list(MOVABLE)])
    into = np.minimum(before.moved_in_it_mw, window(sites).it_mw_most)
    place = layout.corridor_class * regions + layout.corridor_from
    there = np.concatenate([_by(region, row, regions) for row in out])
    corridor = corridor * _kept(there, _by(place, corridor, 2 * regions))[place]
    taken = _by(region, into, regions)
    corridor = corridor * _kept(taken, _by(layout.corridor_to, corridor, regions))[layout.corridor_to]
    left = _by(place, corridor, 2 * regions)
    out = out * _kept(left, there).reshape(2, regions)[:, region]
    into = into * _kept(_by(layout.corridor_to, corridor, regions), taken)[region]
    return corridor, out, into


def _by(place: NDArray[np.int64], amount: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """Sums by place."""
    return np.asarray(np.bincount(place, amount, count), dtype=np.float64)


def _kept(fits: NDArray[np.float64], wanted: NDArray[np.float64]) -> NDArray[np.float64]:
    """Share of what is wanted that fits."""
    return np.asarray(np.minimum(fits / np.maximum(wanted, 1e-300), 1.0) * (wanted > 0))


def _lines(tick: Tick, before: Match | None, asked_mw: NDArray[np.float64]) -> NDArray[np.float64]:
    """The last flows within today's limits, less what nobody takes; `asked_mw` is brought up to them."""
    lines, layout = tick.lines, tick.layout
    limit = np.concatenate([lines.forward_mw_max, lines.backward_mw_max])
    if before is None:
        return np.zeros(limit.size)
    flow = np.minimum(np.concatenate([before.forward_mw, before.backward_mw]), limit)
    start = np.concatenate([layout.line_from, layout.line_to])
    end = np.concatenate([layout.line_to, layout.line_from])
    arrives = 1.0 - np.concatenate([lines.loss_share, lines.loss_share])
    np.add.at(asked_mw, start, flow)
    np.add.at(asked_mw, end, -flow * arrives)
    for _ in range(asked_mw.size + 1):
        for k in np.flatnonzero((asked_mw[end] < 0) & (flow > 0)):
            less = min(flow[k], max(-asked_mw[end[k]], 0.0) / arrives[k])
            flow[k] -= less
            asked_mw[start[k]] -= less
            asked_mw[end[k]] += less * arrives[k]
    return np.asarray(flow, dtype=np.float64)


def _supply(tick: Tick, asked_mw: NDArray[np.float64]) -> NDArray[np.float64]:
    """Each region's supply, cheapest first, and what nobody has."""
    regions = tick.regions
    order = np.argsort(step_prices(regions), axis=1, kind="stable")
    limit = np.take_along_axis(regions.supply_mw_max, order, axis=1)
    before = np.cumsum(limit, axis=1) - limit
    taken = np.clip(asked_mw[:, None] - before, 0.0, limit)
    supply = np.zeros((asked_mw.size, limit.shape[1] + 1))
    np.put_along_axis(supply[:, :-1], order, taken, axis=1)
    supply[:, -1] = np.maximum(asked_mw - taken.sum(axis=1), 0.0)
    return supply
