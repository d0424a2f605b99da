"""Can the rules be right? Laws that the facts of every territory keep, and what a reader must still confirm.

A fault is something that cannot be so; the rest is a value that nobody has confirmed. Each is told in four parts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise

from wattloom.domain.errors import Problem
from wattloom.domain.verdicts import Clause
from wattloom.rules.band_reading import UNCHANGED
from wattloom.rules.contract import Fact, TariffTier, Territory, TimeOfUse
from wattloom.rules.dating import TIER_PRICES
from wattloom.rules.power_factor import power_factor_tables
from wattloom.rules.reading import national_facts, national_market
from wattloom.rules.vocabulary import FACTOR_YEARS

DEMAND_OVER_CAPACITY = 1.6
"""kVA of transformer for each kW of demand: holds in every row of the tariff of 2026, within the rounding."""
LOSS_RATE = (0.01, 0.10)
"""Line losses of a province, of the energy drawn."""
FACTOR_T_PER_MWH = (0.05, 1.1)
"""A grid's average factor: between nearly all hydro and all coal at 330 g/kWh of coal."""
FALLING_BANDS = "SPFVD"
"""Bands from the dearest to the cheapest."""
NO_NOMINAL_VOLTAGE_KV = (35.0, 66.0)
"""The grids of the north-east have 66 kV and no 35 kV transmission: their tables leave this stretch out."""
YEAR = re.compile(r"[\[〔](\d{4})[\]〕]")
"""Year of a document's number."""
ROUNDING = 1e-9


class Weight(StrEnum):
    """How bad a finding is."""

    FAULT = "fault"
    """It cannot be so."""
    TO_BE_CONFIRMED = "to_be_confirmed"
    """Nobody has confirmed it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that a check has to say."""

    check: str
    """Name of the check."""
    weight: Weight
    problem: Problem


Check = Callable[[Territory], Iterator[Finding]]


def findings(territory: Territory) -> tuple[Finding, ...]:
    """Everything that the checks say of a territory, faults first."""
    found = [finding for check in CHECKS for finding in check(territory)]
    return tuple(sorted(found, key=lambda one: one.weight is not Weight.FAULT))


def national_findings() -> tuple[Finding, ...]:
    """Everything that the checks say of what holds everywhere, faults first."""
    country = Territory(
        key="national",
        name_en="China",
        name_zh="全国",
        tiers=(),
        facts=national_facts(),
        market=national_market(),
    )
    return tuple(sorted((*_national(country),), key=lambda one: one.weight is not Weight.FAULT))


def demand_and_capacity_prices(land: Territory) -> Iterator[Finding]:
    """Demand price ≈ 1.6 × capacity price, within the rounding of the capacity prices as printed."""
    for tariff in _tariffs(land):
        prices = [tier.capacity_cny_per_kva_month for tier in tariff if tier.capacity_cny_per_kva_month is not None]
        rounding = 0.5 if all(Decimal(str(price)) % 1 == 0 for price in prices) else 0.05
        for tier in tariff:
            demand, capacity = tier.demand_cny_per_kw_month, tier.capacity_cny_per_kva_month
            where = f"{land.key} tariff {tier.tier}"
            if (demand is None) != (capacity is None) or (demand is None) != (tier.energy_cny_per_kwh is None):
                said = f"energy {tier.energy_cny_per_kwh}, demand {demand}, capacity {capacity}"
                yield _fault("two_parts", where, said, "all three, or none", "read the row of the table again")
            if demand is None or capacity is None:
                continue
            if abs(demand / DEMAND_OVER_CAPACITY - capacity) > rounding + ROUNDING:
                yield _fault(
                    "demand_and_capacity_prices",
                    where,
                    f"demand {demand:g}, capacity {capacity:g}",
                    f"a capacity price within {rounding:g} of demand ÷ {DEMAND_OVER_CAPACITY:g}",
                    "read the row of the table again",
                )


