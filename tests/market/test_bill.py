"""Is a month's bill what a person works out by hand, and does every figure lead back to its clause?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.market.months import month_axis, plain_case, steady

from wattloom.domain.charges import Basis, PriceBasis
from wattloom.domain.errors import InputError
from wattloom.domain.money import Rounding, on_grid, reference_fen
from wattloom.domain.text import Text
from wattloom.domain.verdicts import Clause, Confidence
from wattloom.market import (
    Bill,
    MeterMonth,
    MonthRules,
    Price,
    Rate,
    Readings,
    Terms,
    bill_of,
    bills,
    export_rate,
    itemised,
    month_rules,
    tariffs_of,
)
from wattloom.market.month import Count
from wattloom.market.power_factor import share_at
from wattloom.rules import territory, territory_keys
from wattloom.rules.power_factor import power_factor_table

Of = Callable[..., MonthRules]
GIVEN = Clause(document=Text.same("contract"), confidence=Confidence.USER)


def fen_by_item(found: Bill) -> dict[str, int]:
    return {line.item: line.amount_fen for line in found.lines}


def test_two_parts_on_capacity_are_what_a_person_works_out(ningxia: Of) -> None:
    """5 MW for 720 h is 3,600,000 kWh, behind 10,000 kVA; prices of the 110 kV tier in 2026."""
    rules = ningxia()

    found = bill_of(steady(rules, 5000), rules)

    assert fen_by_item(found) == {
        "market_energy": 93_420_000,  # 3,600,000 × 0.2595
        "td_energy": 20_412_000,  # 3,600,000 × 0.0567
        "td_capacity": 16_000_000,  # 10,000 × 16
        "line_loss": 2_410_236,  # 3,600,000 × 0.2595 × 0.0258
        "system_operation_fee": 18_000_000,  # 3,600,000 × 0.05
        "government_funds": 7_677_000,  # 3,600,000 × 0.021325
    }
    assert found.total_fen == 157_919_236
    assert found.vat_fen == 157_919_236 - 139_751_536  # 1,579,192.36 ÷ 1.13 = 1,397,515.36…


def test_demand_is_the_largest_quarter_hour_and_at_least_the_floor(ningxia: Of) -> None:
    rules = ningxia("two_part_demand", axis=month_axis(2026, 9, step_minutes=15))
    drawn = np.full(rules.axis.count, 250_000)
    drawn[100] = 1_750_000  # 1.75 MWh in a quarter hour is 7 MW.
    low = bill_of(steady(rules, 1000), rules).line("td_demand")
    high = bill_of(steady(rules, 1000, drawn_wh=drawn), rules).line("td_demand")

    assert low.amount_fen == 4000 * 2560  # 40 % of 10 MVA, though 1 MW was the most.
    assert high.amount_fen == 7000 * 2560
    assert high.parts[0].quantity == 7_000_000
    assert high.parts[0].unit == "W"


def test_a_floor_below_a_watt_is_not_rounded_before_the_item(ningxia: Of) -> None:
    """40 % of 10,000,001 VA at 25.6 CNY/kW: 102,400.01024 CNY."""
    rules = ningxia("two_part_demand")

    line = bill_of(steady(rules, 0, capacity_va=10_000_001), rules).line("td_demand")

    assert line.exact_cny == Fraction("102400.01024")
    assert line.amount_fen == 10_240_001


def test_doc_1192_charges_capacity_whatever_is_drawn(ningxia: Of) -> None:
    """10,000 kVA × (16 + 0.0567 × 0.6638 × 730) = 434,753.458; funds on all that is consumed."""
    rules = ningxia("capacity_1192", case=plain_case(direct_connection=True))
    idle = steady(rules, 0, self_used_wh=np.full(rules.axis.count, 1_000_000))

    found = bill_of(idle, rules)

    assert found.line("td_capacity_1192").amount_fen == 43_475_346
    assert found.line("government_funds").amount_fen == 1_535_400  # 720,000 kWh × 0.021325
    assert found.line("market_energy").amount_fen == 0
    assert set(found.line("td_capacity_1192").facts) == {
        "td_capacity_cny_per_kva_month",
        "td_energy_cny_per_kwh",
        "average_load_rate",
    }


def test_a_change_inside_the_month_is_split_at_its_day(ningxia: Of) -> None:
    """The fee is 0.05 for ten days and 0.06 for twenty: 1,200,000 and 2,400,000 kWh."""
    rules = ningxia(dated=((date(2026, 9, 11), {"system_operation_fee_cny_per_mwh": 60.0}),))

    line = bill_of(steady(rules, 5000), rules).line("system_operation_fee")

    assert [(part.first_day.day, part.last_day.day, part.amount_cny) for part in line.parts] == [
        (1, 10, 60_000),
        (11, 30, 144_000),
    ]
    assert line.amount_fen == 20_400_000
    assert [fact.value for fact in line.facts["system_operation_fee_cny_per_mwh"]] == [50.0, 60.0]


def test_a_monthly_price_that_changes_is_owed_for_the_share_of_the_days(ningxia: Of) -> None:
    """16 for ten days of thirty and 19 for twenty: 10,000 × (16/3 + 19·2/3) = 180,000."""
    rules = ningxia(dated=((date(2026, 9, 11), {"td_capacity_cny_per_kva_month": 19.0}),))

    line = bill_of(steady(rules, 5000), rules).line("td_capacity")

    assert [part.share_of_month for part in line.parts] == [Fraction(1, 3), Fraction(2, 3)]
    assert line.amount_fen == 18_000_000


def test_bands_multiply_what_floats_and_nothing_else(ningxia: Of) -> None:
    """Hainan in September: eight hours of valley at 0.4 a day, sixteen half-hour pairs else as its notice says."""
    case = plain_case(agency_purchase=True)
    rules = ningxia(
        "two_part_capacity",
        territory="hainan",
        case=case,
        floating_items=frozenset({"market_energy"}),
        prices={"market": Price(steps=on_grid("0.4"), basis=PriceBasis.WITH_VAT)},
    )
    letters = "VVVVVVVVVVVVVVFFFFFFPPPPFFFFFFFFPPPPPPPPPPPPFFVV"
    hours = {letter: letters.count(letter) / 2 for letter in "VFP"}

    found = bill_of(steady(rules, 1000), rules)

    mean = (hours["V"] * 0.4 + hours["F"] + hours["P"] * 1.7) / 24
    assert found.line("market_energy").amount_fen == round(720_000 * 0.4 * mean * 100)
    assert sorted(float(part.band) for part in found.line("market_energy").parts) == [0.4, 1.0, 1.7]
    assert found.line("line_loss").amount_fen == round(720_000 * 0.4 * 0.0537 * 100)


def test_a_user_on_the_market_knows_no_bands(ningxia: Of) -> None:
    rules = ningxia(territory="hainan")

    assert len(rules.cells) == 1


def test_what_floats_is_what_the_notice_says(ningxia: Of) -> None:
    """Hainan's transmission floats too; Ningxia's notice states no multiplier, so a bill of its bands is refused."""
    rules = ningxia(territory="hainan", case=plain_case(agency_purchase=True))

    floating = {rate.item for rate in rules.tariffs[0].rates if rate.floats}

    assert floating == {"market_energy", "td_energy"}
    with pytest.raises(InputError, match=r"float|multiplier"):
        ningxia(case=plain_case(agency_purchase=True))


def test_negative_prices_are_income(ningxia: Of) -> None:
    steps = np.full(720, on_grid("0.3"))
    steps[:240] = on_grid("-0.08")
    rules = ningxia(prices={"market": Price(steps=steps, basis=PriceBasis.WITH_VAT)})
    drawn = np.where(np.arange(720) < 240, 10**7, 0)  # All of it while prices are negative.

    found = bill_of(steady(rules, 0, drawn_wh=drawn), rules)

    assert found.line("market_energy").amount_fen == -19_200_000  # 2,400,000 kWh × −0.08
    assert found.line("line_loss").amount_fen == -495_360
    assert found.line("market_energy").parts[0].price_cny == Fraction("-0.08")


def test_export_is_income_at_its_own_price(ningxia: Of) -> None:
    prices = {
        "market": Price(steps=on_grid("0.2595"), basis=PriceBasis.WITH_VAT),
        "export": Price(steps=on_grid("0.18"), basis=PriceBasis.WITH_VAT),
    }
    rules = ningxia(prices=prices, further=(export_rate(GIVEN),))

    line = bill_of(steady(rules, 0, fed_wh=np.full(720, 1_000_000)), rules).line("export_income")

    assert line.amount_fen == -12_960_000  # 720,000 kWh × 0.18
    assert line.parts[0].quantity == 720_000_000


def test_an_agency_fee_is_a_line_with_its_own_clause(ningxia: Of) -> None:
    fee = Rate(item="agency_fee", basis=Basis.IMPORTED_ENERGY, price_cny=Fraction("0.0021"), clause=GIVEN)
    rules = ningxia(further=(fee,))

    line = bill_of(steady(rules, 5000), rules).line("agency_fee")

    assert line.amount_fen == 756_000
    assert line.clauses == (GIVEN,)


TABLE = replace(power_factor_table(90), base_items=frozenset({"market_energy", "td_energy", "td_capacity"}))


@pytest.mark.parametrize(
    ("hundredths", "share"),
    [(100, "-0.0075"), (95, "-0.0075"), (93, "-0.0045"), (90, "0"), (85, "0.025"), (70, "0.1"), (60, "0.25")],
)
def test_a_power_factor_table_is_read_in_steps_of_a_hundredth(hundredths: int, share: str) -> None:
    assert share_at(TABLE, hundredths) == Fraction(share)


def test_a_poor_power_factor_adds_its_share_of_the_items_it_is_on(ningxia: Of) -> None:
    """3 kWh active for each 4 kvarh is 0.60: a quarter of 934,200 + 204,120 + 160,000 = 1,298,320."""
    rules = ningxia(power_factor=TABLE)

    found = bill_of(steady(rules, 5000, drawn_varh=4_800_000_000), rules)

    assert found.line("power_factor_adjustment").amount_fen == 32_458_000
    assert found.total_fen == 157_919_236 + 32_458_000
    assert "0.60" in found.line("power_factor_adjustment").formula


def test_without_tax_items_are_net_and_tax_comes_on_top(ningxia: Of) -> None:
    net = ningxia(case=plain_case(price_basis=PriceBasis.WITHOUT_VAT))

    found = bill_of(steady(net, 5000), net)

    assert found.line("td_capacity").amount_fen == 14_159_292  # 160,000 ÷ 1.13 = 141,592.92
    assert found.vat_fen == round(sum(fen_by_item(found).values()) * 0.13)
    assert found.total_fen == pytest.approx(157_919_236, abs=4)


def test_the_way_of_rounding_is_a_value_of_the_terms(ningxia: Of) -> None:
    """1 kWh a month at 0.2595 CNY: 25.95 fen."""
    one = {Rounding.HALF_UP: 26, Rounding.DOWN: 25}
    drawn = np.zeros(720, dtype=np.int64)
    drawn[0] = 1000

    for way, expected in one.items():
        rules = ningxia(rounding=way)
        assert bill_of(steady(rules, 0, drawn_wh=drawn), rules).line("market_energy").amount_fen == expected


def test_every_line_leads_back_to_its_clause(ningxia: Of) -> None:
    rules = ningxia("two_part_demand", dated=((date(2026, 9, 3), {"system_operation_fee_cny_per_mwh": 61.7}),))

    found = bill_of(steady(rules, 5000), rules)

    for line in found.lines:
        assert sum(part.amount_cny for part in line.parts) == line.exact_cny
        assert line.formula
        for part in line.parts:
            per = {"Wh": 1000, "W": 1000, "VA": 1000}[part.unit]
            assert part.price_cny is not None
            assert part.quantity * part.price_cny * part.band * part.share_of_month / per == part.amount_cny
        if line.item != "market_energy":  # What a user's own contract says has no clause of a rule.
            assert line.clauses
            assert line.facts
    assert sum(line.amount_fen for line in found.lines) == found.total_fen


def test_a_day_before_the_tariff_is_refused(ningxia: Of) -> None:
    with pytest.raises(InputError, match="before the tariff of Ningxia in force from 2026-08-01"):
        ningxia(axis=month_axis(2026, 7))


def test_a_mode_that_is_not_open_is_refused(ningxia: Of) -> None:
    with pytest.raises(InputError, match="two_part_capacity, two_part_demand"):
        ningxia("capacity_1192")


def test_odd_readings_are_refused_all_at_once(ningxia: Of) -> None:
    with pytest.raises(InputError) as refused:
        Readings(points=("a",), capacity_va=np.array([1.5]), drawn_wh=np.full((1, 720), -1))

    assert len(refused.value.problems) == 2


def test_parts_of_a_day_are_refused(ningxia: Of) -> None:
    axis = month_axis(2026, 9)
    with pytest.raises(InputError, match="whole days"):
        ningxia(axis=type(axis)(axis.start, 60, 719))


def test_a_leap_february_has_29_days(ningxia: Of) -> None:
    rules = ningxia(axis=month_axis(2028, 2, step_minutes=15))

    found = bill_of(steady(rules, 1000), rules)

    assert (found.first_day, found.last_day) == (date(2028, 2, 1), date(2028, 2, 29))
    assert found.line("td_energy").parts[0].quantity == 29 * 24 * 1_000_000


@pytest.mark.parametrize("key", territory_keys())
def test_every_tier_is_charged_as_printed(key: str) -> None:
    """The exact price of each item is the printed decimal, for every tier of every territory."""
    for tier in territory(key).tiers:
        if tier.energy_cny_per_kwh is None:
            continue
        kv = tier.kv_lowest or 0.4
        terms = Terms(territory=key, case=plain_case(voltage_kv=kv), mode="two_part_demand")
        found = {rate.item: rate for rate in tariffs_of(terms, date(2026, 9, 1), date(2026, 9, 30))[0].rates}
        direct = Terms(territory=key, case=plain_case(voltage_kv=kv, direct_connection=True), mode="capacity_1192")
        of_1192 = tariffs_of(direct, date(2026, 9, 1), date(2026, 9, 30))[0]
        fee = next(rate for rate in of_1192.rates if rate.item == "td_capacity_1192")

        energy, capacity = Decimal(str(tier.energy_cny_per_kwh)), Decimal(str(tier.capacity_cny_per_kva_month))
        load_rate = Decimal(str(of_1192.facts["average_load_rate"].value))
        assert found["td_energy"].price_cny == Fraction(energy)
        assert found["td_demand"].price_cny == Fraction(str(tier.demand_cny_per_kw_month))
        assert fee.price_cny == Fraction(capacity + energy * load_rate * 730)
        assert found["line_loss"].price_cny == Fraction(str(of_1192.facts["loss_rate"].value))


MONTHS = st.sampled_from([(2026, 9), (2027, 2), (2028, 2), (2026, 12)])


@settings(max_examples=25)
@given(
    month=MONTHS,
    area=st.sampled_from(["ningxia", "gansu", "guizhou", "jiangsu", "xinjiang"]),
    way=st.sampled_from(Rounding),
    change=st.integers(2, 28),
    fee=st.integers(1, 99_999),
    seed=st.integers(0, 2**32 - 1),
)
def test_many_points_are_billed_as_the_decimal_reference_says(
    month: tuple[int, int], area: str, way: Rounding, change: int, fee: int, seed: int
) -> None:
    """Items on energy and on demand, with a change of the fee inside the month, for three meters at once."""
    rng = np.random.default_rng(seed)
    axis = month_axis(*month)
    steps = rng.integers(-80_000, 1_500_000, axis.count)
    day = date(*month, change)
    terms = Terms(
        territory=area,
        case=plain_case(price_basis=PriceBasis.WITHOUT_VAT),
        mode="two_part_demand",
        dated=((day, {"system_operation_fee_cny_per_mwh": fee / 1000}),),
        rounding=way,
    )
    rules = month_rules(terms, axis, {"market": Price(steps=steps, basis=PriceBasis.WITH_VAT)})
    drawn = rng.integers(0, 10**8, (3, axis.count))
    capacity = rng.integers(10**6, 3 * 10**8, 3)

    found = bills(Readings(points=("a", "b", "c"), capacity_va=capacity, drawn_wh=drawn), rules)

    tier = next(tier for tier in territory(area).tiers if tier.kv_lowest <= 110 < tier.kv_highest)
    facts = rules.tariffs[0].facts
    prices = [Decimal(int(step)).scaleb(-6) for step in steps]
    tax, first = [Decimal("1.13")], (change - 1) * 24
    fees = [Decimal(str(facts["system_operation_fee_cny_per_mwh"].value)) / 1000] * first
    # What a project gives stands on its own basis, here without tax: the reference puts tax in, then takes it out.
    fees += [Decimal(fee).scaleb(-6) * Decimal("1.13")] * (axis.count - first)
    for point in range(3):
        energy = drawn[point].tolist()
        flat = {
            "td_energy": Decimal(str(tier.energy_cny_per_kwh)),
            "government_funds": Decimal(str(facts["government_funds_cny_per_mwh"].value)) / 1000,
        }
        expected = {
            "market_energy": reference_fen(energy, prices, divisors=tax, how=way),
            "line_loss": reference_fen(
                energy, prices, factors=[Decimal(str(facts["loss_rate"].value))], divisors=tax, how=way
            ),
            "system_operation_fee": reference_fen(energy, fees, divisors=tax, how=way),
            **{i: reference_fen(energy, [p] * axis.count, divisors=tax, how=way) for i, p in flat.items()},
        }
        floor = Decimal("0.4") * int(capacity[point])
        peak = max(Decimal(int(drawn[point].max())), floor)
        demand = [Decimal(str(tier.demand_cny_per_kw_month)) / 1000 * peak]
        expected["td_demand"] = reference_fen([1000], demand, divisors=tax, how=way)
        ours = dict(zip(found.items, found.amount_fen[point].tolist(), strict=True))
        assert ours == expected


def test_one_by_one_and_in_bulk_are_the_same_bills(ningxia: Of) -> None:
    rules = ningxia("two_part_demand", axis=month_axis(2026, 9, step_minutes=15), power_factor=TABLE)
    rng = np.random.default_rng(5)
    drawn, capacity = rng.integers(0, 10**7, (4, rules.axis.count)), rng.integers(10**6, 10**8, 4)
    reactive = rng.integers(10**9, 2 * 10**10, 4)
    names = ("a", "b", "c", "d")
    many = bills(Readings(points=names, capacity_va=capacity, drawn_wh=drawn, drawn_varh=reactive), rules)

    for point, name in enumerate(names):
        one = MeterMonth(
            point=name, capacity_va=int(capacity[point]), drawn_wh=drawn[point], drawn_varh=int(reactive[point])
        )
        assert bill_of(one, rules) == itemised(many, rules, point)


def test_meters_in_32_bits_are_counted_as_in_64(ningxia: Of) -> None:
    rules = ningxia()
    drawn = np.full((1, 720), 2_000_000_000)
    ways: list[Any] = [drawn, drawn.astype(np.int32), drawn.astype(np.uint32)]
    capacity = np.array([10**9])

    found = [bills(Readings(points=("a",), capacity_va=capacity, drawn_wh=way), rules) for way in ways]

    assert len({tuple(one.amount_fen[0]) for one in found}) == 1
    assert found[0].amount_fen[0, 0] == 720 * 2_000_000 * 25_95 // 100


def test_sums_past_64_bits_are_exact_too(ningxia: Of) -> None:
    """10 TWh an hour at −1.5 CNY/kWh, 720 times: −1.08 × 10¹³ CNY, which is past what 64 bits hold in billionths."""
    rules = ningxia(prices={"market": Price(steps=on_grid("-1.5"), basis=PriceBasis.WITH_VAT)})
    drawn = np.full(720, 10**13)

    found = bill_of(steady(rules, 0, drawn_wh=drawn, capacity_va=1), rules)

    assert found.line("market_energy").amount_fen == -108 * 10**13
    assert found.line("td_energy").parts[0].quantity == 72 * 10**14


def test_unsigned_readings_of_64_bits_are_counted_exactly(ningxia: Of) -> None:
    rules = ningxia()
    readings = Readings(
        points=("a",), capacity_va=np.array([1]), drawn_wh=np.full((1, 720), 2_000_000_001, dtype=np.uint64)
    )

    assert bills(readings, rules).counted[Count(basis=Basis.IMPORTED_ENERGY, place=0)] == [720 * 2_000_000_001]
