"""Which value holds when, and what a project file may say."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from wattloom import rules
from wattloom.domain.charges import PriceBasis
from wattloom.domain.errors import InputError
from wattloom.domain.text import Text
from wattloom.domain.verdicts import Confidence
from wattloom.rules.dating import tier_of
from wattloom.rules.reading import parse_territory

SITE = rules.Case(year=2027, commissioned=2027, voltage_kv=110.0)


def test_published_load_rates_replace_the_assumed_one() -> None:
    published = {"xinjiang": 0.4843, "ningxia": 0.6638, "qinghai": 0.6485}

    for key, rate in published.items():
        fact = rules.pack(key, SITE).facts["average_load_rate"]
        assert (fact.value, fact.to_be_confirmed) == (rate, False)
    assumed = rules.pack("gansu", SITE).facts["average_load_rate"]
    assert (assumed.value, assumed.to_be_confirmed) == (0.65, True)


def test_prices_past_their_cycle_are_carried_on_as_assumed() -> None:
    within = rules.pack("ningxia", replace(SITE, year=2029)).facts["td_energy_cny_per_kwh"]
    past = rules.pack("ningxia", replace(SITE, year=2030)).facts["td_energy_cny_per_kwh"]

    assert within.clause.confidence is Confidence.VERIFIED_ONE_COPY
    assert (past.value, past.clause.confidence) == (within.value, Confidence.ASSUMED)
    assert past.note == Text("carried on past 2029", "2029 年后沿用")


def test_a_year_before_the_tariff_is_refused() -> None:
    with pytest.raises(InputError, match="2025, before the tariff of Ningxia in force from 2026-08-01"):
        rules.pack("ningxia", replace(SITE, year=2025))


def test_a_voltage_that_no_tier_prints_is_refused() -> None:
    # Liaoning prints 1-10(20) kV, then 110(66) kV.
    assert rules.pack("liaoning", replace(SITE, voltage_kv=66.0)).facts["td_energy_cny_per_kwh"].value == 0.0840
    with pytest.raises(InputError, match=r"35 kV; expected a voltage of one of the tiers that Liaoning prints"):
        rules.pack("liaoning", replace(SITE, voltage_kv=35.0))


def test_a_price_of_the_project_file_replaces_the_printed_one() -> None:
    facts = rules.pack("ningxia", replace(SITE, overrides={"td_energy_cny_per_kwh": 0.07})).facts

    assert facts["td_energy_cny_per_kwh"].value == 0.07
    assert facts["td_energy_cny_per_kwh"].clause.confidence is Confidence.USER


def test_all_wrong_facts_of_a_project_file_are_told_at_once() -> None:
    wrong: dict[str, Any] = {"line_losses": 0.03, "loss_rate": 3.45, "spot_continuous": 1, "average_load_rate": "high"}

    with pytest.raises(InputError) as refused:
        rules.pack("ningxia", replace(SITE, overrides=wrong))

    assert len(refused.value.problems) == 4
    unknown = refused.value.problems[0]
    assert unknown.where == "connection.facts.line_losses"
    assert "loss_rate" in unknown.expected
    assert "a number from 0 to 1 (1)" in refused.value.problems[1].expected


def test_an_unknown_territory_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InputError, match="'atlantis'; expected one of anhui, beijing"):
        rules.territory("atlantis")


def test_the_newest_emission_factor_is_taken_unless_the_file_gives_one() -> None:
    facts = rules.pack("ningxia", SITE).facts
    given = rules.pack("ningxia", replace(SITE, overrides={"emission_factor_t_per_mwh": 0.5})).facts

    assert facts["emission_factor_t_per_mwh"].value == 0.6187
    assert facts["untracked_emission_factor_t_per_mwh"].value == 0.6096
    assert given["emission_factor_t_per_mwh"].value == 0.5


def test_a_retail_price_is_known_only_where_a_source_prints_one() -> None:
    with_tax = rules.pack("guangdong", replace(SITE, price_basis=PriceBasis.WITH_VAT))

    assert rules.market_price_cny_per_mwh(with_tax) == 379.0
    assert rules.market_price_cny_per_mwh(rules.pack("guangdong", SITE)) == pytest.approx(379.0 / 1.13)
    assert rules.market_price_cny_per_mwh(rules.pack("xinjiang", SITE)) is None


def test_a_pack_shows_what_bears_on_its_case() -> None:
    direct = rules.pack("ningxia", SITE).facts
    plain = rules.pack("ningxia", replace(SITE, direct_connection=False)).facts

    assert "average_load_rate" in direct
    assert "average_load_rate" not in plain
    assert "single_part_admissible" in plain
    assert "single_part_admissible" not in direct
    assert "emission_factor_t_per_mwh_2022" not in direct
    assert direct["minimum_renewable_share"].to_be_confirmed


def on(day: date, key: str = "ningxia") -> rules.RulePack:
    """The rules of a delivery day."""
    return rules.pack(key, rules.Case(year=day.year, commissioned=2026, voltage_kv=110.0, delivery_day=day))


def test_the_minimum_renewable_share_is_asked_from_the_first_of_august_2026() -> None:
    off_grid = rules.Case(year=2026, commissioned=2026, voltage_kv=110.0, connection="off_grid")

    before = rules.pack("ningxia", replace(off_grid, delivery_day=date(2026, 7, 31))).facts
    after = rules.pack("ningxia", replace(off_grid, delivery_day=date(2026, 8, 1))).facts

    assert "minimum_renewable_share" not in before
    assert after["minimum_renewable_share"].to_be_confirmed


def test_the_tariff_of_2026_holds_from_its_first_day() -> None:
    assert on(date(2026, 8, 1)).facts["td_energy_cny_per_kwh"].value == 0.0567
    with pytest.raises(InputError, match="2026-07-31, before the tariff of Ningxia in force from 2026-08-01"):
        on(date(2026, 7, 31))


def test_a_ratio_tightens_on_its_day() -> None:
    assert on(date(2029, 12, 31)).facts["self_use_of_load_min"].value == 0.30
    assert on(date(2030, 1, 1)).facts["self_use_of_load_min"].value == 0.35


TWO_TARIFFS = """
[[tariff]]
source = "ndrc-2026-1077"
in_force = 2027-03-15
[[tariff.tiers]]
tier = "all"
kv = [0.0, inf]
energy_cny_per_kwh = 0.06
demand_cny_per_kw_month = 16.0
capacity_cny_per_kva_month = 10.0
[[tariff]]
source = "ndrc-2026-1077"
[[tariff.tiers]]
tier = "all"
kv = [0.0, inf]
energy_cny_per_kwh = 0.05
demand_cny_per_kw_month = 16.0
capacity_cny_per_kva_month = 10.0
"""


def test_of_two_tariffs_the_newest_of_the_day_holds() -> None:
    land = parse_territory(TWO_TARIFFS, key="nowhere")
    case = rules.Case(year=2027, commissioned=2027, voltage_kv=110.0)

    found = [tier_of(land, replace(case, delivery_day=date(2027, 3, day))).energy_cny_per_kwh for day in (14, 15)]

    assert found == [0.05, 0.06]
    assert tier_of(land, case).energy_cny_per_kwh == 0.06  # by the year's end