def voltages(land: Territory) -> Iterator[Finding]:
    """Tiers cover every voltage once, and no price rises with the voltage."""
    for tariff in _tariffs(land):
        where = f"{land.key} tariff"
        if tariff[0].kv_lowest != 0.0 or tariff[-1].kv_highest != float("inf"):
            said = f"{tariff[0].kv_lowest:g} to {tariff[-1].kv_highest:g} kV"
            yield _fault("voltages", where, said, "0 kV and up", "correct the kv of the tiers")
        for lower, upper in pairwise(tariff):
            gap = (lower.kv_highest, upper.kv_lowest)
            if gap[0] == gap[1]:
                continue
            said = f"{gap[0]:g} to {gap[1]:g} kV in no tier, or in two"
            expected, remedy = "tiers that meet", f"ask for the price between {lower.tier} and {upper.tier}"
            say = _open if gap == NO_NOMINAL_VOLTAGE_KV else _fault
            yield say("voltages", f"{where} {upper.tier}", said, expected, remedy)
        for attribute in TIER_PRICES.values():
            printed = [(tier, value) for tier in tariff if (value := getattr(tier, attribute)) is not None]
            for (below, higher), (above, lower_price) in pairwise(printed):
                if lower_price > higher:
                    yield _fault(
                        "voltages",
                        f"{where} {above.tier} {attribute}",
                        f"{lower_price:g}, above the {higher:g} of {below.tier}",
                        "prices that fall with the voltage",
                        "read the column of the table again",
                    )


def single_and_two_parts(land: Territory) -> Iterator[Finding]:
    """A single-part price holds the capacity too: it lies above the energy price of the same tier."""
    for tier in land.tiers:
        single, energy = tier.single_part_cny_per_kwh, tier.energy_cny_per_kwh
        if single is not None and energy is not None and single <= energy:
            yield _fault(
                "single_and_two_parts",
                f"{land.key} tariff {tier.tier}",
                f"single part {single:g}, energy part {energy:g}",
                "a single part above the energy part",
                "read the row of the table again",
            )


def physical_ranges(land: Territory) -> Iterator[Finding]:
    """Losses and emission factors as a grid can have them; factors of neighbouring years close to each other."""
    for fact in land.facts.get("loss_rate", ()):
        if not LOSS_RATE[0] <= float(fact.value or 0) <= LOSS_RATE[1]:
            expected = f"{LOSS_RATE[0]:g} to {LOSS_RATE[1]:g}"
            yield _fault("physical_ranges", f"{land.key} loss_rate", str(fact.value), expected, "read it again")
    by_year = _factors(land.facts, "emission_factor_t_per_mwh")
    low, high = FACTOR_T_PER_MWH
    for year, factor in by_year.items():
        if not low <= factor <= high:
            where = f"{land.key} emission factor {year}"
            yield _fault("physical_ranges", where, f"{factor:g}", f"{low:g} to {high:g} t/MWh", "read it again")
    for (before, old), (after, new) in pairwise(by_year.items()):
        if not 0.7 * old <= new <= 1.4 * old:
            where = f"{land.key} emission factor {after}"
            expected = f"near the {old:g} of {before}"
            yield _fault("physical_ranges", where, f"{new:g}", expected, "read both again")


def bands(land: Territory) -> Iterator[Finding]:
    """Bands cover 24 h of each month once, dearer bands have higher multipliers, and flat is one."""
    for version in land.time_of_use_versions:
        where = f"{land.key} time of use, {version.clause.document}"
        for month in range(1, 13):
            letters = version.bands.get(month, "")
            if len(letters) != 48 or set(letters) - set(FALLING_BANDS):  # noqa: PLR2004 - half hours of a day
                yield _fault("bands", f"{where}, month {month}", repr(letters), "24 h of bands", "correct the month")
            stated = version.multipliers[month]
            yield from _falling(stated, f"{where}, month {month}")
        yield from _unstated(version, where)
        for name, stated in version.other_classes.items():
            yield from _falling(stated, f"{where}, {name}")
        if version.disputed_months:
            said = f"other hours in a second public table, month {_numbers(version.disputed_months)}"
            yield _open("bands", where, said, "the same hours in both", "read the notice itself")
        if version.floating_items is None:
            expected, remedy = "what the bands multiply", "ask the grid company, and give floating_items"
            yield _open("bands", where, "the notice seen does not say what floats", expected, remedy)


def sources(land: Territory) -> Iterator[Finding]:
    """Every value has a document, a source and a day; none holds before the year of its document."""
    for where, clause in _clauses(land):
        if not clause.document or not clause.source:
            yield _fault("sources", where, "no document or no source", "both", "name where it is written")
        if clause.in_force is None:
            expected, remedy = "the first day it holds", "find the notice, and give in_force"
            yield _open("sources", where, f"no day in force ({clause.article or clause.document})", expected, remedy)
            continue
        issued = [int(year) for year in YEAR.findall(clause.document.en)]
        if issued and clause.in_force.year < min(issued):
            said = f"{clause.in_force}, before its document: {clause.document}"
            yield _fault("sources", where, said, "a day not before the document", "correct in_force")


