"""What does a day cost that is decided tick by tick from forecasts, against the same day known from the start?

    outcome = closed_loop(day)
    known = known_from_the_start(day)
    outcome.cost_cny / known.cost_cny

Every quarter of an hour the rest of the day is planned from what is foreseen now: how much of each job should be done
now, and what waiting and what is in store are worth. Each tick the matcher decides with them, and departs from the
plan where prices do; what it grants a site goes to single jobs, the least room to wait first. The account is kept apart
from the plan: energy, carbon, lines, moves and what was shed, by what was really done.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from wattloom.app.closed_loop_day import ANYWHERE, BATCH, FIXED, MOVABLE, TRAINING, at
from wattloom.app.closed_loop_plan import LEFT_MWH, SPARE_TICKS, plan_from, ticks_per_step, work_of
from wattloom.app.closed_loop_program import STORE_SHORT_CNY_PER_MWH, UNDONE_CNY_PER_MWH, Way, cheapest_way
from wattloom.dispatch.matching import EachWaiting, Match, Matcher, each_waiting
from wattloom.dispatch.matching.problem import step_prices
from wattloom.domain.jobs import SECONDS_PER_HOUR

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.app.closed_loop_day import Day
    from wattloom.app.closed_loop_plan import Plan
    from wattloom.dispatch.matching import Tick

ROUNDS = 2
"""Of offering and matching in a tick: the second offers what the first one's prices call for."""
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
    exact_ticks: int
    """Ticks answered by the exact program."""
    stored_mwh: NDArray[np.float64]
    """Shape (tick, site): at the end of each."""


