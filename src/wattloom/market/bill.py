"""What does one point owe for a month, and why? Every line leads back to meter, price and clause."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from wattloom.domain.charges import PriceBasis
from wattloom.domain.text import SILENT, Text
from wattloom.market.bulk import POWER_FACTOR_ITEM, Billed, Readings, bills, exact_cny
from wattloom.market.power_factor import HUNDREDTHS, share_at
from wattloom.market.tariffs import UNITS, facts_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.domain.verdicts import Clause
    from wattloom.market.month import Entry, MonthRules
    from wattloom.rules.contract import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterMonth:
    """What one meter counted, whole numbers by period; see `Readings` for each."""

    point: str
    capacity_va: int
    drawn_wh: NDArray[np.int64]
    fed_wh: NDArray[np.int64] | None = None
    self_used_wh: NDArray[np.int64] | None = None
    consumed_wh: NDArray[np.int64] | None = None
    drawn_varh: int | None = None

    def readings(self) -> Readings:
        """The same as one row of many."""
        one = {
            name: None if (values := getattr(self, name)) is None else np.asarray(values)[None, :]
            for name in ("drawn_wh", "fed_wh", "self_used_wh", "consumed_wh")
        }
        return Readings(
            points=(self.point,),
            capacity_va=np.array([self.capacity_va], dtype=np.int64),
            drawn_varh=None if self.drawn_varh is None else np.array([self.drawn_varh], dtype=np.int64),
            **one,  # type: ignore[arg-type]
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One summand of a line: days and periods that are charged alike."""

    first_day: date
    last_day: date
    band: Fraction
    """Multiplier of the price; 1 where none binds."""
    share_of_month: Fraction
    """Of what is charged once a month, the share of the days; 1 otherwise."""
    quantity: int | Fraction
    unit: str
    """Wh, VA, W or month; CNY where a share is taken of other items, MW for mileage."""
    price_cny: Fraction | None
    """CNY for each kWh, kVA, kW or month on the basis of the bill, before band and share; None where nothing passed.

    Of a price that changes by the period it is the mean that the energy was charged at.
    """
    amount_cny: Fraction
    """Exact."""
    clause: Clause | None
    note: Text = SILENT
    """What tells this summand from its neighbours: a contract, an event, a score."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One item of the bill."""

    item: str
    """Official item name, a key of the glossary."""
    amount_fen: int
    """Below zero is income or taken off."""
    exact_cny: Fraction
    """Before the one rounding."""
    formula: str
    parts: tuple[Part, ...]
    clauses: tuple[Clause, ...]
    facts: Mapping[str, tuple[Fact, ...]] = field(default_factory=dict)
    """Values of the rules that went in, by name; several where one changed inside the stretch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """A month's bill of one point."""

    point: str
    first_day: date
    last_day: date
    lines: tuple[Line, ...]
    price_basis: PriceBasis
    """Whether the lines hold value-added tax."""
    vat_fen: int
    total_fen: int
    """To be paid, tax included."""

    def line(self, item: str) -> Line:
        """The line of an item; KeyError where the bill has none."""
        for line in self.lines:
            if line.item == item:
                return line
        raise KeyError(item)


def bill_of(meter: MeterMonth, rules: MonthRules) -> Bill:
    """The bill of one meter for the stretch of the rules."""
    return itemised(bills(meter.readings(), rules), rules, 0)


def itemised(billed: Billed, rules: MonthRules, point: int) -> Bill:
    """One of many bills with its lines: the way back from any of their figures."""
    lines = [
        _line(item, int(amount), billed=billed, rules=rules, point=point)
        for item, amount in zip(billed.items, billed.amount_fen[point], strict=True)
    ]
    return Bill(
        point=billed.points[point],
        first_day=rules.first_day,
        last_day=rules.days_of(len(rules.tariffs) - 1)[1],
        lines=tuple(lines),
        price_basis=billed.price_basis,
        vat_fen=int(billed.vat_fen[point]),
        total_fen=int(billed.total_fen[point]),
    )


def _line(item: str, amount_fen: int, *, billed: Billed, rules: MonthRules, point: int) -> Line:
    """The line of an item."""
    if item == POWER_FACTOR_ITEM:
        return _power_factor_line(amount_fen, billed=billed, rules=rules, point=point)
    entries = rules.entries[item]
    parts = tuple(_part(entry, billed, point) for entry in entries)
    clauses = dict.fromkeys(entry.rate.clause for entry in entries if entry.rate.clause)
    return Line(
        item=item,
        amount_fen=amount_fen,
        exact_cny=exact_cny(entries, billed.counted, point),
        formula=entries[0].rate.formula,
        parts=parts,
        clauses=tuple(clauses),
        facts=_facts(item, rules),
    )


def _part(entry: Entry, billed: Billed, point: int) -> Part:
    """One summand, told with its quantity and price."""
    unit, per_price = UNITS[entry.rate.basis]
    amount = billed.counted[entry.count][point] * entry.cny_each
    quantity = billed.counted[replace(entry.count, series="")][point]
    scale = quantity * entry.band * entry.share_of_month / per_price
    return Part(
        first_day=entry.first_day,
        last_day=entry.last_day,
        band=entry.band,
        share_of_month=entry.share_of_month,
        quantity=quantity,
        unit=unit,
        price_cny=Fraction(amount) / scale if scale else None,
        amount_cny=Fraction(amount),
        clause=entry.rate.clause,
    )


def _power_factor_line(amount_fen: int, *, billed: Billed, rules: MonthRules, point: int) -> Line:
    """The adjustment: a share of other items."""
    table = rules.power_factor
    if table is None:
        raise KeyError(POWER_FACTOR_ITEM)
    factor = billed.power_factor_hundredths[point]
    based = [entry for item in rules.entries if item in table.base_items for entry in rules.entries[item]]
    base, share = exact_cny(based, billed.counted, point), share_at(table, factor)
    part = Part(
        first_day=rules.first_day,
        last_day=rules.days_of(len(rules.tariffs) - 1)[1],
        band=Fraction(1),
        share_of_month=Fraction(1),
        quantity=base,
        unit="CNY",
        price_cny=share,
        amount_cny=base * share,
        clause=table.clause,
    )
    items = ", ".join(item for item in rules.entries if item in table.base_items)
    return Line(
        item=POWER_FACTOR_ITEM,
        amount_fen=amount_fen,
        exact_cny=base * share,
        formula=f"({items}) × share at a power factor of {factor / HUNDREDTHS:.2f}",
        parts=(part,),
        clauses=(table.clause,),
    )


def _facts(item: str, rules: MonthRules) -> dict[str, tuple[Fact, ...]]:
    """The rules' values behind an item, each once in the order of its dates."""
    found: dict[str, tuple[Fact, ...]] = {}
    for name in facts_of(item, rules.tariffs[-1].mode):
        known = [tariff.facts[name] for tariff in rules.tariffs if name in tariff.facts]
        kept = [fact for place, fact in enumerate(known) if fact.value is not None and fact not in known[:place]]
        if kept:
            found[name] = tuple(kept)
    return found
