"""How much of a connection is needed, and what does the year's exchange cost?

The connection prices `Charges` and knows no tariff by name: energy by the MWh, capacity by the MVA, peaks by the month.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import numpy as np
import pandas as pd
import xarray as xr

from wattloom.assets.contract import (
    Bounds,
    Choice,
    CostItem,
    Help,
    Level,
    Part,
    Size,
    Stage,
    Surroundings,
    Unit,
)
from wattloom.domain.charges import Basis, Charge
from wattloom.domain.flows import TIME, Power, total
from wattloom.domain.text import Text

if TYPE_CHECKING:
    from wattloom.domain.time import TimeAxis
    from wattloom.domain.workloads import Envelope
    from wattloom.solve.program import Program

MONTH = "month"


@dataclass(frozen=True, slots=True, kw_only=True)
class GridConnection:
    """A connection to the public grid, its capacity and its prices."""

    STAGE: ClassVar[Stage] = Stage.EXCHANGE

    capacity_mva: Annotated[Size, Unit("MVA"), Bounds(0), Help("Connection capacity.", "接入容量")]
    energy_price_cny_per_mwh: Annotated[
        Level | None,
        Unit("CNY/MWh"),
        Help(
            "Market price of energy, without transmission and losses; empty: the territory's reference price.",
            "市场化购电价格，不含输配与线损；空则取该地区参考价",
        ),
    ] = None
    power_factor: Annotated[float, Unit("1"), Bounds(0.5, 1.0), Help("Active over apparent power.", "功率因数")] = 0.95
    export_price_cny_per_mwh: Annotated[
        Level | None,
        Unit("CNY/MWh"),
        Help("Paid for energy given to the grid; empty: no export.", "上网电价；空则不上网"),
    ] = None
    import_mw_max: Annotated[
        Level | None, Unit("MW"), Help("Limit of the draw besides the capacity.", "下网功率上限")
    ] = None
    export_mw_max: Annotated[
        Level | None, Unit("MW"), Help("Limit of the feed besides the capacity.", "上网功率上限")
    ] = None
    declared_exchange_mw: Annotated[
        float | None, Unit("MW"), Bounds(0), Help("Exchange power declared to the grid company.", "申报交换功率")
    ] = None
    capacity_charge_cny_per_mva_year: Annotated[
        float,
        Unit("CNY/MVA/year"),
        Bounds(0),
        Help("Yearly charge for capacity besides the territory's tariff.", "除该地区电价外的年容量费用"),
    ] = 0.0
    capital_cost_cny_per_kva: Annotated[
        float, Unit("CNY/kVA"), Bounds(0), Help("Substation and bay, the user's part.", "用户侧变电投资")
    ] = 0.0
    life_years: Annotated[float, Unit("year"), Bounds(0, open_below=True), Help("Life of the connection.", "寿命")] = (
        25.0
    )

    def add_to(self, program: Program, name: str, site: Surroundings) -> Part:
        """Draw and feed within capacity and limits; every charge of the bill as a cost."""
        label = f"{site.prefix}{name}"
        capacity = site.sized(program, f"{name}.capacity_mva", self.capacity_mva)
        draw = self._within(program, site, f"{label}.import_mw", capacity, self.import_mw_max)
        feed: Power = 0.0
        income: Any = 0.0
        notes: tuple[Text, ...] = ()
        if self.export_price_cny_per_mwh is not None and site.exports_allowed:
            feed = self._within(program, site, f"{label}.export_mw", capacity, self.export_mw_max)
            price, notes = _not_above_import(program, site, site.level(program, self.export_price_cny_per_mwh))
            income = (price * feed).sum(TIME) * site.axis.step_hours
        peaks = self._monthly_peaks(program, site, label, draw, capacity)
        exchange = _Exchange(draw_mw=draw, feed_mw=feed, capacity_mva=capacity, peaks_mw=peaks)
        bill: dict[str, Any] = {}
        for charge in site.charges.items if site.charges else ():
            amount = _amount(program, site, charge, exchange)
            bill[charge.item] = bill.get(charge.item, 0.0) + amount
        costs = [CostItem(item=item, variable_cny_per_year=amount) for item, amount in bill.items()]
        costs.append(CostItem(item="export_income", variable_cny_per_year=-1.0 * income))
        costs.append(
            CostItem(item="capacity_charge", fixed_cny_per_year=capacity * self.capacity_charge_cny_per_mva_year)
        )
        costs.append(
            CostItem(
                item="connection",
                capital_cny=capacity * (self.capital_cost_cny_per_kva * 1000.0),
                life_years=self.life_years,
            )
        )
        return Part(
            name=name,
            kind="grid",
            inject_mw=draw,
            draw_mw=feed,
            imported_mw=draw,
            exported_mw=feed,
            sizes={"capacity_mva": capacity},
            costs=tuple(costs),
            notes=notes,
        )

    def envelope(self, window: TimeAxis) -> Envelope | None:  # noqa: ARG002 - the contract's
        """A connection has no work to shift."""
        return None

    def _within(self, program: Program, site: Surroundings, name: str, capacity: Any, limit: Level | None) -> Any:
        """A flow below the capacity, the declared power and a limit series."""
        bounds = [] if limit is None else [site.level(program, limit)]
        if self.declared_exchange_mw is not None:
            bounds.append(program.series(self.declared_exchange_mw))
        if not isinstance(self.capacity_mva, Choice):
            bounds.append(program.series(self.power_factor * float(capacity)))
        if not bounds:
            flow = program.flow(name)
        else:
            flow = program.flow(name, upper=xr.concat(bounds, "limit").min("limit").values)
        if isinstance(self.capacity_mva, Choice):
            program.require(f"{name} ≤ capacity", flow - self.power_factor * capacity <= 0)
        return 1.0 * flow

    @staticmethod
    def _monthly_peaks(program: Program, site: Surroundings, label: str, draw: Any, capacity: Any) -> Any:
        """The billed peak of each month: its largest draw, and at least the tariff's share of the capacity."""
        if site.charges is None or not site.charges.on(Basis.MONTHLY_PEAK):
            return 0.0
        months = pd.Index(site.month_keys(), name=TIME)
        peaks = program.each(f"{label}.peak_mw", sorted(set(months)), dimension=MONTH)
        of_period = xr.DataArray(months, coords=[program.time])
        program.require(f"{label}.import_mw ≤ peak", draw - peaks.sel({MONTH: of_period}) <= 0)
        if site.charges.monthly_peak_floor_of_capacity:
            least = site.charges.monthly_peak_floor_of_capacity * capacity
            program.require(f"{label}.peak_mw ≥ its floor", peaks - least >= 0)
        return (1.0 * peaks).sum(MONTH)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Exchange:
    """What passes the connection point, as the charges count it."""

    draw_mw: Power
    feed_mw: Power
    capacity_mva: Any
    peaks_mw: Any
    """Sum of the billed peaks of all months."""


