"""Does the load model use warmth where it may, mix its courses where it must, and forget outages?"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from tests.forecast.stations import SHANGHAI, START, station

from wattloom.domain.errors import MissingData
from wattloom.domain.forecasts import TargetKind
from wattloom.forecast.backtest import Period, backtest
from wattloom.forecast.feed import Channel, Feed, starts_of
from wattloom.forecast.metrics import pinball
from wattloom.forecast.models.seasonal_naive import SeasonalNaive
from wattloom.forecast.models.temperature_load import MODEL, Scale, _mixed, _remaining
from wattloom.forecast.sight import Sight, Training
from wattloom.forecast.task import Task

DAY = Task.day_ahead(step_minutes=60)
TEN_DAYS = Task(name="ten_days", step_minutes=60, leads=240)
PERIOD = Period(start=START + timedelta(days=75), end=START + timedelta(days=89))


def town(*, measured: bool = False, days: int = 90) -> Feed:
    """The made-up town, with its temperature as forecast or as measured."""
    feed = station(TargetKind.LOAD, days=days)
    told = feed.channels["nwp_temperature_c"]
    if not measured:
        return feed
    warm = Channel.measured(feed.axis, told.values[-1], unit="°C", source="made up")
    return replace(feed, channels={"air_temperature_c": warm})


def scored(feed: Feed, model: object = MODEL, task: Task = DAY) -> float:
    answers = backtest(model, feed, task, PERIOD)  # type: ignore[arg-type]
    return pinball(answers.quantiles, answers.outcomes, task.levels)


def test_warmth_that_is_forecast_beats_warmth_that_is_guessed_and_both_beat_yesterday() -> None:
    told, guessed, blind = scored(town()), scored(town(measured=True)), scored(replace(town(), channels={}))

    # The town's own noise is 1.5 MW: 0.28 of it is the best mean pinball over nine deciles.
    assert 0.28 * 1.5 < told < 0.7
    assert told < guessed <= 1.05 * blind
    assert blind < 0.8 * scored(town(), SeasonalNaive())


def test_ten_days_ahead_without_a_forecast_of_warmth_is_wider_but_holds() -> None:
    feed = town(measured=True)
    origins = TEN_DAYS.origins(PERIOD.start, PERIOD.start + timedelta(days=4), feed.zone)
    fitted = MODEL.fit([Training.until(feed, TEN_DAYS, PERIOD.start)])

    quantiles = fitted.predict(Sight(feed, TEN_DAYS, origins))

    width = (quantiles[..., -1] - quantiles[..., 0]).mean(axis=0)
    assert width[:6].mean() < width[-48:].mean()
    assert fitted.facts()["temperature"] == "air_temperature_c"


def test_a_forecast_of_warmth_that_ends_early_is_gone_on_with() -> None:
    """Temperatures are out a day before: of two days' load the second has courses, the first has none."""
    feed = town()
    told = feed.channels["nwp_temperature_c"]
    a_day_before = Channel.issued(told.values[-1], starts_of(feed.axis) - 24 * 3600, unit="°C", source="made up")
    feed = replace(feed, channels={"nwp_temperature_c": a_day_before})
    two_days = Task(name="two_days", step_minutes=60, leads=48)
    origins = two_days.origins(PERIOD.start, PERIOD.start + timedelta(days=5), feed.zone)

    quantiles = MODEL.fit([Training.until(feed, two_days, PERIOD.start)]).predict(Sight(feed, two_days, origins))

    width = (quantiles[..., -1] - quantiles[..., 0]).mean(axis=0)
    assert width[24:].mean() > 1.3 * width[:24].mean()


def test_the_logarithm_is_taken_where_loads_stay_away_from_nothing() -> None:
    always, net = Scale.of(np.array([80.0, 100.0, 120.0])), Scale.of(np.array([-40.0, 100.0, 120.0]))

    assert always.logarithmic
    assert not net.logarithmic
    assert always.back(always.into(np.array([50.0])))[0] == pytest.approx(50.0)
    assert net.back(net.into(np.array([-50.0])))[0] == pytest.approx(-50.0)


def test_a_mixture_of_two_courses_has_its_quantiles_between_them() -> None:
    courses = np.array([[0.0], [10.0]])
    doubts = np.array([[-1.0, 1.0]])

    found = _mixed(courses, doubts, np.array([0.125, 0.5, 0.875]))

    # Equally likely: −1, 1, 9, 11; the eighths and the half of four lie on them and between them.
    assert found[0].tolist() == pytest.approx([-1.0, 5.0, 11.0])


def test_doubt_is_kept_by_lead_or_by_the_time_of_day() -> None:
    random = np.random.default_rng(0)
    slots = np.tile(np.arange(24), (50, 10))
    far = _remaining(random.normal(size=(50, 240)), slots, TEN_DAYS)
    near = _remaining(random.normal(size=(50, 24)), slots[:, :24], DAY)

    assert far.shape == near.shape == (24, 49)
    assert np.median(far[:, -1]) == pytest.approx(2.3, abs=0.4)


def test_an_outage_just_before_the_origin_is_not_carried_over_a_week() -> None:
    feed = town(measured=True)
    values = feed.target.values.copy()
    last = 75 * 24
    values[:, last - 20 : last] = 5.0
    broken = replace(feed, target=replace(feed.target, values=values))
    origin = TEN_DAYS.origins(PERIOD.start, PERIOD.start + timedelta(hours=1), feed.zone)

    whole, after = (
        MODEL.fit([Training.until(one, TEN_DAYS, PERIOD.start)]).predict(Sight(one, TEN_DAYS, origin))[0, -72:, 4]
        for one in (feed, broken)
    )

    assert np.abs(after / whole - 1.0).max() < 0.15


def test_a_fortnight_is_the_least_record() -> None:
    feed = town()
    with pytest.raises(MissingData, match="less than 14 days"):
        MODEL.fit([Training.until(feed, DAY, START + timedelta(days=10))])


def test_two_towns_teach_one_that_was_never_seen() -> None:
    first, second = station(TargetKind.LOAD, seed=1), station(TargetKind.LOAD, seed=2)
    third = station(TargetKind.LOAD, seed=3)
    double = replace(third, target=replace(third.target, values=2 * third.target.values))
    fitted = MODEL.fit([Training.until(one, DAY, PERIOD.start) for one in (first, second)])
    origins = DAY.origins(PERIOD.start, PERIOD.end, SHANGHAI)

    quantiles = fitted.predict(Sight(double, DAY, origins))

    truth = double.target.values[0, 75 * 24 : 89 * 24].reshape(14, 24)
    assert np.abs(quantiles[..., 4] - truth).mean() < 0.06 * truth.mean()
