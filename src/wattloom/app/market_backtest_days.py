"""How does a day of bidding go, from the gate to the bill? One day by each strategy, with what each could know.

- flat: all work as it arrives, bought as it is used; it never deviates.
- declared: the day's plan at expected prices, one quantity a period whatever the price, then re-bid in real time.
- bid: price–quantity steps over price scenarios, awarded at the clearing price, then re-bid in real time.
- perfect: both prices known; the same load, limits and fees. Nothing can come below it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from wattloom.app.market_backtest_answer import BID, DECLARED, FLAT, PERFECT, BacktestDay
from wattloom.market.bids import BRANCHES, DayAheadDesk, PriceScenarios, RealTimeDesk, Risk, settled_day

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from wattloom.app.market_bid_prices import SpotPrices
    from wattloom.market.bids import BidQuestion, Curves, RealTimePlan

BRANCHES_OF_ONE_PRICE = 1


@dataclass(frozen=True, slots=True)
class Desks:
    """The programs of one load and market, each kept in the solver for all days."""

    question: BidQuestion
    bids: DayAheadDesk
    sure: DayAheadDesk
    """For one course of prices: what is expected, or what is known."""
    real: RealTimeDesk

    @classmethod
    def of(cls, question: BidQuestion, *, scenarios: int, two_prices: bool) -> Desks:
        """Write them."""
        branches = min(BRANCHES, scenarios) if two_prices else BRANCHES_OF_ONE_PRICE
        one = replace(question, limits=replace(question.limits, steps_max=1), risk=Risk())
        return cls(
            question,
            DayAheadDesk(question, scenarios=scenarios, branches=branches),
            DayAheadDesk(one, scenarios=1, branches=1),
            RealTimeDesk(question),
        )


def day_by_strategy(
    desks: Desks, prices: SpotPrices, day: int, *, seed: int
) -> tuple[dict[str, BacktestDay], NDArray[np.float64]]:
    """One day by every strategy, and the demand of its bid."""
    foreseen = prices.scenarios(day, count=desks.bids.scenarios, seed=seed)
    bid = desks.bids.bid(foreseen)
    declared = desks.sure.bid(foreseen.mean)
    # From here on things are known that were not at the gate.
    cleared, updates = prices.cleared(day), prices.updates(day)
    flat = desks.question.load.flat_mw(desks.question.axis)
    known = desks.sure.bid(PriceScenarios.sure(*cleared))
    found = {
        FLAT: billed(desks.question, flat, flat, cleared, kept_cny=0.0),
        DECLARED: _run(desks, declared.curves, cleared, updates),
        BID: _run(desks, bid.curves, cleared, updates),
        PERFECT: billed(desks.question, known.award_mw[0], known.draw_mw[0], cleared, kept_cny=known.kept_cny),
    }
    return found, bid.curves.demand_mw


def followed(
    desk: RealTimeDesk, award_mw: NDArray[np.float64], updates: Sequence[tuple[int, NDArray[np.float64]]]
) -> RealTimePlan:
    """The day as it runs: planned at the first word on real-time prices, and again at each later one."""
    plan: RealTimePlan | None = None
    for now, expected in updates:
        plan = desk.plan(award_mw, expected, before=plan, now=now)
    if plan is None:
        raise ValueError("a day without any word on real-time prices; leave it out")
    return plan


def billed(
    question: BidQuestion,
    award_mw: NDArray[np.float64],
    draw_mw: NDArray[np.float64],
    cleared: tuple[NDArray[np.float64], NDArray[np.float64]],
    *,
    kept_cny: float,
) -> BacktestDay:
    """A day's bill at what cleared."""
    settled = settled_day(
        question.axis, award_mw=award_mw, draw_mw=draw_mw, prices_cny_per_mwh=cleared, terms=question.deviation
    )
    return BacktestDay(
        settled=settled,
        kept_cny=kept_cny,
        at_day_ahead_cny=float((draw_mw * cleared[0]).sum() * question.axis.step_hours),
    )


def _run(
    desks: Desks,
    curves: Curves,
    cleared: tuple[NDArray[np.float64], NDArray[np.float64]],
    updates: Sequence[tuple[int, NDArray[np.float64]]],
) -> BacktestDay:
    """A bid, cleared, run and billed."""
    award = curves.awarded_mw(cleared[0])
    plan = followed(desks.real, award, updates)
    return billed(desks.question, award, plan.draw_mw, cleared, kept_cny=plan.kept_cny)
