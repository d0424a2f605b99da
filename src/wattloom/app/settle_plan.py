"""Is the plan the bill? A planned year, metered as planned and billed month by month, beside what the plan paid.

The plan prices its year with floats inside a program; the bill counts whole watt-hours and rounds each item once. Both
take their prices from the same rules: what differs is only rounding.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import numpy as np

from wattloom.domain.charges import PriceBasis
from wattloom.domain.errors import InputError
from wattloom.domain.flows import total
from wattloom.domain.money import FEN_PER_CNY, nearest_on_grid
from wattloom.domain.time import TimeAxis
from wattloom.market import Bill, MeterMonth, MonthRules, Price, Tariff, Terms, bill_of, export_rate, month_rules
from wattloom.market.month import STEPS_MINUTES
from wattloom.market.tariffs import EXPORT, MARKET, rates_of
from wattloom.plan.design import modes_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.assets.kinds.grid.connection import GridConnection
    from wattloom.plan.result import Outcome
    from wattloom.plan.sizing import Question

WH_PER_MWH = 1_000_000
MINUTES_PER_HOUR = 60
GRID = "grid"


@dataclass(frozen=True, slots=True, kw_only=True)
class SettledPlan:
    """A planned year as its bills, item by item beside the plan."""

    bills: tuple[Bill, ...]
    """One a month."""
    billed_cny: Mapping[str, float]
    """By item, the year's sum."""
    planned_cny: Mapping[str, float]
    """The same items as the plan paid them."""

    @property
    def gap_share(self) -> float:
        """How far the sums differ, of what the plan paid in and out."""
        moved = sum(abs(amount) for amount in self.planned_cny.values())
        gap = abs(sum(self.billed_cny.values()) - sum(self.planned_cny.values()))
        return gap / moved if moved else gap


def settle_plan(question: Question, outcome: Outcome) -> SettledPlan | None:
    """The bills of a planned year; None where nothing is bought from the public grid."""
    connections = [(name, part) for name, part in outcome.parts.items() if part.kind == GRID]
    if not connections:
        return None
    name, part = connections[0]
    metering = _Metering(question, outcome, name)
    capacity_va = round(float(part.sizes["capacity_mva"]) * WH_PER_MWH)
    found = tuple(_month_bill(metering, month, capacity_va) for month in _months(outcome.axis, metering.zone))
    billed: dict[str, int] = {}
    for one in found:
        for line in one.lines:
            billed[line.item] = billed.get(line.item, 0) + line.amount_fen
    planned = {line.item: line.yearly_cny for line in outcome.costs if line.asset == name and line.item in billed}
    return SettledPlan(
        bills=found,
        billed_cny={item: amount / FEN_PER_CNY for item, amount in billed.items()},
        planned_cny={item: planned.get(item, 0.0) for item in billed},
    )


