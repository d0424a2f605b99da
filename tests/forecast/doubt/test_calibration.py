"""Calibration: split conformal where nothing moves, coverage that holds where the world changes, nothing from later."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st
from mapie.regression.quantile_regression import ConformalizedQuantileRegressor
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, RegressorMixin

from wattloom.domain.errors import InputError
from wattloom.forecast.backtest import Answers
from wattloom.forecast.doubt.calibration import (
    STILL,
    Calibrator,
    by_hour,
    by_lead,
    by_size,
    calibrated,
    crossed,
    followed,
)
from wattloom.forecast.task import Task

SHANGHAI = ZoneInfo("Asia/Shanghai")
LEVELS = (0.1, 0.5, 0.9)
NORMAL = np.array([-1.2815515655446004, 0.0, 1.2815515655446004])
DAY_S = 86_400
HOUR_S = 3_600


def days_of(outcomes: NDArray[np.float64], quantiles: NDArray[np.float64]) -> Answers:
    """Day-ahead answers from midnight on 1 January 2026, each outcome known when its hour has ended."""
    leads = outcomes.shape[1]
    task = Task(name="days", step_minutes=60, leads=leads, levels=LEVELS)
    first = int(datetime(2026, 1, 1, tzinfo=SHANGHAI).timestamp())
    origins = first + np.arange(len(outcomes)) * DAY_S
    return Answers(
        model="made", feed="made", task=task, origins_s=origins, quantiles=quantiles, outcomes=outcomes,
        known_s=task.starts(origins) + HOUR_S,
    )  # fmt: skip


def noise_of(days: int, leads: int, *, seed: int = 1) -> NDArray[np.float64]:
    """Standard normal outcomes."""
    return np.random.default_rng(seed).standard_normal((days, leads))


def standard(outcomes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Quantiles of a standard normal for every outcome."""
    return np.broadcast_to(NORMAL, (*outcomes.shape, len(NORMAL))).copy()


def covered(answers: Answers, days: slice) -> float:
    """Share of outcomes between the lowest and the highest level."""
    low, high = answers.quantiles[days, :, 0], answers.quantiles[days, :, -1]
    return float(((answers.outcomes[days] >= low) & (answers.outcomes[days] <= high)).mean())


