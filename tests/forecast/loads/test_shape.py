"""Is a load's shape learnt as it is, its holidays as Sundays, and its unseen hours told honestly?"""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from sklearn.linear_model import Ridge

from wattloom.forecast.loads.shape import (
    HALF,
    REST,
    TINY,
    WORKING,
    Clock,
    around_level,
    fitted_shape,
    hinges,
    table_of,
    warmths_of,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")
MONDAY_S = int(datetime(2024, 1, 7, 16, tzinfo=UTC).timestamp())
"""Midnight of Monday 8 January 2024 in Shanghai."""
HOUR_S = 3600


def hours(count: int) -> np.ndarray:
    return MONDAY_S + np.arange(count) * HOUR_S


def test_a_holiday_counts_as_a_sunday_and_a_worked_saturday_as_a_working_day() -> None:
    off = np.zeros(168)
    off[0] = 1.0
    off[5 * 24] = -1.0

    clock = Clock.of(hours(168), SHANGHAI, 60, off)

    assert clock.kind[0] == REST
    assert clock.kind[1] == WORKING
    assert clock.kind[5 * 24] == WORKING
    assert clock.kind[5 * 24 + 1] == HALF
    assert clock.slot[:3].tolist() == [0, 1, 2]


def test_degrees_count_from_their_thresholds_in_units_of_ten() -> None:
    found = hinges(np.array([[8.0, 25.0]]))

    # Heating from 18, 11 and 4, then cooling from 18, 23 and 28; each for 8 °C now and a day's mean of 25 °C.
    assert found[0].reshape(6, 2).round(3).tolist() == [[1, 0], [0.3, 0], [0, 0], [0, 0.7], [0, 0.2], [0, 0]]


def test_the_second_warmth_is_the_mean_of_the_day_before() -> None:
    path = np.concatenate([np.full(24, 10.0), np.full(12, 20.0)])[None, :]

    warmth = warmths_of(path, 60, 12)

    assert warmth.shape == (1, 12, 2)
    assert warmth[0, 0].tolist() == pytest.approx([20.0, (23 * 10 + 20) / 24])
    assert warmth[0, -1].tolist() == pytest.approx([20.0, 15.0])


def test_the_weights_are_those_of_an_independent_ridge() -> None:
    random = np.random.default_rng(1)
    starts_s = hours(24 * 84)
    clock = Clock.of(starts_s, SHANGHAI, 60)
    warmth = random.normal(15, 8, (len(starts_s), 2))
    values = random.normal(size=len(starts_s)) + hinges(warmth).sum(axis=1)

    shape = fitted_shape(starts_s, clock, warmth, values)

    table, penalties = table_of(clock, warmth)
    scale = np.sqrt(shape.strength * penalties + TINY)
    judge = Ridge(alpha=1.0, fit_intercept=False, solver="svd").fit(table / scale, values)
    np.testing.assert_allclose(shape.values(clock, warmth), judge.predict(table / scale), atol=1e-6)


def test_what_is_left_out_is_foretold_without_itself() -> None:
    random = np.random.default_rng(2)
    starts_s = hours(24 * 84)
    clock = Clock.of(starts_s, SHANGHAI, 60)
    values = random.normal(size=len(starts_s))
    shape = fitted_shape(starts_s, clock, None, values)
    block = starts_s // shape.block_s == shape.left_out[0][2]

    other = values.copy()
    other[block] += 100.0
    again = fitted_shape(starts_s, clock, None, other)

    assert again.strength == shape.strength
    np.testing.assert_allclose(again.unseen(starts_s, clock, None)[block], shape.unseen(starts_s, clock, None)[block])
    assert (
        np.abs(values - shape.unseen(starts_s, clock, None)).mean() > np.abs(values - shape.values(clock, None)).mean()
    )


def test_scenarios_in_front_are_carried_through() -> None:
    starts_s = hours(24 * 84)
    clock = Clock.of(starts_s, SHANGHAI, 60)
    warmth = np.stack([np.linspace(-5, 35, len(starts_s))] * 2, axis=1)
    shape = fitted_shape(starts_s, clock, warmth, hinges(warmth).sum(axis=1))

    both = shape.values(clock, np.stack([warmth, warmth + 3.0]))

    np.testing.assert_allclose(both[0], shape.values(clock, warmth))
    np.testing.assert_allclose(both[1], shape.values(clock, warmth + 3.0))


def test_a_steady_climb_leaves_its_clock_alone() -> None:
    climbing = np.arange(24.0 * 28) + np.tile(np.r_[np.zeros(12), np.ones(12)], 28)

    around = around_level(climbing, 60)

    # In the middle the week around an hour has its mean half an hour before it: 0.5 for the climb, 0.5 for the clock.
    assert around[24 * 14] == pytest.approx(0.5 - 0.5)
    assert around[24 * 14 + 12] == pytest.approx(0.5 + 1.0 - 0.5)