def _not_above_import(program: Program, site: Surroundings, price: Any) -> tuple[Any, tuple[Text, ...]]:
    """The export price, held at what energy costs to draw in the same period, and a note where that bit.

    One meter nets what is drawn and fed within a period. A linear program sees two flows, and where feeding paid more
    than drawing costs it would send energy round in a ring.
    """
    if site.charges is None:
        return price, ()
    drawn = program.series(site.charges.price_on(Basis.IMPORTED_ENERGY))
    fed = program.series(site.charges.price_on(Basis.EXPORTED_ENERGY))
    self_used = program.series(site.charges.price_on(Basis.SELF_USED_ENERGY))
    limit = drawn + fed - self_used
    above = int((price > limit).sum())
    if not above:
        return price, ()
    note = Text(
        f"in {above} of {site.axis.count} periods the export price is above the cost of drawing; there it is counted "
        "at that cost, since one meter nets both directions",
        f"{site.axis.count}个时段中有{above}个时段上网电价高于购电成本；因同一计量点双向相抵，这些时段按购电成本计",
    )
    return np.minimum(price, limit), (note,)


def _amount(program: Program, site: Surroundings, charge: Charge, exchange: _Exchange) -> Any:
    """What one charge comes to over the axis."""
    if charge.basis is Basis.CONNECTION_CAPACITY:
        return charge.price * site.years * exchange.capacity_mva
    if charge.basis is Basis.MONTHLY_PEAK:
        return charge.price * exchange.peaks_mw
    if charge.basis is Basis.FIXED:
        return charge.price * site.years
    generated = total(part.source.delivered_mw for part in site.parts.values() if part.source)
    power = {
        Basis.IMPORTED_ENERGY: exchange.draw_mw,
        Basis.EXPORTED_ENERGY: exchange.feed_mw,
        Basis.ALL_CONSUMPTION: total(part.load.total_mw for part in site.parts.values() if part.load),
        Basis.SELF_USED_ENERGY: generated - exchange.feed_mw,
    }[charge.basis]
    if isinstance(power, float | int):
        return 0.0
    return (program.series(charge.price) * power).sum(TIME) * site.axis.step_hours
