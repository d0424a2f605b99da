"""What do the source tables say, line by line, and what do the rules? Read anew from each, for comparing.

Run with WATTLOOM_DATA set, it writes `sums.toml`: for each table of each territory the number of its lines, the sum of
all numbers in them, and a digest. The sums are what a change of any one digit is noticed by where the tables are not.
"""

from __future__ import annotations

import csv
import hashlib
import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from wattloom import rules
from wattloom.rules.contract import Fact, Territory

Lines = dict[str, list[str]]
SUMS = Path(__file__).parent / "sums.toml"
PROVINCES = {
    "jibei": "hebei",
    "hebei_south": "hebei",
    "mengxi": "inner_mongolia",
    "mengdong": "inner_mongolia",
    "shaanxi_yulin": "shaanxi",
}
HOURS = {"zhejiang": "zhejiang_hours_2024", "shaanxi_yulin": "shaanxi"}
LETTERS = {"sharp": "S", "peak": "P", "flat": "F", "valley": "V", "deep": "D"}
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
LIMITS = {
    "bid_floor_yuan_mwh": "spot_bid_floor_cny_per_mwh",
    "bid_cap_yuan_mwh": "spot_bid_cap_cny_per_mwh",
    "clear_floor_yuan_mwh": "spot_clearing_floor_cny_per_mwh",
    "clear_cap_yuan_mwh": "spot_clearing_cap_cny_per_mwh",
}
FREQUENCY = (
    "weight_rate", "weight_response", "weight_accuracy", "score_min", "rate_score_max", "score_max",
    "response_standard_s", "delay_max_storage_s", "delay_max_hydro_s", "delay_max_thermal_s", "error_allowed_share",
    "rate_storage_per_min", "rate_hydro_per_min", "rate_gas_per_min", "rate_coal_per_min", "price_max_cny_per_mw",
    "price_min_cny_per_mw", "cleared_mw_min", "storage_share_max", "cost_weight_of_non_bidders",
)  # fmt: skip
"""Names of the rows of Hunan's table, in its order."""


def shown(value: object) -> str:
    """A number as it is compared: its decimal digits without trailing zeros."""
    return "-" if value in {None, ""} else f"{Decimal(str(value)).normalize():f}"


def digest(lines: Iterable[str]) -> str:
    """How many lines, the sum of the numbers behind their first word, and the beginning of a digest."""
    told = sorted(lines)
    words = [word.partition("=")[2] or word for line in told for word in line.split()[1:]]
    total = sum((Decimal(word) for word in words if NUMBER.fullmatch(word)), start=Decimal(0))
    mark = hashlib.sha256("\n".join(told).encode()).hexdigest()[:16]
    return f"{len(told)} lines, sum {shown(total)}, {mark}"


def from_rules(land: Territory) -> Lines:
    """Each table of a territory as the rules hold it."""
    loss, funds = (land.facts[name][-1] for name in ("loss_rate", "government_funds_cny_per_mwh"))
    found: Lines = {
        "tariff": [
            " ".join((tier.tier, *map(shown, (tier.single_part_cny_per_kwh, tier.energy_cny_per_kwh)),
                      *map(shown, (tier.demand_cny_per_kw_month, tier.capacity_cny_per_kva_month)),
                      str(tier.clause.in_force)))
            for tier in land.tiers
        ],
        "terms": [f"terms {shown(loss.value)} {'-' if funds.to_be_confirmed else shown(funds.value)}"],
        "factors": [
            f"{year} {shown(land.facts[f'emission_factor_t_per_mwh_{year}'][-1].value)}" for year in (2022, 2023)
        ],
        "market": sorted(_market_lines(land.market)),
    }  # fmt: skip
    newest = land.time_of_use
    if newest is not None:
        found["bands"] = [f"{month} {letters}" for month, letters in sorted(newest.bands.items())]
        if land.key != "zhejiang":  # its ratios are of a later notice than the table
            found["multipliers"] = [_multiplier_line(month, newest.multipliers[month]) for month in range(1, 13)]
    return found


def _market_lines(market: Mapping[str, tuple[Fact, ...]]) -> Iterator[str]:
    """Market parameters by name; the stage of a market with its day."""
    for name, dated in market.items():
        for fact in dated:
            if isinstance(fact.value, str):
                yield f"{name} {fact.value} {fact.clause.in_force if fact.value != 'rules_issued' else '-'}"
            else:
                yield f"{name} {shown(fact.value)}"


