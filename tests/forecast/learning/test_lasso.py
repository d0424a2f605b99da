"""Is the lasso's answer the lasso's, by hand, by its conditions and by another program?"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import Lasso

from wattloom.forecast.learning.lasso import lasso, lasso_path, optimality_gap


def a_problem(seed: int, days: int, inputs: int) -> tuple[np.ndarray, np.ndarray]:
    """Inputs that lean on each other, and two outcomes; both centred."""
    draw = np.random.default_rng(seed)
    common = draw.normal(size=(days, 1))
    x = draw.normal(size=(days, inputs)) + common
    y = np.stack([x[:, 0] - 0.5 * x[:, -1], 2 * x[:, 0]], axis=1) + draw.normal(size=(days, 2))
    return x - x.mean(axis=0), y - y.mean(axis=0)


def test_inputs_that_do_not_lean_on_each_other_are_shrunk_by_the_penalty() -> None:
    found = lasso(np.eye(3), np.array([[1.0, -0.2, -0.8]]), 0.5)

    assert found.tolist() == [[0.5, 0.0, -0.30000000000000004]]


def test_two_inputs_that_share_half_of_what_they_say_worked_by_hand() -> None:
    # Both in use: b1 + b2/2 = 1 − 0.25 and b1/2 + b2 = 0.8 − 0.25, so b1 = 19/30 and b2 = 7/30.
    found = lasso(np.array([[1.0, 0.5], [0.5, 1.0]]), np.array([[1.0, 0.8]]), 0.25, tolerance=1e-24)

    np.testing.assert_allclose(found, [[19 / 30, 7 / 30]], rtol=1e-9)


def test_nothing_is_used_at_the_largest_covariance_and_above() -> None:
    x, y = a_problem(1, 40, 6)
    gram, cross = x.T @ x / 40, y.T @ x / 40

    assert not lasso(gram, cross, float(np.abs(cross).max())).any()
    assert lasso(gram, cross, 0.99 * float(np.abs(cross).max())).any()


@pytest.mark.parametrize("penalty", [0.3, 0.05, 0.01])
def test_another_program_finds_the_same_coefficients(penalty: float) -> None:
    x, y = a_problem(2, 200, 30)
    judge = Lasso(alpha=penalty, fit_intercept=False, tol=1e-12, max_iter=100_000)

    found = lasso(x.T @ x / 200, y.T @ x / 200, penalty, tolerance=1e-20)

    for outcome in range(2):
        np.testing.assert_allclose(found[outcome], judge.fit(x, y[:, outcome]).coef_, atol=1e-7)


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    days=st.integers(5, 60),
    inputs=st.integers(1, 40),
    penalty=st.floats(0.02, 2.0),
)
def test_every_answer_meets_the_conditions_of_an_optimum(seed: int, days: int, inputs: int, penalty: float) -> None:
    x, y = a_problem(seed, days, inputs)
    gram, cross = x.T @ x / days, y.T @ x / days

    found = lasso(gram, cross, penalty, tolerance=1e-18)

    assert optimality_gap(gram, cross, penalty, found) < 1e-4 * penalty


def test_the_gap_tells_an_answer_that_is_none() -> None:
    assert optimality_gap(np.eye(1), np.array([[1.0]]), 0.5, np.array([[0.4]])) == pytest.approx(0.1)
    assert optimality_gap(np.eye(1), np.array([[1.0]]), 0.5, np.array([[0.0]])) == pytest.approx(0.5)


def test_where_a_descent_begins_does_not_matter() -> None:
    x, y = a_problem(3, 100, 20)
    gram, cross = x.T @ x / 100, y.T @ x / 100
    far = np.full_like(cross, 3.0)

    path = lasso_path(gram, cross, (0.2, 0.1, 0.02), tolerance=1e-20)

    np.testing.assert_allclose(lasso(gram, cross, 0.02, start=far, tolerance=1e-20), path[2], atol=1e-8)
    assert far.min() == 3.0  # What was lent is not written to.


def test_an_input_that_never_changes_is_never_used() -> None:
    gram = np.array([[1.0, 0.0], [0.0, 0.0]])

    assert lasso(gram, np.array([[1.0, 0.0]]), 0.1).tolist() == [[0.9, 0.0]]
