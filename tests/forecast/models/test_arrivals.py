"""Are arrivals foretold with their clock, their newest level, their zeros and their doubt?"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from scipy.stats import norm, t
from tests.forecast.stations import START, station

from wattloom.domain.errors import MissingData
from wattloom.domain.forecasts import TargetKind
from wattloom.forecast.backtest import Answers, Period, backtest
from wattloom.forecast.feed import Feed
from wattloom.forecast.metrics import pinball
from wattloom.forecast.models.arrivals import MODEL, Doubt, _floor, _widened
from wattloom.forecast.models.seasonal_naive import SeasonalNaive
from wattloom.forecast.sight import Training
from wattloom.forecast.task import Task

DAY = Task.day_ahead(step_minutes=60)
HOURS = Task.intraday(step_minutes=60, leads=4)
PERIOD = Period(start=START + timedelta(days=45), end=START + timedelta(days=59))
MONTH = Period(start=START + timedelta(days=30), end=START + timedelta(days=59), refit_days=7.0)


def queue(values: np.ndarray) -> Feed:
    feed = station(TargetKind.ARRIVALS, days=60)
    return replace(feed, target=replace(feed.target, values=values[None, :]))


def bursts(seed: int = 0) -> np.ndarray:
    """Jobs an hour whose level wanders by factors and whose nights are often empty."""
    random = np.random.default_rng(seed)
    level = np.empty(60 * 24)
    level[0] = 0.0
    for i in range(1, level.size):
        level[i] = 0.97 * level[i - 1] + random.normal(0, 0.2)
    clock = np.where(np.arange(level.size) % 24 < 7, 0.02, 1.0)
    return random.poisson(8 * clock * np.exp(level)).astype(float)


def covered(answers: Answers) -> float:
    low, high = answers.quantiles[..., 0], answers.quantiles[..., -1]
    return float(((answers.outcomes >= low) & (answers.outcomes <= high)).mean())


def loss(answers: Answers) -> float:
    return pinball(answers.quantiles, answers.outcomes, answers.task.levels)


@pytest.mark.parametrize(("task", "better"), [(DAY, 0.92), (HOURS, 0.65)], ids=["day", "hours"])
def test_bursty_queues_are_foretold_better_than_by_yesterday_and_covered(task: Task, better: float) -> None:
    feed = queue(bursts(seed=3))

    ours, naive = backtest(MODEL, feed, task, MONTH), backtest(SeasonalNaive(), feed, task, MONTH)

    assert loss(ours) < better * loss(naive)
    assert 0.72 < covered(ours) < 0.88
    assert ours.quantiles.min() >= 0.0


def test_hours_ahead_are_surer_than_a_day_ahead() -> None:
    feed = queue(bursts())

    assert loss(backtest(MODEL, feed, HOURS, PERIOD)) < loss(backtest(MODEL, feed, DAY, PERIOD))


def test_the_best_possible_is_nearly_reached_where_only_chance_is_left() -> None:
    """Poisson jobs at a known clock: the law's own quantiles are the bound."""
    feed = station(TargetKind.ARRIVALS, days=60)
    answers = backtest(MODEL, feed, DAY, PERIOD)
    starts = np.arange(45 * 24, 59 * 24)
    hour, weekday = starts % 24, starts // 24 % 7
    rate = (20 + 15 * np.sin((hour - 8) / 12 * np.pi)) * np.where(weekday > 4, 0.6, 1.0)
    best = rate[:, None] + np.sqrt(rate)[:, None] * norm.ppf(DAY.levels)

    bound = pinball(best.reshape(14, 24, 9), answers.outcomes, DAY.levels)

    assert bound < loss(answers) < 1.2 * bound


def test_a_queue_that_stands_still_is_foretold_as_nothing() -> None:
    answers = backtest(MODEL, queue(np.zeros(60 * 24)), DAY, PERIOD)

    assert answers.quantiles.max() < 0.5


def test_what_is_added_before_the_logarithm_is_half_a_job_or_a_fiftieth_of_a_rate() -> None:
    assert _floor(np.array([0.0, 3.0, 4.0])) == 0.5
    assert _floor(np.array([0.0, 99.5, 100.5])) == pytest.approx(2.0)
    assert _floor(np.zeros(3)) == 0.5


def test_few_witnesses_widen_as_students_prediction_interval_does() -> None:
    misses = np.array([-1.0, 0.0, 1.0])

    assert _widened(misses, 5.0)[2] == pytest.approx(t(4).ppf(0.9) / norm.ppf(0.9) * np.sqrt(1.2))
    assert _widened(misses, 1e6)[2] == pytest.approx(1.0, abs=1e-5)


def test_doubt_lies_between_its_bands() -> None:
    misses = np.stack([np.full((3, 49), 1.0) * np.array([[0.0], [1.0], [3.0]])])
    doubt = Doubt(misses, np.array([[0.0, 10.0, 20.0]]), np.array([0]))

    found = doubt.around(np.array([[-5.0], [5.0], [15.0], [99.0]]), np.array([0.5]))[:, 0, 0]

    assert (found - [-5.0, 5.0, 15.0, 99.0]).tolist() == pytest.approx([0.0, 0.5, 2.0, 3.0])


def test_a_week_has_no_days_of_the_week_and_two_have() -> None:
    feed = station(TargetKind.ARRIVALS, days=60)

    short, long = (MODEL.fit([Training.until(feed, DAY, START + timedelta(days=days))]) for days in (7, 30))

    assert (short.facts()["weekdays"], long.facts()["weekdays"]) == ("no", "yes")


def test_three_days_are_the_least_record() -> None:
    feed = station(TargetKind.ARRIVALS, days=60)
    with pytest.raises(MissingData, match="less than 3 days"):
        MODEL.fit([Training.until(feed, DAY, START + timedelta(days=2))])