def _multiplier_line(month: int, stated: Mapping[str, float]) -> str:
    """Multipliers of one month."""
    return " ".join((str(month), *(f"{letter}={shown(stated[letter])}" for letter in "SPFVD" if letter in stated)))


def from_source(folder: Path, key: str) -> Lines:
    """Each table of a territory as the source tables print it."""
    tariffs = [row for row in _table(folder, "td_tariffs_2026.csv") if row["area"] == key]
    columns = ("single_part_yuan_per_kwh", "two_part_energy_yuan_per_kwh", "two_part_demand_yuan_per_kw_month")
    factors = {
        row["data_year"]: row["value"]
        for row in _table(folder, "emission_factors_cn.csv")
        if row["level"] == "province" and row["area"] == PROVINCES.get(key, key)
    }
    loss = shown(Decimal(tariffs[0]["in_province_loss_rate_pct"]) / 100)
    found: Lines = {
        "tariff": [
            " ".join((row["voltage_tier"], *(shown(row[column]) for column in columns),
                      shown(row["two_part_capacity_yuan_per_kva_month"]), row["effective_from"]))
            for row in tariffs
        ],
        "terms": [f"terms {loss} {shown(tariffs[0]['gov_funds_yuan_per_mwh'])}"],
        "factors": [f"{year} {shown(factors[str(year)])}" for year in (2022, 2023)],
        "market": sorted(_market_of(folder, key)),
    }  # fmt: skip
    area = HOURS.get(key, key)
    slots = [row for row in _table(folder, "tou_slots_30min.csv") if row["area"] == area]
    if slots:
        found["bands"] = [f"{row['month']} {row['slots48_from_00:00']}" for row in slots]
        said = next(one for one in YAML(typ="safe").load(folder / "tou_tariffs.yaml")["areas"] if one["area"] == area)
        if key != "zhejiang":
            printed = said["multipliers"]
            found["multipliers"] = [_multiplier_line(month, _printed_in(printed, month)) for month in range(1, 13)]
    return found


def _printed_in(printed: Mapping[str, Any], month: int) -> dict[str, float]:
    """The printed multipliers of one month, by letter; none where only the flat band is stated."""
    found = {}
    for name, value in printed.items():
        said = value
        if name.endswith("_by_month"):
            said = next((v for k, v in value.items() if str(month) in str(k).split(",")), value["other"])
        if said is not None:
            found[LETTERS[name.removesuffix("_by_month")]] = float(said)
    return found if set(found) != {"F"} else {}


def _market_of(folder: Path, key: str) -> Iterator[str]:
    """The market parameters that the tables print of a territory."""
    province = {"shaanxi_yulin": "shaanxi"}.get(key, key)
    for row in _table(folder, "spot_markets.csv"):
        if province in row["province"]:
            yield from _spot_of(row)
    for row in _table(folder, "mechanism_prices_doc136.csv"):
        if row["province"] == key:
            yield from _mechanism_of(row)
    for row in _table(folder, "demand_response_prices.csv"):
        if row["province"] == key:
            yield from _response_of(row)
    if key == "hunan":
        for name, row in zip(FREQUENCY, _table(folder, "frequency_regulation_hunan.csv"), strict=True):
            value = Decimal(NUMBER.findall(row["value"])[0])
            yield f"frequency_{name} {shown(value / 100 if '%' in row['value'] else value)}"


def _spot_of(row: Mapping[str, str]) -> Iterator[str]:
    """Stage and limits of a spot market."""
    said = row["formal_date"].removesuffix(" (deadline)")
    by_deadline = said != row["formal_date"]
    day = {4: f"{said}-12-31", 7: f"{said}-30"}.get(len(said), said)
    if "rules" in row["status"]:
        yield "spot_status rules_issued -"
        yield f"spot_periods_per_day {NUMBER.findall(row['status'])[1]}"
    elif "trial" in row["status"]:
        yield f"spot_status continuous_settlement_trial {day}"
    else:
        yield f"spot_status {'formal_by_deadline' if by_deadline else 'formal'} {day}"
    for column, name in LIMITS.items():
        if row[column]:
            yield f"{name} {shown(row[column])}"
    if row["province"] == "guangdong":
        cap, share = re.findall(r"cap (\d+); (\d+)%", row["note"])[0]
        yield f"contract_price_cap_cny_per_mwh {cap}"
        yield f"contract_share_min {shown(Decimal(share) / 100)}"


