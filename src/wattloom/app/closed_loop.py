"""What does a day cost that is decided tick by tick from forecasts, against the same day known from the start?

    outcome = closed_loop(day)
    known = known_from_the_start(day)
    outcome.cost_cny / known.cost_cny

Every few minutes the rest of the day is planned from what is foreseen now: how much of each job should be done now, and
how much stored. A price alone would not say it: at the plan's margin price and worth are the same, and either is right
for one MWh and wrong for all. So the matcher is asked for what the plan says, up to a price well above the plan's, and
decides who supplies it, over which lines and where; what it grants a site goes to single jobs, the least room to wait
first. The account is kept apart from the plan: energy, carbon, lines, moves and what was shed, by what was really done.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from wattloom.app.closed_loop_again import Again
from wattloom.app.closed_loop_day import ANYWHERE, BATCH, FIXED, MOVABLE, TRAINING, at
from wattloom.app.closed_loop_plan import LEFT_MWH, SPARE_TICKS, Standing, plan_from, ticks_per_step, work_of
from wattloom.app.closed_loop_program import STORE_SHORT_CNY_PER_MWH, UNDONE_CNY_PER_MWH, Way, cheapest_way, unramped
from wattloom.dispatch.matching import Match, Matcher, each_waiting
from wattloom.dispatch.matching.problem import step_prices
from wattloom.domain.errors import SolveError
from wattloom.domain.jobs import SECONDS_PER_HOUR

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.app.closed_loop_day import Day
    from wattloom.app.closed_loop_plan import Plan
    from wattloom.dispatch.matching import Tick

MISSED_SHARE = 1e-6
"""Of a job's work: what is left above it at the deadline is a miss."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A day as it was run."""

    cost_cny: float
    costs_cny: dict[str, float]
    """By item: energy (with carbon at its price), lines, moves, shed, undone, store."""
    missed: int
    """Jobs whose work was not done by their deadline."""
    served_mw: NDArray[np.float64]
    """Of each job in each tick, shape (tick, job)."""
    away_mw: float
    """IT work done away from home, mean of the day."""
    moved_mw_per_hour: float
    """By how much corridors rose from tick to tick, in sum, for each hour."""
    gap_max: float
    """The largest certified gap of a tick."""
    gap_mean: float
    exact_ticks: int
    """Ticks answered by the exact program."""
    stored_mwh: NDArray[np.float64]
    """Shape (tick, site): at the end of each."""
    plans_kept: int
    """Ticks whose plan was not certified in time, so that the last one stayed."""


def known_from_the_start(day: Day) -> Way:
    """The cheapest way through the day, told everything: a bound below every outcome."""
    truth = day.truth.means(day.ticks_per_period)
    ticks = [at(unramped(day.still), truth, t) for t in range(day.periods)]
    edges = np.asarray(np.arange(day.periods + 1) * day.period_hours, dtype=np.float64)
    return cheapest_way(ticks, edges, work=work_of(day.jobs), stores=day.stores, last_mwh=day.stores.first_mwh)


def closed_loop(day: Day, *, at_once: bool = False) -> Outcome:
    """Decide every tick of a day; `at_once`: work runs at home as it comes and stores rest, for comparison."""
    run = _Run(day, at_once=at_once)
    for k in range(day.axis.count):
        run.tick(k)
    return run.outcome()


