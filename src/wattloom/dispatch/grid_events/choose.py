"""Which way for which stretch, at least cost, so that the power is below its target in every part of the hold?

A linear program gives each stretch a mix of its ways. At a corner of it hardly more stretches are mixed than there are
parts of the hold; a mix of levels is a level in between, and a mix with a pause or a move is rounded and the rest
solved again from where it was. The program's cost before rounding bounds that of every choice among the ways.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import coo_matrix, csc_matrix

from wattloom.dispatch.grid_events.course import Kind, Ways
from wattloom.domain.errors import SolveError
from wattloom.solve.checks import certify
from wattloom.solve.handle import Deadline, Handle
from wattloom.solve.lp import LinearProgram
from wattloom.solve.path import GAP_MAX

if TYPE_CHECKING:
    from numpy.typing import NDArray

SECONDS_MAX = 60.0
SHARE_LEAST = 1e-6
"""A smaller share of a way is rounding."""
HALF = 0.5 - SHARE_LEAST
"""From this share on a way is rounded to all, in the rounds that go to the nearest."""
ROUNDS_NEAREST = 6
"""Rounds of rounding that go to the nearest."""
SOLVES_MAX = 200
"""Rounds of rounding before it is given up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """What may be mixed: ways sorted by stretch, what each draws at most in each part, and what it costs."""

    ways: Ways
    cost_cny: NDArray[np.float64]
    power_mw: NDArray[np.float64]
    """At the meter of the event's site, shape (way, part)."""
    away_mw: NDArray[np.float64]
    """IT power at the site a move goes to, shape (way,)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One way for each stretch."""

    ways: Ways
    bound_cny: float
    """What every choice among the ways costs at least, before rounding."""
    short_mw: float
    """By how much the power stays above its target at worst; 0 where it is kept."""