class Told(RegressorMixin, BaseEstimator):
    """A regressor for mapie that says the feature times a factor."""

    def __init__(self, factor: float = 1.0) -> None:
        """Keep the factor; there is nothing to be fitted."""
        self.factor = factor
        self.n_features_in_ = 1

    def fit(self, _x: NDArray[np.float64], _y: NDArray[np.float64]) -> Told:
        return self

    def predict(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        return self.factor * x[:, 0]


@pytest.mark.parametrize("past", [19, 99, 250])
def test_a_start_without_learning_gives_the_intervals_of_mapie(past: int) -> None:
    x = np.random.default_rng(past).uniform(1, 3, past + 40)
    y = x * (1 + 0.5 * np.random.default_rng(7).standard_normal(past + 40))
    says = np.stack([0.7 * x, x, 1.3 * x], axis=-1)
    judge = ConformalizedQuantileRegressor([Told(0.7), Told(1.3), Told(1.0)], confidence_level=0.8, prefit=True)
    judge.conformalize(x[:past, None], y[:past])
    expected = judge.predict_interval(x[past:, None])[1][:, :, 0]

    calibrator = Calibrator(levels=LEVELS, groups=1, paces=STILL, scale=1.0)
    calibrator.start(says[:past], y[:past], np.zeros(past, dtype=np.int64))
    issued = calibrator.issue(says[past:], np.zeros(40, dtype=np.int64))

    np.testing.assert_allclose(issued[:, [0, 2]], expected, rtol=1e-12)


def test_where_noise_triples_the_static_intervals_fail_and_the_adaptive_ones_hold() -> None:
    outcomes = noise_of(600, 8)
    outcomes[200:] *= 3.0
    answers = days_of(outcomes, standard(outcomes))
    still = Calibrator(levels=LEVELS, groups=1, paces=STILL)
    still.start(answers.quantiles[:200].reshape(-1, 3), outcomes[:200].ravel(), np.zeros(1600, np.int64))
    one = np.zeros(8, dtype=np.int64)

    static = followed(answers, still, one)
    adaptive = calibrated(answers, groups=one)

    # ±1.28 is ±0.43 of a deviation three times as large: 33 % lie inside.
    assert covered(static, slice(400, 600)) == pytest.approx(0.33, abs=0.04)
    assert covered(adaptive, slice(400, 600)) == pytest.approx(0.80, abs=0.03)


def test_groups_that_err_in_opposite_ways_are_both_set_right() -> None:
    outcomes = noise_of(500, 8)
    outcomes[:, :4] *= 0.5
    outcomes[:, 4:] *= 2.0
    answers = days_of(outcomes, standard(outcomes))

    together = calibrated(answers, groups=np.zeros(8, dtype=np.int64))
    apart = calibrated(answers, groups=np.arange(8) // 4)

    inside = (outcomes >= apart.quantiles[..., 0]) & (outcomes <= apart.quantiles[..., 2])
    mixed = (outcomes >= together.quantiles[..., 0]) & (outcomes <= together.quantiles[..., 2])
    assert inside[250:, :4].mean() == pytest.approx(0.8, abs=0.04)
    assert inside[250:, 4:].mean() == pytest.approx(0.8, abs=0.04)
    assert mixed[250:, :4].mean() > 0.95


def test_one_outcome_above_moves_each_level_by_its_own_share_of_a_step() -> None:
    calibrator = Calibrator(levels=LEVELS, groups=2, paces=(0.2,), every_minutes=360)
    said = np.array([[-1.0, 0.0, 1.0]])

    calibrator.learn(said, np.array([0.5]), np.array([1]))

    # A quarter of a day at 0.2 a day is 0.05: 0.5 lies above 10 % and 50 %, and below 90 %.
    assert calibrator.mixed[1].tolist() == pytest.approx([0.05 * 0.1, 0.05 * 0.5, -0.05 * 0.1])
    assert calibrator.mixed[0].tolist() == [0.0, 0.0, 0.0]


def test_what_is_issued_stays_inside_limits_and_never_crosses() -> None:
    outcomes = np.clip(noise_of(200, 4) * 5, 0, 1)
    answers = days_of(outcomes, standard(outcomes))

    issued = calibrated(answers, limits=(0.0, 1.0), paces=(3.0,)).quantiles

    assert (np.diff(issued, axis=-1) >= 0).all()
    assert issued.min() == 0.0
    assert issued.max() == 1.0


@effort(max_examples=20, deadline=None)
@given(st.integers(0, 29), st.integers(0, 3))
def test_an_outcome_changes_nothing_that_was_issued_before_it_was_known(day: int, lead: int) -> None:
    outcomes = noise_of(30, 4)
    answers = days_of(outcomes, standard(outcomes))
    other = outcomes.copy()
    other[day, lead] = -99.0 * np.sign(outcomes[day, lead])

    first = calibrated(answers, groups=np.zeros(4, dtype=np.int64)).quantiles
    second = calibrated(replace(answers, outcomes=other), groups=np.zeros(4, dtype=np.int64)).quantiles

    known = answers.origins_s >= answers.known_s[day, lead]
    assert (first[~known] == second[~known]).all()
    assert not known.any() or (first[known] != second[known]).any()


def test_missing_outcomes_teach_nothing() -> None:
    outcomes = noise_of(50, 4)
    outcomes[:, 2] = np.nan
    answers = days_of(outcomes, standard(outcomes))

    issued = calibrated(answers, groups=np.arange(4))

    assert (issued.quantiles[:, 2] == NORMAL).all()
    assert (issued.quantiles[-1, 0] != NORMAL).any()


def test_a_calibrator_goes_on_after_a_restart_as_if_nothing_had_been() -> None:
    outcomes = noise_of(60, 4) * 2
    answers = days_of(outcomes, standard(outcomes))
    halves = [
        replace(answers, origins_s=answers.origins_s[part], quantiles=answers.quantiles[part],
                outcomes=outcomes[part], known_s=answers.known_s[part])
        for part in (slice(30), slice(30, 60))
    ]  # fmt: skip
    first = Calibrator(levels=LEVELS, groups=4)
    followed(halves[0], first, np.arange(4))

    second = Calibrator(levels=LEVELS, groups=4)
    second.restore(first.state())

    went_on = followed(halves[1], first, np.arange(4)).quantiles
    assert (followed(halves[1], second, np.arange(4)).quantiles == went_on).all()


def test_a_state_of_other_groups_is_refused() -> None:
    state = Calibrator(levels=LEVELS, groups=4).state()

    with pytest.raises(InputError, match="start it anew"):
        Calibrator(levels=LEVELS, groups=5).restore(state)


def test_groups_can_be_leads_hours_sizes_and_their_combinations() -> None:
    outcomes = noise_of(2, 4)
    answers = days_of(outcomes, standard(outcomes) + np.arange(4)[None, :, None])

    assert by_lead(answers, block=2)[0].tolist() == [0, 0, 1, 1]
    assert by_hour(answers, SHANGHAI, hours=2)[1].tolist() == [0, 0, 1, 1]
    assert by_size(answers, (0.5, 2.5))[0].tolist() == [0, 1, 1, 2]
    assert crossed(by_lead(answers, block=2), by_size(answers, (0.5, 2.5)))[0].tolist() == [0, 1, 4, 5]