class _Run:
    """Where jobs, stores and the account stand."""

    def __init__(self, day: Day, *, at_once: bool) -> None:
        """As the day begins."""
        self.day, self.at_once = day, at_once
        self.matcher = Matcher(day.still.layout)
        self.match: Match | None = None
        self.left_mwh = day.jobs.energy_mwh.copy()
        self.stored_mwh = day.stores.first_mwh.copy()
        sites = day.still.sites
        self.it_mw = np.clip(day.truth.inference_mw[0].sum(axis=1), sites.it_mw_min, sites.it_mw_max)
        self.plan: Plan | None = None
        self.again, self.kept = Again(seconds_max=PLAN_SHARE * day.tick_hours * SECONDS_PER_HOUR), 0
        self.costs = dict.fromkeys(("energy", "lines", "moves", "shed"), 0.0)
        self.served = np.zeros((day.axis.count, len(day.jobs)))
        self.stored = np.zeros((day.axis.count, self.stored_mwh.size))
        self.away, self.moved, self.gap_max, self.gaps, self.exact = 0.0, 0.0, 0.0, 0.0, 0

    def tick(self, k: int) -> None:
        """Plan where a step begins; offer, match, give to jobs, keep the account."""
        day = self.day
        if k % ticks_per_step(day) == 0 and not self.at_once:
            self._replan(k)
        before = self.match
        offer = self._offer(k)
        tick = at(day.still, day.truth, k, **offer.sites)
        self.match = match = self.matcher.match(tick, at_s=k * day.tick_hours * SECONDS_PER_HOUR)
        given, rows = offer.given(match), offer.work.jobs
        self.served[k, rows] = given
        self.left_mwh[rows] -= given * day.tick_hours
        self._keep(k, tick, match, before)

    def _replan(self, k: int) -> None:
        """Make the plan anew; where none is certified in time, the last one stays."""
        standing = Standing(left_mwh=self.left_mwh, stored_mwh=self.stored_mwh, it_mw=self.it_mw)
        try:
            self.plan = plan_from(self.day, k, standing, self.again)
        except SolveError:
            self.kept += 1

    def _waiting(self, k: int) -> _Waiting:
        """Jobs that are here, not done, and can still be served in this tick."""
        day, h = self.day, self.day.tick_hours
        jobs, now_s, step_s = day.jobs, k * h * SECONDS_PER_HOUR, h * SECONDS_PER_HOUR
        here = (jobs.arrive_s <= now_s) & (self.left_mwh > LEFT_MWH) & (jobs.due_s >= now_s + step_s)
        rows = np.flatnonzero(here)
        end_hours = np.floor(jobs.due_s[rows] / step_s + ROUNDING) * h
        left, power = self.left_mwh[rows], jobs.power_mw[rows]
        return _Waiting(
            jobs=rows,
            home=jobs.home[rows],
            kind=np.where(jobs.class_index[rows] == ANYWHERE, BATCH, TRAINING),
            end_hours=end_hours,
            left_mwh=left,
            power_mw=power,
            room_hours=end_hours - (k + 1) * h - left / power,
        )

    def _offer(self, k: int) -> _Offer:
        """What waits now, as the numbers of the sites: as much of it as the plan says, at its price and a band."""
        day, work = self.day, self._waiting(k)
        demand = np.zeros_like(day.still.sites.demand_mw)
        demand[:, :TRAINING] = day.truth.inference_mw[k]
        inference, price = demand[:, FIXED].copy(), day.still.sites.unserved_price_cny_per_mwh.copy()
        most = np.minimum(work.power_mw, work.left_mwh / day.tick_hours)
        if self.plan is None:
            must, may, price[:, TRAINING] = np.zeros_like(most), most, AT_ONCE_CNY_PER_MWH
            work = replace(work, kind=np.full_like(work.kind, TRAINING))
            stores = dict.fromkeys(STORE_FIELDS, np.zeros_like(self.stored_mwh))
        else:
            must = self._must(work)
            may = np.clip(self.plan.job_mw[work.jobs], must, most) - must
            price[:, TRAINING:] = asked(self.plan.worth_cny_per_mwh[:, :, 0]).T
            stores = self._stores(self.plan)
        # What must run is asked for like fixed inference, at home, where a reservation backs it; batch may still move
        # while there is a later tick to make it good, its whole pool at the price of what must run.
        spared = (work.room_hours > -0.5 * day.tick_hours) & (work.end_hours > (k + 1.5) * day.tick_hours)
        moves = (work.kind == BATCH) & spared
        price[work.home[moves & (must > 0)], BATCH] = MUST_CNY_PER_MWH
        must_kind = np.where(moves, BATCH, FIXED)
        np.add.at(demand, (work.home, must_kind), must)
        np.add.at(demand, (work.home, work.kind), may)
        sites = {"previous_it_mw": self.it_mw, "demand_mw": demand, "unserved_price_cny_per_mwh": price} | stores
        return _Offer(work=work, must_kind=must_kind, must_mw=must, may_mw=may, inference_mw=inference, sites=sites)

    def _must(self, work: _Waiting) -> NDArray[np.float64]:
        """What can wait no longer: its room would fall below what is spared for a tick that gives less than asked."""
        h = self.day.tick_hours
        later_hours = (work.room_hours + work.left_mwh / work.power_mw)[:, None]
        return each_waiting(
            left_mwh=work.left_mwh,
            power_mw=work.power_mw,
            tick_hours=h,
            later_hours=later_hours,
            worth_cny_per_mwh=np.zeros_like(later_hours),
            spare_hours=SPARE_TICKS * h,
        ).must_mw

    def _stores(self, plan: Plan) -> dict[str, NDArray[np.float64]]:
        """What stores do in this tick: what the plan says, unless the price is far from what is in store is worth."""
        stores, h = self.day.stores, self.day.tick_hours
        value, planned = np.maximum(plan.stored_value_cny_per_mwh, 0.0), plan.charged_mw
        room = np.maximum(stores.energy_mwh - self.stored_mwh, 0.0) / h
        in_mw = np.minimum(np.maximum(planned, 0.0), room) / stores.one_way
        out_mw = np.minimum(np.maximum(-planned, 0.0), self.stored_mwh / h) * stores.one_way
        fills, drawn = asked(value * stores.one_way), value / stores.one_way / BAND
        values = (in_mw, out_mw, np.where(planned > 0, fills, 0.0), np.where(planned > 0, fills, drawn))
        return dict(zip(STORE_FIELDS, values, strict=True))

    def _keep(self, k: int, tick: Tick, match: Match, before: Match | None) -> None:
        """Contents of the stores, power of the sites, and the account."""
        stores, h, sites = self.day.stores, self.day.tick_hours, tick.sites
        self.stored_mwh = np.clip(
            self.stored_mwh + h * (stores.one_way * match.charge_mw - match.discharge_mw / stores.one_way),
            0.0,
            stores.energy_mwh,
        )
        self.stored[k] = self.stored_mwh
        self.it_mw = match.served_it_mw.sum(axis=0) + match.moved_in_it_mw + match.idle_it_mw
        fee = tick.lines.fee_cny_per_mwh
        self.costs["energy"] += h * float(
            np.sum(step_prices(tick.regions) * match.supply_mw)
            + tick.regions.shortfall_price_cny_per_mwh * match.shortfall_mw.sum()
        )
        self.costs["lines"] += h * float(fee @ match.forward_mw + fee @ match.backward_mw)
        self.costs["moves"] += h * float(
            tick.corridors.cost_cny_per_mwh @ match.corridor_it_mw
            + sites.move_out_inference_cny_per_mwh @ match.moved_out_it_mw[0]
            + sites.move_out_batch_cny_per_mwh @ match.moved_out_it_mw[1]
            + sites.move_in_cny_per_mwh @ match.moved_in_it_mw
        )
        asked, price = self.day.truth.inference_mw[k], self.day.still.sites.unserved_price_cny_per_mwh
        served = np.stack([match.served_it_mw[FIXED], match.served_it_mw[MOVABLE] + match.moved_out_it_mw[0]], axis=1)
        shed = np.maximum(asked - served, 0.0)
        self.costs["shed"] += h * float(np.sum(price[:, :TRAINING] * shed))
        self.away += float(match.corridor_it_mw.sum()) * h
        last = before.corridor_it_mw if before is not None else np.zeros_like(match.corridor_it_mw)
        self.moved += float(np.maximum(match.corridor_it_mw - last, 0.0).sum())
        self.gap_max = max(self.gap_max, match.certificate.gap)
        self.gaps += match.certificate.gap
        self.exact += match.certificate.method == "exact"

    def outcome(self) -> Outcome:
        """The account of the day."""
        day = self.day
        missed = self.left_mwh > MISSED_SHARE * day.jobs.energy_mwh
        short = np.maximum(day.stores.first_mwh - self.stored_mwh, 0.0)
        undone = UNDONE_CNY_PER_MWH * float(np.maximum(self.left_mwh, 0.0).sum())
        costs = {**self.costs, "undone": undone, "store": STORE_SHORT_CNY_PER_MWH * float(short.sum())}
        return Outcome(
            cost_cny=sum(costs.values()),
            costs_cny=costs,
            missed=int(missed.sum()),
            served_mw=self.served,
            away_mw=self.away / day.axis.hours,
            moved_mw_per_hour=self.moved / day.axis.hours,
            gap_max=self.gap_max,
            gap_mean=self.gaps / day.axis.count,
            exact_ticks=self.exact,
            stored_mwh=self.stored,
            plans_kept=self.kept,
        )


