"""A territory line by line, for people."""

from __future__ import annotations

from datetime import date

import pytest

from wattloom import rules
from wattloom.domain.errors import InputError


def test_a_table_shows_tiers_own_facts_and_national_ones_once() -> None:
    rows = rules.rows_of_territory(rules.territory("ningxia"))
    named = {(row.name, row.tier): row for row in rows}

    energy = named["td_energy_cny_per_kwh", "110kV"]
    assert (energy.value, energy.unit, str(energy.in_force)) == (0.0567, "CNY/kWh", "2026-08-01")
    assert named["average_load_rate", ""].value == 0.6638
    assert [row.value for row in rows if row.name == "self_use_of_load_min"] == [0.30, 0.35]
    assert named["minimum_renewable_share", ""].to_be_confirmed


def test_the_facts_of_a_case_show_what_the_user_gave() -> None:
    case = rules.Case(year=2027, commissioned=2027, voltage_kv=110.0, overrides={"loss_rate": 0.02})

    rows = {row.name: row for row in rules.rows_of_facts(rules.pack("ningxia", case).facts)}

    assert (rows["loss_rate"].value, rows["loss_rate"].document) == (0.02, "project file")
    assert rows["td_capacity_cny_per_kva_month"].tier == "110kV"


def test_a_data_year_without_a_factor_is_refused() -> None:
    with pytest.raises(InputError, match="data year 2019; expected one of 2022, 2023"):
        rules.emission_factor(rules.territory("ningxia"), data_year=2019)


def test_a_day_shows_one_value_of_each_name_and_place() -> None:
    rows = rules.rows_of_territory(rules.territory("yunnan"), date(2026, 9, 1))
    places = [(row.name, row.tier) for row in rows]

    assert len(places) == len(set(places))
    shown = {row.name: row.value for row in rows}
    assert (shown["self_use_of_load_min"], shown["tou_binds_market_users"]) == (0.30, False)
    assert "td_energy_cny_per_kwh" not in {
        row.name for row in rules.rows_of_territory(rules.territory("yunnan"), date(2026, 7, 31))
    }


def test_days_of_a_rule_are_told_in_few_words() -> None:
    rows = rules.rows_of_territory(rules.territory("anhui"))

    told = {row.name + row.tier for row in rows if row.name.endswith("_half_hours") and row.name != "tou_half_hours"}
    assert told == {
        "tou_festival_half_hours>= 3 d",
        "tou_dates_half_hours07-15..08-31",
        "tou_dates_half_hours12-15..01-31",
    }
