"""What does a month's bill look like where energy is settled on the spot market? Its lines in place of one price.

The market's part is settled in the deviation form, item by item; losses are a share of what the energy came to. All
else of the bill stays as the rules of the place have it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from wattloom.domain.charges import PriceBasis
from wattloom.domain.errors import InputError
from wattloom.domain.money import WH_PER_KWH, fen
from wattloom.market.bill import Bill, Line, MeterMonth, Part, bill_of
from wattloom.market.bulk import POWER_FACTOR_ITEM, taxed
from wattloom.market.settlement import Spot, in_deviation_form
from wattloom.market.tariffs import MARKET

if TYPE_CHECKING:
    from wattloom.domain.verdicts import Clause
    from wattloom.market.month import MonthRules

FORMULAS: Mapping[str, str] = {
    "contract_energy": "Σ contract × contract price",
    "day_ahead_deviation": "Σ (day ahead − contract) × day-ahead price",
    "real_time_deviation": "Σ (metered − day ahead) × real-time price",
    "line_loss": "energy as settled × loss_rate",
}


def spot_bill(meter: MeterMonth, rules: MonthRules, spot: Spot, *, clause: Clause | None = None) -> Bill:
    """The bill of a point whose energy is settled in two settlements.

    Args:
        meter: what it drew; the spot's real-time energy must be that.
        rules: its month; the price series `market` is not used, only its basis: the spot's prices stand on it.
        spot: contracts, day-ahead result and meter, in the periods of the rules.
        clause: the market's rule.
    """
    if spot.real_time_wh.shape != meter.drawn_wh.shape or (spot.real_time_wh != meter.drawn_wh).any():
        raise InputError.one(
            f"spot of {meter.point}",
            found=f"{int(spot.real_time_wh.sum())} Wh in real time, {int(meter.drawn_wh.sum())} Wh at the meter",
            expected="the meter's energy in every period",
            remedy="settle what the meter counted",
        )
    without = bill_of(meter, rules)
    market = _market_lines(spot, rules, clause)
    lines = [*market, *(line for line in without.lines if line.item not in {"market_energy", "line_loss"})]
    lines.insert(len(market), _loss_line(without.line("line_loss"), spot, rules))
    lines = [_adjusted(line, lines, market, rules) for line in lines]
    vat, total = taxed([sum(line.amount_fen for line in lines)], rules)
    return replace(without, lines=tuple(lines), vat_fen=vat[0], total_fen=total[0])


def _market_lines(spot: Spot, rules: MonthRules, clause: Clause | None) -> list[Line]:
    """A line for each item of the settlement."""
    quantities = {
        "contract_energy": spot.contract_wh,
        "day_ahead_deviation": spot.day_ahead_wh - spot.contract_wh,
        "real_time_deviation": spot.real_time_wh - spot.day_ahead_wh,
    }
    found = []
    for item, settled in in_deviation_form(spot).items():
        amount, quantity = settled * _tax(rules), int(quantities[item].sum())
        part = Part(
            first_day=rules.first_day,
            last_day=rules.days_of(len(rules.tariffs) - 1)[1],
            band=Fraction(1),
            share_of_month=Fraction(1),
            quantity=quantity,
            unit="Wh",
            price_cny=amount * WH_PER_KWH / quantity if quantity else None,
            amount_cny=amount,
            clause=clause,
        )
        found.append(_line(item, (part,), rules))
    return found


def _loss_line(line: Line, spot: Spot, rules: MonthRules) -> Line:
    """The losses of each tariff's days, on what their energy came to."""
    of_period = np.array([rules.cells[cell].tariff for cell in rules.cell_of_period])
    parts = []
    for place, tariff in enumerate(rules.tariffs):
        days = of_period == place
        within = Spot(**{item.name: np.ascontiguousarray(getattr(spot, item.name)[days]) for item in fields(spot)})
        rate = sum((r.price_cny for r in tariff.rates if r.item == "line_loss"), start=Fraction(0))
        settled = sum(in_deviation_form(within).values(), start=Fraction(0)) * _tax(rules)
        energy = int(within.real_time_wh.sum())
        first, last = rules.days_of(place)
        parts.append(
            replace(
                line.parts[0],
                first_day=first,
                last_day=last,
                quantity=energy,
                price_cny=settled * rate * WH_PER_KWH / energy if energy else None,
                amount_cny=settled * rate,
            )
        )
    return replace(_line("line_loss", tuple(parts), rules), clauses=line.clauses, facts=line.facts)


def _adjusted(line: Line, lines: list[Line], market: list[Line], rules: MonthRules) -> Line:
    """The power-factor adjustment on the settled energy; any other line as it is."""
    table = rules.power_factor
    if line.item != POWER_FACTOR_ITEM or table is None:
        return line
    based = [one for one in lines if one.item in table.base_items]
    based += market if "market_energy" in table.base_items else []
    base, share = sum((one.exact_cny for one in based), start=Fraction(0)), line.parts[0].price_cny or Fraction(0)
    part = replace(line.parts[0], quantity=base, amount_cny=base * share)
    return replace(line, parts=(part,), exact_cny=part.amount_cny, amount_fen=fen(part.amount_cny, rules.rounding))


def _line(item: str, parts: tuple[Part, ...], rules: MonthRules) -> Line:
    """A line of parts, rounded once."""
    amount = sum((part.amount_cny for part in parts), start=Fraction(0))
    clauses = dict.fromkeys(part.clause for part in parts if part.clause)
    return Line(
        item=item,
        amount_fen=fen(amount, rules.rounding),
        exact_cny=amount,
        formula=FORMULAS[item],
        parts=parts,
        clauses=tuple(clauses),
    )


def _tax(rules: MonthRules) -> Fraction:
    """What brings the market's prices to the basis of the bill."""
    given = rules.prices[MARKET].basis
    if given is rules.price_basis:
        return Fraction(1)
    return 1 + rules.vat_rate if given is PriceBasis.WITHOUT_VAT else 1 / (1 + rules.vat_rate)
