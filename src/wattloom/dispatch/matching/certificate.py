"""How good is this answer, whoever found it? Every row checked, the cost counted anew, and what no plan can undercut.

Nothing here is shared with the loops that find the answer: it reads the tick's own numbers, the set-points and the
prices. For any prices, what each site, supply step, line and corridor would earn at them adds up to a lower bound of
every plan's cost. What a site would earn has its peak where power inside its window costs just what one of its uses is
worth, so seven trials per site find it exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
from numba import njit

from wattloom.dispatch.matching import rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

SUMS: set[str] = {"reassoc", "contract", "nsz", "arcp"}
"""Liberties of arithmetic: Sums may be taken in another order; not-a-number still counts as such."""
SIZE_LEAST_MW = 1e-3
"""Numbers that meet in a row count as no less: a kilowatt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """What is known of an answer's quality."""

    cost_cny_per_h: float
    """Of the set-points: energy, carbon, moves, what is left undone, less what is stored."""
    bound_cny_per_h: float
    """No plan costs less."""
    gap: float
    """By how much the cost may lie above the best, as a share of the cost."""
    residual: float
    """By how much rows and bounds are missed, each relative to the numbers that meet in it; all misses in sum."""
    method: Literal["prices", "exact"]
    """Found by the prices' climb, or by the exact program once that left too large a gap."""
    rounds: int
    passes: int
    """Looks at all sites at given prices."""


class Network(NamedTuple):
    """What ties regions together, for the check."""

    region_of: NDArray[np.int64]
    """Shape (site,)."""
    step_price: NDArray[np.float64]
    step_mw: NDArray[np.float64]
    """Shape (region, step), without the shortfall."""
    shortfall_price: float
    fixed_mw: NDArray[np.float64]
    line_ends: NDArray[np.int64]
    line: NDArray[np.float64]
    """As in the kernel's book: from, to; limit, fee, what arrives of 1. A row a direction."""
    corridor_ends: NDArray[np.int64]
    corridor: NDArray[np.float64]
    """Class, from, to; limit and cost."""


class Flows(NamedTuple):
    """What an answer does between regions, MW."""

    supply: NDArray[np.float64]
    """Shape (region, step + 1): the last is what nobody has."""
    line: NDArray[np.float64]
    """Shape (direction,)."""
    corridor: NDArray[np.float64]


@njit(cache=True, fastmath=SUMS, error_model="numpy", forceinline=True)
def _below(value: Any, low: Any) -> Any:
    """By how much a value lies below."""
    return max(low - value, 0.0)


@njit(cache=True, fastmath=SUMS, error_model="numpy", forceinline=True)
def _sites(m: Any, y: Any) -> Any:
    """Cost of the sites' set-points, and by how much their own rows are missed."""
    cost, missed = 0.0, 0.0
    d, w, served, out = m[0:4], m[4:8], y[0:4], y[4:6]
    for n in range(m.shape[1]):
        moved_in, idle, charged, discharged = y[6, n], y[7, n], y[8, n], y[9, n]
        left_0, left_2 = d[0, n] - served[0, n], d[2, n] - served[2, n]
        left_1, left_3 = d[1, n] - served[1, n] - out[0, n], d[3, n] - served[3, n] - out[1, n]
        power = served[0, n] + served[1, n] + served[2, n] + served[3, n] + moved_in + idle
        size = d[0, n] + d[1, n] + d[2, n] + d[3, n] + m[rows.MOST, n] + m[rows.CHARGE, n] + m[rows.DISCHARGE, n]
        miss = _below(left_0, 0.0) + _below(left_1, 0.0) + _below(left_2, 0.0) + _below(left_3, 0.0)
        miss += _below(served[0, n], 0.0) + _below(served[1, n], 0.0) + _below(served[2, n], 0.0)
        miss += _below(served[3, n], 0.0) + _below(out[0, n], 0.0) + _below(out[1, n], 0.0)
        miss += _below(moved_in, 0.0) + _below(idle, 0.0) + _below(charged, 0.0) + _below(discharged, 0.0)
        miss += _below(power, m[rows.LEAST, n]) + _below(m[rows.MOST, n], power)
        miss += _below(m[rows.CHARGE, n], charged) + _below(m[rows.DISCHARGE, n], discharged)
        missed += miss / (size + SIZE_LEAST_MW)
        cost += w[0, n] * left_0 + w[1, n] * left_1 + w[2, n] * left_2 + w[3, n] * left_3
        cost += m[rows.OUT_INFERENCE, n] * out[0, n] + m[rows.OUT_BATCH, n] * out[1, n] + m[rows.MOVE_IN, n] * moved_in
        cost += m[rows.DISCHARGE_VALUE, n] * discharged - m[rows.CHARGE_VALUE, n] * charged
    return cost, missed


