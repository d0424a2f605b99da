"""By which rules is a point's month billed? Its terms and prices brought to the words of the market room."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from wattloom.app.settle_month_project import SELLS_ONLY, day_of
from wattloom.assets.contract import ByHour
from wattloom.domain.charges import Basis
from wattloom.domain.money import WH_PER_KWH, exact, nearest_on_grid
from wattloom.domain.series import Series
from wattloom.domain.text import SILENT, Text
from wattloom.domain.verdicts import Clause, Confidence
from wattloom.intake.levels import Levels
from wattloom.market import MonthRules, Price, Rate, Tariff, Terms, export_rate, month_rules
from wattloom.market.tariffs import EXPORT, MARKET
from wattloom.rules import Case, territory
from wattloom.rules.dating import facts_in_force
from wattloom.rules.days import DayInputs
from wattloom.rules.power_factor import power_factor_table

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.app.settle_month_project import PointEntry, SettleProject
    from wattloom.app.settle_month_services import PriceLevel
    from wattloom.domain.time import TimeAxis

WH_PER_MWH = 1_000_000
MINUTES_PER_HOUR = 60
GRID_STEPS_PER_CNY_PER_MWH = 1000
ROUNDED_FROM = 1e-6
"""Steps of the price grid by which a price may miss it before a note tells that it was rounded."""

OF_THE_DAY = Text("24 values of the settle file", "结算文件中的 24 个小时值")
OF_THE_FILE = Text("{value} {unit}, settle file", "{value} {unit}，结算文件")
UNITS_SAID = {"CNY/MWh": Text("CNY/MWh", "元/MWh"), "MW": Text.same("MW")}


class PriceTable:
    """Prices and powers of a file on the axis of its month, with where each came from."""

    def __init__(self, project: SettleProject, axis: TimeAxis, folder: Path) -> None:
        """Keep what is needed to read a table."""
        self._levels = Levels(folder=folder, axis=axis, zone=project.clock, cny_per={})
        self.axis = axis
        self.sources: dict[str, Text] = {}
        """By series: the file's own number, or the table."""
        self.notes: list[Text] = []

    def steps(self, level: PriceLevel, called: str) -> NDArray[np.int64]:
        """A price on the grid of a millionth of a CNY/kWh, shape (periods,)."""
        values = self._values(level, "CNY/MWh", called)
        steps = nearest_on_grid(values)
        off = np.abs(values * GRID_STEPS_PER_CNY_PER_MWH - steps)
        if (off > ROUNDED_FROM * np.maximum(np.abs(steps), 1)).any():
            told = Text(
                "{name}: prices with more than three places of a CNY/MWh are rounded to the nearest thousandth.",
                "{name}：价格超过三位小数（元/MWh），按千分之一取近。",
            )
            self.notes.append(told.filled(name=called))
        return steps

    def wh(self, level: PriceLevel, called: str) -> NDArray[np.int64]:
        """A power as the whole watt-hours of each period, shape (periods,)."""
        values = self._values(level, "MW", called)
        return np.rint(values * (WH_PER_MWH * self.axis.step_minutes / MINUTES_PER_HOUR)).astype(np.int64)

    def _values(self, level: PriceLevel, unit: str, called: str) -> NDArray[np.float64]:
        """A level on the axis; what a table lacks is refused, never filled."""
        found = self._levels.resolved(level, unit=unit, where=called)
        if isinstance(found, Series):
            self.sources[called] = OF_THE_DAY if isinstance(level, ByHour) else Text.same(found.source)
            return np.asarray(found.values, dtype=np.float64)
        self.sources[called] = OF_THE_FILE.filled(value=f"{found:g}", unit=UNITS_SAID[unit])
        return np.full(self.axis.count, float(found))


