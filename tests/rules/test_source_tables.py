"""Value by value against the tables that the facts were taken from; runs where `WATTLOOM_DATA` names them."""

from __future__ import annotations

import csv
import os
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from tests.rules.comparing import sums
from tests.rules.transcribing import digest, from_rules, from_source, source_folder

from wattloom import rules
from wattloom.rules.periods import DEEP, Period, coverage, read_periods
from wattloom.rules.reading import national_facts, national_market

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
NAMED = {"平段": "F", "低谷": "V", "高峰": "P", "尖峰": "S", "深谷": "D"}
SAME_IN_A_SECOND_TABLE = {
    "河南省": "henan", "云南省": "yunnan", "江苏省": "jiangsu", "广东省（珠三角五市）": "guangdong",
    "深圳市": "guangdong", "河北省（南网）": "hebei_south", "黑龙江省": "heilongjiang", "吉林省": "jilin",
    "湖南省": "hunan", "青海省": "qinghai", "宁夏回族自治区": "ningxia", "甘肃省": "gansu",
    "陕西省（不含榆林）": "shaanxi",
}  # fmt: skip
OTHERS_IN_A_SECOND_TABLE = {
    "安徽省": "anhui", "山东省": "shandong", "山西省": "shanxi", "北京市": "beijing", "冀北地区": "jibei",
    "浙江省": "zhejiang", "上海市": "shanghai", "四川省": "sichuan", "内蒙古东部": "mengdong",
    "内蒙古西部（蒙西）": "mengxi", "江西省": "jiangxi", "湖北省": "hubei", "天津市": "tianjin",
    "新疆维吾尔自治区": "xinjiang", "海南省": "hainan", "贵州省": "guizhou", "福建省": "fujian",
}  # fmt: skip
"""Elsewhere the second table differs in some months, or is not whole: which of the two is right is to be confirmed."""
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


def test_every_table_of_every_territory_equals_its_source_line_by_line() -> None:
    folder = source_folder()
    if folder is None:
        pytest.skip("WATTLOOM_DATA names no folder of source tables")
    for key in rules.territory_keys():
        printed, held = from_source(folder, key), from_rules(rules.territory(key))
        for name, lines in printed.items():
            assert sorted(held[name]) == sorted(lines), (key, name)


def test_the_sums_are_those_of_the_source_tables() -> None:
    folder = source_folder()
    if folder is None:
        pytest.skip("WATTLOOM_DATA names no folder of source tables")
    for key in rules.territory_keys():
        assert {name: digest(lines) for name, lines in from_source(folder, key).items()} == sums()[key], key


def test_regions_and_footprints_equal_their_table() -> None:
    market = national_market()
    rows = [row for row in table("emission_factors_cn.csv") if row["level"] == "region"]
    footprints = [row for row in table("emission_factors_cn.csv") if row["factor_type"] == "carbon_footprint_factor"]

    assert len(rows) == 7
    for row in rows:
        fact = market[f"region_{row['area']}_emission_factor_t_per_mwh_{row['data_year']}"][-1]
        assert (fact.value, fact.clause.confidence) == (float(row["value"]), row["confidence"])
    for row in footprints:
        fact = market[f"footprint_factor_t_co2e_per_mwh_{row['data_year']}"][-1]
        assert (fact.value, fact.clause.confidence) == (float(row["value"]), row["confidence"])


def test_capacity_price_and_market_prices_equal_their_table() -> None:
    rows = {row["item"]: row for row in table("capex_opex.csv")}
    market = national_market()

    for name, item in (
        ("coal_capacity_price_cny_per_kw_year", "coal_capacity_tariff_floor"),
        ("allowance_price_cny_per_t", "carbon_price_cea"),
        ("certificate_price_cny_per_mwh", "gec_price"),
    ):
        assert market[name][-1].value == float(rows[item]["value"]), name
    doubtful = market["certificate_price_cny_per_mwh"][-1]
    assert (rows["gec_price"]["confidence"], doubtful.to_be_confirmed) == ("low", True)


def test_what_the_tables_doubt_is_to_be_confirmed() -> None:
    doubted = {"unverified", "low", "gap"}
    for row in table("demand_response_prices.csv"):
        if row["confidence"] not in doubted or row["province"] not in rules.territory_keys():
            continue
        kind = "shave" if "peak-shave" in row["product"] else "fill"
        facts = rules.territory(row["province"]).market
        named = [dated[-1] for name, dated in facts.items() if name.startswith(f"response_{kind}")]
        assert any(fact.to_be_confirmed for fact in named), row["province"]
    for row in table("spot_markets.csv"):
        if row["confidence"] == "unverified":
            facts = rules.territory(row["province"]).market
            assert all(facts[name][-1].to_be_confirmed for name in facts if name.startswith("spot_")), row["province"]


def second_table() -> dict[tuple[str, int], list[Period]]:
    """Periods of another public table, by region and month."""
    folder = os.environ.get("WATTLOOM_DATA")
    if not folder:
        pytest.skip("WATTLOOM_DATA names no folder of source tables")
    path = Path(folder) / "energy" / "cn-provinces" / "tou_periods_2026-02.csv"
    return read_periods(path.read_text(encoding="utf-8-sig"))


def test_a_second_public_table_has_the_same_bands_in_these_places() -> None:
    periods = second_table()

    for region, key in SAME_IN_A_SECOND_TABLE.items():
        bands = rules.territory(key).time_of_use
        assert bands is not None
        assert {month: letters_of(periods[region, month]) for month in range(1, 13)} == dict(bands.bands), key
        assert not bands.disputed_months


def test_where_whole_months_of_the_second_table_differ_the_rules_say_so() -> None:
    periods = second_table()

    for region, key in OTHERS_IN_A_SECOND_TABLE.items():
        bands = rules.territory(key).time_of_use
        assert bands is not None
        # A deep valley of holidays stands in that table like any other: left out where our months have none.
        of_days = {"深谷"} if "D" not in "".join(bands.bands.values()) else set()
        whole = {
            month: letters_of([one for one in periods[region, month] if one.band not in of_days])
            for month in range(1, 13)
            if (region, month) in periods and coverage(periods[region, month], over=DEEP).is_whole
        }
        differing = {month for month, letters in whole.items() if letters != bands.bands[month]}
        assert differing == bands.disputed_months, key


def letters_of(day: list[Period]) -> str:
    """48 letters of named periods; sharp and deep lie over the rest."""
    letters = ["?"] * 48
    for one in sorted(day, key=lambda period: list(NAMED).index(period.band)):
        past_midnight = 48 if one.end_minute <= one.start_minute else 0
        for slot in range(one.start_minute // 30, one.end_minute // 30 + past_midnight):
            letters[slot % 48] = NAMED[one.band]
    return "".join(letters)
