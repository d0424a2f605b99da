"""Which steps shall be bid for tomorrow? The dispatch program, parametric in the price of each period.

For scenario s, period t, branch m, with the step k(s, t) that its day-ahead price p clears:

    award(s, t)  = demand(t, k(s, t)),         demand(t, 1) ≥ demand(t, 2) ≥ … ≥ 0
    draw(s, t)   inside what the load can do   (firm work, envelopes of what waits, battery, connection)
    cost(s, m)   = Σ h · [p · award + r(s, m) · (draw − award) + fee · (over + under)]
    over  ≥ draw − (1 + free) · award,         under ≥ (1 − free) · award − draw

and the least (1 − w) · mean cost + w · (η + Σ max(cost − η, 0) / ((1 − α) · S · M)), which is w times the CVaR. One
demand for each step, whatever the scenario, is what makes it a bid: an award may depend on the price of its own period
and on nothing else. The draw answers to all day-ahead prices of the day and to none of real time: that comes later.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from wattloom.domain.flows import TIME, total
from wattloom.market.bids.curve import Curves, break_prices, steps_at
from wattloom.market.bids.load import BOUGHT, BidLoad, days_after_one_another
from wattloom.market.bids.terms import DeviationTerms, Limits, Risk
from wattloom.solve.program import Program

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.domain.time import TimeAxis
    from wattloom.market.bids.prices import PriceScenarios
    from wattloom.solve.lp import SolveReport
    from wattloom.solve.solution import Solution

SCENARIO, AWARD, CLEARED, APART = "scenario", "award_mw", "cleared", "apart from the award"
SECONDS_MAX = 300.0
TIE_BREAK_CNY_PER_MWH = 1e-3
"""Put on each MWh that differs from the award, and on no bill: of bids that cost the same, the one that deviates less.
Where no spread is believed an award inside the free share would else be any, and each a bet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BidQuestion:
    """A load before one day of a market."""

    axis: TimeAxis
    """The periods of the day."""
    load: BidLoad
    limits: Limits
    deviation: DeviationTerms
    risk: Risk


@dataclass(frozen=True, slots=True, kw_only=True)
class DayAheadBid:
    """The steps, and what they are thought to cost; over all scenarios and branches, CNY."""

    curves: Curves
    cost_cny: NDArray[np.float64]
    """Shape (scenario, branch); wear, waiting and pausing apart."""
    tail_cny: float
    """CVaR of these at the level of the question."""
    objective_cny: float
    draw_mw: NDArray[np.float64]
    """Shape (scenario, period): what the load would do."""
    award_mw: NDArray[np.float64]
    """Same shape."""
    kept_cny: float
    """Wear of the battery, waiting and pausing, in the mean of the scenarios."""
    report: SolveReport


