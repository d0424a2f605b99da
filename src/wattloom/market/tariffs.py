"""What does each kWh, kVA and kW of a month cost this point, day by day, and which clause says so?

The rules say what is charged on what (`rules.pricing`); here it is brought to the units of a bill, exact, and dated by
the day: where a value comes into force inside the month, the month has two tariffs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING

from wattloom.domain.charges import Basis, Charge, Charges, PriceBasis
from wattloom.domain.errors import InputError
from wattloom.domain.money import Rounding, exact
from wattloom.domain.time import MONTHS_PER_YEAR
from wattloom.rules.bands import binds
from wattloom.rules.contract import Case, Fact, Territory
from wattloom.rules.dating import facts_in_force
from wattloom.rules.days import DayInputs, time_of_use_on
from wattloom.rules.packs import territory as territory_of
from wattloom.rules.power_factor import PowerFactorTable
from wattloom.rules.pricing import charges
from wattloom.rules.reading import national_facts

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from wattloom.domain.verdicts import Clause

KILO = 1000
UNITS: Mapping[Basis, tuple[str, int]] = {
    Basis.IMPORTED_ENERGY: ("Wh", KILO),
    Basis.EXPORTED_ENERGY: ("Wh", KILO),
    Basis.ALL_CONSUMPTION: ("Wh", KILO),
    Basis.SELF_USED_ENERGY: ("Wh", KILO),
    Basis.CONNECTION_CAPACITY: ("VA", KILO),
    Basis.MONTHLY_PEAK: ("W", KILO),
    Basis.FIXED: ("month", 1),
}
"""Unit of what is counted, and how many of it one price is for."""
OF_THE_MONTH = frozenset({Basis.CONNECTION_CAPACITY, Basis.MONTHLY_PEAK, Basis.FIXED})
"""Charged once a month: a rate that holds for some of its days is owed for their share."""
PER_CHARGE_UNIT: Mapping[Basis, int] = {
    Basis.CONNECTION_CAPACITY: KILO * MONTHS_PER_YEAR,
    Basis.FIXED: MONTHS_PER_YEAR,
}
"""Units of a bill in one unit of `domain.charges`, where not 1,000: months and kVA in an MVA and year."""

MARKET, EXPORT = "market", "export"
"""Names of price series: what energy costs to buy, and what is paid for energy given."""

FORMULAS: Mapping[str, str] = {
    "market_energy": "Σ drawn × price × band",
    "line_loss": "Σ drawn × price × loss_rate",
    "td_energy": "energy × td_energy",
    "td_capacity": "capacity × td_capacity × share of the month",
    "td_demand": "billed demand × td_demand × share of the month",
    "td_capacity_1192": "capacity × (td_capacity + td_energy × average_load_rate × 730 h) × share of the month",
    "system_operation_fee": "drawn × system_operation_fee",
    "government_funds": "consumed × government_funds",
    "export_income": "−Σ fed × price",
}
"""What is multiplied with what, in the words of the rules' facts."""

FACTS_OF: Mapping[str, tuple[str, ...]] = {
    "line_loss": ("loss_rate",),
    "td_energy": ("td_energy_cny_per_kwh",),
    "td_capacity": ("td_capacity_cny_per_kva_month",),
    "td_demand": ("td_demand_cny_per_kw_month", "demand_floor_of_capacity"),
    "td_capacity_1192": ("td_capacity_cny_per_kva_month", "td_energy_cny_per_kwh", "average_load_rate"),
    "system_operation_fee": ("system_operation_fee_cny_per_mwh",),
    "government_funds": ("government_funds_cny_per_mwh",),
}
"""Facts behind an item, for the way back from a figure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What energy costs in each period, on the grid of a millionth of a CNY/kWh."""

    steps: NDArray[np.int64] | int
    """Shape (periods,), or one price for all; negative where the market's is."""
    basis: PriceBasis


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """One price that holds on some days."""

    item: str
    """Official item name, a key of the glossary."""
    basis: Basis
    price_cny: Fraction
    """CNY for each kWh, kVA and month, kW and month, or month; a pure number where `of_series` names a price."""
    of_series: str = ""
    """Name of the price series that it is a multiple of."""
    floats: bool = False
    """Whether time-of-use bands multiply it."""
    formula: str = ""
    clause: Clause | None = None
    """None for a price that the user or the market gave."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tariff:
    """All rates from a day on."""

    first_day: date
    mode: str
    """Way of being billed."""
    rates: tuple[Rate, ...]
    vat_rate: Fraction
    price_basis: PriceBasis
    """Whether the amounts of the bill hold value-added tax."""
    demand_floor_of_capacity: Fraction = Fraction(0)
    """Least demand billed, W for each VA of the connection."""
    facts: Mapping[str, Fact] = field(default_factory=dict)
    """The rules' values behind the rates."""

    def same_as(self, other: Tariff) -> bool:
        """Whether a bill cannot tell the two apart."""
        return replace(other, first_day=self.first_day, facts=self.facts) == self


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How a metering point is billed: what its contract and its place say."""

    territory: str
    case: Case
    """Year and overrides included; `price_basis` is that of the bill."""
    mode: str
    """One of the rules' admissible modes, such as two_part_demand."""
    floating_items: frozenset[str] | None = None
    """Items that administrative bands multiply; None: those that the territory's notice names."""
    dated: tuple[tuple[date, Mapping[str, float]], ...] = ()
    """Facts of rules that are published later, such as a month's system operation fee, each from its day on."""
    further: tuple[Rate, ...] = ()
    """Rates that the rules do not hold: agency fee, export price; each with its clause."""
    day_inputs: DayInputs | None = None
    """What the bands ask of single days and of the user: hot days, holidays, class."""
    power_factor: PowerFactorTable | None = None
    rounding: Rounding = Rounding.HALF_UP
    """How an item is rounded to the fen; no rule seen says otherwise than 四舍五入."""


