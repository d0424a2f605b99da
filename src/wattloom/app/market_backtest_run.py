"""What would bidding have come to in a market, day after day, with nothing known before its time?

First the leakage report of every forecast: where it refuses there are no figures. Then each day from the gate to the
bill. Prices that were not known at an instant cannot be read there (forecast/sight.py); that the bids depend on them
in no other way shows when all later values are replaced and the bids stay as they are (`market_bid_prices.blinded`).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from wattloom.app.market_backtest_answer import STRATEGIES, BacktestDay, MarketBacktest, rows_of
from wattloom.app.market_backtest_days import Desks, day_by_strategy
from wattloom.app.market_bid_prices import spot_prices
from wattloom.domain.errors import MissingData
from wattloom.domain.ports import Silent
from wattloom.domain.text import Text
from wattloom.forecast.backtest import Period
from wattloom.forecast.compare import BLOCK_DAYS
from wattloom.forecast.leakage import leakage_report
from wattloom.market.bids import PRICE_TAKER

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wattloom.app.market_bid_prices import BidMarket
    from wattloom.domain.ports import Progress
    from wattloom.forecast.leakage import LeakageReport
    from wattloom.market.bids import BidQuestion

NO_DAY = "none of {days} days has its prices, a forecast, and ten forecasts that came true before; test later days"
ONE_PRICE = Text(
    "One price: what deviates from the award is settled at the day-ahead price, and the fee comes on top.",
    "单一价格：偏离中标电量的部分按日前价格结算，另计偏差费用。",
)


def backtest_bids(  # noqa: PLR0913 - what a back-test turns on
    question: BidQuestion,
    market: BidMarket,
    days: Sequence[datetime],
    *,
    scenarios: int = 20,
    block_days: int = BLOCK_DAYS,
    seed: int = 0,
    progress: Progress | None = None,
) -> MarketBacktest:
    """Every day by every strategy.

    Args:
        question: load, limits, fees and risk; its axis is that of any one day.
        market: the forecasts of its prices.
        days: starts of the days' first periods, in order.
        scenarios: price courses drawn for each bid.
        block_days: drawn together for the intervals.
        seed: of the draws.
        progress: somebody who wants to know how far it is.
    """
    told = progress or Silent()
    told.step("leakage report", done=0.02)
    reports = leakage_of(market, days)
    if any(one.refuses for one in reports.values()):
        return MarketBacktest(market=market.name, question=question, reports=reports, block_days=block_days)
    told.step("forecasts as they would have been served", done=0.05)
    prices = spot_prices(market, days)
    desks = Desks.of(question, scenarios=scenarios, two_prices=market.real_at_gate is not None)
    results: dict[str, list[BacktestDay]] = {name: [] for name in STRATEGIES}
    done, left, bids = [], [], []
    for place, day in enumerate(days):
        name = f"{day:%Y-%m-%d}"
        if not prices.whole(place):
            left.append(name)
            continue
        told.step(f"bids of {name}", done=0.4 + 0.55 * place / len(days))
        found, demand = day_by_strategy(desks, prices, place, seed=seed + place)
        for strategy, one in found.items():
            results[strategy].append(one)
        done.append(name)
        bids.append(demand)
    if not done:
        raise MissingData(f"{market.name}: {NO_DAY.format(days=len(days))}")
    kept = {name: tuple(ones) for name, ones in results.items()}
    return MarketBacktest(
        market=market.name,
        question=question,
        reports=reports,
        days=tuple(done),
        left_out=tuple(left),
        results=kept,
        rows=rows_of(kept, block_days=block_days),
        used=prices.used,
        notes=(PRICE_TAKER, *((ONE_PRICE,) if market.real_at_gate is None else ()), *prices.notes),
        bids=tuple(bids),
        block_days=block_days,
    )


def leakage_of(market: BidMarket, days: Sequence[datetime]) -> Mapping[str, LeakageReport]:
    """What must be known of every forecast before a yuan of it is believed, by feed and task."""
    end = days[-1] + timedelta(days=1)
    found = {}
    for one in market.all_foreseen:
        gate = timedelta(seconds=one.task.first_lead * one.task.step_s)
        # The last issue speaks of the last day and of nothing later.
        period = Period(start=days[0] - gate, end=end - gate, refit_days=market.terms_of(one).refit_days)
        key = f"{one.feed.name}, {one.task.name} from minute {one.task.issue_minute}"
        found[key] = leakage_report(one.models[0], one.feed, one.task, period)
    return found


def days_between(first: datetime, last: datetime) -> list[datetime]:
    """The same local time on each day from the first to the last, both included."""
    return [first + timedelta(days=day) for day in range((last - first).days + 1)]
