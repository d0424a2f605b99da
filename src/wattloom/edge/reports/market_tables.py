"""Which tables do bids and their back-test come to? Each is language-free; page, workbook and screen show the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from wattloom.app.market_backtest_answer import STRATEGIES
from wattloom.domain.text import Text
from wattloom.edge.reports.table import Table, columns
from wattloom.edge.reports.words import Amount, Said, Word

if TYPE_CHECKING:
    from wattloom.app.market_backtest_answer import MarketBacktest
    from wattloom.app.market_bid import MarketBid
    from wattloom.edge.reports.words import Cell
    from wattloom.forecast.compare import Interval


def rows(found: MarketBacktest) -> Table:
    """Each way of buying, with intervals."""
    made: list[tuple[Cell, ...]] = [
        (
            STRATEGIES[row.strategy],
            between(row.cost, 0),
            between(row.saved, 0),
            percent(row.saved_share),
            None if row.of_perfect is None else percent(row.of_perfect),
            between(row.spread_saved, 0),
            row.dearest_cny,
            row.price_cny_per_mwh,
            row.deviated_share,
        )
        for row in found.rows
    ]
    heads = (
        "market_strategy", "market_cost_cny_per_day", "market_saved_cny_per_day", "market_saved_share",
        "market_of_perfect",
        "market_spread_cny_per_day", "market_dearest_cny_per_day", "market_paid_cny_per_mwh", "market_deviated_share",
    )  # fmt: skip
    return Table(key="market_rows", columns=columns(*heads), rows=tuple(made))


def rows_short(found: MarketBacktest) -> Table:
    """What is asked for first, for a screen."""
    made: list[tuple[Cell, ...]] = [
        (
            STRATEGIES[row.strategy],
            row.cost.value,
            between(row.saved, 0),
            None if row.of_perfect is None else percent(row.of_perfect),
        )
        for row in found.rows
    ]
    heads = ("market_strategy", "market_cost_cny_per_day", "market_saved_cny_per_day", "market_of_perfect")
    return Table(key="market_rows", columns=columns(*heads), rows=tuple(made))


def leakage(found: MarketBacktest) -> Table:
    """What was found in each forecast before anything was bid."""
    made: list[tuple[Cell, ...]] = []
    for name, report in found.reports.items():
        made += [(name, Word(str(one.severity)), one.text) for one in report.findings] or [
            (name, Said("market_nothing"), Said("market_nothing"))
        ]
    heads = ("market_forecast", "result", "market_finding")
    return Table(key="market_leakage", columns=columns(*heads), rows=tuple(made))


def curves(found: MarketBid) -> Table:
    """The bid, a row a period."""
    zone, bid = found.inputs.market.ahead.feed.zone, found.bid.curves
    clocks = found.question.axis.local(zone).strftime("%H:%M")
    expected = found.scenarios.day_ahead_cny_per_mwh.mean(axis=0)
    award = np.full(len(clocks), np.nan) if found.award_mw is None else found.award_mw
    draw = np.full(len(clocks), np.nan) if found.rebid is None else found.rebid.draw_mw
    made: list[tuple[Cell, ...]] = [
        (
            str(clock),
            ", ".join(f"{step.mw:.3f} ≤ {step.limit_cny_per_mwh:g}" for step in bid.steps(period)) or "0",
            float(found.flat_mw[period]),
            float(expected[period]),
            None if np.isnan(award[period]) else float(award[period]),
            None if np.isnan(draw[period]) else float(draw[period]),
        )
        for period, clock in enumerate(clocks)
    ]
    heads = (
        "market_period", "market_steps", "market_flat_mw", "market_expected_cny_per_mwh", "market_award_mw",
        "market_draw_mw",
    )  # fmt: skip
    return Table(key="market_curves", columns=columns(*heads), rows=tuple(made))


def limits(found: MarketBid) -> Table:
    """What a bid may be, and where that is written."""
    asked, own = found.question.limits, found.inputs.project.market
    facts = found.inputs.limit_facts

    def of(name: str) -> Cell:
        fact = facts.get(name)
        return Text("bid file", "申报文件") if fact is None else fact.clause.document

    basis = Text.same(own.basis)
    made: list[tuple[Cell, ...]] = [
        (Word("spot_bid_floor_cny_per_mwh"), Amount(asked.floor_cny_per_mwh, "CNY/MWh"),
         of("spot_bid_floor_cny_per_mwh")),
        (Word("spot_bid_cap_cny_per_mwh"), Amount(asked.cap_cny_per_mwh, "CNY/MWh"), of("spot_bid_cap_cny_per_mwh")),
        (Text("Steps in one period", "每时段段数"), Amount(float(asked.steps_max), ""), basis),
        (Text("Deviation free of fees", "免考核偏差"), Amount(own.free_share, "1"), basis),
        (Text("Fee beyond", "偏差费用"), Amount(own.fee_cny_per_mwh, "CNY/MWh"), basis),
    ]  # fmt: skip
    return Table(key="market_limits", columns=columns("item", "value", "source"), rows=tuple(made))


def between(one: Interval, digits: int) -> str:
    """A figure with its interval."""
    return f"{one.value:,.{digits}f} [{one.low:,.{digits}f}, {one.high:,.{digits}f}]"


def percent(one: Interval) -> str:
    """The same of a share."""
    return f"{one.value:.1%} [{one.low:.1%}, {one.high:.1%}]"