class Chooser:
    """The program in the solver's hands: asked again with lower targets, it goes on from its last basis."""

    def __init__(self, offered: Offered, room_mw: NDArray[np.float64] | None) -> None:
        """Build it once."""
        self._offered = offered
        self._room = np.zeros(0) if room_mw is None else np.asarray(room_mw, dtype=np.float64)
        self._stretches = int(offered.ways.of[-1]) + 1 if len(offered.ways) else 0
        self._parts = offered.power_mw.shape[1]
        # Shares of the whole rather than MW: a job of a large site is no small number to the solver.
        self._scale_mw = float(np.max(offered.power_mw.sum(axis=0), initial=0.0)) / max(self._stretches, 1) or 1.0
        self._handle = Handle(_program(offered, self._stretches, self._room, self._scale_mw))
        self._short_column = np.array([len(offered.ways)])
        self._solved = False

    def again(self, target_mw: NDArray[np.float64]) -> Choice:
        """The cheapest choice with the pauses and moves of the last one, if a target a little lower lets them stay."""
        rows = self._stretches + np.arange(self._parts)
        self._handle.set_rows(rows, np.full(self._parts, -np.inf), target_mw / self._scale_mw)
        shares = self._solve()
        whole = None if shares is None else self._rounded(shares, 0)
        if whole is None:
            return self.choose(target_mw)
        bound = float(self._offered.cost_cny @ whole[:-1])
        return Choice(ways=self._levels(whole[:-1]), bound_cny=bound, short_mw=0.0)

    def choose(self, target_mw: NDArray[np.float64]) -> Choice:
        """The cheapest choice below a target in each part, MW at the meter for the jobs alone."""
        rows = self._stretches + np.arange(self._parts)
        self._handle.set_rows(rows, np.full(self._parts, -np.inf), target_mw / self._scale_mw)
        columns = np.arange(len(self._offered.ways))
        self._handle.set_cost(columns, self._offered.cost_cny)
        self._handle.set_bounds(columns, 0.0, 1.0)
        self._handle.set_bounds(self._short_column, 0.0, 0.0)
        mixed = self._solve()
        if mixed is None:
            return self._least_short(columns)
        bound = float(self._offered.cost_cny @ mixed[:-1])
        for nearest in (ROUNDS_NEAREST, 0):
            self._handle.set_bounds(columns, 0.0, 1.0)
            whole = self._rounded(mixed, nearest)
            if whole is not None:
                return Choice(ways=self._levels(whole[:-1]), bound_cny=bound, short_mw=0.0)
        return replace(self._least_short(columns), bound_cny=bound)

    def _least_short(self, columns: NDArray[np.int64]) -> Choice:
        """The choice that lacks least, whatever it costs."""
        self._handle.set_bounds(columns, 0.0, 1.0)
        self._handle.set_cost(columns, np.zeros(columns.size))
        self._handle.set_bounds(self._short_column, 0.0, np.inf)
        shares = self._solve()
        if shares is not None:
            shares = self._rounded(shares, ROUNDS_NEAREST)
        if shares is None:
            raise SolveError("no choice among the ways, though what lacks has no limit; please report it with its jobs")
        return Choice(ways=self._levels(shares[:-1]), bound_cny=0.0, short_mw=float(shares[-1]) * self._scale_mw)

    def _rounded(self, shares: NDArray[np.float64], nearest: int) -> NDArray[np.float64] | None:
        """Shares without a mix of pauses or moves; None where rounding leaves no choice.

        The first rounds go to the nearest, the others take every pause or move of a mix whole. Where that leaves no
        choice, the surest alone is tried, and without it if need be.
        """
        found = shares
        for turn in range(SOLVES_MAX):
            surest = self._surest(found[:-1])
            if not surest.size:
                return found
            likely = surest if turn >= nearest else surest[found[surest] >= HALF]
            taken = self._with_room(likely, found[:-1])
            after = self._with(taken, surest[~np.isin(surest, taken)])
            if after is None and taken.size:
                self._handle.set_bounds(surest, 0.0, 1.0)
                after = self._with(taken[:1], surest[:0])
            if after is None:
                self._handle.set_bounds(surest, 0.0, 1.0)
                after = self._with(surest[:0], surest[:1])
            if after is None:
                return None
            found = after
        return None

    def _with(self, taken: NDArray[np.int64], dropped: NDArray[np.int64]) -> NDArray[np.float64] | None:
        """The shares with some ways taken whole and some not at all."""
        self._handle.set_bounds(taken, 1.0, 1.0)
        self._handle.set_bounds(dropped, 0.0, 0.0)
        return self._solve()

    def _solve(self) -> NDArray[np.float64] | None:
        """Shares of the ways and what lacks, checked; None where there is no choice."""
        for presolve in (not self._solved, True):
            run = self._handle.run("simplex", Deadline(SECONDS_MAX), presolve=presolve)
            if run.ending == "infeasible":
                return None
            certificate = certify(self._handle.lp, run.primal, run.row_dual)
            if certificate.violation <= SHARE_LEAST and certificate.gap <= GAP_MAX:
                self._solved = True
                return run.primal
        raise SolveError(
            f"the choice of ways breaks a requirement by {certificate.violation:.1e} and may be {certificate.gap:.1e} "
            f"dearer than the best one ({run.words}); please report it with its jobs"
        )

    def _surest(self, shares: NDArray[np.float64]) -> NDArray[np.int64]:
        """Mixed pauses and moves, the surest first: one a stretch, and half of the stretches.

        The other half may then fall into place.
        """
        ways = self._offered.ways
        whole = (ways.kind == Kind.PAUSE) | (ways.kind == Kind.MOVE)
        mixed = np.flatnonzero(whole & (shares > SHARE_LEAST) & (shares < 1.0 - SHARE_LEAST))
        surest = mixed[np.argsort(-shares[mixed], kind="stable")]
        surest = surest[np.sort(np.unique(ways.of[surest], return_index=True)[1])]
        return np.asarray(surest[: (surest.size + 1) // 2], dtype=np.int64)

    def _with_room(self, taken: NDArray[np.int64], shares: NDArray[np.float64]) -> NDArray[np.int64]:
        """Those of some ways for which there is room beside the moves that are whole already."""
        ways, away = self._offered.ways, self._offered.away_mw
        whole = np.flatnonzero((ways.kind == Kind.MOVE) & (shares >= 1.0 - SHARE_LEAST))
        left = self._room.copy()
        np.subtract.at(left, ways.site[whole], away[whole])
        fits = []
        for at in taken:
            site = int(ways.site[at])
            if site >= 0:
                if away[at] > left[site]:
                    continue
                left[site] -= away[at]
            fits.append(at)
        return np.array(fits, dtype=np.int64)

    def _levels(self, shares: NDArray[np.float64]) -> Ways:
        """One way a stretch: the whole pause or move, or the level that the mix of levels draws."""
        ways = self._offered.ways
        base = np.flatnonzero(np.diff(ways.of, prepend=-1) > 0)
        largest = np.zeros(self._stretches)
        np.maximum.at(largest, ways.of, shares)
        at = base.copy()
        top = np.flatnonzero(shares >= largest[ways.of] - SHARE_LEAST)
        at[ways.of[top[::-1]]] = top[::-1]
        level = np.bincount(ways.of, weights=shares * ways.level, minlength=self._stretches)
        caps = np.isin(ways.kind, (Kind.CAP, Kind.LEAVE))
        lowered = np.bincount(ways.of, weights=shares * (ways.kind == Kind.CAP), minlength=self._stretches)
        mixed = caps[at] & (lowered > SHARE_LEAST)
        cap = _first_cap(ways, self._stretches)
        at = np.where(mixed & (ways.kind[at] == Kind.LEAVE), cap, at)
        one = ways.take(at)
        return Ways(
            of=one.of,
            kind=one.kind,
            level=np.where(mixed, level, one.level),
            down_s=one.down_s,
            up_s=one.up_s,
            site=one.site,
        )


def _first_cap(ways: Ways, stretches: int) -> NDArray[np.int64]:
    """Place of the first cap of each stretch; 0 where it has none."""
    place = np.zeros(stretches, dtype=np.int64)
    caps = np.flatnonzero(ways.kind == Kind.CAP)[::-1]
    place[ways.of[caps]] = caps
    return place


def _program(offered: Offered, stretches: int, room: NDArray[np.float64], scale_mw: float) -> LinearProgram:
    """One row a stretch, one a part of the hold, one a site that takes moves; the last column is what lacks."""
    ways, (count, parts) = offered.ways, offered.power_mw.shape
    way, part = np.nonzero(offered.power_mw)
    moves = np.flatnonzero(ways.site >= 0)
    rows = [ways.of, stretches + part, stretches + np.arange(parts), stretches + parts + ways.site[moves]]
    columns = [np.arange(count), way, np.full(parts, count), moves]
    values = [
        np.ones(count),
        offered.power_mw[way, part] / scale_mw,
        -np.ones(parts),
        offered.away_mw[moves] / scale_mw,
    ]
    shape = (stretches + parts + room.size, count + 1)
    matrix = coo_matrix((np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))), shape=shape)
    none = np.empty(0, dtype=np.int64)
    return LinearProgram(
        matrix=csc_matrix(matrix),
        cost=np.append(offered.cost_cny, 1.0),
        lower=np.zeros(count + 1),
        upper=np.append(np.ones(count), np.inf),
        row_lower=np.concatenate([np.ones(stretches), np.full(parts + room.size, -np.inf)]),
        row_upper=np.concatenate([np.ones(stretches), np.full(parts, np.inf), room / scale_mw]),
        sizes=none,
        coupling=none,
    )
