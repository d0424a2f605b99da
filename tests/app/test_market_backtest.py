"""Does a back-test of bids know nothing before its time, and do its figures stand between their bounds?"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from tests.market.bids.days import load

from wattloom.app.market_backtest_answer import BID, DECLARED, FLAT, PERFECT, MarketBacktest
from wattloom.app.market_backtest_run import backtest_bids, days_between
from wattloom.app.market_bid_prices import BidMarket, Foreseen, believed, blinded
from wattloom.domain.errors import FutureRefused
from wattloom.domain.forecasts import TargetKind
from wattloom.domain.time import TimeAxis
from wattloom.forecast.feed import ALWAYS, Channel, Feed, starts_of
from wattloom.forecast.leakage import Sort
from wattloom.forecast.models import climatology, seasonal_naive
from wattloom.forecast.serving.issuing import Terms
from wattloom.forecast.sight import Sight
from wattloom.forecast.task import Task
from wattloom.market.bids import BidQuestion, DeviationTerms, Limits, Risk

START = datetime(2026, 1, 1, tzinfo=UTC)
DAYS, STEP_HOURS = 40, 2
PER_DAY = 24 // STEP_HOURS
AXIS = TimeAxis(START, 60 * STEP_HOURS, DAYS * PER_DAY)
FIRST, LAST = START + timedelta(days=30), START + timedelta(days=35)
GATE = Task.day_ahead(step_minutes=60 * STEP_HOURS, issue_minute=8 * 60)
DAY_S = 24 * 3600


def feeds() -> tuple[Feed, Feed]:
    """A drawn day-ahead price with a daily course, known at 18:00 of the day before, and real time around it."""
    draws = np.random.default_rng(4)
    hour = np.arange(AXIS.count) % PER_DAY
    ahead = 300.0 + 150.0 * np.sin(2 * np.pi * hour / PER_DAY) + draws.normal(0.0, 25.0, AXIS.count)
    real = ahead + draws.normal(0.0, 40.0, AXIS.count)
    known = starts_of(AXIS) // DAY_S * DAY_S - 6 * 3600
    target = Channel.issued(ahead, known, unit="CNY/MWh", source="drawn")
    metered = Channel.measured(AXIS, real, unit="CNY/MWh", source="drawn")

    def feed(name: str, channel: Channel) -> Feed:
        return Feed(name=name, kind=TargetKind.PRICE, axis=AXIS, zone=ZoneInfo("UTC"), target=channel,
                    lowest=-500.0, highest=2000.0)  # fmt: skip

    return feed("ahead", target), feed("real", metered)


def market(*, two_prices: bool = True) -> BidMarket:
    """Foreseen by the mean of the same time of day."""
    ahead, real = feeds()
    models = (climatology.MODEL, seasonal_naive.MODEL)
    at_gate = Foreseen(feed=real, models=models, task=GATE)
    in_day = Foreseen(feed=real, models=models, task=Task.day_ahead(step_minutes=60 * STEP_HOURS))
    return BidMarket(
        name="drawn",
        ahead=Foreseen(feed=ahead, models=models, task=GATE),
        real_at_gate=at_gate if two_prices else None,
        real_in_day=(in_day,) if two_prices else (),
        terms=Terms(stale_minutes=2880.0, look_back_days=0, refit_days=100.0, calibrate=False),
    )


def asked(*, fee: float = 60.0) -> BidQuestion:
    """The load of the tests of bids, before days of twelve periods."""
    return BidQuestion(
        axis=TimeAxis(FIRST, 60 * STEP_HOURS, PER_DAY),
        load=load(firm_mw=4.0, waiting_mw=3.0, rated_mw=10.0, window_hours=12.0),
        limits=Limits(floor_cny_per_mwh=0.0, cap_cny_per_mwh=1500.0, steps_max=3),
        deviation=DeviationTerms(free_share=0.05, fee_cny_per_mwh=fee),
        risk=Risk(weight=0.2, level=0.8),
    )


def run(of: BidMarket, last: datetime = LAST) -> MarketBacktest:
    """The back-test in its reduced form."""
    return backtest_bids(asked(), of, days_between(FIRST, last), scenarios=8, block_days=1)


@cache
def two_markets() -> MarketBacktest:
    """Run once for the tests that only read it."""
    return run(market())


@pytest.mark.parametrize("two_prices", [True, False])
def test_nothing_is_cheaper_than_perfect_foresight_and_each_day_uses_the_same_energy(*, two_prices: bool) -> None:
    """Each strategy does the day's 7 MW · 24 h of work; only when differs."""
    found = two_markets() if two_prices else run(market(two_prices=False), START + timedelta(days=32))

    costs = {name: np.array([one.cost_cny for one in days]) for name, days in found.results.items()}

    assert len(found.days) == (6 if two_prices else 3)
    for name in (FLAT, DECLARED, BID):
        assert (costs[name] >= costs[PERFECT] - 1e-3).all(), name
    for days in found.results.values():
        assert [one.settled.used_wh for one in days] == pytest.approx([7 * 24 * 1_000_000] * len(days), abs=20)
    assert found.row(BID).saved.value > 0.0
    assert found.row(PERFECT).of_perfect is not None


