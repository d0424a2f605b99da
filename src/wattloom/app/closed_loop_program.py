"""What is the cheapest way through the rest of a day, if it comes as told? A tick's program each period, linked.

Each period is the exact program of one tick of means (`dispatch.matching.program`); work that waits and what is in
store tie the periods together. Work is fluid: any power up to its own, inside its window. Told the truth, with each job
by itself and each site, the optimum is a lower bound of what any dispatcher can reach: prices hold for a period, so the
means of any day of ticks keep all rows at the same cost.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import block_diag, bmat, csc_matrix, csr_matrix, identity

from wattloom.app.closed_loop_day import BATCH, TRAINING
from wattloom.dispatch.matching import program
from wattloom.domain.jobs import SECONDS_PER_HOUR
from wattloom.solve.lp import LinearProgram
from wattloom.solve.path import Path, solve

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.app.closed_loop_again import Again
    from wattloom.app.closed_loop_day import Stores
    from wattloom.dispatch.matching import Tick
    from wattloom.solve.lp import SolveReport

UNDONE_CNY_PER_MWH = 20_000.0
"""Assumed, of work that is never done: above all that serving it can cost, below energy that nobody has."""
STORE_SHORT_CNY_PER_MWH = 5_000.0
"""Assumed, of what a store lacks at the end of the day: dearer than filling it."""
POOLED, BANDS_MOST = 2**30, 512
"""Marks of pooled works begin there, and leave room for so many bands of a day."""
FIRST_STEP = 2**20 - 1
"""Stands for the first step's end, above any number of seconds to the end of the window."""
ROUNDING = 1e-6
"""Of a band, by which an instant may miss its edge."""
RAMP_NONE_MW = 1e6
LEVEL = {TRAINING: (TRAINING,), BATCH: (BATCH, 5)}
"""Columns of a site that do a waiting class's work: at home, and moved out."""
CHARGED, DISCHARGED = 8, 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """Work that waits, fluid; shape (work,). Hours count from the start of the window."""

    site: NDArray[np.int64]
    movable: NDArray[np.bool_]
    from_hours: NDArray[np.float64]
    due_hours: NDArray[np.float64]
    energy_mwh: NDArray[np.float64]
    power_mw: NDArray[np.float64]
    mark: NDArray[np.int64]
    """The same for the same work in the next plan; below 2³⁰ for single works, above it for pooled ones."""

    def pooled(self, band_hours: float, *, now_hours: float) -> Work:
        """Works of one site, class and due time as one, with the mean window by power: no narrower in sum."""
        start = np.floor((self.from_hours + now_hours) / band_hours + ROUNDING).astype(np.int64)
        end = np.ceil((self.due_hours + now_hours) / band_hours - ROUNDING).astype(np.int64)
        key = np.stack([self.site, self.movable.astype(np.int64), start, end])
        kinds, group = np.unique(key, axis=1, return_inverse=True)
        group = group.ravel()
        power = np.bincount(group, self.power_mw, kinds.shape[1])
        return Work(
            site=kinds[0],
            movable=kinds[1] > 0,
            from_hours=np.bincount(group, self.power_mw * self.from_hours, power.size) / power,
            due_hours=np.bincount(group, self.power_mw * self.due_hours, power.size) / power,
            energy_mwh=np.bincount(group, self.energy_mwh, power.size).astype(np.float64),
            power_mw=power.astype(np.float64),
            mark=POOLED + ((kinds[0] * 2 + kinds[1]) * BANDS_MOST + kinds[2]) * BANDS_MOST + kinds[3],
        )

    def room_mw(self, edge_hours: NDArray[np.float64]) -> NDArray[np.float64]:
        """Most mean power in each period, shape (work, period)."""
        start, end = np.maximum(self.from_hours[:, None], edge_hours[:-1]), edge_hours[1:]
        inside = np.maximum(np.minimum(self.due_hours[:, None], end) - start, 0.0)
        return np.asarray(self.power_mw[:, None] * inside / np.diff(edge_hours))


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """The cheapest way."""

    cost_cny: float
    worth_cny_per_mwh: NDArray[np.float64]
    """Of one more MWh of a waiting class, shape (2, site, period): training, batch."""
    served_mw: NDArray[np.float64]
    """Of the waiting classes, at home or away, shape (2, site, period)."""
    first_mw: NDArray[np.float64]
    """Of each work in the first period, shape (work,)."""
    stored_value_cny_per_mwh: NDArray[np.float64]
    """Of a MWh in store at the end of each period, shape (site, period)."""
    stored_mwh: NDArray[np.float64]
    """Shape (site, period)."""
    setpoints_mw: NDArray[np.float64]
    """As a match has them, shape (10, site, period): classes at home, moved out and in, idle burn, stores."""
    undone_mwh: float
    report: SolveReport


