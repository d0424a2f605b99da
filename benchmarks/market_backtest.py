"""What does bidding a computing load on spot markets save, with nothing known before its time?

    python benchmarks/market_backtest.py [--markets cn_spot,cn_clearing,epex_de,caiso]    WATTLOOM_DATA: source tables

A load of 100 MW of machines, used to 65 %, 30 % of whose work may wait 6, 12 or 24 hours but not past the day: all of
it assumed, the same in every market. Energy at market prices alone: no grid charges, taxes or funds. Price taker.

- flat: all work as it arrives. declared: the day's plan at expected prices, one quantity whatever the price. bid: up
  to five price-quantity steps an hour, least (0.8 mean + 0.2 CVaR at 0.9) over 20 price courses. perfect: both known.
- declared and bid are run again in real time, beside what they were awarded; perfect foresight has the same limits.
- two prices (cn_spot, caiso): deviation at the real-time price; a tenth of the award is free, beyond it a fee.
  One price (cn_clearing, epex_de): deviation at the day-ahead price and a fee. Fees and free share are assumed.
- known: day-ahead prices when the auction has published, real-time prices an hour after their period, both assumed
  (forecast_data_price.py); the demand of cn_clearing is what was measured, and is not used.
- by the hour: quarters of cn_spot and cn_clearing are averaged. CAISO: hours 10 to 23, all that is on record of a day.

Looks. Steps, courses, weight, windows and fees were set once and not tried out. How far a foreseen spread is believed,
and that of equal bids the one is taken that deviates least, were chosen on CAISO, 15 March to 31 May 2024 (nine looks).
cn_clearing was looked at in October and November 2022 (four), nothing was set there. The tests of cn_spot, cn_clearing
and caiso ran once before the last of these choices, and that of cn_spot had its first three days seen before all of
them, when spreads were taken at their word and bids lost; epex_de was not seen.

Checks, printed with the table: the leakage report of a price series whose known-at is false (it must refuse), and
whether bids move when all that became known after a gate is replaced (they must not). Intervals: 95 %, blocks of days
drawn anew. The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd

from forecast_data_price import (
    BEFORE_THE_GATE,
    DAY_S,
    FIXED_CLOCK,
    METER_DELAY_MINUTES,
    SPOT_CLEARED_KNOWN_S,
    SPOT_ZONE,
    data,
    market_feed,
    spot_feeds,
)
from wattloom.app.market_backtest_answer import BID, DECLARED, MarketBacktest
from wattloom.app.market_backtest_run import backtest_bids, days_between, leakage_of
from wattloom.app.market_bid_prices import BidMarket, Foreseen, blinded, spot_prices
from wattloom.assets.kinds.cluster.cluster import Cluster, WorkloadClass
from wattloom.domain.forecasts import TargetKind
from wattloom.domain.time import TimeAxis
from wattloom.domain.workloads import WorkloadKind
from wattloom.forecast.compare import Interval, block_mean_interval
from wattloom.forecast.feed import ALWAYS, Channel, Feed, starts_of
from wattloom.forecast.models import climatology, lear, seasonal_naive
from wattloom.forecast.models.spot_price import SpotPrice
from wattloom.forecast.serving.issuing import Terms
from wattloom.forecast.task import Task
from wattloom.market.bids import BidLoad, BidQuestion, DeviationTerms, Limits, Risk

MACHINES_MW, USED_SHARE, WAITING_SHARE = 100.0, 0.65, 0.30
WINDOWS_HOURS = (6.0, 12.0, 24.0)
OVERHEAD_FIXED, OVERHEAD_SLOPE = 0.06, 0.12
CONNECTION_MW = MACHINES_MW * (1 + OVERHEAD_FIXED + OVERHEAD_SLOPE)
STEPS_MAX, SCENARIOS = 5, 20
RISK = Risk(weight=0.2, level=0.9)
BEHIND = (seasonal_naive.MODEL, climatology.MODEL)
STALE_MINUTES = 3 * 24 * 60.0
CAISO_NODE, CAISO_HOURS = "DLAP_PGAE-APND", (10, 24)
CAISO_CLEARED_S = 13 * 3600
OTHER_PRICE = 777.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One market: how its prices are foreseen, what its bids may be, which days."""

    key: str
    unit: str
    market: Callable[[], BidMarket]
    limits: Limits
    deviation: DeviationTerms
    step_minutes: int
    periods: int
    chosen_on: tuple[datetime, datetime] | None
    tested_on: tuple[datetime, datetime]
    block_days: int