@njit(cache=True, fastmath=SUMS, error_model="numpy", forceinline=True)
def _regions(m: Any, y: Any, net: Network, flows: Flows) -> Any:
    """Cost of what happens between regions, and by how much limits and balances are missed."""
    count, steps = net.step_mw.shape
    balance, size = np.zeros((4, count)), np.full((4, count), SIZE_LEAST_MW)
    cost, missed = 0.0, 0.0
    for n in range(net.region_of.size):
        r = net.region_of[n]
        power = y[0, n] + y[1, n] + y[2, n] + y[3, n] + y[6, n] + y[7, n]
        balance[0, r] += m[rows.FACILITY, n] * power + y[8, n] - y[9, n]
        size[0, r] += m[rows.FACILITY, n] * power
        balance[1, r] += y[4, n]
        balance[2, r] += y[5, n]
        balance[3, r] += y[6, n]
    for r in range(count):
        balance[0, r] += net.fixed_mw[r]
        size[0, r] += net.fixed_mw[r]
        for k in range(steps + 1):
            taken = flows.supply[r, k]
            limit, price = (net.step_mw[r, k], net.step_price[r, k]) if k < steps else (taken, net.shortfall_price)
            balance[0, r] -= taken
            cost += price * taken
            missed += (_below(taken, 0.0) + _below(limit, taken)) / (limit + SIZE_LEAST_MW)
    for k in range(flows.line.size):
        flow, limit = flows.line[k], net.line[0, k]
        balance[0, net.line_ends[0, k]] += flow
        balance[0, net.line_ends[1, k]] -= flow * net.line[2, k]
        cost += net.line[1, k] * flow
        missed += (_below(flow, 0.0) + _below(limit, flow)) / (limit + SIZE_LEAST_MW)
    for k in range(flows.corridor.size):
        flow, limit = flows.corridor[k], net.corridor[0, k]
        out, r = 1 + net.corridor_ends[0, k], net.corridor_ends[1, k]
        size[out, r] += flow
        balance[out, r] -= flow
        balance[3, net.corridor_ends[2, k]] -= flow
        size[3, net.corridor_ends[2, k]] += flow
        cost += net.corridor[1, k] * flow
        missed += (_below(flow, 0.0) + _below(limit, flow)) / (limit + SIZE_LEAST_MW)
    return cost, missed + np.sum(np.abs(balance) / size)


@njit(cache=True, fastmath=SUMS, error_model="numpy", forceinline=True)
def _earned(at: Any, home: Any, d: Any, worth: Any, window: Any) -> Any:
    """What a site's plan costs at least where power inside its window costs `at`."""
    uses = d[0] * min(at, worth[0]) + d[1] * min(at, worth[1]) + d[2] * min(at, worth[2]) + d[3] * min(at, worth[3])
    rest = window[1] * (min(at - worth[4], 0.0) + min(at, 0.0))
    return uses + rest - max(at - home, 0.0) * window[1] + max(home - at, 0.0) * window[0]


@njit(cache=True, fastmath=SUMS, error_model="numpy", forceinline=True)
def _bound_of_sites(m: Any, price: Any) -> Any:
    """What the sites' plans cost at least; `price` holds the four prices at each site."""
    total = 0.0
    for n in range(m.shape[1]):
        energy, home, worth_in = price[0, n], price[0, n] * m[rows.FACILITY, n], price[3, n] - m[rows.MOVE_IN, n]
        worth_1 = min(m[rows.UNSERVED + 1, n], price[1, n] + m[rows.OUT_INFERENCE, n])
        worth_3 = min(m[rows.UNSERVED + 3, n], price[2, n] + m[rows.OUT_BATCH, n])
        worth = (m[rows.UNSERVED, n], worth_1, m[rows.UNSERVED + 2, n], worth_3, worth_in)
        d, window = (m[0, n], m[1, n], m[2, n], m[3, n]), (m[rows.LEAST, n], m[rows.MOST, n])
        best = _earned(home, home, d, worth, window)
        best = max(best, _earned(worth[0], home, d, worth, window))
        best = max(best, _earned(worth[1], home, d, worth, window))
        best = max(best, _earned(worth[2], home, d, worth, window))
        best = max(best, _earned(worth[3], home, d, worth, window))
        best = max(best, _earned(worth[4], home, d, worth, window))
        best = max(best, _earned(0.0, home, d, worth, window))
        total += best + m[rows.CHARGE, n] * min(energy - m[rows.CHARGE_VALUE, n], 0.0)
        total += m[rows.DISCHARGE, n] * min(m[rows.DISCHARGE_VALUE, n] - energy, 0.0)
    return total


@njit(cache=True, fastmath=SUMS, error_model="numpy", forceinline=True)
def _bound_of_network(net: Network, price: Any) -> Any:
    """What supply, lines and corridors cost at least; `price` has shape (4, region)."""
    total = np.sum(price[0] * net.fixed_mw)
    for r in range(net.step_mw.shape[0]):
        for k in range(net.step_mw.shape[1]):
            total += net.step_mw[r, k] * min(net.step_price[r, k] - price[0, r], 0.0)
    for k in range(net.line.shape[1]):
        gain = price[0, net.line_ends[1, k]] * net.line[2, k] - price[0, net.line_ends[0, k]] - net.line[1, k]
        total -= net.line[0, k] * max(gain, 0.0)
    for k in range(net.corridor.shape[1]):
        out, i, j = 1 + net.corridor_ends[0, k], net.corridor_ends[1, k], net.corridor_ends[2, k]
        total -= net.corridor[0, k] * max(price[out, i] - price[3, j] - net.corridor[1, k], 0.0)
    return total


@njit(cache=True, fastmath=SUMS, error_model="numpy")
def judge(m: Any, y: Any, net: Network, flows: Flows, prices: Any) -> Any:
    """Cost, lower bound and residual of an answer with its prices, shape (4, region).

    A price of energy above that of having none bounds nothing, since any amount may be missing: it counts as that.
    """
    price, at_site = prices.copy(), np.empty((4, net.region_of.size))
    price[0] = np.minimum(price[0], net.shortfall_price)
    for n in range(net.region_of.size):
        for k in range(4):
            at_site[k, n] = price[k, net.region_of[n]]
    site_cost, site_missed = _sites(m, y)
    cost, missed = _regions(m, y, net, flows)
    bound = _bound_of_sites(m, at_site) + _bound_of_network(net, price)
    return site_cost + cost, bound, site_missed + missed