def confidences(land: Territory) -> Iterator[Finding]:
    """What nobody has confirmed, or nobody has published."""
    for where, fact in _facts(land):
        if fact.to_be_confirmed:
            said = "no value" if fact.value is None else f"{fact.value} ({fact.clause.confidence})"
            yield _open("confidences", where, said, "a value that was read in its document", _remedy(where))
    for version in land.time_of_use_versions:
        for clause in (version.clause, *(rule.clause for rule in version.day_rules)):
            if clause.confidence.to_be_confirmed:
                where, said = f"{land.key} time of use, {clause.document}", f"bands ({clause.confidence})"
                yield _open("confidences", where, said, "bands that were read in their notice", "read the notice")


PAIRS = (
    ("spot_bid_floor_cny_per_mwh", "spot_bid_cap_cny_per_mwh"),
    ("spot_clearing_floor_cny_per_mwh", "spot_clearing_cap_cny_per_mwh"),
    ("spot_clearing_floor_cny_per_mwh", "spot_bid_floor_cny_per_mwh"),
    ("spot_bid_cap_cny_per_mwh", "spot_clearing_cap_cny_per_mwh"),
    ("mechanism_bid_floor_cny_per_mwh", "mechanism_bid_cap_cny_per_mwh"),
    ("mechanism_stock_price_lowest_cny_per_mwh", "mechanism_stock_price_highest_cny_per_mwh"),
    ("response_shave_floor_cny_per_mwh", "response_shave_cap_cny_per_mwh"),
    ("response_fill_floor_cny_per_mwh", "response_fill_cap_cny_per_mwh"),
    ("response_fill_floor_cny_per_mwh", "response_fill_price_cny_per_mwh"),
    ("response_shave_floor_cny_per_kw_event", "response_shave_cap_cny_per_kw_event"),
    ("frequency_price_min_cny_per_mw", "frequency_price_max_cny_per_mw"),
    ("frequency_delay_max_storage_s", "frequency_delay_max_hydro_s"),
    ("frequency_delay_max_hydro_s", "frequency_delay_max_thermal_s"),
    ("frequency_delay_max_thermal_s", "frequency_response_standard_s"),
    ("frequency_score_min", "frequency_score_max"),
    ("frequency_score_max", "frequency_rate_score_max"),
    ("frequency_rate_coal_per_min", "frequency_rate_gas_per_min"),
    ("frequency_rate_gas_per_min", "frequency_rate_hydro_per_min"),
    ("frequency_rate_hydro_per_min", "frequency_rate_storage_per_min"),
)
"""Market parameters of which the first is never above the second."""


def markets(land: Territory) -> Iterator[Finding]:
    """Floors lie below caps, and the weights of a score sum to one."""
    value = {name: number for name, dated in land.market.items() if (number := _number(dated[-1])) is not None}
    for low, high in PAIRS:
        if low in value and high in value and value[low] > value[high]:
            said = f"{value[low]:g}, above {high} of {value[high]:g}"
            yield _fault("markets", f"{land.key} {low}", said, f"at most {high}", "read both again")
    weights = [value.get(f"frequency_weight_{name}") for name in ("rate", "response", "accuracy")]
    known = [weight for weight in weights if weight is not None]
    if known and (len(known) != len(weights) or abs(sum(known) - 1) > ROUNDING):
        yield _fault("markets", f"{land.key} frequency weights", str(known), "three that sum to 1", "read them again")


def _national(country: Territory) -> Iterator[Finding]:
    """Laws of the national values, beside those that any place keeps."""
    for check in (sources, confidences, markets):
        yield from check(country)
    yield from _power_factors()
    facts = {name: dated[-1] for name, dated in country.facts.items()}
    used, sold = facts["self_use_of_generation_min"].value, facts["export_of_generation_max"].value
    if float(used or 0) + float(sold or 0) > 1:
        said, expected = f"self-use {used} and export {sold}", "at most the whole generation"
        yield _fault("ratios", "national self_use_of_generation_min", said, expected, "read Doc 650 again")
    for name, dated in country.facts.items():
        values = [number for fact in dated if (number := _number(fact)) is not None]
        if name.endswith("_min") and values != sorted(values):
            yield _fault("ratios", f"national {name}", str(values), "limits that tighten", "read the documents again")
    stems = ("national", "untracked", "fossil")
    kinds = {stem: _factors(country.facts, f"{stem}_emission_factor_t_per_mwh") for stem in stems}
    for year in FACTOR_YEARS:
        known = [kinds[stem][year] for stem in stems if year in kinds[stem]]
        if known != sorted(known):
            expected = "average ≤ without traded non-fossil ≤ fossil"
            yield _fault(
                "physical_ranges", f"national emission factors {year}", str(known), expected, "read them again"
            )


