"""Does the price model learn what prices follow, and nothing that was not known when bids closed?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from wattloom.domain.errors import FutureRefused, MissingData
from wattloom.domain.forecasts import TargetKind
from wattloom.domain.time import TimeAxis
from wattloom.forecast.backtest import Period, backtest
from wattloom.forecast.feed import Channel, Feed, starts_of
from wattloom.forecast.models.lear import MODEL, Lear
from wattloom.forecast.prices.day_rows import Layout, extended, inputs_of, rows_of
from wattloom.forecast.prices.day_window import Scale, Window
from wattloom.forecast.prices.experts import Experts, expert_forecasts
from wattloom.forecast.sight import Sight, Training
from wattloom.forecast.task import Task

DAY_S, HOUR_S = 24 * 3600, 3600
GATE = Task.day_ahead(step_minutes=60, issue_minute=11 * 60)
MONDAY = datetime(2024, 1, 1, tzinfo=UTC)
SMALL = Experts(windows_days=(28, 56), penalties=(0.05, 0.01), stabilised=(True,), days_min=14)


def market(days: int = 120, *, auction_hour: int = 13, noise: float = 1.0) -> Feed:
    """Prices that follow tomorrow's load and yesterday's price; the auction tells them the day before delivery."""
    draw = np.random.default_rng(7)
    axis = TimeAxis(MONDAY, 60, 24 * days)
    hour = np.arange(24 * days) % 24
    load = 50 + 10 * np.sin(2 * np.pi * hour / 24) + np.repeat(draw.normal(0, 5, days), 24)
    price = np.empty(24 * days)
    for at in range(24 * days):
        before = price[at - 24] if at >= 24 else 40.0
        price[at] = 0.5 * before + 0.5 * load[at] + noise * draw.normal()
    day_before = starts_of(axis) // DAY_S * DAY_S - DAY_S
    channels = {
        "load_fc_mw": Channel.issued(load, day_before + 10 * HOUR_S, unit="MW", source="made"),
        "load_act_mw": Channel.measured(axis, load, unit="MW", source="made"),
    }
    told = Channel.issued(price, day_before + auction_hour * HOUR_S, unit="EUR/MWh", source="made")
    return Feed(name="made", kind=TargetKind.PRICE, axis=axis, zone=ZoneInfo("UTC"), target=told, channels=channels)


def at_noon(feed: Feed, *days: int) -> Sight:
    """The feed at the gate of some days, counted from its first."""
    return Sight(feed, GATE, np.array([int(MONDAY.timestamp()) + day * DAY_S + 11 * HOUR_S for day in days]))


def test_prices_of_tomorrow_are_refused_before_the_auction_and_shown_after_it() -> None:
    feed = market(30)
    tomorrow = at_noon(feed, 20).starts_s

    with pytest.raises(FutureRefused, match="is known from 2024-01-21T13:00:00"):
        at_noon(feed, 20).at("target", tomorrow)

    later = Sight(feed, GATE, np.array([int(MONDAY.timestamp()) + 20 * DAY_S + 13 * HOUR_S]))
    assert np.isfinite(later.at("target", tomorrow)).all()


def test_lags_begin_yesterday_where_the_auction_told_it_and_a_day_earlier_where_not() -> None:
    assert Layout.of(at_noon(market(30), 20)).lags_days == (1, 2, 3, 7)
    assert Layout.of(at_noon(market(30, auction_hour=37), 20)).lags_days == (2, 3, 4, 7)


def test_only_channels_that_are_known_for_tomorrow_become_inputs() -> None:
    layout = Layout.of(at_noon(market(30), 20, 21))
    inputs, groups = inputs_of(at_noon(market(30), 20, 21), layout)

    assert layout.channels == ("load_fc_mw",)
    assert inputs.shape == (2, 4 * 24 + 3 * 24 + 7)
    assert np.bincount(groups + 1).tolist() == [7, 96, 72]
    assert inputs[0, -7:].tolist() == [1, 0, 0, 0, 0, 0, 0]  # The next day is the 22nd of January, a Monday.


def test_an_outcome_counts_as_settled_only_when_the_auction_had_told_it() -> None:
    feed = market(60)
    training = Training.until(feed, GATE, MONDAY + timedelta(days=40))
    layout = Layout.of(training.sight)

    rows = rows_of(training.sight, layout, training.outcomes)
    longer = extended(rows, at_noon(feed, 50), layout)

    assert rows.settled.tolist() == list(range(len(rows)))  # At 11:00 the day before's auction, told at 13:00, is in.
    assert longer.settled.tolist() == list(range(len(longer)))
    assert longer.origins_s[-1] == at_noon(feed, 50).origins_s[0]
    assert np.isnan(longer.outcomes[-1]).all()
    assert np.isfinite(longer.outcomes[:-1]).all()


def test_sums_moved_day_by_day_are_those_taken_anew() -> None:
    draw = np.random.default_rng(3)
    inputs, outcomes = draw.normal(size=(30, 5)), draw.normal(size=(30, 2))
    window = Window.of(inputs[:20], outcomes[:20])

    moved = window.moved(inputs, outcomes, np.arange(20, 26), np.arange(6))

    np.testing.assert_allclose(moved.squares, inputs[6:26].T @ inputs[6:26])
    np.testing.assert_allclose(moved.products, outcomes[6:26].T @ inputs[6:26])
    centred = inputs[6:26] - inputs[6:26].mean(axis=0)
    np.testing.assert_allclose(
        moved.covariances()[0], centred.T @ centred / 20 / np.outer(moved.input_unit, moved.input_unit)
    )
    assert moved.days == 20


def test_a_scaled_price_comes_back_as_it_was() -> None:
    feed = market(60)
    training = Training.until(feed, GATE, MONDAY + timedelta(days=50))
    rows = rows_of(training.sight, Layout.of(training.sight), training.outcomes).without_gaps(
        np.array([], dtype=np.int64)
    )

    for stabilised in (True, False):
        scale = Scale.of(rows, 0, len(rows), stabilised=stabilised)
        np.testing.assert_allclose(scale.back(scale.outcomes(rows.outcomes)), rows.outcomes)


def test_what_an_expert_says_of_a_day_does_not_change_with_what_came_later() -> None:
    feed = market(120)
    training = Training.until(feed, GATE, MONDAY + timedelta(days=100))
    rows = rows_of(training.sight, Layout.of(training.sight), training.outcomes).without_gaps(
        np.array([], dtype=np.int64)
    )
    early = rows.outcomes.copy()
    early[70:] = 1e6
    spoilt = type(rows)(rows.origins_s, rows.inputs, rows.groups, early, rows.settled)

    first = expert_forecasts(rows, 60, 71, SMALL)

    np.testing.assert_array_equal(first, expert_forecasts(spoilt, 60, 71, SMALL))
    np.testing.assert_allclose(first[:, -1:], expert_forecasts(rows, 70, 71, SMALL), rtol=1e-9)


def test_prices_that_follow_load_are_foretold_to_about_their_noise() -> None:
    feed = market(150)
    period = Period(start=MONDAY + timedelta(days=110), end=MONDAY + timedelta(days=148), refit_days=400)

    answers = backtest(Lear(experts=SMALL), feed, GATE, period)

    missed = np.abs(answers.quantiles[..., 4] - answers.outcomes).mean()
    yesterday = np.abs(np.diff(feed.target.values[0].reshape(-1, 24), axis=0)).mean()
    inside = ((answers.outcomes >= answers.quantiles[..., 0]) & (answers.outcomes <= answers.quantiles[..., -1])).mean()
    assert missed < 1.2  # Noise of one has a mean absolute value of 0.80.
    assert missed < yesterday / 2
    assert 0.72 < inside < 0.88


def test_a_day_asked_for_alone_gets_the_same_answer_as_among_others() -> None:
    feed = market(130)
    fitted = Lear(experts=SMALL).fit([Training.until(feed, GATE, MONDAY + timedelta(days=100))])

    many = fitted.predict(at_noon(feed, 110, 111, 118))
    alone = fitted.predict(at_noon(feed, 118))

    np.testing.assert_allclose(many[2], alone[0], rtol=1e-9)


def test_another_market_too_few_days_and_missing_forecasts_are_refused_in_words() -> None:
    feed = market(60)
    training = Training.until(feed, GATE, MONDAY + timedelta(days=40))

    with pytest.raises(MissingData, match="one feed is needed, 2 were given"):
        MODEL.fit([training, training])
    fitted = Lear(experts=SMALL).fit([Training.until(feed, GATE, MONDAY + timedelta(days=12))])
    with pytest.raises(MissingData, match="fewer than 14 whole days"):
        fitted.predict(at_noon(feed, 12))
    gappy = feed.channels["load_fc_mw"].values[0].copy()
    gappy[24 * 46 : 24 * 47] = np.nan
    known = feed.channels["load_fc_mw"].known_s
    broken = Feed(name="made", kind=feed.kind, axis=feed.axis, zone=feed.zone, target=feed.target,
                  channels={"load_fc_mw": Channel.issued(gappy, known, unit="MW", source="made")})  # fmt: skip
    with pytest.raises(MissingData, match="inputs of the day forecast at 2024-02-15"):
        Lear(experts=SMALL).fit([Training.until(broken, GATE, MONDAY + timedelta(days=40))]).predict(
            at_noon(broken, 45)
        )