PLAN_SHARE = 0.2
"""Of a tick: how long the solver may take for a plan."""
STORE_FIELDS = ("charge_mw_max", "discharge_mw_max", "charge_value_cny_per_mwh", "discharge_value_cny_per_mwh")
MUST_CNY_PER_MWH = 15_000.0
"""Assumed, of leaving work that must run: above any energy there is, below shedding fixed inference."""
BAND = 1.5
"""Assumed. A tick overrules the plan where its own price is so many times the plan's, or that part of it. From 1.1 to 3
it made no difference of 0.05 % on the days that it was tried on."""
BAND_LEAST_CNY_PER_MWH = 50.0
"""Assumed: where the plan's price is about nothing, so is any multiple of it."""
ROUNDING = 1e-9
"""Of a tick, by which a deadline may miss its end."""
AT_ONCE_CNY_PER_MWH = 2_500.0
"""Assumed, of work that runs as it comes: above usual energy, below shedding inference."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Waiting:
    """Jobs that wait in a tick; shape (waiting,)."""

    jobs: NDArray[np.int64]
    """Places in the day's table."""
    home: NDArray[np.int64]
    kind: NDArray[np.int64]
    """Class of the tick."""
    end_hours: NDArray[np.float64]
    """End of the last tick that ends in time."""
    left_mwh: NDArray[np.float64]
    power_mw: NDArray[np.float64]
    room_hours: NDArray[np.float64]
    """That each could still wait after this tick."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Offer:
    """Jobs that wait in a tick, and the numbers of the sites that say so."""

    work: _Waiting
    must_kind: NDArray[np.int64]
    """Class in which what must run is asked for."""
    must_mw: NDArray[np.float64]
    may_mw: NDArray[np.float64]
    inference_mw: NDArray[np.float64]
    """Fixed: it is served before the jobs that must run beside it."""
    sites: dict[str, NDArray[np.float64]]

    def given(self, match: Match) -> NDArray[np.float64]:
        """MW of each job: first what must run, then the least room to wait first."""
        granted, work = match.served_it_mw.copy(), self.work
        granted[BATCH] += match.moved_out_it_mw[1]
        granted[FIXED] = np.maximum(granted[FIXED] - self.inference_mw, 0.0)
        mw, sites = granted.ravel(), granted.shape[1]
        pool = self.must_kind * sites + work.home
        first = _poured(mw, pool, self.must_mw, work.room_hours)
        mw = mw - np.bincount(pool, first, mw.size)
        return first + _poured(mw, work.kind * sites + work.home, self.may_mw, work.room_hours)


def asked(price_cny_per_mwh: NDArray[np.float64]) -> NDArray[np.float64]:
    """Up to what price a planned MWh is asked for."""
    return np.asarray(np.maximum(price_cny_per_mwh * BAND, price_cny_per_mwh + BAND_LEAST_CNY_PER_MWH))


def _poured(
    granted: NDArray[np.float64], pool: NDArray[np.int64], asked: NDArray[np.float64], room: NDArray[np.float64]
) -> NDArray[np.float64]:
    """What each gets of its pool's grant: the least room first, each filled before the next."""
    order = np.lexsort((room, pool))
    amount, whose = asked[order], pool[order]
    before = np.cumsum(amount) - amount
    first = np.searchsorted(whose, whose, side="left")
    given = np.empty_like(asked)
    given[order] = np.clip(granted[whose] - (before - before[first]), 0.0, amount)
    return given
