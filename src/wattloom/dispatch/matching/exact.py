"""What is the very best answer to a tick? The same problem as one sparse linear program, solved by the simplex.

Slower than the prices' climb by one or two orders of magnitude: the judge of its cost, and the way out where its gap
stays too large. Columns: for each site served (four classes), moved out (two), moved in, idle, charged, discharged;
then supply by region and step, shortfall by region, line flows forward and backward, corridors. Rows: movable inference
and batch of each site, its window of power, then of each region energy, moved-out inference, moved-out batch, moved-in.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csc_matrix

from wattloom.dispatch.matching.problem import fixed_draw_mw, step_prices, window
from wattloom.domain.errors import SolveError
from wattloom.solve.checks import certify
from wattloom.solve.handle import Deadline, Handle
from wattloom.solve.lp import LinearProgram

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.dispatch.matching.answer import Match
    from wattloom.dispatch.matching.problem import Tick

GAP_MAX = 1e-6
SECONDS_MAX = 60.0
POWER_ROWS = (0, 1, 2, 3, 6, 7)
"""Site columns that draw IT power: served, moved in, idle."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exact:
    """An optimum, taken apart."""

    setpoints_mw: NDArray[np.float64]
    """Shape (10, site): as in `rows`."""
    supply_mw: NDArray[np.float64]
    """Shape (region, step + 1): the last is the shortfall."""
    line_mw: NDArray[np.float64]
    """Shape (2 · line,): forward, then backward."""
    corridor_mw: NDArray[np.float64]
    prices: NDArray[np.float64]
    """Shape (4, region): energy, moved-out inference, moved-out batch, moved-in."""
    cost_cny_per_h: float
    iterations: int


class ExactTick:
    """A tick's program in the solver's hands: numbers change, the basis stays."""

    def __init__(self) -> None:
        """Start empty; the first tick builds the program."""
        self._handle: Handle | None = None

    def solve(self, tick: Tick) -> Exact:
        """The optimum, from the last basis where there is one; `SolveError` where it does not pass its checks."""
        lp = program(tick)
        handle = self._handle
        if handle is None or not _same_matrix(handle.lp, lp):
            handle = Handle(lp)
        else:
            columns, lines = np.arange(lp.cost.size), np.arange(lp.row_lower.size)
            handle.set_cost(columns, lp.cost)
            handle.set_bounds(columns, lp.lower, lp.upper)
            handle.set_rows(lines, lp.row_lower, lp.row_upper)
        self._handle = None  # A run that fails leaves no basis worth keeping.
        run = handle.run("simplex", Deadline(SECONDS_MAX), presolve=False)
        certificate = certify(handle.lp, run.primal, run.row_dual)
        certificate.demand(gap_max=GAP_MAX)
        self._handle = handle
        return _apart(tick, run.primal, run.row_dual, cost=certificate.objective + lp.offset, iterations=run.iterations)


def solve_cold(tick: Tick) -> Exact:
    """The optimum, without a basis to start from."""
    return ExactTick().solve(tick)


def program(tick: Tick) -> LinearProgram:
    """The tick as arrays."""
    sites, regions, lines, corridors = tick.sites, tick.regions, tick.lines, tick.corridors
    demand, left, power = sites.demand_mw, sites.unserved_price_cny_per_mwh, window(sites)
    count = len(tick.layout.regions)
    limits = [
        *demand.T,
        demand[:, 1],
        demand[:, 3],
        power.it_mw_most,
        power.it_mw_most,
        sites.charge_mw_max,
        sites.discharge_mw_max,
        regions.supply_mw_max.ravel(),
        np.full(count, np.inf),
        lines.forward_mw_max,
        lines.backward_mw_max,
        corridors.it_mw_max - corridors.in_flight_mw,
    ]
    costs = [
        *-left.T,
        sites.move_out_inference_cny_per_mwh - left[:, 1],
        sites.move_out_batch_cny_per_mwh - left[:, 3],
        sites.move_in_cny_per_mwh,
        np.zeros(left.shape[0]),
        -sites.charge_value_cny_per_mwh,
        sites.discharge_value_cny_per_mwh,
        step_prices(regions).ravel(),
        np.full(count, regions.shortfall_price_cny_per_mwh),
        lines.fee_cny_per_mwh,
        lines.fee_cny_per_mwh,
        corridors.cost_cny_per_mwh,
    ]
    upper = np.maximum(np.concatenate(limits), 0.0)
    least = np.minimum(power.it_mw_least, power.it_mw_most)
    given, zero = -fixed_draw_mw(tick), np.zeros(3 * count)
    free = np.full(2 * left.shape[0], -np.inf)
    none = np.empty(0, dtype=np.int64)
    return LinearProgram(
        matrix=_matrix(tick),
        cost=np.concatenate(costs),
        lower=np.zeros(upper.size),
        upper=upper,
        row_lower=np.concatenate([free, least, given, zero]),
        row_upper=np.concatenate([demand[:, 1], demand[:, 3], power.it_mw_most, given, zero]),
        sizes=none,
        coupling=none,
        offset=float(np.sum(left * demand)),
    )