def load() -> BidLoad:
    """The computing load that bids, the same everywhere; all of it assumed."""
    each = WAITING_SHARE / len(WINDOWS_HOURS)
    waiting = {
        f"within {hours:g} h": WorkloadClass(kind=WorkloadKind.BATCH, share=each, window_hours=hours, cleared="daily")
        for hours in WINDOWS_HOURS
    }
    serving = WorkloadClass(kind=WorkloadKind.FIRM_SERVING, share=1 - WAITING_SHARE)
    cluster = Cluster(
        it_mw=MACHINES_MW, utilisation=USED_SHARE, overhead_fixed=OVERHEAD_FIXED, overhead_slope=OVERHEAD_SLOPE,
        classes={"serving": serving, **waiting},
    )  # fmt: skip
    return BidLoad(cluster=cluster, connection_mw=CONNECTION_MW)


def cn_spot() -> BidMarket:
    """Both markets of a province, 2025."""
    ahead, real = (_hourly(feed) for feed in spot_feeds())
    gate = Task.day_ahead(step_minutes=60, issue_minute=9 * 60)
    line = SpotPrice(line="da_price_cny_mwh")
    return BidMarket(
        name="cn-spot-2025, day ahead and real time",
        ahead=Foreseen(feed=ahead, models=(SpotPrice(), *BEHIND), task=gate),
        real_at_gate=Foreseen(feed=real, models=(SpotPrice(), *BEHIND), task=gate),
        real_in_day=(
            Foreseen(feed=real, models=(line, *BEHIND), task=Task.day_ahead(step_minutes=60)),
            Foreseen(feed=real, models=(line, *BEHIND), refit_days=7.0,
                     task=Task.intraday(step_minutes=60, leads=4, every_minutes=240)),
        ),
        terms=Terms(stale_minutes=STALE_MINUTES, look_back_days=0, refit_days=1.0, calibrate=False),
    )  # fmt: skip


