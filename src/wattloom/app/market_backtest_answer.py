"""What did bidding come to, day after day, against buying flat and against knowing everything?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from wattloom.domain.text import Text
from wattloom.forecast.compare import BLOCK_DAYS, Interval, block_interval, block_mean_interval
from wattloom.market.bids import PRICE_TAKER, SettledDay, tail_mean

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.forecast.leakage import LeakageReport
    from wattloom.market.bids import BidQuestion

FLAT, DECLARED, BID, PERFECT = "flat", "declared", "bid", "perfect"
STRATEGIES: Mapping[str, Text] = {
    FLAT: Text("flat: all work as it arrives", "平铺：随到随做"),
    DECLARED: Text("declared: the plan at expected prices, without steps", "按期望价格申报电量（无分段）"),
    BID: Text("bid: price–quantity steps", "分段报量报价"),
    PERFECT: Text("perfect foresight", "完全预知"),
}
NOTHING_SHARE = 1e-4
"""Of the flat bill: what perfect foresight saves below this is nothing, and has no parts."""
DEAREST = 0.9
"""Level of the tail told: the mean of the dearest tenth of the days."""
REFUSED = Text(
    "No figures: the leakage report refuses. What looks like foresight would be knowledge of the outcome.",
    "不出具数值：泄漏检查未通过，表面上的预见实为已知结果。",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BacktestDay:
    """One day by one strategy."""

    settled: SettledDay
    kept_cny: float
    """Wear of the battery, waiting and pausing."""
    at_day_ahead_cny: float
    """What was used, at the day-ahead price: the part of the cost that shifting moves."""

    @property
    def cost_cny(self) -> float:
        """All that the day cost."""
        return float(self.settled.cost_cny) + self.kept_cny

    @property
    def spread_cny(self) -> float:
        """What deviating cost, or earned where it is below zero: the difference's two prices, and the fee."""
        return float(self.settled.cost_cny) - self.at_day_ahead_cny


@dataclass(frozen=True, slots=True, kw_only=True)
class BacktestRow:
    """One strategy over all days; CNY a day, with intervals from blocks of days drawn anew."""

    strategy: str
    cost: Interval
    saved: Interval
    """Against flat, on the same days."""
    saved_share: Interval
    """Of the flat bill."""
    of_perfect: Interval | None
    """Of what perfect foresight saves; None where that is nothing."""
    spread_saved: Interval
    """The part of the saving that comes from deviating between the two prices, and not from moving work."""
    dearest_cny: float
    """Mean of the dearest tenth of the days."""
    price_cny_per_mwh: float
    """Paid for each MWh used."""
    deviated_share: float
    """Energy above or below the award, of what was used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketBacktest:
    """A back-test of bids in one market."""

    market: str
    question: BidQuestion
    reports: Mapping[str, LeakageReport]
    """By forecast: made before anything is bid."""
    days: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    """Days with a gap, or too early to have learnt."""
    results: Mapping[str, tuple[BacktestDay, ...]] = field(default_factory=dict)
    rows: tuple[BacktestRow, ...] = ()
    used: Mapping[str, int] = field(default_factory=dict)
    """How many day-ahead issues each model answered."""
    notes: tuple[Text, ...] = (PRICE_TAKER,)
    generated: bool = False
    name: str = ""
    provenance: Mapping[str, str] = field(default_factory=dict)
    bids: tuple[NDArray[np.float64], ...] = ()
    """Demand of each day's bid, shape (period, step): what a second run must reproduce."""
    block_days: int = BLOCK_DAYS

    @property
    def refused(self) -> bool:
        """Whether the leakage report forbids figures."""
        return any(one.refuses for one in self.reports.values())

    def row(self, strategy: str) -> BacktestRow:
        """One strategy's figures."""
        return next(one for one in self.rows if one.strategy == strategy)


def rows_of(results: Mapping[str, tuple[BacktestDay, ...]], *, block_days: int) -> tuple[BacktestRow, ...]:
    """Every strategy beside flat and perfect foresight, on the same days."""
    costs = {name: np.array([one.cost_cny for one in days]) for name, days in results.items()}
    flat, best = costs[FLAT], costs[PERFECT]
    nothing = abs(float((flat - best).sum())) <= NOTHING_SHARE * float(np.abs(flat).sum())
    found = []
    for name, days in results.items():
        spread = np.array([one.spread_cny for one in days])
        used = np.array([one.settled.used_wh for one in days], dtype=np.float64)
        apart = np.array([one.settled.over_wh + one.settled.under_wh for one in days], dtype=np.float64)
        cost = costs[name]
        found.append(
            BacktestRow(
                strategy=name,
                cost=block_mean_interval(cost, block_days=block_days),
                saved=block_mean_interval(flat - cost, block_days=block_days),
                saved_share=block_interval(_saved, flat, cost, block_days=block_days),
                of_perfect=None if nothing else block_interval(_of_best, flat, cost, best, block_days=block_days),
                spread_saved=block_mean_interval(-spread, block_days=block_days),
                dearest_cny=tail_mean(cost, DEAREST),
                price_cny_per_mwh=float(cost.sum() / used.sum() * 1e6),
                deviated_share=float(apart.sum() / used.sum()),
            )
        )
    return tuple(found)


def _saved(means: NDArray[np.float64]) -> NDArray[np.float64]:
    """Share of the flat bill; shape (draws, 2) to (draws,)."""
    flat, cost = means.T
    return np.asarray((flat - cost) / flat)


def _of_best(means: NDArray[np.float64]) -> NDArray[np.float64]:
    """Share of what perfect foresight saves; shape (draws, 3) to (draws,)."""
    flat, cost, best = means.T
    there = np.where(flat == best, np.nan, flat - best)  # A draw of days on which nothing is to be saved has no parts.
    return np.asarray((flat - cost) / there)
