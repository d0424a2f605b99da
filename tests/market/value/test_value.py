"""Is the best shift best, an equilibrium one, and a year of events paid and charged as its parts say?"""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from wattloom.domain.errors import InputError
from wattloom.market.response import plain_rule
from wattloom.market.value import (
    Event,
    Lever,
    SupplyCurve,
    Terms,
    WorkClass,
    best_shift,
    blended,
    equilibrium,
    event_value,
)

PAUSED = WorkClass(
    name="paused", share=0.5, lever=Lever.PAUSE, kw_per_gpu=1.25, released_share=0.8, value_cny_per_gpu_hour=10.0,
    delay_cny_per_gpu_hour_hour=0.01, delay_hours_max=8, restart_hours=0.25,
)  # fmt: skip
CAPPED = WorkClass(
    name="capped", share=0.5, lever=Lever.CAP, kw_per_gpu=1.25, released_share=0.4, work_lost_share=0.2,
    value_cny_per_gpu_hour=10.0, delay_cny_per_gpu_hour_hour=0.01, delay_hours_max=8, restart_hours=0.25,
)  # fmt: skip


def test_a_mwh_is_so_many_gpu_hours_fewer_under_a_cap() -> None:
    # Paused: 1,000 kW ÷ (1.25 kW × 0.8). Capped: ÷ (1.25 × 0.4) × 0.2 of the work.
    assert (PAUSED.gpu_hours_per_mwh, CAPPED.gpu_hours_per_mwh) == (1000.0, 400.0)
    assert (PAUSED.loss_cny_per_mwh, CAPPED.loss_cny_per_mwh) == (10_000.0, 4_000.0)
    assert (PAUSED.restart_cny_per_mw, CAPPED.restart_cny_per_mw) == (2_500.0, 0.0)
    assert blended((PAUSED, CAPPED), "gpu_hours_per_mwh") == 700.0


def lp_saving(prices: list[float], terms: Terms) -> float:
    """The second judge: HiGHS on the transport problem, each unit leaving an hour for a later one."""
    count = len(prices)
    hours = 24.0 / count
    pairs = [(i, j, (j - i) % count * hours) for i, j in product(range(count), repeat=2) if i != j]
    pairs = [pair for pair in pairs if pair[2] <= terms.delay_hours_max]
    if not pairs:
        return 0.0
    worth = [prices[i] - prices[j] - wait * terms.delay_cny_per_mwh_hour for i, j, wait in pairs]
    out = [[float(i == k) for i, _, _ in pairs] for k in range(count)]
    back = [[float(j == k) for _, j, _ in pairs] for k in range(count)]
    limits = [terms.lowered_mw * hours] * count + [terms.raised_mw * hours] * count
    return -float(linprog([-one for one in worth], A_ub=out + back, b_ub=limits, method="highs").fun)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.integers(0, 1500), min_size=12, max_size=12),
    st.sampled_from([(10, 10), (10, 5), (10, 2.5), (5, 10), (20, 5), (9, 6)]),
    st.integers(0, 24),
    st.sampled_from([0.0, 1.5, 20.0]),
)
def test_the_best_shift_saves_what_a_linear_program_says(
    prices: list[int], power: tuple[float, float], delay: int, cost: float
) -> None:
    terms = Terms(lowered_mw=power[0], raised_mw=power[1], delay_hours_max=delay, delay_cny_per_mwh_hour=cost)

    found = best_shift(prices, terms)

    assert found.net_cny == pytest.approx(lp_saving([float(p) for p in prices], terms), abs=1e-6)
    assert found.change_mw.sum() == pytest.approx(0.0, abs=1e-9)
    assert found.change_mw.min() >= -power[0] - 1e-9
    assert found.change_mw.max() <= power[1] + 1e-9


def test_powers_that_are_no_multiple_of_each_other_are_told_from_below() -> None:
    # 30 MW may leave, 17.6 come: three parts of 5.87 MW come, five leave, 29.3 MW.
    terms = Terms(lowered_mw=30, raised_mw=17.6, delay_hours_max=24, delay_cny_per_mwh_hour=0)
    day = [1200.0] * 5 + [900.0] * 2 + [300.0] * 17

    found = best_shift(day, terms)

    assert found.change_mw.min() == pytest.approx(-5 * 17.6 / 3)
    assert 0.97 * lp_saving(day, terms) <= found.net_cny <= lp_saving(day, terms)


def test_a_day_whose_restarts_cost_more_than_it_saves_is_left_as_it_is() -> None:
    day = [500.0] * 12 + [400.0] * 12
    terms = {"lowered_mw": 10.0, "raised_mw": 10.0, "delay_hours_max": 24.0, "delay_cny_per_mwh_hour": 0.0}

    cheap = best_shift(day, Terms(**terms, restart_cny_per_mw=1000.0))
    dear = best_shift(day, Terms(**terms, restart_cny_per_mw=1300.0))

    # 10 MW for 12 h at 100 CNY/MWh save 12,000 CNY; one stop of 10 MW costs 10,000, or 13,000.
    assert (cheap.net_cny, cheap.restart_cny) == (2000.0, 10_000.0)
    assert (dear.net_cny, dear.moved_mwh) == (0.0, 0.0)