class _Metering:
    """What the meters of a planned year would show, and at which prices."""

    def __init__(self, question: Question, outcome: Outcome, name: str) -> None:
        """Bring power to whole watt-hours on steps that meters have."""
        self.question, self.mode = question, outcome.mode
        self.zone = ZoneInfo(question.place.time_zone)
        self.connection: GridConnection = question.assets[name]  # type: ignore[assignment]
        flows = outcome.flows
        self.step_minutes, self.split = _meter_step(outcome.axis.step_minutes)
        self.drawn_wh = self.whole_wh(flows.imported_mw)
        self.fed_wh = self.whole_wh(flows.exported_mw)
        self.consumed_wh = self.whole_wh(flows.load_mw())
        generated = total(source.delivered_mw for source in flows.sources.values())
        self.self_used_wh = np.maximum(self.whole_wh(generated) - self.fed_wh, 0)

    def whole_wh(self, power_mw: Any) -> NDArray[np.int64]:
        """Energy of each metered period, to the watt-hour; a solver's dust below zero is nothing."""
        values = np.broadcast_to(np.asarray(power_mw, dtype=np.float64), (self.question.axis.count,))
        energy = values * (WH_PER_MWH * self.step_minutes / MINUTES_PER_HOUR)
        return np.repeat(np.maximum(np.rint(energy), 0.0).astype(np.int64), self.split)

    def steps(self, level: Any) -> NDArray[np.int64]:
        """A price in CNY/MWh on the grid, by metered period."""
        values = getattr(level, "values", level)
        return np.repeat(nearest_on_grid(np.broadcast_to(values, (self.question.axis.count,))), self.split)

    def prices(self, periods: slice) -> dict[str, Price]:
        """What energy costs and earns in some metered periods, on the basis of the project's prices."""
        bought, sold = self.question.market_price(), self.connection.export_price_cny_per_mwh
        found = {MARKET: Price(steps=self.steps(bought)[periods], basis=self.basis)}
        if sold is not None:
            found[EXPORT] = Price(steps=self.steps(sold)[periods], basis=self.basis)
        return found

    @property
    def basis(self) -> PriceBasis:
        """Whether the project's prices hold tax."""
        pack = self.question.pack
        return pack.case.price_basis if pack else PriceBasis.WITHOUT_VAT

    def rules(self, axis: TimeAxis, periods: slice) -> MonthRules:
        """The rules of a month: the territory's, or without one the connection's own price."""
        prices, pack = self.prices(periods), self.question.pack
        exports = (export_rate(),) if EXPORT in prices else ()
        if pack is not None:
            terms = Terms(territory=pack.territory.key, case=pack.case, mode=self.mode, further=exports)
            return month_rules(terms, axis, prices, zone=self.zone)
        one, zero = (modes_of(_at_price(self.question, price))[0] for price in (1.0, 0.0))
        if one is None or zero is None:
            raise InputError.one("plan", found="no price of energy", expected="one", remedy="give the grid's price")
        tariff = Tariff(
            first_day=axis.start.astimezone(self.zone).date(),
            mode=self.mode,
            rates=(*rates_of(one, zero), *exports),
            vat_rate=Fraction(0),
            price_basis=self.basis,
        )
        return MonthRules(axis=axis, tariffs=(tariff,), prices=prices, zone=self.zone)


def _at_price(question: Question, price: float) -> Question:
    """The question with another market price."""
    turned = {
        name: replace(asset, energy_price_cny_per_mwh=price)  # type: ignore[type-var]
        if getattr(asset, "energy_price_cny_per_mwh", None) is not None
        else asset
        for name, asset in question.assets.items()
    }
    return replace(question, assets=turned)


def _month_bill(metering: _Metering, month: tuple[datetime, datetime], capacity_va: int) -> Bill:
    """The bill of one month."""
    begin, end = month
    step = timedelta(minutes=metering.step_minutes)
    start = metering.question.axis.start
    periods = slice((begin - start) // step, (end - start) // step)
    axis = TimeAxis(begin, metering.step_minutes, periods.stop - periods.start)
    meter = MeterMonth(
        point="plan",
        capacity_va=capacity_va,
        drawn_wh=metering.drawn_wh[periods],
        fed_wh=metering.fed_wh[periods],
        self_used_wh=metering.self_used_wh[periods],
        consumed_wh=metering.consumed_wh[periods],
    )
    return bill_of(meter, metering.rules(axis, periods))


def _months(axis: TimeAxis, zone: ZoneInfo) -> list[tuple[datetime, datetime]]:
    """First instants of the axis' months and of the month after each."""
    year = axis.start.astimezone(zone).year
    begun = [datetime(year + month // 12, month % 12 + 1, 1, tzinfo=zone) for month in range(13)]
    return list(pairwise(begun))


def _meter_step(step_minutes: int) -> tuple[int, int]:
    """The longest step of a meter that divides the plan's, and how many of it make one of the plan's."""
    for step in sorted(STEPS_MINUTES, reverse=True):
        if step_minutes % step == 0:
            return step, step_minutes // step
    raise InputError.one(
        "study.step_minutes", found=f"{step_minutes} min", expected="a multiple of 15 minutes",
        remedy="plan on 15, 30 or 60 minutes",
    )  # fmt: skip
