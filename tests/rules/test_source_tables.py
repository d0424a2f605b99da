"""Value by value against the tables that the facts were taken from; runs where `WATTLOOM_DATA` names them."""

from __future__ import annotations

import csv
import os
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from wattloom import rules
from wattloom.rules.reading import national_facts

COLUMNS = {
    "single_part_yuan_per_kwh": "single_part_cny_per_kwh",
    "two_part_energy_yuan_per_kwh": "energy_cny_per_kwh",
    "two_part_demand_yuan_per_kw_month": "demand_cny_per_kw_month",
    "two_part_capacity_yuan_per_kva_month": "capacity_cny_per_kva_month",
}
PROVINCES = {
    "jibei": "hebei",
    "hebei_south": "hebei",
    "mengxi": "inner_mongolia",
    "mengdong": "inner_mongolia",
    "shaanxi_yulin": "shaanxi",
}
FACTORS = {
    "average": "national",
    "average_excl_market_traded_nonfossil": "untracked",
    "fossil_only": "fossil",
}
CONFIDENCES = {"verified-secondary-of-primary": "verified-one-copy"}
NO_FUNDS_PRINTED = {"jibei", "mengdong"}
LETTERS = {"sharp": "S", "peak": "P", "flat": "F", "valley": "V", "deep": "D"}
OTHER_HOURS = {"zhejiang": "zhejiang_hours_2024", "shaanxi_yulin": "shaanxi"}


def table(name: str) -> list[dict[str, str]]:
    """Rows of a source table: skipped where no folder is named, failing where the file lacks."""
    folder = os.environ.get("WATTLOOM_DATA")
    if not folder:
        pytest.skip("WATTLOOM_DATA names no folder of source tables")
    with (Path(folder) / "domain" / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def document(name: str) -> dict[str, Any]:
    """A source document in YAML, as `table`."""
    folder = os.environ.get("WATTLOOM_DATA")
    if not folder:
        pytest.skip("WATTLOOM_DATA names no folder of source tables")
    loaded: dict[str, Any] = YAML(typ="safe").load(Path(folder) / "domain" / name)
    return loaded


def test_tariffs_equal_their_table() -> None:
    rows = table("td_tariffs_2026.csv")

    assert {row["area"] for row in rows} == set(rules.territory_keys())
    for row in rows:
        tiers = {tier.tier: tier for tier in rules.territory(row["area"]).tiers}
        tier = tiers[row["voltage_tier"]]
        for column, name in COLUMNS.items():
            assert getattr(tier, name) == (float(row[column]) if row[column] else None), (row["area"], column)
        assert tier.clause.in_force is not None
        assert tier.clause.in_force.isoformat() == row["effective_from"]
        assert tier.clause.confidence == CONFIDENCES[row["confidence"]]
    assert sum(len(rules.territory(key).tiers) for key in rules.territory_keys()) == len(rows)


def test_losses_and_funds_equal_their_table() -> None:
    for row in table("td_tariffs_2026.csv"):
        facts = rules.territory(row["area"]).facts
        loss, funds = facts["loss_rate"][-1], facts["government_funds_cny_per_mwh"][-1]
        assert loss.value == pytest.approx(float(row["in_province_loss_rate_pct"]) / 100, abs=1e-12)
        if row["area"] in NO_FUNDS_PRINTED:
            assert row["gov_funds_yuan_per_mwh"] == ""
            assert funds.to_be_confirmed
        else:
            assert funds.value == float(row["gov_funds_yuan_per_mwh"])


def test_emission_factors_equal_their_table() -> None:
    rows = table("emission_factors_cn.csv")
    provinces = {(r["area"], r["data_year"]): r for r in rows if r["level"] == "province"}

    for key in rules.territory_keys():
        for year in (2022, 2023):
            row = provinces[PROVINCES.get(key, key), str(year)]
            fact = rules.emission_factor(rules.territory(key), data_year=year)
            assert (fact.value, fact.clause.confidence) == (float(row["value"]), row["confidence"])
    for row in (r for r in rows if r["level"] == "national" and r["factor_type"] in FACTORS):
        fact = national_facts()[f"{FACTORS[row['factor_type']]}_emission_factor_t_per_mwh_{row['data_year']}"][-1]
        assert (fact.value, fact.clause.confidence) == (float(row["value"]), row["confidence"])


def test_bands_equal_their_table() -> None:
    slots = {(row["area"], int(row["month"])): row["slots48_from_00:00"] for row in table("tou_slots_30min.csv")}
    areas = {area for area, _ in slots}

    for key in rules.territory_keys():
        area = OTHER_HOURS.get(key, key)
        bands = rules.territory(key).time_of_use
        assert (bands is not None) is (area in areas), key
        if bands is not None:
            assert dict(bands.bands) == {month: slots[area, month] for month in range(1, 13)}


def test_multipliers_equal_their_table() -> None:
    areas = {area["area"]: area for area in document("tou_tariffs.yaml")["areas"]}

    for key in rules.territory_keys():
        bands = rules.territory(key).time_of_use
        if bands is None or key == "zhejiang":  # its ratios are of a later notice than its hours
            continue
        printed = areas[OTHER_HOURS.get(key, key)]["multipliers"]
        for month in range(1, 13):
            assert dict(bands.multipliers[month]) == printed_in(printed, month), (key, month)


def printed_in(printed: dict[str, Any], month: int) -> dict[str, float]:
    """The printed multipliers of one month, by letter; none where only the flat band is stated."""
    found = {}
    for name, value in printed.items():
        said = value
        if name.endswith("_by_month"):
            said = next((v for k, v in value.items() if str(month) in str(k).split(",")), value["other"])
        if said is not None:
            found[LETTERS[name.removesuffix("_by_month")]] = float(said)
    return found if set(found) != {"F"} else {}


def test_national_ratios_equal_their_table() -> None:
    rows = {row["rule"]: row for row in table("direct_connection_rules.csv")}
    row = rows["single-user (650)"]
    facts = national_facts()

    assert facts["self_use_of_generation_min"][-1].value == float(row["min_self_use_of_available_generation"])
    by_date = [fact.value for fact in facts["self_use_of_load_min"]]
    assert by_date == [float(row["min_self_use_of_consumption"]), float(row["min_self_use_of_consumption_2030"])]
    assert facts["export_of_generation_max"][-1].value == float(row["max_export_of_available_generation"].split()[0])
