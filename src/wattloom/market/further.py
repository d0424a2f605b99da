"""What stands on a month's statement besides the grid's own items? Differences, the mechanism, services to the grid.

Each becomes a line like any other: its parts, exact until the one rounding, its clause. Amounts are told as a bill's
are: above zero is owed by the point, below zero it is paid to it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING

from wattloom.domain.charges import PriceBasis
from wattloom.domain.errors import InputError
from wattloom.domain.money import WH_PER_KWH, fen
from wattloom.domain.text import SILENT, Text
from wattloom.domain.time import MONTHS_PER_YEAR
from wattloom.market.bill import Bill, Line, Part
from wattloom.market.bulk import taxed
from wattloom.market.settlement import contract_for_difference

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from wattloom.domain.verdicts import Clause
    from wattloom.market.mechanism import MechanismSettled
    from wattloom.market.month import MonthRules
    from wattloom.market.settlement import Deviation
    from wattloom.rules.contract import Fact

FORMULAS: Mapping[str, str] = {
    "contract_difference": "Σ contract × (strike − reference)",
    "deviation_charge": "(over × price over) + (under × price under)",
    "mechanism_difference": "−settled × (mechanism price − reference)",
    "frequency_income": "−Σ factor × mileage × price × K",
    "storage_capacity_income": "−power × capacity price ÷ 12",
    "response_income": "−delivered × price",
    "response_penalty": "shortfall × price",
}
"""What is multiplied with what."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Summand:
    """One summand of a further line, on the basis that its price is printed on."""

    quantity: int | Fraction
    unit: str
    """Wh, W or MW."""
    amount_cny: Fraction
    """Exact; above zero is owed."""
    clause: Clause | None = None
    first_day: date | None = None
    """None: the whole stretch."""
    last_day: date | None = None
    note: Text = SILENT
    """What tells it from its neighbours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Further:
    """An item besides those of the grid's bill."""

    item: str
    summands: tuple[Summand, ...]
    basis: PriceBasis = PriceBasis.WITH_VAT
    """Whether the summands hold value-added tax."""
    facts: Mapping[str, tuple[Fact, ...]] | None = None


UNITS_PER_PRICE: Mapping[str, int] = {"Wh": WH_PER_KWH, "W": WH_PER_KWH, "MW": 1}
"""How many of a unit one price is for: a kWh, a kW, an MW of mileage."""


def line_of(further: Further, rules: MonthRules) -> Line:
    """A further item as a line of the bill, brought to its basis and rounded once."""
    tax = tax_between(further.basis, rules)
    last = rules.days_of(len(rules.tariffs) - 1)[1]
    parts = tuple(
        Part(
            first_day=one.first_day or rules.first_day,
            last_day=one.last_day or last,
            band=Fraction(1),
            share_of_month=Fraction(1),
            quantity=one.quantity,
            unit=one.unit,
            price_cny=one.amount_cny * tax * UNITS_PER_PRICE[one.unit] / one.quantity if one.quantity else None,
            amount_cny=one.amount_cny * tax,
            clause=one.clause,
            note=one.note,
        )
        for one in further.summands
    )
    amount = sum((part.amount_cny for part in parts), start=Fraction(0))
    return Line(
        item=further.item,
        amount_fen=fen(amount, rules.rounding),
        exact_cny=amount,
        formula=FORMULAS[further.item],
        parts=parts,
        clauses=tuple(dict.fromkeys(part.clause for part in parts if part.clause)),
        facts=further.facts or {},
    )


def with_lines(bill: Bill, lines: Sequence[Line], rules: MonthRules) -> Bill:
    """A bill with further lines at its end, its tax and total worked out anew."""
    if not lines:
        return bill
    every = (*bill.lines, *lines)
    vat, total = taxed([sum(line.amount_fen for line in every)], rules)
    return replace(bill, lines=every, vat_fen=vat[0], total_fen=total[0])


def tax_between(given: PriceBasis, rules: MonthRules) -> Fraction:
    """What brings an amount to the basis of the bill."""
    if given is rules.price_basis:
        return Fraction(1)
    return 1 + rules.vat_rate if given is PriceBasis.WITHOUT_VAT else 1 / (1 + rules.vat_rate)


def difference(
    quantity_wh: NDArray[np.int64],
    strike_steps: NDArray[np.int64],
    reference_steps: NDArray[np.int64],
    *,
    buys: bool,
    clause: Clause | None,
) -> Summand:
    """A contract for difference as its buyer or its seller sees it; shape (periods,) each."""
    amount = contract_for_difference(quantity_wh, strike_steps, reference_steps)
    return Summand(quantity=int(quantity_wh.sum()), unit="Wh", amount_cny=amount if buys else -amount, clause=clause)


def deviation_summands(found: Deviation) -> tuple[Summand, ...]:
    """What was used beyond contract and allowance, as one summand of the energy that it is owed for."""
    return (
        Summand(quantity=found.over_wh + found.under_wh, unit="Wh", amount_cny=found.amount_cny, clause=found.clause),
    )


def mechanism_summand(found: MechanismSettled) -> Summand:
    """What the mechanism pays for a month, so below zero where the market was cheaper than its price."""
    return Summand(quantity=found.settled_wh, unit="Wh", amount_cny=-found.difference_cny, clause=found.clause)


def capacity_summand(power_w: int, cny_per_kw_year: Fraction, *, clause: Clause | None) -> Summand:
    """A month of the capacity price of storage: a twelfth of the year's."""
    amount = power_w * cny_per_kw_year / (WH_PER_KWH * MONTHS_PER_YEAR)
    return Summand(quantity=power_w, unit="W", amount_cny=-amount, clause=clause)


def response_summand(
    delivered_wh: int, cny_per_kwh: Fraction, *, days: tuple[date, date], owed: bool, clause: Clause | None
) -> Summand:
    """An event of demand response: paid for what was delivered, or owed for what was not."""
    if delivered_wh < 0 or cny_per_kwh < 0:
        raise InputError.one(
            "response", found=f"{delivered_wh} Wh at {float(cny_per_kwh):g} CNY/kWh", expected="both from zero up",
            remedy="give what was verified, and a shortfall as one of its own",
        )  # fmt: skip
    amount = delivered_wh * cny_per_kwh / WH_PER_KWH
    return Summand(
        quantity=delivered_wh,
        unit="Wh",
        amount_cny=amount if owed else -amount,
        clause=clause,
        first_day=days[0],
        last_day=days[1],
    )