def _hourly(feed: Feed) -> Feed:
    """Means of the four quarters of each hour, known when the last of them is."""

    def of(channel: Channel) -> Channel:
        quarters = channel.values[-1].reshape(-1, 4)
        known_s = channel.known_s[-1].reshape(-1, 4).max(axis=1)
        return Channel.issued(quarters.mean(axis=1), known_s, unit=channel.unit, source=channel.source)

    return replace(
        feed,
        axis=TimeAxis(feed.axis.start, 60, feed.axis.count // 4),
        target=of(feed.target),
        channels={name: of(channel) for name, channel in feed.channels.items()},
    )


def cn_clearing() -> BidMarket:
    """One clearing price of a province, 2021 to 2023, by the hour."""
    table = pd.read_parquet(data("cn-clearing-price-2021-2023", "price_demand_15min.parquet"))
    hourly = table.set_index("time_start")["clearing_price_cny_mwh"].resample("h").mean()
    axis = TimeAxis(hourly.index[0].tz_localize(SPOT_ZONE).to_pydatetime(), 60, len(hourly))
    local_s = pd.DatetimeIndex(hourly.index).as_unit("s").asi8
    known_s = starts_of(axis) - local_s % DAY_S - DAY_S + SPOT_CLEARED_KNOWN_S
    price = Channel.issued(hourly.to_numpy(float), known_s, unit="CNY/MWh", source="cn-clearing-price-2021-2023")
    feed = Feed(name="clearing price", kind=TargetKind.PRICE, axis=axis, zone=SPOT_ZONE, target=price)
    gate = Task.day_ahead(step_minutes=60, issue_minute=9 * 60)
    return _one_price("cn-clearing-price-2021-2023, one price", feed, gate)


def epex() -> BidMarket:
    """The German auction."""
    return _one_price("EPEX-DE 2017, one price", market_feed("de"), BEFORE_THE_GATE)


def _one_price(name: str, feed: Feed, gate: Task) -> BidMarket:
    """A market whose deviations are settled at the day-ahead price and a fee."""
    terms = Terms(stale_minutes=STALE_MINUTES, look_back_days=0, refit_days=10_000.0, calibrate=False)
    return BidMarket(name=name, ahead=Foreseen(feed=feed, models=(lear.MODEL, *BEHIND), task=gate), terms=terms)


def caiso() -> BidMarket:
    """One node of California, the fourteen hours of a day that are on record whole."""
    table = pd.read_parquet(data("caiso-lmp-2024", "lmp_hourly.parquet"))
    both = table[table["node"] == CAISO_NODE].pivot_table(index="time", columns="market", values="price_usd_mwh")
    hours = pd.date_range(both.index[0].normalize(), both.index[-1].normalize() + pd.Timedelta(hours=23), freq="h")
    both = both.reindex(hours)
    axis = TimeAxis(hours[0].tz_localize(UTC).to_pydatetime(), 60, len(hours))
    days = starts_of(axis) // DAY_S * DAY_S
    price = Channel.issued(both["DAM"].to_numpy(float), days - DAY_S + CAISO_CLEARED_S, unit="USD/MWh", source="caiso")
    real = Channel.measured(
        axis, both["RTM"].to_numpy(float), unit="USD/MWh", source="caiso", delay_minutes=METER_DELAY_MINUTES
    )
    first, end = CAISO_HOURS
    gate = Task(name="day_ahead", step_minutes=60, leads=end - first, first_lead=24 + first - 9, issue_minute=9 * 60)
    day = Task(name="day_ahead", step_minutes=60, leads=end - first, issue_minute=first * 60)

    def feed(name: str, target: Channel, **channels: Channel) -> Feed:
        return Feed(
            name=name,
            kind=TargetKind.PRICE,
            axis=axis,
            zone=FIXED_CLOCK,
            target=target,
            channels=channels,
            lowest=-150.0,
            highest=2000.0,
        )

    ahead_feed, real_feed = feed("DAM", price), feed("RTM", real, dam_usd_per_mwh=price)
    line = SpotPrice(line="dam_usd_per_mwh")
    return BidMarket(
        name="CAISO PG&E 2024, 10:00 to 24:00, day ahead and real time",
        ahead=Foreseen(feed=ahead_feed, models=(SpotPrice(), *BEHIND), task=gate),
        real_at_gate=Foreseen(feed=real_feed, models=(SpotPrice(), *BEHIND), task=gate),
        real_in_day=(
            Foreseen(feed=real_feed, models=(line, *BEHIND), task=day),
            Foreseen(
                feed=real_feed, models=(line, *BEHIND), task=Task.intraday(step_minutes=60, leads=4, every_minutes=240)
            ),
        ),
        terms=Terms(stale_minutes=STALE_MINUTES, look_back_days=0, refit_days=14.0, train_days=90.0, calibrate=False),
    )


def _limits(floor: float, cap: float) -> Limits:
    """Price limits of a market, and five steps."""
    return Limits(floor_cny_per_mwh=floor, cap_cny_per_mwh=cap, steps_max=STEPS_MAX)


def _utc(year: int, month: int, day: int, hour: int = 0) -> datetime:
    """An instant of the fixed clock."""
    return datetime(year, month, day, hour, tzinfo=UTC)


def _beijing(year: int, month: int, day: int) -> datetime:
    """A day's beginning."""
    return datetime(year, month, day, tzinfo=SPOT_ZONE)


CASES = (
    Case(
        key="cn_spot", unit="CNY", market=cn_spot, limits=_limits(0.0, 1500.0),
        deviation=DeviationTerms(free_share=0.1, fee_cny_per_mwh=100.0), step_minutes=60, periods=24,
        chosen_on=None, tested_on=(_beijing(2025, 5, 22), _beijing(2025, 6, 15)), block_days=3,
    ),
    Case(
        key="cn_clearing", unit="CNY", market=cn_clearing, limits=_limits(-80.0, 1300.0),
        deviation=DeviationTerms(fee_cny_per_mwh=50.0), step_minutes=60, periods=24,
        chosen_on=(_beijing(2022, 10, 1), _beijing(2022, 11, 30)),
        tested_on=(_beijing(2023, 2, 15), _beijing(2023, 3, 30)), block_days=7,
    ),
    Case(
        key="epex_de", unit="EUR", market=epex, limits=_limits(-500.0, 3000.0),
        deviation=DeviationTerms(fee_cny_per_mwh=10.0), step_minutes=60, periods=24,
        chosen_on=None, tested_on=(_utc(2017, 11, 16), _utc(2017, 12, 30)), block_days=7,
    ),
    Case(
        key="caiso", unit="USD", market=caiso, limits=_limits(-150.0, 1000.0),
        deviation=DeviationTerms(free_share=0.1, fee_cny_per_mwh=10.0), step_minutes=60, periods=14,
        chosen_on=(_utc(2024, 3, 15, 10), _utc(2024, 5, 31, 10)),
        tested_on=(_utc(2024, 7, 1, 10), _utc(2024, 8, 31, 10)), block_days=7,
    ),
)  # fmt: skip
"""Price limits: EPEX its harmonised limits of 2017, -500 and 3000 EUR/MWh; CAISO its bid floor and cap; the province of
cn_clearing is not named: its prices fit Shandong's limits; those of cn_spot are assumed."""


def run(case: Case, *, choosing: bool = False) -> MarketBacktest:
    """One market's days."""
    first, last = case.chosen_on if choosing and case.chosen_on else case.tested_on
    question = BidQuestion(axis=TimeAxis(first, case.step_minutes, case.periods), load=load(), limits=case.limits,
                           deviation=case.deviation, risk=RISK)  # fmt: skip
    return backtest_bids(question, case.market(), days_between(first, last), scenarios=SCENARIOS,
                         block_days=case.block_days)  # fmt: skip


def planted_leak(case: Case) -> bool:
    """Whether a day-ahead price that says it was known since ever is refused."""
    market = case.market()
    feed = market.ahead.feed
    known = np.full(feed.target.known_s.shape, ALWAYS)
    lying = replace(market.ahead, feed=replace(feed, target=replace(feed.target, known_s=known)))
    reports = leakage_of(replace(market, ahead=lying), days_between(*case.tested_on))
    return any(one.refuses for one in reports.values())


def unmoved(case: Case, days: int = 3) -> bool:
    """Whether the first bids stay as they are when every value known after the last of their gates is another."""
    tested = days_between(case.tested_on[0], case.tested_on[0] + timedelta(days=days - 1))
    market = case.market()
    gate = tested[-1] - timedelta(seconds=market.ahead.task.first_lead * market.ahead.task.step_s)
    seen, blind = spot_prices(market, tested), spot_prices(blinded(market, after=gate, value=OTHER_PRICE), tested)
    pairs = [[one.scenarios(day, count=SCENARIOS, seed=day) for one in (seen, blind)] for day in range(days)]
    return all(
        np.array_equal(one.day_ahead_cny_per_mwh, other.day_ahead_cny_per_mwh)
        and np.array_equal(one.real_time_cny_per_mwh, other.real_time_cny_per_mwh)
        for one, other in pairs
    )


def told(case: Case, found: MarketBacktest) -> dict[str, object]:
    """Print one market's table; its part of the last line."""
    print(f"\n{found.market}: {len(found.days)} days ({found.days[0]} to {found.days[-1]}), left out "
          f"{', '.join(found.left_out) or 'none'}; {case.unit} a day")  # fmt: skip
    print(f"  {'':9s} {'cost':>9s}  {'saved against flat':28s} {'of the flat bill':24s} {'of perfect':26s} "
          f"{'saved by spread':26s} {'dearest tenth':>13s} deviated")  # fmt: skip
    line: dict[str, object] = {}
    for row in found.rows:
        of_perfect = "nothing to save" if row.of_perfect is None else _share(row.of_perfect)
        print(f"  {row.strategy:9s} {row.cost.value:9,.0f}  {_money(row.saved):28s} {_share(row.saved_share):24s} "
              f"{of_perfect:26s} {_money(row.spread_saved):26s} {row.dearest_cny:13,.0f} "
              f"{row.deviated_share:.1%}")  # fmt: skip
        key = f"{case.key}_{row.strategy}"
        line[f"{key}_cost"] = _three(row.cost, 1)
        line[f"{key}_saved"] = _three(row.saved, 1)
        line[f"{key}_saved_share"] = _three(row.saved_share, 4)
        line[f"{key}_of_perfect"] = None if row.of_perfect is None else _three(row.of_perfect, 4)
        line[f"{key}_spread_saved"] = _three(row.spread_saved, 1)
    costs = {name: np.array([one.cost_cny for one in days]) for name, days in found.results.items()}
    steps = block_mean_interval(costs[DECLARED] - costs[BID], block_days=case.block_days)
    print(f"  the steps save against the declared quantity: {_money(steps)}; models {dict(found.used)}")
    return line | {f"{case.key}_steps_saved": _three(steps, 1), f"{case.key}_days": len(found.days)}


def _money(one: Interval) -> str:
    """With its interval."""
    return f"{one.value:,.0f} [{one.low:,.0f}, {one.high:,.0f}]"


def _share(one: Interval) -> str:
    """The same in per cent."""
    return f"{one.value:.1%} [{one.low:.1%}, {one.high:.1%}]"


def _three(one: Interval, digits: int) -> list[float]:
    """Value and ends."""
    return [round(each, digits) for each in (one.value, one.low, one.high)]


def main() -> None:
    """Print every market, the checks, and the line."""
    reader = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    reader.add_argument("--markets", default=",".join(case.key for case in CASES))
    asked = reader.parse_args().markets.split(",")
    begun = time.process_time()
    line: dict[str, object] = {}
    for case in (one for one in CASES if one.key in asked):
        since = time.process_time()
        line |= told(case, run(case))
        refused = planted_leak(case)
        line[f"{case.key}_planted_leak_refused"] = refused
        line[f"{case.key}_cpu_s"] = round(time.process_time() - since, 1)
        print(f"  planted leak refused: {'yes' if refused else 'NO'}; {line[f'{case.key}_cpu_s']} CPU s")
    caiso_case = CASES[-1]
    if caiso_case.key in asked:
        line["bids_unmoved_by_the_future"] = unmoved(caiso_case)
        print(f"\nbids unmoved by what came to be known later: {'yes' if line['bids_unmoved_by_the_future'] else 'NO'}")
    print(json.dumps(line | {"cpu_s": round(time.process_time() - begun, 1)}))


if __name__ == "__main__":
    main()
