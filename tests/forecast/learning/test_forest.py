"""Do flat trees say what LightGBM says?"""

from __future__ import annotations

import lightgbm
import numpy as np
import pytest
from numpy.typing import NDArray

from wattloom.domain.errors import InputError
from wattloom.forecast.learning.forest import Forest

SETTINGS = {"verbose": -1, "num_threads": 1, "num_leaves": 7, "min_data_in_leaf": 5, "objective": "quantile"}


def rows(count: int = 400, gaps: float = 0.1) -> NDArray[np.float64]:
    random = np.random.default_rng(0)
    values = random.normal(size=(count, 5))
    values[random.random(values.shape) < gaps] = np.nan
    return values


def grown(traits: NDArray[np.float64], alpha: float = 0.5, trees: int = 30) -> lightgbm.Booster:
    outcome = np.nansum(traits[:, :2], axis=1) + np.random.default_rng(1).normal(0, 0.1, len(traits))
    return lightgbm.train({**SETTINGS, "alpha": alpha}, lightgbm.Dataset(traits, outcome), trees)


def test_answers_are_lightgbms_with_gaps_learnt_and_gaps_never_seen() -> None:
    for learnt in (rows(gaps=0.1), rows(gaps=0.0)):
        models = [grown(learnt, alpha) for alpha in (0.1, 0.9)]

        answers = Forest.of(models)(rows(gaps=0.2))

        np.testing.assert_allclose(
            answers, np.stack([one.predict(rows(gaps=0.2)) for one in models], axis=1), rtol=1e-12
        )


def test_a_tree_without_a_split_says_its_one_value() -> None:
    flat = lightgbm.train(SETTINGS, lightgbm.Dataset(np.ones((50, 2)), np.full(50, 3.0)), 2)

    assert flat.predict(np.zeros((2, 2))).tolist() == [3.0, 3.0]
    assert Forest.of([flat])(np.zeros((2, 2))).tolist() == [[3.0], [3.0]]


def test_categories_are_refused_in_words() -> None:
    traits = np.random.default_rng(0).integers(0, 5, (200, 2)).astype(float)
    model = lightgbm.train(
        {**SETTINGS, "objective": "regression", "min_data_per_group": 1, "max_cat_to_onehot": 1, "cat_smooth": 1.0},
        lightgbm.Dataset(traits, traits[:, 0] % 2, categorical_feature=[0]),
        2,
    )

    with pytest.raises(InputError, match="category"):
        Forest.of([model])