def test_flat_buys_what_it_uses_and_never_deviates() -> None:
    """Its bill is 7 MW at the day-ahead price, to the thousandth of a yuan per MWh on which prices stand."""
    found = two_markets()
    ahead = feeds()[0].target.values[-1].reshape(-1, PER_DAY)[30:36]

    assert [one.cost_cny for one in found.results[FLAT]] == pytest.approx(list(ahead.sum(axis=1) * 7 * 2), rel=1e-6)
    assert found.row(FLAT).deviated_share == 0.0


def test_bids_stay_the_same_when_every_price_that_came_to_be_known_later_is_another() -> None:
    """All that was published after the gate of 3 February is set to 9999; the bids of the days up to it do not move."""
    last = FIRST + timedelta(days=3)
    gate = last - timedelta(hours=16)

    blind = run(blinded(market(), after=gate, value=9999.0), last)

    assert len(blind.bids) == 4
    for ours, theirs in zip(two_markets().bids[:4], blind.bids, strict=True):
        assert np.array_equal(ours, theirs)


def test_a_price_series_that_claims_to_be_known_since_ever_is_caught_before_any_figure() -> None:
    """The planted leak: the same prices, their known-at false. The report refuses, and no day is bid."""
    honest = market()
    lying = Channel.issued(honest.ahead.feed.target.values, np.full(AXIS.count, ALWAYS), unit="CNY/MWh", source="drawn")
    planted = replace(honest, ahead=replace(honest.ahead, feed=replace(honest.ahead.feed, target=lying)))

    found = run(planted)

    assert found.refused
    assert found.rows == ()
    assert not two_markets().refused
    findings = [one for report in found.reports.values() for one in report.of(Sort.AVAILABILITY)]
    assert findings[0].figure == pytest.approx(1.0)


def test_the_next_days_price_under_another_name_is_caught_too() -> None:
    """A channel that is the target and says that it was published days before."""
    honest = market()
    feed = honest.ahead.feed
    early = Channel.issued(
        feed.target.values, feed.target.known_s - 2 * DAY_S, unit="CNY/MWh", source="forecast of somebody"
    )
    planted = replace(honest, ahead=replace(honest.ahead, feed=replace(feed, channels={"foretold": early})))

    assert run(planted).refused


def test_reading_a_price_before_its_auction_raises() -> None:
    """At 08:00 nobody has the price that is published at 18:00."""
    feed = feeds()[0]
    origins = GATE.origins(FIRST - timedelta(days=1), FIRST, ZoneInfo("UTC"))

    with pytest.raises(FutureRefused, match="is known from"):
        Sight(feed, GATE, origins).ahead("target")


def test_a_spread_is_believed_as_far_as_the_days_agree_on_it() -> None:
    """Ten equal days leave no doubt; ten days of plus and minus leave nothing."""
    one = np.ones((10, 1))

    assert believed(one, np.full((10, 1), -7.0)) == pytest.approx(-7.0)
    assert believed(one, np.array([[5.0], [-5.0]] * 5)) == 0.0
