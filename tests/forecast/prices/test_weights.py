"""Do weights follow losses, and doubt the misses, as worked by hand?"""

from __future__ import annotations

import numpy as np
import pytest

from wattloom.forecast.prices.weights import (
    Weighing,
    expert_weights,
    levels_for_one_more,
    quantiles_nearby,
    size_of_miss,
)

PLAIN = Weighing(keeps_per_day=0.5, sharpness=1.0, own_share=1.0, neighbours=0)


def test_without_losses_the_prior_stands() -> None:
    weights = expert_weights(np.empty((2, 0, 3)), np.array([0.8, 0.2]), PLAIN)

    assert weights.tolist() == [[0.8] * 3, [0.2] * 3]


def test_an_expert_that_lost_double_weighs_e_times_less() -> None:
    lost = np.array([[[1.0]], [[2.0]]])

    weights = expert_weights(lost, np.array([0.5, 0.5]), PLAIN)

    assert weights[0, 0] / weights[1, 0] == pytest.approx(np.e)
    assert weights.sum() == pytest.approx(1.0)


def test_a_day_counts_half_of_the_day_after_it() -> None:
    # Losses 4 then 1: (0.5 × 4 + 1) / 1.5 = 2; the other lost 2 on both days, so both weigh the same.
    lost = np.array([[[4.0], [1.0]], [[2.0], [2.0]]])

    assert expert_weights(lost, np.array([0.5, 0.5]), PLAIN)[:, 0] == pytest.approx([0.5, 0.5])


def test_the_unit_of_the_price_does_not_change_a_weight() -> None:
    lost = np.random.default_rng(0).exponential(size=(4, 9, 3))

    np.testing.assert_allclose(
        expert_weights(lost, np.full(4, 0.25), Weighing()), expert_weights(1000 * lost, np.full(4, 0.25), Weighing())
    )


def test_a_miss_is_as_large_as_the_root_of_spread_and_recent_misses() -> None:
    # Experts are 3 to each side; 12 was missed on the one day known: √(3 × 12) = 6.
    size = size_of_miss(np.array([[3.0], [-3.0]]), np.array([[-12.0]]), PLAIN)

    assert size == pytest.approx([6.0])


def test_neighbouring_hours_lend_their_misses() -> None:
    values = np.array([[0.0, 10.0, 20.0]])

    assert quantiles_nearby(values, (0.5,), 1)[:, 0].tolist() == [5.0, 10.0, 15.0]
    assert quantiles_nearby(values, (0.5,), 0)[:, 0].tolist() == [0.0, 10.0, 20.0]


def test_the_next_day_falls_below_a_level_as_often_as_was_asked() -> None:
    # Of 19 misses read at 0.8 × 20 / 19, the 16th smallest is met or undercut by 16 of 20 equally likely places.
    draw = np.random.default_rng(0).normal(size=(4000, 20))
    levels = levels_for_one_more((0.2, 0.5, 0.8), 19)

    read = np.quantile(draw[:, :19], levels, axis=1, method="inverted_cdf")

    assert levels[1] == 0.5
    assert (draw[:, 19] <= read[2]).mean() == pytest.approx(0.8, abs=0.02)
    assert (draw[:, 19] >= read[0]).mean() == pytest.approx(0.8, abs=0.06)
