"""Is a bid the cheapest one, does it fall with the price, and does its risk count as its definition says?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import linprog
from tests.market.bids.days import load, question

from wattloom.assets.kinds.battery.storage import Battery
from wattloom.market.bids import (
    BidQuestion,
    DayAheadDesk,
    DeviationTerms,
    PriceScenarios,
    Risk,
    day_ahead_bid,
    tail_mean,
)

LOAD = load(firm_mw=2.0, waiting_mw=4.0, rated_mw=10.0)
"""2 MW firm; 4 MW that may wait, at most 8 MW at once."""


def test_two_hours_of_a_sure_price_buy_all_waiting_work_in_the_cheap_one() -> None:
    """2 h · 4 MW = 8 MWh wait; hour 2 is the cheap one: 2 MW at 300, then 2 + 8 MW at 100: 600 + 1000 = 1600."""
    asked = question(2, LOAD)

    found = day_ahead_bid(asked, PriceScenarios.one_price([300.0, 100.0]))

    assert found.curves.awarded_mw([300.0, 100.0]) == pytest.approx([2.0, 10.0])
    assert found.cost_cny.mean() == pytest.approx(1600.0)
    assert (LOAD.flat_mw(asked.axis) @ [300.0, 100.0]) == pytest.approx(2400.0)


def test_two_equally_likely_prices_of_the_first_hour_make_two_steps() -> None:
    """Hour 2 costs 200; hour 1 costs 100 or 400. Cheap: all 8 MWh of work at once, else what must not wait.

    In hour 1 the work that is there is 4 MWh, so 6 MW are bought up to 250, halfway, and 2 MW above. What hour 2 needs
    is then 2 + 4 or 2 + 8 MW; its award cannot know hour 1's price. Settled at 200 with a fee of 10 for what differs:
    an award of a between 6 and 10 costs 10 · (10 − a) or 10 · (a − 6) in half the cases each, 20 whatever it is. So
    100 · 6 + 200 · 6 = 1800 or 400 · 2 + 200 · 10 = 2800, mean 2300, and 20 of fees.
    """
    asked = question(2, LOAD, deviation=DeviationTerms(fee_cny_per_mwh=10.0))
    prices = PriceScenarios.one_price([[100.0, 200.0], [400.0, 200.0]])

    found = day_ahead_bid(asked, prices)

    assert [(one.limit_cny_per_mwh, one.mw) for one in found.curves.steps(0)] == [(1000.0, 2.0), (250.0, 4.0)]
    assert found.cost_cny.mean() == pytest.approx(2320.0)


def test_cvar_of_four_costs_is_the_threshold_of_rockafellar_and_uryasev() -> None:
    """Level 0.5 of (1, 2, 3, 10): η + Σ max(c − η, 0) / (0.5 · 4) is least, 6.5, at any η from 2 to 3."""
    costs = np.array([10.0, 1.0, 3.0, 2.0])

    at = [eta + np.maximum(costs - eta, 0.0).sum() / 2.0 for eta in np.linspace(0.0, 10.0, 1001)]

    assert tail_mean(costs, 0.5) == pytest.approx(6.5)
    assert min(at) == pytest.approx(6.5)


def test_weight_on_the_tail_pays_a_little_more_in_the_mean_for_a_cheaper_worst_case() -> None:
    """One hour, 1 MW firm: day ahead 110 for sure; real time 50 or 150, mean 100, no fee.

    By the mean nothing is bought ahead: 100. All weight on the tail at level 0.5: worst half is 150, so 1 MW at 110.
    """
    asked = question(1, load(firm_mw=1.0, waiting_mw=0.0, rated_mw=1.0), deviation=DeviationTerms())
    prices = PriceScenarios(
        day_ahead_cny_per_mwh=np.array([[110.0]]), real_time_cny_per_mwh=np.array([[[50.0], [150.0]]])
    )

    by_mean = day_ahead_bid(asked, prices)
    by_tail = day_ahead_bid(replace(asked, risk=Risk(weight=1.0, level=0.5)), prices)

    assert (by_mean.curves.awarded_mw([110.0])[0], by_mean.objective_cny) == pytest.approx((0.0, 100.0))
    assert by_mean.tail_cny == pytest.approx(150.0)
    assert (by_tail.curves.awarded_mw([110.0])[0], by_tail.objective_cny) == pytest.approx((1.0, 110.0))


PRICES = st.lists(st.lists(st.floats(0.0, 900.0), min_size=4, max_size=4), min_size=3, max_size=6)


@settings(max_examples=15, deadline=None)
@given(PRICES, st.integers(1, 4))
def test_whatever_the_prices_demand_never_rises_with_the_price_and_keeps_the_limits(
    prices: list[list[float]], steps_max: int
) -> None:
    """At any two prices the dearer buys no more; steps and limits are inside what the market takes."""
    asked = question(4, LOAD, steps_max=steps_max, deviation=DeviationTerms(free_share=0.1, fee_cny_per_mwh=30.0))

    found = day_ahead_bid(asked, PriceScenarios.one_price(prices))

    asked_at = np.linspace(-100.0, 1200.0, 60)
    bought = np.stack([found.curves.awarded_mw(np.full(4, price)) for price in asked_at])
    assert (np.diff(bought, axis=0) <= 1e-9).all()
    assert found.curves.problems(asked.limits) == []


@pytest.mark.parametrize("weight", [0.0, 0.3])
def test_an_independent_program_finds_the_same_cost(weight: float) -> None:
    """The same problem written out for scipy, column by column, from its definition alone."""
    draws = np.random.default_rng(3)
    ahead = np.round(draws.uniform(50.0, 500.0, (5, 4)), 2)
    real = np.round(ahead[:, None] + draws.normal(0.0, 60.0, (5, 2, 4)), 2)
    asked = question(
        4, LOAD, steps_max=2, deviation=DeviationTerms(free_share=0.1, fee_cny_per_mwh=20.0),
        risk=Risk(weight=weight, level=0.75),
    )  # fmt: skip

    found = day_ahead_bid(asked, PriceScenarios(day_ahead_cny_per_mwh=ahead, real_time_cny_per_mwh=real))

    assert found.objective_cny == pytest.approx(by_scipy(asked, ahead, real, found.curves.limit_cny_per_mwh), rel=1e-5)


def by_scipy(  # noqa: C901 - a program written out
    asked: BidQuestion, ahead: NDArray[np.float64], real: NDArray[np.float64], limits: NDArray[np.float64]
) -> float:
    """Least objective: demands x(t, k), draws, over, under by scenario, threshold and excesses; 4 MW of work wait."""
    scenarios, periods = len(ahead), len(limits)
    branches, steps = int(real.shape[1]), int(limits.shape[1])
    cells = periods * steps
    size = cells + 3 * scenarios * periods + 1 + scenarios * branches
    eta = cells + 3 * scenarios * periods

    def draw(s: int, t: int) -> int:
        return cells + s * periods + t

    def over(s: int, t: int) -> int:
        return cells + (scenarios + s) * periods + t

    def under(s: int, t: int) -> int:
        return cells + (2 * scenarios + s) * periods + t

    rows, right, equal, sides = [], [], [], []
    costs = np.zeros((scenarios, branches, size))
    for s in range(scenarios):
        for t in range(periods):
            k = next((k for k in range(steps) if ahead[s, t] <= limits[t, k] + 1e-9), steps - 1)
            x, free, fee = t * steps + k, asked.deviation.free_share, asked.deviation.fee_cny_per_mwh
            row = np.zeros(size)
            row[[draw(s, t), x, over(s, t)]] = 1.0, -(1.0 + free), -1.0
            rows.append(row)
            row = np.zeros(size)
            row[[draw(s, t), x, under(s, t)]] = -1.0, 1.0 - free, -1.0
            rows.append(row)
            right += [0.0, 0.0]
            for m in range(branches):
                costs[s, m, x] += ahead[s, t] - real[s, m, t]
                costs[s, m, draw(s, t)] += real[s, m, t]
                costs[s, m, [over(s, t), under(s, t)]] += fee
            # Never more than has arrived: firm 2 MW and 4 MW an hour of work.
            row = np.zeros(size)
            row[[draw(s, u) for u in range(t + 1)]] = 1.0
            rows.append(row)
            right.append(6.0 * (t + 1))
        row = np.zeros(size)
        row[[draw(s, t) for t in range(periods)]] = 1.0
        equal.append(row)
        sides.append(6.0 * periods)
    for t in range(periods):
        for k in range(steps - 1):
            row = np.zeros(size)
            row[[t * steps + k, t * steps + k + 1]] = -1.0, 1.0
            rows.append(row)
            right.append(0.0)
    weight, level = asked.risk.weight, asked.risk.level
    cost = (1.0 - weight) * costs.mean(axis=(0, 1))
    cost[eta] = weight
    for s in range(scenarios):
        for m in range(branches):
            z = eta + 1 + s * branches + m
            cost[z] = weight / ((1.0 - level) * scenarios * branches)
            row = costs[s, m].copy()
            row[[eta, z]] = -1.0, -1.0
            rows.append(row)
            right.append(0.0)
    bounds: list[tuple[float | None, float | None]] = (
        [(0.0, 10.0)] * cells + [(2.0, 10.0)] * (scenarios * periods) + [(0.0, None)] * (2 * scenarios * periods)
    )
    bounds += [(None, None) if weight else (0.0, 0.0)] + [(0.0, None)] * (scenarios * branches)
    if not weight:  # Without weight the tail's rows say nothing.
        rows, right = rows[: -scenarios * branches], right[: -scenarios * branches]
    found = linprog(cost, A_ub=np.array(rows), b_ub=right, A_eq=np.array(equal), b_eq=sides, bounds=bounds)
    assert found.status == 0, found.message
    return float(found.fun)


def test_a_desk_that_bid_other_days_before_bids_this_one_as_a_fresh_one_does() -> None:
    """Numbers are changed, not added: the third day's cost is that of a program written for it alone."""
    draws = np.random.default_rng(8)
    asked = question(6, LOAD, risk=Risk(weight=0.2, level=0.8))
    days = [PriceScenarios.one_price(draws.uniform(0.0, 600.0, (5, 6))) for _ in range(3)]
    desk = DayAheadDesk(asked, scenarios=5, branches=1)

    last = [desk.bid(one) for one in days][-1]

    assert last.objective_cny == pytest.approx(day_ahead_bid(asked, days[-1]).objective_cny, rel=1e-9)


def test_a_battery_of_one_mwh_without_losses_moves_one_mwh_from_the_dear_to_the_cheap_hour() -> None:
    """Half full at both ends: hour 1 at 100 may charge 0.5 MWh, hour 2 at 300 gives it back."""
    battery = Battery(
        power_mw=1.0, energy_mwh=1.0, round_trip_efficiency=1.0, capital_cost_cny_per_kw=0.0,
        capital_cost_cny_per_kwh=0.0, fixed_cny_per_kw_year=0.0, life_years=10.0,
    )  # fmt: skip
    firm = replace(load(firm_mw=5.0, waiting_mw=0.0, rated_mw=10.0), battery=battery)

    found = day_ahead_bid(question(2, firm), PriceScenarios.one_price([[100.0, 300.0], [100.0, 300.0]]))

    assert found.draw_mw == pytest.approx(np.array([[5.5, 4.5], [5.5, 4.5]]))
    assert found.cost_cny.mean() == pytest.approx(5.5 * 100 + 4.5 * 300)
