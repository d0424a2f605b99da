"""Do boosted trees find what explains, for every kind?"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from tests.forecast.stations import START, station

from wattloom.domain.errors import MissingData
from wattloom.domain.forecasts import TargetKind
from wattloom.forecast.backtest import Period, backtest
from wattloom.forecast.metrics import pinball
from wattloom.forecast.models.boosted import Boosted
from wattloom.forecast.models.clear_sky import ClearSky
from wattloom.forecast.models.climatology import Climatology
from wattloom.forecast.sight import Sight, Training
from wattloom.forecast.task import Task

TASK = Task.day_ahead(step_minutes=60)
TEST = Period(start=START + timedelta(days=90), end=START + timedelta(days=115))


@pytest.mark.parametrize("kind", [TargetKind.WIND, TargetKind.LOAD, TargetKind.PRICE])
def test_weather_forecasts_and_the_calendar_make_it_sharper_than_what_is_usual(kind: TargetKind) -> None:
    feed = station(kind, days=120)

    ours, usual = (backtest(model, feed, TASK, TEST) for model in (Boosted(), Climatology()))

    ratio = pinball(ours.quantiles, ours.outcomes, TASK.levels) / pinball(usual.quantiles, usual.outcomes, TASK.levels)
    assert ratio < 0.9


def test_a_solar_station_never_learnt_from_is_foretold_better_than_by_the_physics_alone() -> None:
    """Made-up stations do not follow the plain field; three teach how they do, the fourth is forecast."""
    teachers = [station(TargetKind.SOLAR, days=120, seed=seed) for seed in (1, 2, 3)]
    unseen = station(TargetKind.SOLAR, days=120, seed=4)

    ours, physics = (backtest(model, unseen, TASK, TEST, teachers=teachers) for model in (Boosted(), ClearSky()))

    assert pinball(ours.quantiles, ours.outcomes, TASK.levels) < 0.9 * pinball(
        physics.quantiles, physics.outcomes, TASK.levels
    )


def test_many_stations_at_once_are_the_same_as_one_by_one() -> None:
    feeds = [station(TargetKind.SOLAR, days=100, seed=seed) for seed in (0, 1)]
    until = START + timedelta(days=90)
    fitted = Boosted(trees=10).fit([Training.until(feeds[0], TASK, until)])
    sights = [Sight(one, TASK, np.array([int(until.timestamp())])) for one in feeds]

    together = fitted.predict_many(sights)

    for one, sight in zip(together, sights, strict=True):
        np.testing.assert_array_equal(one, fitted.predict(sight))
    assert fitted.predict_many([]) == []


def test_the_night_is_dark_without_having_been_learnt() -> None:
    feed = station(TargetKind.SOLAR, days=100)
    until = START + timedelta(days=90)
    fitted = Boosted(trees=5).fit([Training.until(feed, TASK, until)])

    quantiles = fitted.predict(Sight(feed, TASK, np.array([int(until.timestamp())])))[0]

    assert quantiles[[0, 1, 2, 22, 23]].max() == 0.0
    assert quantiles[12, 4] > 5.0


def test_too_short_a_record_is_told() -> None:
    feed = replace(station(TargetKind.WIND, days=10))

    with pytest.raises(MissingData):
        Boosted().fit([Training.until(feed, TASK, START + timedelta(days=3))])