CURVE = SupplyCurve(load_mw=(10_000, 20_000, 30_000), price_cny_per_mwh=(200, 400, 900))
LOAD = 20_000 + 6_000 * np.sin(np.arange(24) / 24 * 2 * np.pi)
FREE = Terms(lowered_mw=30, raised_mw=30, delay_hours_max=24, delay_cny_per_mwh_hour=0)


def test_one_site_earns_what_it_earns_alone() -> None:
    found = equilibrium(LOAD, CURVE, FREE, sites=1)

    assert found.left_share == pytest.approx(1.0, abs=0.01)


def test_the_more_sites_the_less_is_left_to_each_and_the_nearer_are_the_prices() -> None:
    several = [equilibrium(LOAD, CURVE, FREE, sites=count) for count in (1, 10, 50, 100, 200)]

    left = [one.left_share for one in several]
    spread = [float(np.ptp(one.price_after)) for one in several]
    assert left == sorted(left, reverse=True)
    assert spread == sorted(spread, reverse=True)
    assert left[-1] < 0.5


def test_with_enough_sites_the_day_is_flat_and_nothing_is_left() -> None:
    # Half a day's 6 GW sine is levelled by 200 sites of 30 MW; a thousand can do no more.
    found = equilibrium(LOAD, CURVE, FREE, sites=1000)

    assert np.ptp(found.price_after) < 0.02 * np.ptp(found.price_before)
    assert abs(found.left_share) < 0.01


def test_an_equilibrium_is_the_cheapest_supply_by_a_linear_program() -> None:
    """The second judge: cost of supply with the same shifts, the curve cut into steps, by HiGHS."""
    sites, waits = 100, 24
    count, parts = LOAD.size, 400
    grid = np.linspace(10_000, 30_000, parts + 1)
    step_price = CURVE.price((grid[:-1] + grid[1:]) / 2)
    # Variables: down, up for each hour, then a step of supply each hour.
    size = 2 * count + count * parts
    cost = np.concatenate([np.zeros(2 * count), np.tile(step_price, count)])
    equal, right = [], []
    for hour in range(count):
        row = np.zeros(size)
        row[hour], row[count + hour] = 1.0, -1.0
        row[2 * count + hour * parts : 2 * count + (hour + 1) * parts] = 1.0
        equal.append(row)
        right.append(LOAD[hour] - 10_000)
    whole = np.zeros(size)
    whole[:count], whole[count : 2 * count] = 1.0, -1.0
    bounds = [(0, 30 * sites)] * (2 * count) + [(0, 20_000 / parts)] * (count * parts)
    best = linprog(cost, A_eq=np.array([*equal, whole]), b_eq=[*right, 0.0], bounds=bounds, method="highs")

    found = equilibrium(LOAD, CURVE, FREE, sites=sites)

    supplied = LOAD + found.change_mw
    ours = sum(float(np.clip(load - grid[:-1], 0, 20_000 / parts) @ step_price) for load in supplied)
    assert waits == FREE.delay_hours_max
    assert ours == pytest.approx(best.fun, rel=2e-4)


def test_a_curve_that_falls_is_no_supply_curve() -> None:
    with pytest.raises(InputError, match="prices that do not fall"):
        SupplyCurve(load_mw=(1, 2), price_cny_per_mwh=(5, 4))


def event(**more: float) -> Event:
    told = {"called_mw": 10.0, "hours": 2.0, "a_year": 5.0, "delivered_share": 1.0} | more
    return Event(rule=plain_rule("2.5"), **told)


def test_events_whose_work_is_made_up_cost_waiting_and_restarts() -> None:
    found = event_value(event(), (PAUSED,), idle_mw=5, make_up_hours=8)

    # Five times 20 MWh at 2.50 CNY/kWh. 20,000 GPU-hours wait 1 + 4 hours at 0.01; 10 MW stop at 2,500 CNY.
    assert found.gross_cny == 250_000.0
    assert found.lost_gpu_hours == 0.0
    assert found.deferred_gpu_hours == 100_000.0
    assert found.compute_cny == pytest.approx(5 * (1_000 + 25_000))


def test_events_on_full_machines_lose_their_work_and_cost_more_than_they_earn() -> None:
    found = event_value(event(energy_cny_per_mwh=400.0), (PAUSED,), idle_mw=0, make_up_hours=8)

    # 20 MWh are 20,000 GPU-hours at 10 CNY, and 10 MW of restarts; 50,000 CNY are paid, 8,000 of energy saved.
    assert found.lost_gpu_hours == 100_000.0
    assert found.compute_cny == pytest.approx(5 * (200_000 + 25_000))
    assert found.net_cny == pytest.approx(5 * (50_000 + 8_000 - 225_000))


def test_half_of_the_work_is_lost_where_idle_machines_take_half() -> None:
    found = event_value(event(), (CAPPED,), idle_mw=2, make_up_hours=5)

    # 10 of 20 MWh are made up: 4,000 of 8,000 GPU-hours each.
    assert (found.deferred_gpu_hours, found.lost_gpu_hours) == (20_000.0, 20_000.0)