def tariffs_of(terms: Terms, first_day: date, last_day: date) -> tuple[Tariff, ...]:
    """The tariffs of a stretch of days, each from its first day on; one where nothing changes."""
    land = territory_of(terms.territory)
    found: list[Tariff] = []
    for day in _days_of_change(land, terms, first_day, last_day):
        tariff = _tariff(terms, land, day)
        if not found or not found[-1].same_as(tariff):
            found.append(tariff)
    return tuple(found)


def rates_of(at_one: Charges, at_zero: Charges, *, floating_items: frozenset[str] = frozenset()) -> tuple[Rate, ...]:
    """The rates of charges that were asked for at market prices of 1 and 0: what grows is a multiple of the price."""
    return tuple(
        _rate(one, zero, floats=one.item in floating_items)
        for one, zero in zip(at_one.items, at_zero.items, strict=True)
    )


def floating_items(terms: Terms, land: Territory, day: date) -> frozenset[str]:
    """Items that bands multiply on a day: those of the terms, or those that the notice names; none where none binds."""
    bands = time_of_use_on(land, day)
    if bands is None or not binds(terms.case, bands):
        return frozenset()
    if terms.floating_items is not None:
        return terms.floating_items
    if bands.floating_items is None:
        raise InputError.one(
            f"terms of a point in {terms.territory}",
            found="no items that float, for a user on agency purchase",
            expected=f"the items of the float base: {bands.float_base or 'the notice does not say'}",
            remedy="give floating_items, such as market_energy",
        )
    return bands.floating_items


def facts_of(item: str, mode: str) -> tuple[str, ...]:
    """Names of the facts behind an item in a way of being billed."""
    if item == "td_energy" and mode == "single_part":
        return ("td_single_part_cny_per_kwh",)
    if item == "td_capacity_1192" and mode == "demand_1192":
        return FACTS_OF[item][1:]
    return FACTS_OF.get(item, ())


def export_rate(clause: Clause | None = None) -> Rate:
    """What is paid for energy given to the grid, at the price of the series `export`: income, so below zero."""
    return Rate(
        item="export_income",
        basis=Basis.EXPORTED_ENERGY,
        price_cny=Fraction(-1),
        of_series=EXPORT,
        formula=FORMULAS["export_income"],
        clause=clause,
    )


def _days_of_change(land: Territory, terms: Terms, first_day: date, last_day: date) -> Iterator[date]:
    """The first day, and every later one on which a value comes into force."""
    begun = [tier.clause.in_force for tier in land.tiers]
    begun += [fact.clause.in_force for dated in (*land.facts.values(), *national_facts().values()) for fact in dated]
    begun += [notice.clause.in_force for notice in land.time_of_use_versions]
    begun += [day for day, _ in terms.dated]
    new_year = [date(year, 1, 1) for year in range(first_day.year + 1, last_day.year + 1)]
    yield from sorted({first_day, *new_year, *(day for day in begun if day and first_day < day <= last_day)})


def _tariff(terms: Terms, land: Territory, day: date) -> Tariff:
    """The tariff as in force on a day."""
    overrides = dict(terms.case.overrides)
    for since, values in sorted(terms.dated, key=lambda pair: pair[0]):
        overrides |= values if since <= day else {}
    case = replace(terms.case, year=day.year, delivery_day=day, overrides=overrides)
    facts = facts_in_force(land, case)
    # Official prices hold tax and are finite decimals only with it; the bill takes it out at the end, as a fraction.
    with_tax = replace(case, price_basis=PriceBasis.WITH_VAT)
    one, zero = (_of_mode(charges(price, case=with_tax, facts=facts), terms) for price in (1.0, 0.0))
    vat = facts["vat_rate"].value
    return Tariff(
        first_day=day,
        mode=terms.mode,
        rates=(*rates_of(one, zero, floating_items=floating_items(terms, land, day)), *terms.further),
        vat_rate=exact(float(vat or 0.0)),
        price_basis=case.price_basis,
        demand_floor_of_capacity=exact(one.monthly_peak_floor_of_capacity),
        facts=facts,
    )


def _of_mode(admissible: tuple[Charges, ...], terms: Terms) -> Charges:
    """The charges of the mode that the point is billed in."""
    for found in admissible:
        if found.mode == terms.mode:
            return found
    raise InputError.one(
        "mode",
        found=terms.mode,
        expected=f"one of {', '.join(found.mode for found in admissible) or 'none: the point is off-grid'}",
        remedy="choose a way of being billed that is open to the point",
    )


def _rate(one: Charge, zero: Charge, *, floats: bool) -> Rate:
    """A charge as a rate of the bill."""
    grows = exact(float(one.price)) - exact(float(zero.price))
    per_unit = PER_CHARGE_UNIT.get(one.basis, KILO)
    return Rate(
        item=one.item,
        basis=one.basis,
        price_cny=grows or exact(float(one.price)) / per_unit,
        of_series=MARKET if grows else "",
        floats=floats,
        formula=FORMULAS.get(one.item, "quantity × price"),
        clause=one.clause,
    )


def last_day_of(first_day: date, days: int) -> date:
    """The last of some days.

    Example:
        >>> last_day_of(date(2028, 2, 1), 29)
        datetime.date(2028, 2, 29)
    """
    return first_day + timedelta(days=days - 1)
