"""Are the newest misses read from the right places, and is what carries over learnt as it is?"""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import Ridge

from wattloom.domain.errors import MissingData
from wattloom.forecast.loads.recent import TRAITS, days_back, fitted_carried, lead_groups, traits_of
from wattloom.forecast.task import Task

DAY_AHEAD = Task.day_ahead(step_minutes=60)


def test_traits_of_a_ramp_are_where_they_should_be() -> None:
    """What was missed is the hour's own number: 0 the oldest of eight days, 191 the newest."""
    past = np.arange(192.0)[None, :]

    traits = traits_of(past, np.array([[1, 24, 25]]), 60)

    assert traits.shape == (1, 3, TRAITS)
    # The last hour, three hours, day and week; the same hour yesterday, the day before, the week's mean, a week ago.
    assert traits[0, 0].tolist() == [191, 190, 179.5, 107.5, 168, 144, 96, 24]
    assert traits[0, 1].tolist() == [191, 190, 179.5, 107.5, 191, 167, 119, 47]
    # Two days ahead, the newest day known is still yesterday, a week ago lies within the eight days.
    assert traits[0, 2].tolist() == [191, 190, 179.5, 107.5, 168, 144, 96, 48]


def test_a_missing_value_is_replaced_by_what_is_usual() -> None:
    past = np.full((1, 192), 2.0)
    past[0, -1] = np.nan

    assert traits_of(past, np.array([[24]]), 60)[0, 0].tolist() == [2.0] * TRAITS


def test_short_tasks_have_weights_by_lead_and_long_ones_by_day() -> None:
    month = Task(name="month", step_minutes=60, leads=24 * 10)

    assert days_back(DAY_AHEAD) == 192
    assert lead_groups(DAY_AHEAD).tolist() == list(range(24))
    assert np.unique(lead_groups(month)).tolist() == list(range(8))
    assert lead_groups(month)[-1] == 7


def test_what_carries_over_is_learnt_as_an_independent_ridge_learns_it() -> None:
    random = np.random.default_rng(0)
    traits = random.normal(size=(400, 2, TRAITS))
    missed = 0.6 * traits[..., 0] + 0.3 * traits[..., 4] + random.normal(0, 0.1, (400, 2))

    carried, left = fitted_carried(traits, missed, np.array([0, 1]))

    for lead in (0, 1):
        own = traits[:, lead]
        held = carried.strength * np.square(own).sum() / TRAITS
        towards = np.zeros(TRAITS) if abs(carried.weights[lead, 0] - 0.6) < 0.1 else np.eye(TRAITS)[4]
        judges = [
            start + Ridge(alpha=held, fit_intercept=False).fit(own, missed[:, lead] - own @ start).coef_
            for start in (towards, np.eye(TRAITS)[4])
        ]
        assert min(np.abs(carried.weights[lead] - judge).max() for judge in judges) < 1e-6
    assert carried.weights[0, 0] == pytest.approx(0.6, abs=0.03)
    assert left.std() == pytest.approx(0.1, abs=0.01)


def test_a_level_that_wanders_is_kept_and_noise_is_dropped() -> None:
    random = np.random.default_rng(1)
    level = random.normal(size=300).cumsum()
    wandering = np.repeat(level[:-1, None, None], TRAITS, axis=2)

    kept, _ = fitted_carried(wandering, level[1:, None], np.array([0]))
    dropped, _ = fitted_carried(random.normal(size=(300, 1, TRAITS)), random.normal(size=(300, 1)), np.array([0]))

    assert kept.weights.sum() == pytest.approx(1.0, abs=0.1)
    assert np.abs(dropped.weights).max() < 0.1


def test_too_few_examples_are_told() -> None:
    with pytest.raises(MissingData, match="too few past origins"):
        fitted_carried(np.zeros((2, 1, TRAITS)), np.zeros((2, 1)), np.array([0]))