def _matrix(tick: Tick) -> csc_matrix:
    """Rows over columns; numbers that may change from tick to tick are the facilities' overhead and the lines' loss."""
    layout, (regions, steps, sites, lines, corridors) = tick.layout, tick.layout.counts
    site, region, one = np.arange(sites), layout.site_region, np.ones(sites)
    line, corridor = np.arange(lines), np.arange(corridors)
    energy, out, into = 3 * sites, 3 * sites + regions, 3 * sites + 3 * regions
    supply = 10 * sites
    shortfall, forward = supply + regions * steps, supply + regions * steps + regions
    backward, corridor_0 = forward + lines, forward + 2 * lines
    arrives, each = 1.0 - tick.lines.loss_share, np.ones(lines)
    moved = out + layout.corridor_class * regions + layout.corridor_from
    entries = [
        (site, sites + site, one),
        (site, 4 * sites + site, one),
        (sites + site, 3 * sites + site, one),
        (sites + site, 5 * sites + site, one),
        *((2 * sites + site, k * sites + site, one) for k in POWER_ROWS),
        *((energy + region, k * sites + site, tick.sites.facility_mw_per_it_mw) for k in POWER_ROWS),
        (energy + region, 8 * sites + site, one),
        (energy + region, 9 * sites + site, -one),
        (energy + np.repeat(np.arange(regions), steps), supply + np.arange(regions * steps), -np.ones(regions * steps)),
        (energy + np.arange(regions), shortfall + np.arange(regions), -np.ones(regions)),
        (energy + layout.line_from, forward + line, each),
        (energy + layout.line_to, forward + line, -arrives),
        (energy + layout.line_to, backward + line, each),
        (energy + layout.line_from, backward + line, -arrives),
        (out + region, 4 * sites + site, one),
        (out + regions + region, 5 * sites + site, one),
        (moved, corridor_0 + corridor, -np.ones(corridors)),
        (into + layout.corridor_to, corridor_0 + corridor, np.ones(corridors)),
        (into + region, 6 * sites + site, -one),
    ]
    row, column, value = (np.concatenate(part) for part in zip(*entries, strict=True))
    return csc_matrix((value, (row, column)), shape=(3 * sites + 4 * regions, corridor_0 + corridors))


def _same_matrix(before: LinearProgram, now: LinearProgram) -> bool:
    """Whether the solver may keep its program: the same rows, columns and coefficients."""
    a, b = before.matrix, now.matrix
    same = a.shape == b.shape and np.array_equal(a.indptr, b.indptr)
    return bool(same and np.array_equal(a.indices, b.indices) and np.array_equal(a.data, b.data))


def _apart(tick: Tick, x: NDArray[np.float64], dual: NDArray[np.float64], *, cost: float, iterations: int) -> Exact:
    """Columns and row prices by what they mean; the last rounding of the solver is cut off at the bounds."""
    regions, steps, sites, lines, _ = tick.layout.counts
    if not np.all(np.isfinite(x)):
        raise SolveError("the solver gave no plan; look for numbers of very different size in the tick")
    x = np.maximum(x, 0.0)
    at = np.cumsum([10 * sites, regions * steps, regions, 2 * lines])
    supply = np.column_stack([x[at[0] : at[1]].reshape(regions, steps), x[at[1] : at[2]]])
    return Exact(
        setpoints_mw=x[: at[0]].reshape(10, sites).copy(),
        supply_mw=supply,
        line_mw=x[at[2] : at[3]].copy(),
        corridor_mw=x[at[3] :].copy(),
        prices=-dual[3 * sites :].reshape(4, regions),
        cost_cny_per_h=cost,
        iterations=iterations,
    )


def columns(match: Match) -> NDArray[np.float64]:
    """An answer as the program's columns, to be held against its rows."""
    supply, line = match.supply_mw.ravel(), (match.forward_mw, match.backward_mw)
    sites = (*match.served_it_mw, *match.moved_out_it_mw, match.moved_in_it_mw, match.idle_it_mw)
    return np.concatenate(
        [*sites, match.charge_mw, match.discharge_mw, supply, match.shortfall_mw, *line, match.corridor_it_mw]
    )
