"""Which value of each fact holds for a case? The project file's own, or the newest in force by its day or its year."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from wattloom.domain.charges import PriceBasis
from wattloom.domain.errors import InputError, Problem
from wattloom.domain.text import Text
from wattloom.domain.verdicts import Clause, Confidence
from wattloom.rules.contract import Case, Fact, TariffTier, Territory
from wattloom.rules.reading import national_facts
from wattloom.rules.vocabulary import BY_NAME, FACTOR_STEMS, FACTOR_YEARS

CHOSEN_BY_COMMISSIONING = frozenset({"doc1192_self_use_of_generation_min", "doc1192_self_use_of_load_min"})
"""Doc 1192 raises its ratio for projects that are new from 2030, not for those that run by then."""

PROJECT_FILE = Text("project file", "项目文件")
"""The document of what the user gives."""

TIER_PRICES = {
    "td_single_part_cny_per_kwh": "single_part_cny_per_kwh",
    "td_energy_cny_per_kwh": "energy_cny_per_kwh",
    "td_demand_cny_per_kw_month": "demand_cny_per_kw_month",
    "td_capacity_cny_per_kva_month": "capacity_cny_per_kva_month",
}
"""Names of the facts that a voltage tier gives."""


def facts_in_force(territory: Territory, case: Case) -> dict[str, Fact]:
    """Every fact of the case by name: national, then the territory's, then the project file's."""
    overrides = _overrides(case)
    facts: dict[str, Fact] = {}
    for name, dated in {**national_facts(), **territory.facts}.items():
        day = None if name in CHOSEN_BY_COMMISSIONING else case.delivery_day
        year = case.commissioned if name in CHOSEN_BY_COMMISSIONING else day.year if day else case.year
        chosen = in_force(dated, year, day=day)
        if chosen is not None:
            facts[name] = chosen
    if case.connection == "public_grid":
        facts |= _tier_facts(tier_of(territory, case), case.delivery_day.year if case.delivery_day else case.year)
    facts |= overrides
    for stem in FACTOR_STEMS:
        years = [year for year in FACTOR_YEARS if f"{stem}_{year}" in facts]
        if years and stem not in facts:
            facts[stem] = facts[f"{stem}_{years[-1]}"]
    return facts


def in_force(dated: tuple[Fact, ...], year: int, *, day: date | None = None) -> Fact | None:
    """The newest value in force on a day, or by the last day of a year; None where none is.

    A year past the last that its document speaks of gets the value as assumed.
    """
    known = [fact for fact in dated if (fact.clause.in_force or date.min) <= (day or date(year, 12, 31))]
    if not known:
        return None
    fact = known[-1]
    if fact.last_year is None or year <= fact.last_year:
        return fact
    carried = Text(f"carried on past {fact.last_year}", f"{fact.last_year} 年后沿用")
    note = Text.joined((carried, fact.note), Text("; ", "；"))
    return replace(fact, clause=replace(fact.clause, confidence=Confidence.ASSUMED), note=note)


def tier_of(territory: Territory, case: Case) -> TariffTier:
    """The voltage tier of the case; refused where the territory prints none for its voltage or year."""
    tiers = tiers_on(territory, case.delivery_day or date(case.year, 12, 31))
    if not tiers:
        first = min((tier.clause.in_force or date.min for tier in territory.tiers), default=None)
        raise InputError.one(
            "delivery day" if case.delivery_day else "study.year",
            found=f"{case.delivery_day or case.year}, before the tariff of {territory.name_en} in force from {first}",
            expected=f"a {'day' if case.delivery_day else 'year'} whose tariff is known",
            remedy=f"choose a later {'day' if case.delivery_day else 'year'}",
        )
    for tier in tiers:
        if tier.kv_lowest <= case.voltage_kv < tier.kv_highest:
            return tier
    printed = ", ".join(tier.tier for tier in tiers)
    raise InputError.one(
        "connection.voltage_kv",
        found=f"{case.voltage_kv:g} kV",
        expected=f"a voltage of one of the tiers that {territory.name_en} prints: {printed}",
        remedy="choose the nominal voltage of the connection point",
    )


def tiers_on(territory: Territory, day: date) -> tuple[TariffTier, ...]:
    """The tiers of the newest tariff in force on a day; none before the first that is known."""
    dates = {tier.clause.in_force or date.min for tier in territory.tiers}
    newest = max((begun for begun in dates if begun <= day), default=None)
    return tuple(tier for tier in territory.tiers if (tier.clause.in_force or date.min) == newest)


def _tier_facts(tier: TariffTier, year: int) -> dict[str, Fact]:
    """The prices of a tier as facts; a price the tier lacks has no value."""
    clause = replace(tier.clause, article=Text.same(tier.tier))
    facts = {}
    for name, attribute in TIER_PRICES.items():
        fact = Fact(
            value=getattr(tier, attribute),
            unit=BY_NAME[name].unit,
            clause=clause,
            price_basis=PriceBasis.WITH_VAT,
            last_year=tier.last_year,
        )
        facts[name] = in_force((fact,), year) or fact
    return facts


def _overrides(case: Case) -> dict[str, Fact]:
    """The project file's own facts; unknown names and impossible values are refused together."""
    given = dict(case.overrides)
    if case.hub_node is not None:
        given.setdefault("hub_node", case.hub_node)
    problems = [problem for name, value in given.items() if (problem := _problem(name, value))]
    if problems:
        raise InputError(problems)
    return {name: _given_fact(name, value, case.price_basis) for name, value in given.items()}


def _problem(name: str, value: object) -> Problem | None:
    """What is wrong with a fact of the project file."""
    where = f"connection.facts.{name}"
    if name in BY_NAME:
        return BY_NAME[name].problem_with(value, where=where)
    known = ", ".join(BY_NAME)
    return Problem(
        where=where,
        found=f"the unknown name {name!r}",
        expected=f"one of {known}",
        remedy="correct the name, or take the line out",
    )


def _given_fact(name: str, value: float | str, basis: PriceBasis) -> Fact:
    """A fact of the project file: prices are on the file's own basis."""
    word = BY_NAME[name]
    source = Text.same(f"connection.facts.{name}")
    clause = Clause(document=PROJECT_FILE, source=source, confidence=Confidence.USER)
    return Fact(value=value, unit=word.unit, clause=clause, price_basis=basis if word.is_price else None)


def number(facts: Mapping[str, Fact], name: str) -> float | None:
    """The value of a fact as a number; None where nobody has given it."""
    fact = facts.get(name)
    return None if fact is None or fact.value is None else float(fact.value)