class DayAheadDesk:
    """The program of a load's bids, kept in the solver: each day changes its numbers only."""

    def __init__(self, question: BidQuestion, *, scenarios: int, branches: int) -> None:
        """Write the program once, for so many scenarios and branches; each day brings as many."""
        self.question, self.scenarios, self.branches = question, scenarios, branches
        axis, limits = question.axis, question.limits
        self._steps = min(limits.steps_max, scenarios)
        program = Program(days_after_one_another(axis, scenarios))
        self._load = question.load.add_to(program, axis, days=scenarios)
        award = program.flow(AWARD, upper=question.load.connection_mw)
        self._add_steps(program, award)
        self._fees = add_deviations(program, self._load.draw_mw, award, question.deviation)
        share = (1.0 - question.risk.weight) / scenarios
        # Prices stand in for each day's own, so that every number has its place.
        program.cost("energy", share * (1.0 * self._load.draw_mw + 1.0 * award).sum(TIME))
        if not isinstance(self._fees, float):
            program.cost("fees", share * self._fees.sum(TIME))
        if not isinstance(self._load.wear_cny, int | float):
            program.cost("kept", self._load.wear_cny * (1.0 / scenarios))
        self._tie = add_tie_break(program, self._load.draw_mw, award) * (1.0 / scenarios)
        program.cost("tie break", self._tie)
        if question.risk.weight:
            program.cost("tail", question.risk.weight * self._tail(program))
        self._live = program.open()

    def bid(self, prices: PriceScenarios) -> DayAheadBid:
        """The steps of least cost over a day's price scenarios."""
        question, live, every = self.question, self._live, np.arange(self.scenarios * self.question.axis.count)
        hours, weight = question.axis.step_hours, question.risk.weight
        limits = break_prices(prices.day_ahead_cny_per_mwh, question.limits)
        cleared = steps_at(limits, prices.day_ahead_cny_per_mwh)
        for step in range(self._steps):
            live.set_factors(CLEARED, _step(step), every, -1.0 * (cleared == step).ravel())
        ahead, real = prices.day_ahead_cny_per_mwh, prices.real_time_cny_per_mwh
        share = (1.0 - weight) * hours / self.scenarios
        live.set_cost(BOUGHT, share * real.mean(axis=1).ravel())
        live.set_cost(AWARD, share * (ahead - real.mean(axis=1)).ravel())
        for branch in range(self.branches if weight else 0):
            now = real[:, branch]
            live.set_factors(_paid(branch), BOUGHT, every, -hours * now.ravel())
            live.set_factors(_paid(branch), AWARD, every, -hours * (ahead - now).ravel())
        return self._read(live.solve(seconds_max=SECONDS_MAX), prices, limits)

    def _read(self, solution: Solution, prices: PriceScenarios, limits: NDArray[np.float64]) -> DayAheadBid:
        """The answer in the words of a bid."""
        shape, hours = (self.scenarios, self.question.axis.count), self.question.axis.step_hours

        def table(amount: Any) -> NDArray[np.float64]:
            return np.broadcast_to(np.asarray(solution.value(amount)).ravel(), (shape[0] * shape[1],)).reshape(shape)

        draw, award = table(self._load.draw_mw), table(self._award)
        fees = np.zeros(shape) if isinstance(self._fees, float) else table(self._fees)
        ahead, real = prices.day_ahead_cny_per_mwh, prices.real_time_cny_per_mwh
        paid = ahead * award * hours + fees
        later = real * (draw - award)[:, None] * hours
        cost = (paid[:, None] + later).sum(axis=2)
        demand = np.stack([table(one)[0] for one in self._demand], axis=1)
        return DayAheadBid(
            curves=Curves(
                axis=self.question.axis,
                limit_cny_per_mwh=limits,
                demand_mw=_on_tick(demand, self.question.limits),
            ),
            cost_cny=cost,
            tail_cny=tail_mean(cost.ravel(), self.question.risk.level),
            objective_cny=solution.objective - float(solution.value(self._tie)),
            draw_mw=draw,
            award_mw=award,
            kept_cny=float(solution.value(self._load.wear_cny)) / self.scenarios,
            report=solution.report,
        )

    def _add_steps(self, program: Program, award: Any) -> None:
        """One demand for each step and period, the same in every scenario, never rising; and what of it is awarded."""
        most, day = self.question.load.connection_mw, self.question.axis.count
        self._demand = [program.flow(_step(step), upper=most) for step in range(self._steps)]
        for step, one in enumerate(self._demand if self.scenarios > 1 else ()):
            program.require(f"{_step(step)}, every scenario", one - one.roll({TIME: day}) == 0)
        for step, (more, less) in enumerate(pairwise(self._demand)):
            program.require(f"{_step(step)} never below the next", more - less >= 0)
        program.require(CLEARED, award - total(1.0 * one for one in self._demand) == 0)
        self._award = award

    def _tail(self, program: Program) -> Any:
        """The CVaR of the scenarios' costs, by the threshold and what lies above it."""
        day = np.repeat(np.arange(self.scenarios), self.question.axis.count)
        of_day = xr.DataArray(day, coords=[program.time], name=SCENARIO)
        tail = program.size("threshold_cny", lower=-np.inf)
        threshold = 1.0 * tail
        shares = 1.0 / ((1.0 - self.question.risk.level) * self.scenarios * self.branches)
        for branch in range(self.branches):
            paid = program.flow(_paid(branch), lower=-np.inf)
            rest = 1.0 * self._load.draw_mw + self._award
            program.require(_paid(branch), paid - rest - self._fees == 0)
            above = program.each(f"above_cny {branch + 1}", range(self.scenarios), dimension=SCENARIO)
            cost = (1.0 * paid).groupby(of_day).sum()
            program.require(f"tail {branch + 1}", above + threshold - cost >= 0)
            tail = tail + shares * above.sum()
        return tail


def day_ahead_bid(question: BidQuestion, prices: PriceScenarios) -> DayAheadBid:
    """The steps of least cost over price scenarios, for one day alone."""
    branches = prices.real_time_cny_per_mwh.shape[1]
    return DayAheadDesk(question, scenarios=prices.count, branches=branches).bid(prices)


def tail_mean(costs: NDArray[np.float64], level: float) -> float:
    """CVaR of equally likely costs: the mean of the dearest 1 − level, the one at its edge in part.

    Example:
        >>> tail_mean(np.array([1.0, 2.0, 3.0, 10.0]), 0.625)  # The dearest 1.5 of 4: (10 + 3 / 2) / 1.5
        7.666666666666667
    """
    ordered = np.sort(costs)[::-1]
    wanted = (1.0 - level) * len(ordered)
    parts = np.clip(wanted - np.arange(len(ordered)), 0.0, 1.0)
    return float((parts * ordered).sum() / parts.sum())


def add_deviations(program: Program, draw: Any, award: Any, terms: DeviationTerms) -> Any:
    """What deviating beyond the free share costs in each period; 0 where nothing is charged."""
    if not terms.fee_cny_per_mwh:
        return 0.0
    over, under = program.flow("over_mw"), program.flow("under_mw")
    program.require("over", over - draw + (1.0 + terms.free_share) * award >= 0)
    program.require("under", under + draw - max(1.0 - terms.free_share, 0.0) * award >= 0)
    return (terms.fee_cny_per_mwh * program.axis.step_hours) * (over + under)


def add_tie_break(program: Program, draw: Any, award: Any) -> Any:
    """A little for each MWh that differs from the award."""
    above, below = program.flow("above_award_mw"), program.flow("below_award_mw")
    program.require(APART, above - below - draw + 1.0 * award == 0)
    return (above + below).sum(TIME) * (TIE_BREAK_CNY_PER_MWH * program.axis.step_hours)


def _step(step: int) -> str:
    """Name of the demand of a step, the cheapest first."""
    return f"demand_mw {step + 1}"


def _paid(branch: int) -> str:
    """Name of what each period of a branch costs."""
    return f"paid_cny {branch + 1}"


def _on_tick(demand_mw: NDArray[np.float64], limits: Limits) -> NDArray[np.float64]:
    """Demand in whole ticks, never rising along a row."""
    tick = limits.quantity_tick_mw
    whole = np.round(np.round(np.maximum(demand_mw, 0.0) / tick) * tick, 9)
    return np.asarray(np.minimum.accumulate(whole, axis=1))
