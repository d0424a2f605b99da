"""Is the call given to members at least cost, with whole loads whole, and what lacks told?"""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import LinearConstraint, milp

from wattloom.assets.kinds.pool.reach import Giver, Reach
from wattloom.dispatch.pool_split import OVER_CNY_PER_MWH, SHORT_CNY_PER_MWH, activate
from wattloom.domain.time import TimeAxis


def hours_of(count: int) -> TimeAxis:
    """Whole hours."""
    return TimeAxis(datetime(2026, 7, 15, 11, tzinfo=UTC), 60, count)


def giver(name: str, rate: float, cost: float, *, energy: float = np.inf, **said: object) -> Giver:
    """A giver at one rate over two hours."""
    return Giver(name=name, rate_mw=np.full(2, rate), energy_mwh=energy, cost_cny_per_mwh=cost, **said)  # type: ignore[arg-type]


def judged_cost(givers: list[Giver], called: np.ndarray, hours: float) -> float:
    """Least cost by an independent mixed-integer program: a power a member and period, a switch a whole member."""
    count, wholes = called.size, [one for one in givers if one.whole]
    free = [one for one in givers if not one.whole]
    columns = len(free) * count + len(wholes) + 2 * count
    cost, upper = np.zeros(columns), np.full(columns, np.inf)
    balance = np.zeros((count, columns))
    energy_rows, energy_most = [], []
    for n, one in enumerate(free):
        at = slice(n * count, (n + 1) * count)
        cost[at], upper[at] = hours * one.cost_cny_per_mwh, one.rate_mw
        balance[:, at] = np.eye(count)
        if np.isfinite(one.energy_mwh):
            row = np.zeros(columns)
            row[at] = hours
            energy_rows.append(row)
            energy_most.append(one.energy_mwh)
    for n, one in enumerate(wholes):
        switch = len(free) * count + n
        cost[switch], upper[switch] = hours * one.cost_cny_per_mwh * one.rate_mw.sum(), 1
        balance[:, switch] = one.rate_mw
    short = slice(columns - 2 * count, columns - count)
    balance[:, short], balance[:, columns - count :] = np.eye(count), -np.eye(count)
    cost[short], cost[columns - count :] = hours * SHORT_CNY_PER_MWH, hours * OVER_CNY_PER_MWH
    whole = np.zeros(columns)
    whole[len(free) * count : len(free) * count + len(wholes)] = 1
    limits = [LinearConstraint(balance, called, called)]
    if energy_rows:
        limits.append(LinearConstraint(np.array(energy_rows), -np.inf, energy_most))
    found = milp(cost, constraints=limits, integrality=whole, bounds=(0, upper))
    assert found.success
    return float(found.fun)


def test_the_cheap_store_is_kept_for_where_it_is_needed_and_the_load_does_the_rest() -> None:
    # 3 MW in both hours: 4 MWh of the store at 100, 2 MWh of the load at 500: 1,400 yuan.
    told = activate([giver("store", 3, 100, energy=4), giver("load", 2, 500)], np.array([3.0, 3.0]), hours_of(2))

    assert told.cost_cny == pytest.approx(1400.0)
    assert told.total_mw == pytest.approx([3.0, 3.0])
    assert not told.short_mw.any()


def test_a_whole_load_is_on_where_that_is_cheaper_and_the_rest_fills_up() -> None:
    # 3 MW: the whole load's 2 MW at 100 with 1 MW at 500 cost 1,400; 3 MW at 500 cost 3,000.
    told = activate(
        [giver("whole", 2, 100, whole=True), giver("load", 3, 500)], np.array([3.0, 3.0]), hours_of(2)
    )  # fmt: skip

    assert told.given_mw["whole"] == pytest.approx([2.0, 2.0])
    assert told.cost_cny == pytest.approx(1400.0)


def test_a_whole_load_stays_off_where_half_of_it_would_be_in_vain() -> None:
    told = activate([giver("whole", 2, 100, whole=True), giver("load", 3, 500)], np.array([1.0, 1.0]), hours_of(2))

    assert not told.given_mw["whole"].any()
    assert told.cost_cny == pytest.approx(1000.0)


def test_what_nobody_can_give_is_told() -> None:
    told = activate([giver("store", 3, 100, energy=4)], np.array([3.0, 3.0]), hours_of(2))

    assert told.total_mw.sum() == pytest.approx(4.0)
    assert told.short_mw.sum() == pytest.approx(2.0)


def test_computing_that_holds_one_level_is_paid_for_all_of_it() -> None:
    # A level of 2 MW for the second hour costs both hours, 400; the load gives that hour for 300.
    even = giver("hall", 2, 100, even=True)
    told = activate([even, giver("load", 2, 150)], np.array([0.0, 2.0]), hours_of(2))

    assert told.given_mw["load"] == pytest.approx([0.0, 2.0])
    assert told.cost_cny == pytest.approx(300.0)


@settings(max_examples=20, deadline=None)
@given(st.data())
def test_no_way_is_cheaper_by_another_judge(data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 3))
    number, costs = st.integers(0, 6), st.integers(1, 9)
    givers = [
        Giver(
            name=str(n),
            rate_mw=np.array(data.draw(st.lists(number, min_size=count, max_size=count)), float),
            energy_mwh=np.inf if whole else float(data.draw(number)),
            whole=whole,
            cost_cny_per_mwh=100.0 * data.draw(costs),
        )
        for n, whole in enumerate(data.draw(st.lists(st.booleans(), min_size=1, max_size=4)))
    ]
    called = np.array(data.draw(st.lists(st.integers(0, 9), min_size=count, max_size=count)), float)

    told = activate(givers, called, hours_of(count))

    weight = told.cost_cny + SHORT_CNY_PER_MWH * told.short_mw.sum() + OVER_CNY_PER_MWH * told.over_mw.sum()
    assert weight == pytest.approx(judged_cost(givers, called, 1.0), rel=1e-6, abs=1e-3)
    assert told.total_mw + told.short_mw - told.over_mw == pytest.approx(called, abs=1e-6)
    for one in givers:
        assert np.all(told.given_mw[one.name] <= one.rate_mw + 1e-6)
        assert told.given_mw[one.name].sum() <= one.energy_mwh + 1e-6


def test_every_call_within_the_reach_is_answered_in_full() -> None:
    rng = np.random.default_rng(8)
    givers = [giver("a", 3, 100, energy=4), giver("b", 5, 200, energy=5), giver("c", 1, 300)]
    reach = Reach.of(givers, step_hours=1.0)
    courses = [course for course in rng.uniform(0, 9, (60, 2)) if reach.holds(course)]

    assert len(courses) > 10
    for course in courses[:6]:
        assert not activate(givers, course, hours_of(2)).short_mw.any()