def _power_factors() -> Iterator[Finding]:
    """Tables that the copy contradicts, and which items they are a share of."""
    for table in power_factor_tables():
        where = f"national power factor, standard 0.{table.standard_hundredths}"
        if table.clause.confidence.to_be_confirmed:
            yield _open("confidences", where, table.note.en, "a table that was read in its notice", "read the notice")
        yield _open("confidences", where, table.base_note.en, "items as the bill has them", "give base_items")


def _tariffs(land: Territory) -> Iterator[tuple[TariffTier, ...]]:
    """The tiers of each tariff, lowest voltage first."""
    for begun in dict.fromkeys(tier.clause.in_force for tier in land.tiers):
        yield tuple(tier for tier in land.tiers if tier.clause.in_force == begun)


def _factors(facts: Mapping[str, tuple[Fact, ...]], stem: str) -> dict[int, float]:
    """Emission factors by data year."""
    return {year: float(facts[f"{stem}_{year}"][-1].value or 0) for year in FACTOR_YEARS if f"{stem}_{year}" in facts}


def _number(fact: Fact) -> float | None:
    """The number that a fact is; None where it is none, or not known."""
    is_number = isinstance(fact.value, int | float) and not isinstance(fact.value, bool)
    return float(fact.value) if is_number else None  # type: ignore[arg-type]  # narrowed above


def _falling(stated: Mapping[str, float], where: str) -> Iterator[Finding]:
    """Sharp ≥ peak ≥ flat = 1 ≥ valley ≥ deep."""
    known = [stated[letter] for letter in FALLING_BANDS if letter in stated]
    if known != sorted(known, reverse=True) or any(factor <= 0 for factor in known) or stated.get("F", 1.0) != 1.0:
        expected = "sharp ≥ peak ≥ flat = 1 ≥ valley ≥ deep > 0"
        yield _fault("bands", where, str(dict(stated)), expected, "read the notice again")


def _unstated(version: TimeOfUse, where: str) -> Iterator[Finding]:
    """Bands without a multiplier, the months that lack the same ones together."""
    months: dict[str, list[int]] = {}
    for month, letters in version.bands.items():
        ruled = [rule.half_hours for rule in version.day_rules if month in rule.months and rule.times is None]
        used = set(letters).union(*ruled) - {UNCHANGED}
        months.setdefault(", ".join(sorted(used - set(version.multipliers[month]))), []).append(month)
    for lacking, lacked in months.items():
        if lacking:
            said = f"no multiplier for {lacking} in month {_numbers(lacked)}"
            yield _open("bands", where, said, "one for each band", "find the notice, and give multipliers")


def _numbers(months: Iterable[int]) -> str:
    """Months in their order."""
    return ", ".join(str(month) for month in sorted(months))


def _facts(land: Territory) -> Iterator[tuple[str, Fact]]:
    """Every fact with its place."""
    for facts in (land.facts, land.market):
        for name, dated in facts.items():
            for fact in dated:
                yield f"{land.key} {name}", fact


def _clauses(land: Territory) -> Iterator[tuple[str, Clause]]:
    """Every clause with its place: of tariffs, facts, bands and the rules of single days."""
    for tariff in _tariffs(land):
        yield f"{land.key} tariff", tariff[0].clause
    for where, fact in _facts(land):
        yield where, fact.clause
    for version in land.time_of_use_versions:
        for clause in (version.clause, *(rule.clause for rule in version.day_rules)):
            yield f"{land.key} time of use, {clause.document}", clause


def _remedy(where: str) -> str:
    """What a user does about a value that nobody has confirmed."""
    return f"confirm it, or give {where.partition(' ')[2]} yourself"


def _fault(check: str, where: str, found: str, expected: str, remedy: str) -> Finding:
    """Something that cannot be so."""
    problem = Problem(where=where, found=found, expected=expected, remedy=remedy)
    return Finding(check=check, weight=Weight.FAULT, problem=problem)


def _open(check: str, where: str, found: str, expected: str, remedy: str) -> Finding:
    """Something to be confirmed."""
    problem = Problem(where=where, found=found, expected=expected, remedy=remedy)
    return Finding(check=check, weight=Weight.TO_BE_CONFIRMED, problem=problem)


CHECKS: tuple[Check, ...] = (
    demand_and_capacity_prices,
    voltages,
    single_and_two_parts,
    physical_ranges,
    bands,
    sources,
    confidences,
    markets,
)
"""Every check of a territory."""

__all__ = ["CHECKS", "Finding", "Weight", "findings", "national_findings"]
