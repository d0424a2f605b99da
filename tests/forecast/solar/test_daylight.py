"""Are a solar station's errors told apart by the light there could be, from what was known before?"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
from tests.forecast.stations import START, station

from wattloom.domain.forecasts import TargetKind
from wattloom.forecast.backtest import Period, backtest
from wattloom.forecast.models import climatology
from wattloom.forecast.solar.daylight import LIGHT_EDGES, by_light
from wattloom.forecast.task import Task

TASK = Task.day_ahead(step_minutes=60)
PERIOD = Period(start=START + timedelta(days=40), end=START + timedelta(days=60), refit_days=30.0)


def test_night_is_a_group_of_its_own_and_noon_has_more_light_than_dawn() -> None:
    feed = station(TargetKind.SOLAR, days=90)
    answers = backtest(climatology.MODEL, feed, TASK, PERIOD)

    groups = by_light(answers, feed)

    assert groups.shape == answers.outcomes.shape
    hours = ((answers.task.starts(answers.origins_s) // 3600) + 8) % 24
    assert set(groups[(hours == 0) | (hours == 23)].tolist()) == {0}
    assert (groups[hours == 12] > groups[hours == 8]).all()
    assert groups.max() <= LIGHT_EDGES.size


def test_what_came_after_the_first_origin_does_not_move_the_groups() -> None:
    feed = station(TargetKind.SOLAR, days=90)
    answers = backtest(climatology.MODEL, feed, TASK, PERIOD)
    later = int((PERIOD.start - START).total_seconds() // 3600)
    values = feed.target.values.copy()
    values[:, later:] *= 0.2
    dimmed = replace(feed, target=replace(feed.target, values=values))

    np.testing.assert_array_equal(by_light(answers, feed), by_light(answers, dimmed))
    values[:, :later] *= 0.2
    bright = replace(feed, target=replace(feed.target, values=values))
    assert (by_light(answers, feed) != by_light(answers, bright)).any()