def known_from_the_start(day: Day) -> Way:
    """The cheapest way through the day, told everything: a bound below every outcome."""
    truth = day.truth.means(day.ticks_per_period)
    ticks = [at(day.still, truth, t) for t in range(day.periods)]
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
        self.costs = dict.fromkeys(("energy", "lines", "moves", "shed"), 0.0)
        self.served = np.zeros((day.axis.count, len(day.jobs)))
        self.stored = np.zeros((day.axis.count, self.stored_mwh.size))
        self.away, self.moved, self.gap_max, self.exact = 0.0, 0.0, 0.0, 0

    def tick(self, k: int) -> None:
        """Plan where a step begins; offer, match, give to jobs, keep the account."""
        day = self.day
        if k % ticks_per_step(day) == 0 and not self.at_once:
            self.plan = plan_from(day, k, left_mwh=self.left_mwh, stored_mwh=self.stored_mwh)
        before = self.match
        for _ in range(ROUNDS):
            offer = self._offer(k)
            tick = at(day.still, day.truth, k, **offer.sites)
            self.match = match = self.matcher.match(tick, at_s=k * day.tick_hours * SECONDS_PER_HOUR)
        given, rows = offer.given(match), offer.work.jobs
        self.served[k, rows] = given
        self.left_mwh[rows] -= given * day.tick_hours
        self._keep(k, tick, match, before)

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
        """What waits now, as the numbers of the sites."""
        day, work = self.day, self._waiting(k)
        demand = np.zeros_like(day.still.sites.demand_mw)
        demand[:, :TRAINING] = day.truth.inference_mw[k]
        price = day.still.sites.unserved_price_cny_per_mwh.copy()
        sites = {"previous_it_mw": self.it_mw, "demand_mw": demand, "unserved_price_cny_per_mwh": price}
        if self.plan is None:
            most = np.minimum(work.power_mw, work.left_mwh / day.tick_hours)
            np.add.at(demand[:, TRAINING], work.home, most)
            price[:, TRAINING] = AT_ONCE_CNY_PER_MWH
            work = replace(work, kind=np.full_like(work.kind, TRAINING))
            told = EachWaiting(must_mw=np.zeros_like(most), may_mw=most, price_cny_per_mwh=most)
            sites |= dict.fromkeys(STORE_FIELDS, np.zeros_like(self.stored_mwh))
            return _Offer(work=work, must_kind=work.kind, told=told, inference_mw=demand[:, FIXED], sites=sites)
        told = self._told(k, work, self.plan)
        # Training that must run is asked for like fixed inference: at home. Batch that must run may still move, until
        # its last tick: a reservation at home backs it.
        moves = (work.kind == BATCH) & (work.room_hours > 0.5 * day.tick_hours)
        must_kind = np.where(moves, BATCH, FIXED)
        inference = demand[:, FIXED].copy()
        np.add.at(demand, (work.home, must_kind), told.must_mw)
        pressed = np.zeros(inference.size, dtype=np.bool_)
        pressed[work.home[moves & (told.must_mw > 0)]] = True
        # What must run lends its price to its whole pool: no more goes with it than crowds out no inference.
        free = np.where(pressed, np.maximum(day.still.sites.it_mw_max - demand.sum(axis=1), 0.0), np.inf)
        batch = np.where(work.kind == BATCH, told.may_mw, 0.0)
        may = np.where(work.kind == BATCH, _poured(free, work.home, batch, work.room_hours), told.may_mw)
        told = replace(told, may_mw=may)
        np.add.at(demand, (work.home, work.kind), told.may_mw)
        price[:, TRAINING:] = MUST_CNY_PER_MWH
        asked = told.may_mw > 0
        np.minimum.at(price, (work.home[asked], work.kind[asked]), told.price_cny_per_mwh[asked])
        price[pressed, BATCH] = MUST_CNY_PER_MWH
        sites |= self._stores(k, self.plan)
        return _Offer(work=work, must_kind=must_kind, told=told, inference_mw=inference, sites=sites)

    def _told(self, k: int, work: _Waiting, plan: Plan) -> EachWaiting:
        """What each job must do, and what it may: what the plan says, and all of it where that is worth far more.

        A pool has one price, that of the least worth in it; so what the plan says is offered at no less than the price
        of now, lest it spoil the price of the others.
        """
        h, place = self.day.tick_hours, (work.kind == BATCH).astype(np.int64)
        edges = np.maximum(plan.edge_hours, (k + 1) * h)
        told = each_waiting(
            left_mwh=work.left_mwh,
            power_mw=work.power_mw,
            tick_hours=h,
            later_hours=np.maximum(np.minimum(work.end_hours[:, None], edges[1:]) - edges[:-1], 0.0),
            worth_cny_per_mwh=plan.worth_cny_per_mwh[place, work.home],
            spare_hours=SPARE_TICKS * h,
        )
        now, worth = self._price_now(plan)[place, work.home], told.price_cny_per_mwh
        planned = np.clip(plan.job_mw[work.jobs] - told.must_mw, 0.0, told.may_mw)
        gain = worth >= now * (1.0 + GAIN_MIN)
        return replace(
            told,
            may_mw=np.where(gain, told.may_mw, planned),
            price_cny_per_mwh=np.where(gain, worth, np.maximum(worth, now) * (1.0 + GAIN_MIN)),
        )

    def _price_now(self, plan: Plan) -> NDArray[np.float64]:
        """What a MWh of a waiting class costs now, shape (2, site): as the last answer says, or the plan before one."""
        sites, region = self.day.still.sites, self.day.still.layout.site_region
        if self.match is None:
            return plan.worth_cny_per_mwh[:, :, 0]
        prices = self.match.prices_cny_per_mwh[:, region]
        home = sites.facility_mw_per_it_mw * prices[0]
        return np.stack([home, np.minimum(home, sites.move_out_batch_cny_per_mwh + prices[2])])

    def _stores(self, k: int, plan: Plan) -> dict[str, NDArray[np.float64]]:
        """What stores can do in this tick, and what it is worth.

        Where price and worth are about the same, the plan says how much: either is right for one MWh and wrong for all.
        """
        stores, h, region = self.day.stores, self.day.tick_hours, self.day.still.layout.site_region
        value = np.maximum(plan.stored_value_cny_per_mwh, 0.0)
        now = value if self.match is None else self.match.prices_cny_per_mwh[0, region]
        room = np.maximum(stores.energy_mwh - self.stored_mwh, 0.0) / (stores.one_way * h)
        # What is to be there at the end must still go in: below this it is charged whatever it costs.
        hours_left = self.day.axis.hours - (k + 1) * h
        least = np.maximum(stores.first_mwh - stores.one_way * stores.power_mw * hours_left, 0.0)
        there, late = np.maximum(self.stored_mwh - least, 0.0) * stores.one_way / h, self.stored_mwh < least
        value = np.where(late, STORE_SHORT_CNY_PER_MWH, value)
        worth_in, worth_out = value * stores.one_way, value / stores.one_way
        planned = plan.charged_mw
        in_mw = np.where(late | (now <= worth_in * (1.0 - BAND)), np.inf, np.maximum(planned, 0.0) / stores.one_way)
        out_mw = np.where(now >= worth_out * (1.0 + BAND), np.inf, np.maximum(-planned, 0.0) * stores.one_way)
        fills = late | (planned > 0)
        value_in = np.where(fills, worth_in * (1.0 + BAND), np.minimum(worth_in, worth_out * (1.0 - BAND)))
        values = (
            np.minimum(np.minimum(stores.power_mw, room), in_mw),
            np.minimum(np.minimum(stores.power_mw, there), out_mw),
            value_in,
            np.where(fills, np.maximum(worth_out, value_in), worth_out * (1.0 - BAND)),
        )
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
            exact_ticks=self.exact,
            stored_mwh=self.stored,
        )


STORE_FIELDS = ("charge_mw_max", "discharge_mw_max", "charge_value_cny_per_mwh", "discharge_value_cny_per_mwh")
MUST_CNY_PER_MWH = 15_000.0
"""Assumed, of leaving work that must run: above any energy there is, below shedding fixed inference."""
BAND = 0.05
"""Within this share of each other, a price and a stored MWh's worth count as the same."""
GAIN_MIN = 0.5
"""Assumed. A job runs ahead of its plan where a MWh of it is worth by this share more than it costs now: less is how
prices stand between two steps of supply, which the plan has weighed and a price cannot tell."""
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
    told: EachWaiting
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
        first = _poured(mw, pool, self.told.must_mw, work.room_hours)
        mw = mw - np.bincount(pool, first, mw.size)
        return first + _poured(mw, work.kind * sites + work.home, self.told.may_mw, work.room_hours)


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
