"""Does the re-bid follow real-time prices as far as fees and the past allow, and is the day settled exactly?"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from tests.market.bids.days import day, load, question

from wattloom.domain.errors import InputError
from wattloom.market.bids import (
    Curves,
    DeviationTerms,
    Limits,
    PriceScenarios,
    RealTimeDesk,
    real_time_plan,
    settled_day,
)
from wattloom.market.bids.curve import break_prices

LOAD = load(firm_mw=2.0, waiting_mw=4.0, rated_mw=10.0)


def test_work_moves_to_the_hour_that_real_time_makes_cheap_where_it_saves_more_than_the_fee() -> None:
    """Awarded 6 + 6; real time 300 and 100. Moving 4 MWh saves 800 and costs 8 MWh · 50 of fees: it pays."""
    asked = question(2, LOAD, deviation=DeviationTerms(fee_cny_per_mwh=50.0))

    found = real_time_plan(asked, np.array([6.0, 6.0]), np.array([300.0, 100.0]))

    assert found.draw_mw == pytest.approx([2.0, 10.0])
    assert found.objective_cny == pytest.approx(4 * 100 - 4 * 300 + 8 * 50)


def test_work_stays_where_it_was_awarded_when_the_fee_is_above_the_spread() -> None:
    """Moving a MWh saves 200 and costs two fees of 150."""
    asked = question(2, LOAD, deviation=DeviationTerms(fee_cny_per_mwh=150.0))

    found = real_time_plan(asked, np.array([6.0, 6.0]), np.array([300.0, 100.0]))

    assert found.draw_mw == pytest.approx([6.0, 6.0])
    assert found.objective_cny == pytest.approx(0.0)


def test_only_the_free_share_moves_when_the_rest_costs_too_much() -> None:
    """A tenth of 6 MW in either hour is free."""
    asked = question(2, LOAD, deviation=DeviationTerms(free_share=0.1, fee_cny_per_mwh=150.0))

    found = real_time_plan(asked, np.array([6.0, 6.0]), np.array([300.0, 100.0]))

    assert (found.under_mw[0], found.over_mw[1]) == pytest.approx((0.6, 0.6))


def test_hours_that_are_over_stay_as_they_ran_whatever_comes_to_be_known() -> None:
    """After hour 1 ran at 2 MW, 8 MWh of work are left and fit into hours 2 and 3."""
    desk = RealTimeDesk(question(3, LOAD, deviation=DeviationTerms()))
    award = np.array([6.0, 6.0, 6.0])
    first = desk.plan(award, np.array([300.0, 100.0, 200.0]))

    again = desk.plan(award, np.array([0.0, 250.0, 200.0]), before=first, now=1)

    assert first.draw_mw == pytest.approx([2.0, 10.0, 6.0])
    assert again.draw_mw == pytest.approx([2.0, 6.0, 10.0])


def test_a_day_is_settled_at_two_prices_and_the_fee() -> None:
    """Awarded 6 MWh at 200, used 8 at real time 150: 1200 + 300, and 1.4 MWh beyond a tenth at 50: 70."""
    found = settled_day(
        day(1),
        award_mw=np.array([6.0]),
        draw_mw=np.array([8.0]),
        prices_cny_per_mwh=(np.array([200.0]), np.array([150.0])),
        terms=DeviationTerms(free_share=0.1, fee_cny_per_mwh=50.0),
    )

    assert (found.day_ahead_cny, found.real_time_cny, found.fee_cny) == (Fraction(1200), Fraction(300), Fraction(70))
    assert found.cost_cny == Fraction(1570)
    assert (found.used_wh, found.over_wh, found.under_wh) == (8_000_000, 2_000_000, 0)


def test_what_the_program_thought_a_day_costs_is_what_the_settlement_bills() -> None:
    """The two are written apart: floats in a program, whole watt-hours in the settlement."""
    asked = question(4, LOAD, deviation=DeviationTerms(free_share=0.05, fee_cny_per_mwh=40.0))
    ahead, real = np.array([310.0, 95.5, 240.25, 180.0]), np.array([150.0, 390.0, 210.5, 60.75])
    award = np.array([6.0, 8.0, 4.0, 6.0])

    plan = real_time_plan(asked, award, real)
    bill = settled_day(
        asked.axis, award_mw=award, draw_mw=plan.draw_mw, prices_cny_per_mwh=(ahead, real), terms=asked.deviation
    )

    assert float(bill.cost_cny) == pytest.approx(ahead @ award + plan.objective_cny, abs=1e-3)


def test_a_ladder_that_rises_is_refused_with_all_its_periods() -> None:
    """Period 1 rises with the price, period 2 has limits that fall."""
    with pytest.raises(InputError) as refused:
        Curves(axis=day(2), limit_cny_per_mwh=np.array([[100.0, 200.0], [300.0, 200.0]]),
               demand_mw=np.array([[1.0, 2.0], [2.0, 1.0]]))  # fmt: skip

    assert [one.where for one in refused.value.problems] == ["bid, period 2", "bid, period 1"]


def test_limits_cut_price_scenarios_into_equal_groups_on_the_tick() -> None:
    """Six prices, three steps: halfway between the second and third, and the fourth and fifth; the last is the cap."""
    limits = Limits(floor_cny_per_mwh=0.0, cap_cny_per_mwh=1000.0, steps_max=3, price_tick_cny_per_mwh=1.0)
    prices = np.array([[10.0], [60.0], [20.0], [40.0], [30.0], [51.0]])

    assert break_prices(prices, limits).tolist() == [[25.0, 46.0, 1000.0]]


def test_a_bid_outside_the_markets_limits_is_named() -> None:
    """Two steps where one is allowed, and a limit above the cap."""
    bid = Curves(axis=day(1), limit_cny_per_mwh=np.array([[500.0, 1500.0]]), demand_mw=np.array([[2.0, 1.0]]))
    limits = Limits(floor_cny_per_mwh=0.0, cap_cny_per_mwh=1000.0, steps_max=1)

    assert [one.found for one in bid.problems(limits)] == ["2 steps", "500 to 1500 CNY/MWh"]


def test_scenarios_with_gaps_are_refused() -> None:
    """A bid over what nobody knows is no bid."""
    with pytest.raises(InputError, match="with gaps"):
        PriceScenarios.one_price([[100.0, np.nan]])
