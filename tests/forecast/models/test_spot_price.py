"""Does a young market's price hold on to its line, and move from it only as what was known says?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from wattloom.domain.errors import MissingData
from wattloom.domain.forecasts import TargetKind
from wattloom.domain.time import TimeAxis
from wattloom.forecast.backtest import Period, backtest
from wattloom.forecast.feed import Channel, Feed, starts_of
from wattloom.forecast.models.spot_price import SpotPrice, Straight
from wattloom.forecast.prices.period_rows import line_at, period_rows, plain_from_line
from wattloom.forecast.sight import Sight, Training
from wattloom.forecast.task import Task

HOUR_S, DAY_S = 3600, 24 * 3600
MIDNIGHT = Task.day_ahead(step_minutes=60)
START = datetime(2025, 5, 1, tzinfo=UTC)


def market(days: int = 30, slope: float = 2.0) -> Feed:
    """A real-time price that is its day-ahead price, and above it by what the wind forecast lacks."""
    draw = np.random.default_rng(5)
    axis = TimeAxis(START, 60, 24 * days)
    ahead = 400 + 50 * np.sin(2 * np.pi * np.arange(24 * days) / 24) + np.repeat(draw.normal(0, 20, days), 24)
    wind = draw.normal(0, 10, 24 * days)
    real = ahead - slope * wind + draw.normal(0, 4, 24 * days)
    day_before_s = starts_of(axis) // DAY_S * DAY_S - DAY_S
    return Feed(
        name="young", kind=TargetKind.PRICE, axis=axis, zone=ZoneInfo("UTC"),
        target=Channel.measured(axis, real, unit="CNY/MWh", source="made"),
        channels={
            "da_price": Channel.issued(ahead, day_before_s + 18 * HOUR_S, unit="CNY/MWh", source="made"),
            "wind_fc_mw": Channel.issued(wind, day_before_s + 8 * HOUR_S, unit="MW", source="made"),
            "wind_act_mw": Channel.measured(axis, wind, unit="MW", source="made"),
        },
    )  # fmt: skip


def at_midnight(feed: Feed, *days: int) -> Sight:
    return Sight(feed, MIDNIGHT, np.array([int(START.timestamp()) + day * DAY_S for day in days]))


def test_a_published_line_is_read_and_another_is_the_mean_of_the_last_three_days() -> None:
    feed = market()
    sight = at_midnight(feed, 10)
    real = feed.target.values[0].reshape(-1, 24)

    np.testing.assert_array_equal(
        line_at(sight, sight.starts_s, "da_price")[0], feed.channels["da_price"].values[0, 240:264]
    )
    np.testing.assert_allclose(line_at(sight, sight.starts_s, None)[0], real[7:10].mean(axis=0))


def test_yesterday_and_last_week_are_told_from_the_line() -> None:
    feed = market()
    real = feed.target.values[0].reshape(-1, 24)

    apart = plain_from_line(at_midnight(feed, 10), np.full((1, 24), 100.0))

    np.testing.assert_allclose(apart[:, 0], [real[9] - 100, real[3] - 100])
    assert not plain_from_line(at_midnight(feed, 3), np.full((1, 24), 100.0))[1].any()  # No week on record yet.


def test_inputs_are_those_known_at_midnight() -> None:
    rows = period_rows(at_midnight(market(), 10, 11), "da_price", ("wind_fc_mw",))

    assert rows.shape == (2, 24, 4 + 1 + 2 + 4 + 1 + 3)
    assert np.isfinite(rows).all()


def test_a_straight_member_finds_a_slope_and_takes_a_gap_for_the_mean() -> None:
    inputs = np.array([[-1.0], [1.0], [-1.0], [1.0]])

    straight = Straight.of(inputs, 3.0 * inputs[:, 0])

    # One input in standard deviations, penalty 0.02 of the outcome's three: 3 − 0.06.
    assert straight.predict(np.array([[1.0], [np.nan]])) == pytest.approx([2.94, 0.0])


def test_a_price_that_wind_moves_is_foretold_better_than_by_its_day_ahead_price() -> None:
    feed = market()
    period = Period(start=START + timedelta(days=16), end=START + timedelta(days=29), refit_days=7)

    answers = backtest(SpotPrice(line="da_price"), feed, MIDNIGHT, period)

    ours = np.abs(answers.quantiles[..., 4] - answers.outcomes).mean()
    line = np.abs(feed.channels["da_price"].values[0].reshape(-1, 24)[16:29] - answers.outcomes).mean()
    inside = ((answers.outcomes >= answers.quantiles[..., 0]) & (answers.outcomes <= answers.quantiles[..., -1])).mean()
    assert ours < 0.6 * line
    assert 0.75 < inside < 0.99  # Doubt is that of members who had a week less to learn from: too wide, not too narrow.


def test_where_nothing_moves_it_the_line_is_kept() -> None:
    feed = market(slope=0.0)
    period = Period(start=START + timedelta(days=16), end=START + timedelta(days=29), refit_days=30)

    answers = backtest(SpotPrice(line="da_price"), feed, MIDNIGHT, period)

    ours = np.abs(answers.quantiles[..., 4] - answers.outcomes).mean()
    line = np.abs(feed.channels["da_price"].values[0].reshape(-1, 24)[16:29] - answers.outcomes).mean()
    assert ours < 1.15 * line


def test_too_few_days_and_a_line_that_is_not_there_are_refused_in_words() -> None:
    feed = market()
    with pytest.raises(MissingData, match="fewer than 10 past days"):
        SpotPrice(line="da_price").fit([Training.until(feed, MIDNIGHT, START + timedelta(days=9))])
    fitted = SpotPrice(line="da_price").fit([Training.until(feed, MIDNIGHT, START + timedelta(days=12))])

    with pytest.raises(MissingData, match="no da_price to hold on to"):
        fitted.predict(at_midnight(feed, 30))
