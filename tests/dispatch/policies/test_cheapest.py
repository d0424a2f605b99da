"""Is the best really the best? Against every choice there is, and against every published policy."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.dispatch.policies.conftest import make_window

from wattloom.dispatch.policies import PUBLISHED, CheapestInterruptible, CheapestWindow, Policy, Window
from wattloom.domain.stepwise import Stepwise

VALUES = st.lists(st.floats(-50, 500, allow_nan=False), min_size=8, max_size=8)


def cost(policy: Policy, window: Window) -> float:
    """Value times hours under a policy."""
    start, end = policy(window).T
    return float(Stepwise(values=window.values, step_s=window.step_s).between(start, end).sum()) / 3600.0


@given(VALUES, st.integers(1, 5), st.integers(0, 3))
@settings(deadline=None)
def test_no_choice_of_hours_is_cheaper(values: list[float], run: int, wait: int) -> None:
    """All subsets of as many hours as the job takes."""
    best = min(sum(chosen) for chosen in combinations(values[: run + wait], run))

    assert cost(CheapestInterruptible(), make_window(values, run_h=run, wait_h=wait)) == pytest.approx(best, abs=1e-9)


@given(VALUES, st.floats(0.1, 3.0), st.floats(0.0, 3.0), st.floats(0.0, 1.9))
@settings(deadline=None)
def test_no_start_is_cheaper(values: list[float], run: float, wait: float, arrive: float) -> None:
    """Every start on a fine grid, of which the found one need not be one."""
    window = make_window(values, run_h=run, wait_h=wait, arrive_h=arrive, interruptible=False)
    starts = np.linspace(arrive, arrive + wait, 400) * 3600.0
    grid = Stepwise(values=window.values, step_s=3600.0).between(starts, starts + window.run_s) / 3600.0

    found = cost(CheapestWindow(), window)

    assert found <= grid.min() + 1e-9
    # Between two starts of the grid the cost can fall by no more than their distance times the steepest slope.
    assert found >= grid.min() - wait / 399 * (max(values) - min(values)) - 1e-9


@pytest.mark.parametrize("name", PUBLISHED)
@given(
    values=st.lists(st.floats(-50, 500, allow_nan=False), min_size=30, max_size=30),
    run=st.floats(0.02, 12.0),
    wait=st.floats(0.0, 12.0),
    arrive=st.floats(0.0, 5.9),
    interruptible=st.booleans(),
)
@settings(max_examples=150, deadline=None)
def test_with_perfect_foresight_nobody_does_better_than_the_cheapest(
    name: str,
    values: list[float],
    run: float,
    wait: float,
    arrive: float,
    interruptible: bool,  # noqa: FBT001
) -> None:
    window = make_window(values, run_h=run, wait_h=wait, arrive_h=arrive, interruptible=interruptible)

    theirs, ours = cost(PUBLISHED[name], window), cost(CheapestInterruptible(), window)

    assert ours <= theirs + 1e-7
