"""Does the ridge line find what is there, and no more?"""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import Ridge as Judge

from wattloom.domain.errors import MissingData
from wattloom.forecast.learning.ridge import fitted_ridge


def test_a_straight_line_is_found_again() -> None:
    traits = np.linspace(-1, 1, 200)[:, None]

    line, _ = fitted_ridge(traits, 3.0 + 2.0 * traits[:, 0], np.ones(200))

    assert line(np.array([[0.0], [1.0]])).round(1).tolist() == [3.0, 5.0]


def test_it_is_the_ridge_of_scikit_learn_with_the_same_weights() -> None:
    random = np.random.default_rng(0)
    traits, weights = random.normal(size=(120, 4)), random.random(120)
    values = traits @ [1.0, -0.5, 0.0, 0.2] + random.normal(0, 0.3, 120)

    line, _ = fitted_ridge(traits, values, weights)

    share = weights / weights.sum()
    mean = share @ traits
    spread = np.sqrt(share @ (traits - mean) ** 2)
    judge = Judge(alpha=line.strength).fit((traits - mean) / spread, values, sample_weight=share)
    np.testing.assert_allclose(line(traits), judge.predict((traits - mean) / spread), rtol=1e-9)


def test_noise_is_believed_little() -> None:
    random = np.random.default_rng(3)

    line, _ = fitted_ridge(random.normal(size=(60, 8)), random.normal(size=60), np.ones(60))

    assert line.strength >= 1.0


def test_each_fold_is_foretold_without_itself() -> None:
    """One wild example among the last does not move what is foretold of its own fold."""
    random = np.random.default_rng(4)
    traits, values = random.normal(size=(80, 1)), random.normal(size=80)
    wild = values.copy()
    wild[-1] += 1000.0

    _, calm = fitted_ridge(traits, values, np.ones(80))
    _, moved = fitted_ridge(traits, wild, np.ones(80))

    assert np.abs(moved[-10:]).max() < 5.0
    assert np.abs(calm[-10:]).max() < 5.0
    assert np.abs(moved[:10]).max() > 5.0


def test_a_missing_trait_counts_as_its_mean() -> None:
    traits = np.linspace(0, 2, 100)[:, None]

    line, _ = fitted_ridge(traits, traits[:, 0], np.ones(100))

    assert line(np.array([[np.nan]]))[0] == pytest.approx(1.0, abs=1e-6)


def test_too_few_examples_are_told() -> None:
    with pytest.raises(MissingData):
        fitted_ridge(np.ones((5, 1)), np.ones(5), np.ones(5))