def _mechanism_of(row: Mapping[str, str]) -> Iterator[str]:
    """Mechanism prices, in CNY/MWh."""
    prices = [shown(Decimal(price) * 1000) for price in row["price_yuan_per_kwh"].split("-")]
    if row["kind"].startswith("stock"):
        yield f"mechanism_stock_price_cny_per_mwh {prices[0]}"
        yield f"mechanism_stock_energy_twh_per_year {NUMBER.findall(row['note'])[0]}"
        return
    if len(prices) > 1:
        yield f"mechanism_bid_floor_cny_per_mwh {prices[0]}"
        yield f"mechanism_bid_cap_cny_per_mwh {prices[1]}"
        subsidised, parity = re.findall(r"(\d+)%", row["note"])
        yield f"mechanism_stock_share_subsidised {shown(Decimal(subsidised) / 100)}"
        yield f"mechanism_stock_share_parity {shown(Decimal(parity) / 100)}"
        return
    for tech in ("pv", "wind"):
        if row["tech"] in {tech, "all", "wind+pv"}:
            yield f"mechanism_price_{tech}_cny_per_mwh {prices[0]}"
    if row["share_cap_pct"]:
        yield f"mechanism_share_max {shown(Decimal(row['share_cap_pct']) / 100)}"
        yield f"mechanism_years {row['term_years']}"


def _response_of(row: Mapping[str, str]) -> Iterator[str]:
    """Prices of demand response, in CNY/MWh or CNY/kW and event."""
    product, unit = row["product"], row["unit"]
    if unit == "formula":
        goal, size, hours = (re.findall(form, row["note"])[0] for form in (r"(\d+)%", r"(\d+) MW", r"(\d+) h"))
        yield f"response_shave_cap_of_spot_cap {NUMBER.findall(row['price'])[0]}"
        floor = re.findall(r"floor (\d+)", row["cap_or_floor"])[0]
        yield f"response_shave_floor_cny_per_mwh {floor}"
        yield f"response_pool_mw_min {size}"
        yield f"response_hours_min {hours}"
        yield f"response_goal_of_peak {shown(Decimal(goal) / 100)}"
        return
    if not row["price"]:
        return
    per_event = "yuan/kW per event" in unit
    scale = 1000 if unit == "yuan/kWh" else 1
    numbers = [shown(Decimal(number) * scale) for number in re.findall(r"\d+(?:\.\d+)?", row["price"])]
    tail = "cny_per_kw_event" if per_event else "cny_per_mwh"
    kinds = [kind for kind, word in (("shave", "peak-shave"), ("fill", "valley-fill")) if word in product]
    if len(kinds) > 1:
        yield from (f"response_{kind}_price_{tail} {number}" for kind, number in zip(kinds, numbers, strict=True))
    elif "-" in row["price"]:
        yield f"response_{kinds[0]}_floor_{tail} {numbers[0]}"
        yield f"response_{kinds[0]}_cap_{tail} {numbers[1]}"
    elif row["price"].startswith("<="):
        yield f"response_{kinds[0]}_cap_{tail} {numbers[0]}"
    else:
        yield f"response_{kinds[0]}{'' if per_event else '_price'}_{tail} {numbers[0]}"


def _table(folder: Path, name: str) -> list[dict[str, str]]:
    """Rows of a source table."""
    with (folder / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def source_folder() -> Path | None:
    """Where the source tables are; None where nobody says."""
    folder = os.environ.get("WATTLOOM_DATA")
    return Path(folder) / "domain" if folder else None


def main() -> None:
    """Write the sums."""
    folder = source_folder()
    if folder is None:
        sys.exit("WATTLOOM_DATA names no folder of source tables")
    lines = [
        "# Transcribed from the source tables by transcribing.py, not from the rules: lines, sum of numbers, digest."
    ]
    for key in rules.territory_keys():
        lines += ["", f"[{key}]", *(f'{name} = "{digest(rows)}"' for name, rows in from_source(folder, key).items())]
    SUMS.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
