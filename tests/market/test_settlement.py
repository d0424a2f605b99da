"""Do the spot market's two forms agree, and are mechanism, readiness and shared bills what their rules say?"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.market.months import month_axis, plain_case

from wattloom.domain.charges import PriceBasis
from wattloom.domain.errors import InputError
from wattloom.domain.text import Text
from wattloom.domain.verdicts import Clause, Confidence
from wattloom.market import MonthRules, Price, Terms, bills, month_rules
from wattloom.market.ancillary import (
    Response,
    mileage_pay_cny,
    mileage_rule,
    performance,
    storage_capacity_price_cny_per_kw_year,
)
from wattloom.market.bulk import Readings
from wattloom.market.mechanism import MechanismMonth, mechanism_settlement
from wattloom.market.settlement import (
    DeviationRule,
    Spot,
    contract_for_difference,
    deviation,
    in_deviation_form,
    in_difference_form,
    weighted_price_cny_per_kwh,
)
from wattloom.market.sharing import Users, among_users
from wattloom.rules import territory

Of = Callable[..., MonthRules]
GIVEN = Clause(document=Text.same("contract"), confidence=Confidence.USER)
WH = st.integers(0, 10**9)
STEPS = st.integers(-1_000_000, 1_500_000)
HUNAN = mileage_rule(territory("hunan"), date(2026, 9, 1))


def rows(*columns: object) -> list[np.ndarray]:
    return [np.array(column, dtype=np.int64) for column in columns]


@given(st.lists(st.tuples(WH, WH, WH, STEPS, STEPS, STEPS), min_size=1, max_size=96))
def test_both_forms_cost_the_same_to_the_billionth_of_a_yuan(periods: list[tuple[int, ...]]) -> None:
    names = Spot.__slots__
    spot = Spot(**dict(zip(names, rows(*zip(*periods, strict=True)), strict=True)))

    assert sum(in_deviation_form(spot).values()) == sum(in_difference_form(spot).values())


def test_another_reference_than_the_day_ahead_price_breaks_the_identity() -> None:
    """One MWh contracted at 350, bought at 300 and used: against a reference of 320 the buyer gets 20 less back."""
    wh, contract, market, node = rows([10**6], [350_000], [300_000], [320_000])
    spot = Spot(contract_wh=wh, day_ahead_wh=wh, real_time_wh=wh, contract_steps=contract, day_ahead_steps=market,
                real_time_steps=market)  # fmt: skip

    assert sum(in_deviation_form(spot).values()) == 350
    assert sum(in_difference_form(spot).values()) == 350
    assert sum(in_difference_form(spot, node).values()) == 330


def test_a_contract_for_difference_pays_back_when_the_market_is_dear() -> None:
    wh, strike, reference = rows([2_000_000, 2_000_000], [350_000, 350_000], [300_000, 500_000])

    assert contract_for_difference(wh, strike, reference) == 2 * 50 - 2 * 150


def test_fractions_of_a_watt_hour_are_refused() -> None:
    with pytest.raises(InputError, match="float64"):
        Spot(contract_wh=np.array([0.5]), **dict.fromkeys(Spot.__slots__[1:], np.array([0])))


def test_a_deviation_is_owed_beyond_its_allowance_only() -> None:
    rule = DeviationRule(
        over_share=Fraction("0.05"),
        under_share=Fraction("0.03"),
        over_price_cny_per_kwh=Fraction("0.02"),
        under_price_cny_per_kwh=Fraction("0.04"),
        clause=GIVEN,
    )

    assert deviation(rule, 1_000_000, 1_040_000).amount_cny == 0
    assert deviation(rule, 1_000_000, 1_100_000).amount_cny == 1  # 50 kWh × 0.02
    assert deviation(rule, 1_000_000, 900_000).amount_cny == Fraction("2.8")  # 70 kWh × 0.04


def test_a_month_that_delivers_less_rolls_the_rest_on_and_loses_it_at_new_year() -> None:
    """Splits of 8 MWh: 7 delivered, then 10 (8 and the 1 left), in December 2, and January knows nothing of the 6."""
    gave = [(2026, 10, 7), (2026, 11, 10), (2026, 12, 2), (2027, 1, 20)]
    months = [
        MechanismMonth(
            year=year, month=month, split_wh=8_000_000, on_grid_wh=mwh * 10**6, reference_cny_per_kwh=Fraction("0.15")
        )
        for year, month, mwh in gave
    ]

    found = mechanism_settlement(months, price_cny_per_kwh=Fraction("0.225"), case=plain_case())

    assert [one.settled_wh // 10**6 for one in found] == [7, 9, 2, 8]
    assert [one.rolled_wh // 10**6 for one in found] == [1, 0, 6, 0]
    assert [one.difference_cny for one in found] == [525, 675, 150, 600]


def test_a_market_above_the_mechanism_price_takes_the_difference_back() -> None:
    dear = MechanismMonth(year=2026, month=9, split_wh=10**6, on_grid_wh=10**6, reference_cny_per_kwh=Fraction("0.3"))

    found = mechanism_settlement([dear], price_cny_per_kwh=Fraction("0.225"), case=plain_case())

    assert found[0].difference_cny == -75


@pytest.mark.parametrize("users", ["single", "multi"])
def test_a_direct_connection_is_refused_the_mechanism(users: str) -> None:
    with pytest.raises(InputError, match="direct connection"):
        mechanism_settlement([], price_cny_per_kwh=Fraction(1), case=plain_case(direct_connection=True, users=users))


def test_months_out_of_order_are_refused() -> None:
    one = MechanismMonth(year=2026, month=9, split_wh=-1, on_grid_wh=0, reference_cny_per_kwh=Fraction(0))

    with pytest.raises(InputError) as refused:
        mechanism_settlement([one, one], price_cny_per_kwh=Fraction(1), case=plain_case())

    assert len(refused.value.problems) == 3


def test_the_reference_is_weighted_by_energy() -> None:
    steps, wh = rows([100_000, 300_000], [3_000_000, 1_000_000])

    assert weighted_price_cny_per_kwh(steps, wh) == Fraction("0.15")
    with pytest.raises(InputError, match="no energy"):
        weighted_price_cny_per_kwh(steps, wh * 0)


def test_a_store_that_outlasts_the_peak_gets_no_more_than_coal() -> None:
    long = storage_capacity_price_cny_per_kw_year(Fraction(165), discharge_h=Fraction(8), longest_peak_h=Fraction(6))

    assert long == 165


def test_performance_is_capped_and_a_price_outside_its_limits_refused() -> None:
    """Ten times the standard rate counts three times: 0.4 × 3 + 0.3 + 0.3 = 1.8, and no delay and no error."""
    quick = Response(
        rate_share=Fraction(10), standard_rate_share=Fraction(1), delay_s=Fraction(0), error_share=Fraction(0)
    )

    assert performance(HUNAN, quick) == Fraction("1.8")
    with pytest.raises(InputError, match="4 to 15"):
        mileage_pay_cny(HUNAN, quick, mileage_mw=Fraction(1), price_cny_per_mw=Fraction(16), factor=Fraction(1))
    slow = Response(
        rate_share=Fraction(0), standard_rate_share=Fraction(1), delay_s=Fraction(60), error_share=Fraction("0.02")
    )
    with pytest.raises(InputError, match=r"K = 0\.00"):
        mileage_pay_cny(HUNAN, slow, mileage_mw=Fraction(1), price_cny_per_mw=Fraction(5), factor=Fraction(1))


def test_mileage_is_refused_where_no_rule_is_known() -> None:
    with pytest.raises(InputError, match="frequency mileage of gansu"):
        mileage_rule(territory("gansu"), date(2026, 9, 1))
    with pytest.raises(InputError, match="on 2025-01-01"):
        mileage_rule(territory("hunan"), date(2025, 1, 1))


def test_a_shared_bill_adds_up_in_every_item_and_follows_the_period(ningxia: Of) -> None:
    """Two users with 600 and 400 kW, 500 kW of own sun at noon: each takes of it by its load, draws the rest."""
    rules = ningxia("capacity_1192", case=plain_case(direct_connection=True, users="multi"))
    hours = np.arange(720)
    loads = np.stack([np.full(720, 600_000), np.full(720, 400_000)])
    sun = np.where((hours % 24 >= 10) & (hours % 24 < 14), 500_000, 0)
    taken = loads * sun // 1_000_000
    project = Readings(
        points=("p",),
        capacity_va=np.array([10_000_000]),
        drawn_wh=(loads - taken).sum(axis=0)[None, :],
        self_used_wh=sun[None, :],
    )

    found = among_users(project, rules, Users(names=("a", "b"), load_wh=loads, taken_wh=taken))

    whole = dict(zip(bills(project, rules).items, bills(project, rules).amount_fen[0].tolist(), strict=True))
    assert found.amount_fen.sum(axis=0).tolist() == [whole[item] for item in found.items]
    a = dict(zip(found.items, found.amount_fen[0].tolist(), strict=True))
    assert a["market_energy"] == 396_000 * 2595 // 100  # 660,000 kWh − 60,000 of sun, 60 % of it, at 0.2595.
    assert a["td_capacity_1192"] == whole["td_capacity_1192"] * 6 // 10


@given(seed=st.integers(0, 2**32 - 1), users=st.integers(2, 6))
def test_no_fen_is_lost_between_users(seed: int, users: int) -> None:
    rng = np.random.default_rng(seed)
    axis = month_axis(2026, 9)
    steps = rng.integers(-80_000, 900_000, axis.count)
    terms = Terms(territory="gansu", case=plain_case(direct_connection=True, users="multi"), mode="demand_1192")
    rules = month_rules(terms, axis, {"market": Price(steps=steps, basis=PriceBasis.WITH_VAT)})
    loads = rng.integers(1, 10**6, (users, axis.count))
    taken = loads * rng.integers(0, 100, axis.count) // 100
    project = Readings(points=("p",), capacity_va=np.array([10**7]), drawn_wh=(loads - taken).sum(axis=0)[None, :],
                       self_used_wh=taken.sum(axis=0)[None, :])  # fmt: skip

    found = among_users(project, rules, Users(names=tuple("abcdef"[:users]), load_wh=loads, taken_wh=taken))

    assert found.amount_fen.sum(axis=0).tolist() == bills(project, rules).amount_fen[0].tolist()


def test_users_that_draw_something_else_than_the_project_are_refused(ningxia: Of) -> None:
    rules = ningxia()
    project = Readings(points=("p",), capacity_va=np.array([1]), drawn_wh=np.full((1, 720), 5))
    users = Users(names=("a",), load_wh=np.full((1, 720), 6), taken_wh=np.zeros((1, 720), dtype=np.int64))

    with pytest.raises(InputError, match="6 Wh drawn by the users, 5 Wh by the project"):
        among_users(project, rules, users)