def rules_of(name: str, point: PointEntry, project: SettleProject, table: PriceTable) -> MonthRules:
    """The rules of a point's month, as in force on each of its days."""
    prices = _prices(name, point, table)
    if point.mode == SELLS_ONLY:
        return _selling(point, project, table.axis, prices)
    further = (*((export_rate(given("export_price")),) if EXPORT in prices else ()), *_agency_fee(point))
    terms = Terms(
        territory=point.territory,
        case=case_of(point, table.axis.start.astimezone(project.clock).date()),
        mode=point.mode,
        floating_items=_floating(point),
        dated=tuple((_day(one.since), dict(one.facts)) for one in point.dated_facts),
        further=further,
        day_inputs=_day_inputs(point),
        power_factor=None if point.power_factor_standard is None else power_factor_table(point.power_factor_standard),
        rounding=point.rounding,
    )
    return month_rules(terms, table.axis, prices, zone=project.clock)


def case_of(point: PointEntry, first_day: date) -> Case:
    """What the rules need to know of a point."""
    return Case(
        year=first_day.year,
        commissioned=first_day.year,
        delivery_day=first_day,
        voltage_kv=point.voltage_kv,
        users="multi" if point.users else "single",
        direct_connection=point.direct_connection,
        agency_purchase=point.agency is not None,
        in_price_mechanism=point.mechanism is not None,
        full_backup=point.full_backup,
        price_basis=point.price_basis,
        overrides=dict(point.facts),
    )


def given(where: str, document: str = "") -> Clause:
    """The clause of what the user gave: the document that the file names for it."""
    name = Text.same(document) if document else Text("settle file", "结算文件")
    return Clause(document=name, source=Text.same(where) if where else SILENT, confidence=Confidence.USER)


def _prices(name: str, point: PointEntry, table: PriceTable) -> dict[str, Price]:
    """Series of the bill; with two settlements the market's price is the spot's own and only its basis counts."""
    found = {}
    if point.price is not None:
        found[MARKET] = Price(steps=table.steps(point.price, f"{name}, price"), basis=point.market_basis)
    elif point.spot is not None:
        found[MARKET] = Price(steps=0, basis=point.market_basis)
    if point.export_price is not None:
        steps = table.steps(point.export_price, f"{name}, export price")
        found[EXPORT] = Price(steps=steps, basis=point.market_basis)
    return found


def _agency_fee(point: PointEntry) -> tuple[Rate, ...]:
    """The agency fee, where one is charged."""
    if point.agency is None or not point.agency.fee_cny_per_mwh:
        return ()
    price = exact(point.agency.fee_cny_per_mwh) / WH_PER_KWH
    return (
        Rate(
            item="agency_fee",
            basis=Basis.IMPORTED_ENERGY,
            price_cny=price,
            formula="drawn × agency fee",
            clause=given("agency.fee_cny_per_mwh", point.agency.fee_document),
        ),
    )


def _floating(point: PointEntry) -> frozenset[str] | None:
    """Items that bands multiply, where the file says so."""
    if point.agency is None or point.agency.floating_items is None:
        return None
    return frozenset(point.agency.floating_items)


def _day_inputs(point: PointEntry) -> DayInputs | None:
    """What the bands ask of days and of the user."""
    if point.agency is None:
        return None
    hot = point.agency.hot_days
    return DayInputs(
        hot_days=None if hot is None else frozenset(_day(day) for day in hot),
        large_industry=point.agency.large_industry,
        user_class=point.agency.user_class,
    )


def _selling(point: PointEntry, project: SettleProject, axis: TimeAxis, prices: dict[str, Price]) -> MonthRules:
    """The rules of a station that only gives: no item of the grid, the territory's tax."""
    first = axis.start.astimezone(project.clock).date()
    facts = facts_in_force(territory(point.territory), case_of(point, first))
    tariff = Tariff(
        first_day=first,
        mode=SELLS_ONLY,
        rates=(export_rate(given("export_price")),) if EXPORT in prices else (),
        vat_rate=exact(float(facts["vat_rate"].value or 0.0)),
        price_basis=point.price_basis,
        facts={"vat_rate": facts["vat_rate"]},
    )
    # What is not bought has no price, but services and differences still say on which basis the market's stand.
    kept = {**prices, MARKET: Price(steps=0, basis=point.market_basis)}
    return MonthRules(axis=axis, tariffs=(tariff,), prices=kept, rounding=point.rounding, zone=project.clock)


def _day(text: str) -> date:
    """A day that the file's own check let pass."""
    return day_of(text) or date.min