def cheapest_way(
    ticks: Sequence[Tick],
    edge_hours: NDArray[np.float64],
    *,
    work: Work,
    stores: Stores,
    last_mwh: NDArray[np.float64],
    again: Again | None = None,
) -> Way:
    """Through periods between instants, each with the tick of its means; the stores hold `last_mwh` at the end.

    With `again` it goes on from the last way to the same end, and the first period is the next one's first.
    """
    hours, sites = np.diff(edge_hours), len(ticks[0].layout.sites)
    room = work.room_mw(edge_hours)
    periods = [program(_open(tick, work, room[:, t], stores)) for t, tick in enumerate(ticks)]
    links = _Links(periods=periods, sites=sites, work=work, room=room)
    lp = _together(periods, hours, links, stores, last_mwh)
    answer = solve(lp, Path()) if again is None else again.solve(lp, *_labels(links, edge_hours))
    rows, x = periods[0].row_lower.size * hours.size, answer.primal
    dual = answer.row_dual[rows:]
    each = 2 * sites * hours.size
    served, begun = np.zeros((2, sites, hours.size)), links.wide * hours.size
    np.add.at(
        served,
        (work.movable[links.who].astype(np.int64), work.site[links.who], links.when),
        x[begun : begun + links.who.size],
    )
    stored, first = begun + links.who.size + work.site.size, np.flatnonzero(links.when == 0)
    return Way(
        cost_cny=answer.objective,
        worth_cny_per_mwh=dual[:each].reshape(2, sites, hours.size) / hours,
        served_mw=served,
        first_mw=np.bincount(links.who[first], x[begun + first], work.site.size).astype(np.float64),
        stored_value_cny_per_mwh=-dual[each + work.site.size :][: each // 2].reshape(sites, hours.size),
        stored_mwh=x[stored : stored + sites * hours.size].reshape(sites, hours.size),
        setpoints_mw=x[:begun]
        .reshape(hours.size, links.wide)[:, : (DISCHARGED + 1) * sites]
        .reshape(hours.size, DISCHARGED + 1, sites)
        .transpose(1, 2, 0),
        undone_mwh=float(x[begun + links.who.size : stored].sum()),
        report=answer.report,
    )


def unramped(tick: Tick) -> Tick:
    """Between means of periods a ramp binds nobody."""
    none = np.full_like(tick.sites.ramp_mw, RAMP_NONE_MW)
    return replace(tick, sites=replace(tick.sites, ramp_mw=none))


def _open(tick: Tick, work: Work, room_mw: NDArray[np.float64], stores: Stores) -> Tick:
    """A tick that may serve all work whose window is open, at no price of its own."""
    sites = tick.sites
    demand, left = sites.demand_mw.copy(), sites.unserved_price_cny_per_mwh.copy()
    for k, which in ((TRAINING, ~work.movable), (BATCH, work.movable)):
        demand[:, k] = np.bincount(work.site[which], room_mw[which], demand.shape[0])
        left[:, k] = 0.0
    none = np.zeros_like(sites.it_mw_max)
    return replace(
        tick,
        sites=replace(
            sites,
            demand_mw=demand,
            unserved_price_cny_per_mwh=left,
            charge_mw_max=stores.power_mw,
            discharge_mw_max=stores.power_mw,
            charge_value_cny_per_mwh=none,
            discharge_value_cny_per_mwh=none,
        ),
    )


class _Links:
    """Which work may be done in which period."""

    def __init__(self, *, periods: list[LinearProgram], sites: int, work: Work, room: NDArray[np.float64]) -> None:
        """Find the pairs."""
        self.periods, self.sites, self.work = len(periods), sites, work
        self.high, self.wide = periods[0].matrix.shape
        self.who, self.when = np.nonzero(room > 0)
        self.room_mw = room[self.who, self.when]


def _together(
    periods: list[LinearProgram],
    hours: NDArray[np.float64],
    links: _Links,
    stores: Stores,
    last_mwh: NDArray[np.float64],
) -> LinearProgram:
    """Columns: the periods' own, work by period, undone work, contents of stores, what they lack at the end."""
    work, count, none = links.work, hours.size, np.empty(0, dtype=np.int64)
    cells, sites = links.sites * count, links.sites
    last = np.arange(sites) * count + count - 1
    own = block_diag([p.matrix for p in periods], format="csc")
    serving = _serving(links)
    cell = (work.movable[links.who] * sites + work.site[links.who]) * count + links.when
    pairs = np.arange(links.who.size)
    taken = csc_matrix((-np.ones(pairs.size), (cell, pairs)), shape=(2 * cells, pairs.size))
    done = csc_matrix((hours[links.when], (links.who, pairs)), shape=(work.site.size, pairs.size))
    flows, kept = _storing(links, hours, stores)
    final = csr_matrix((np.ones(sites), (np.arange(sites), last)), shape=(sites, cells))
    one = identity(sites, format="csc")
    rest = identity(work.site.size, format="csc")
    matrix = bmat(
        [
            [own, None, None, None, None],
            [serving, taken, None, None, None],
            [None, done, rest, None, None],
            [flows, None, None, kept, None],
            [None, None, None, final, one],
        ],
        format="csc",
    )
    begin = np.zeros((sites, count))
    begin[:, 0] = stores.first_mwh
    equal = np.concatenate([np.zeros(2 * cells), work.energy_mwh, begin.ravel()])
    free, cost = np.full(sites, np.inf), [p.cost * h for p, h in zip(periods, hours, strict=True)]
    return LinearProgram(
        matrix=matrix,
        cost=np.concatenate(
            [
                *cost,
                np.zeros(pairs.size),
                np.full(work.site.size, UNDONE_CNY_PER_MWH),
                np.zeros(cells),
                np.full(sites, STORE_SHORT_CNY_PER_MWH),
            ]
        ),
        lower=np.zeros(matrix.shape[1]),
        upper=np.concatenate(
            [*(p.upper for p in periods), links.room_mw, work.energy_mwh, np.repeat(stores.energy_mwh, count), free]
        ),
        row_lower=np.concatenate([*(p.row_lower for p in periods), equal, last_mwh]),
        row_upper=np.concatenate([*(p.row_upper for p in periods), equal, free]),
        sizes=none,
        coupling=none,
        offset=float(sum(p.offset * h for p, h in zip(periods, hours, strict=True))),
    )


def _labels(links: _Links, edge_hours: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """What each column and row stands for, the same in the next plan: kind, end of its period, place."""
    end = np.round((edge_hours[-1] - edge_hours[1:]) * SECONDS_PER_HOUR).astype(np.int64)
    end[0] = FIRST_STEP
    place, cells = np.arange(links.sites), np.arange(2 * links.sites)
    mark, none = links.work.mark, np.zeros(1, dtype=np.int64)
    columns = [
        _label(1, end[:, None], np.arange(links.wide)),
        _label(2, end[links.when], mark[links.who]),
        _label(3, none, mark),
        _label(4, end[None, :], place[:, None]),
        _label(5, none, place),
    ]
    rows = [
        _label(1, end[:, None], np.arange(links.high)),
        _label(2, end[None, :], cells[:, None]),
        _label(3, none, mark),
        _label(4, end[None, :], place[:, None]),
        _label(5, none, place),
    ]
    return np.concatenate([x.ravel() for x in columns]), np.concatenate([x.ravel() for x in rows])


def _label(kind: int, end: NDArray[np.int64], place: NDArray[np.int64]) -> NDArray[np.int64]:
    """One number of three."""
    return kind * 2**56 + end * 2**36 + place


def _serving(links: _Links) -> csc_matrix:
    """What the periods serve of each waiting class, site and period."""
    row, column = [], []
    site, period = (
        grid.ravel() for grid in np.meshgrid(np.arange(links.sites), np.arange(links.periods), indexing="ij")
    )
    for place, k in enumerate((TRAINING, BATCH)):
        for level in LEVEL[k]:
            row.append((place * links.sites + site) * links.periods + period)
            column.append(period * links.wide + level * links.sites + site)
    rows, columns = np.concatenate(row), np.concatenate(column)
    shape = (2 * links.sites * links.periods, links.wide * links.periods)
    return csc_matrix((np.ones(rows.size), (rows, columns)), shape=shape)


def _storing(links: _Links, hours: NDArray[np.float64], stores: Stores) -> tuple[csc_matrix, csc_matrix]:
    """What charging and discharging do to the contents, and how contents follow each other."""
    count, cells = links.periods, links.sites * links.periods
    site, period = (grid.ravel() for grid in np.meshgrid(np.arange(links.sites), np.arange(count), indexing="ij"))
    row = site * count + period
    charged = period * links.wide + CHARGED * links.sites + site
    discharged = period * links.wide + DISCHARGED * links.sites + site
    h, eta = hours[period], stores.one_way
    flows = csc_matrix(
        (np.concatenate([-eta * h, h / eta]), (np.concatenate([row, row]), np.concatenate([charged, discharged]))),
        shape=(cells, links.wide * count),
    )
    later = row[period > 0]
    kept = csc_matrix(
        (
            np.concatenate([np.ones(cells), -np.ones(later.size)]),
            (np.concatenate([row, later]), np.concatenate([row, later - 1])),
        ),
        shape=(cells, cells),
    )
    return flows, kept
