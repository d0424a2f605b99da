"""Does climatology say what was usual, and something sensible where nothing is on record?"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.forecast.stations import START, station

from wattloom.domain.errors import MissingData
from wattloom.domain.forecasts import TargetKind
from wattloom.forecast.feed import Channel, Feed
from wattloom.forecast.models.climatology import Climatology
from wattloom.forecast.sight import Sight, Training
from wattloom.forecast.solar.sun import plain_field
from wattloom.forecast.task import Task

TASK = Task.day_ahead(step_minutes=60, levels=(0.25, 0.5, 0.75))


def feed_of(values: NDArray[np.float64], kind: TargetKind = TargetKind.WIND) -> Feed:
    plain = station(kind, days=values.size // 24)
    return replace(plain, target=Channel.measured(plain.axis, values, unit="MW", source="by hand"))


def said(feed: Feed, day: int, model: Climatology | None = None) -> NDArray[np.float64]:
    origin = np.array([int((START + timedelta(days=day)).timestamp())])
    fitted = (model or Climatology()).fit([Training.until(feed, TASK, START + timedelta(days=day))])
    return fitted.predict(Sight(feed, TASK, origin))[0]


def test_quantiles_are_those_of_the_same_hour_of_the_last_days() -> None:
    """Days show 1, 2, 3, 4, 5 all day: a quarter lies below 2, half below 3, three quarters below 4."""
    values = np.repeat([9.0, 1.0, 2.0, 3.0, 4.0, 5.0, 50.0], 24)

    quantiles = said(feed_of(values), 6, Climatology(window_days=5))

    assert quantiles[0].tolist() == [2.0, 3.0, 4.0]
    assert quantiles[23].tolist() == [2.0, 3.0, 4.0]


def test_gaps_do_not_count_as_zero() -> None:
    values = np.repeat([7.0, np.nan, 7.0, 7.0, np.nan, 7.0, 7.0, 7.0], 24)

    assert said(feed_of(values), 8 - 1)[12].tolist() == [7.0, 7.0, 7.0]


def test_a_free_day_is_told_from_free_days() -> None:
    """2024-01-01 is a Monday: working days show 10, weekends 4; day 33 is a Saturday, day 35 a Monday."""
    day = np.arange(42)
    values = np.repeat(np.where(day % 7 >= 5, 4.0, 10.0), 24)

    feed = feed_of(values, TargetKind.LOAD)

    assert said(feed, 33)[8].tolist() == [4.0, 4.0, 4.0]
    assert said(feed, 35)[8].tolist() == [10.0, 10.0, 10.0]


def test_the_same_weeks_of_last_year_are_remembered() -> None:
    """20 around this date a year ago, 1 ever since: 29 days against 28, so that three quarters lie below 20."""
    values = np.ones(24 * 400)
    values[: 24 * 60] = 20.0

    quantiles = said(feed_of(values), 390)

    assert quantiles[0].tolist() == [1.0, 20.0, 20.0]


def test_a_new_solar_station_gets_the_sun_of_its_capacity() -> None:
    """Beta(2, 1) of clear sky: the square roots of the levels, so the median is 0.7071 of a plain field's power."""
    feed = feed_of(np.full(24 * 40, np.nan), TargetKind.SOLAR)

    quantiles = said(feed, 0)

    clear = plain_field(feed).power(TASK.starts(np.array([int(START.timestamp())])), 60)[0]
    assert quantiles[12, 1] == pytest.approx(0.5**0.5 * clear[12])
    assert quantiles[12, 1] > 10
    assert quantiles[0].tolist() == [0.0, 0.0, 0.0]


def test_a_new_wind_farm_may_do_anything() -> None:
    assert said(feed_of(np.full(24 * 10, np.nan)), 2)[5].tolist() == [25.0, 50.0, 75.0]


def test_a_new_town_has_no_guess() -> None:
    with pytest.raises(MissingData, match="no capacity"):
        said(feed_of(np.full(24 * 10, np.nan), TargetKind.LOAD), 2)
