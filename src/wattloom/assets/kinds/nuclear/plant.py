"""How far may a nuclear plant follow the load, and when is it away?

Power is a least stable part that always runs while the plant is available, plus a flexible part above it: one bound a
period says both limits. Start and stop around an outage are taken as given and do not count as ramps.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import numpy as np
import xarray as xr

from wattloom.assets.contract import Bounds, CostItem, Help, Level, Part, Size, Stage, Surroundings, Unit
from wattloom.assets.resource import PlantCost
from wattloom.domain.errors import InputError
from wattloom.domain.flows import NUCLEAR, TIME, Amount, Power, SourceFlows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.domain.time import TimeAxis
    from wattloom.solve.program import Program

DAYS_PER_YEAR = 365


@dataclass(frozen=True, slots=True, kw_only=True)
class Nuclear:
    """A nuclear plant, or units of a small modular reactor, behind the site's boundary."""

    STAGE: ClassVar[Stage] = Stage.SOURCE

    power_mw: Annotated[Size, Unit("MW"), Bounds(0), Help("Net electric power.", "净电功率")]
    capital_cost_cny_per_kw: Annotated[
        float, Unit("CNY/kW"), Bounds(0), Help("Purchase and building, per kW.", "单位造价")
    ]
    fixed_cny_per_kw_year: Annotated[
        float, Unit("CNY/(kW·year)"), Bounds(0), Help("Staff and upkeep a year, per kW.", "单位年固定运维费")
    ]
    fuel_cny_per_mwh: Annotated[
        float, Unit("CNY/MWh"), Bounds(0), Help("Fuel and its disposal, per MWh given.", "燃料及后处理费用")
    ]
    least_stable_share: Annotated[
        float, Unit("1"), Bounds(0, 1), Help("Least power while running, of the available power.", "最小稳定出力比例")
    ]
    ramp_share_per_hour: Annotated[
        float, Unit("1/h"), Bounds(0), Help("Change of power within an hour, of the plant's power.", "每小时爬坡率")
    ]
    life_years: Annotated[float, Unit("year"), Bounds(0, open_below=True), Help("Life of the plant.", "寿命")] = 60.0
    outage_start_day: Annotated[
        int,
        Unit("day"),
        Bounds(1, DAYS_PER_YEAR),
        Help("Day of the year on which the planned outage begins.", "计划大修起始日"),
    ] = 1
    outage_days: Annotated[
        int, Unit("day"), Bounds(0, DAYS_PER_YEAR), Help("Length of the planned outage; 0: none.", "计划大修天数")
    ] = 0
    availability: Annotated[
        Level,
        Unit("1"),
        Bounds(0, 1),
        Help(
            "Part of the power that is ready outside the planned outage; a series for units that stop in turn.",
            "计划大修以外的可用率；多机组轮修时给出序列",
        ),
    ] = 1.0

    def add_to(self, program: Program, name: str, site: Surroundings) -> Part:
        """Power between the least stable and the available, within ramps; the cost of plant and fuel."""
        size = site.sized(program, f"{name}.power_mw", self.power_mw)
        ready = self.ready(program, name, site)
        delivered = self._power(program, f"{site.prefix}{name}", size, ready)
        self._ramps(program, f"{site.prefix}{name}.ramp", size, ready, delivered)
        fuel = (delivered * (self.fuel_cny_per_mwh * program.axis.step_hours)).sum(TIME)
        plant = PlantCost(
            item="nuclear_plant",
            capital_cny_per_kw=self.capital_cost_cny_per_kw,
            fixed_cny_per_kw_year=self.fixed_cny_per_kw_year,
            life_years=self.life_years,
        )
        return Part(
            name=name,
            kind="nuclear",
            inject_mw=delivered,
            sizes={"power_mw": size},
            costs=(plant.of(size), CostItem(item="nuclear_fuel", variable_cny_per_year=fuel)),
            source=SourceFlows(available_mw=size * ready, delivered_mw=delivered, traits=NUCLEAR),
        )

    def envelope(self, window: TimeAxis) -> None:  # noqa: ARG002 - the contract's
        """A plant has no work to shift."""
        return

    def ready(self, program: Program, name: str, site: Surroundings) -> xr.DataArray:
        """Part of the plant's power that may run in each period, the planned outage taken out."""
        ready = site.level(program, self.availability) * program.series(~self._away(site))
        if float(ready.min()) >= 0.0 and float(ready.max()) <= 1.0:
            return ready
        raise InputError.one(
            f"assets.{name}.availability",
            found=f"values from {float(ready.min()):g} to {float(ready.max()):g} (nan means a gap)",
            expected="complete values from 0 to 1",
            remedy="divide the series by the plant's power and fill or replace its gaps before the plan",
        )

    def _away(self, site: Surroundings) -> NDArray[np.bool_]:
        """Periods of the planned outage, which may run over the end of the year."""
        local = site.axis.local(site.zone)
        days_of_year = np.where(local.is_leap_year, DAYS_PER_YEAR + 1, DAYS_PER_YEAR)
        since = (np.asarray(local.dayofyear, dtype=np.int64) - self.outage_start_day) % days_of_year
        return np.asarray(since < self.outage_days, dtype=np.bool_)

    def _power(self, program: Program, label: str, size: Amount, ready: xr.DataArray) -> Power:
        """The least stable part, plus a flexible one up to what is available."""
        least = size * (ready * self.least_stable_share)
        span = ready * (1.0 - self.least_stable_share)
        if float(span.max()) == 0.0:
            return least
        room = size * span
        if isinstance(room, xr.DataArray):
            return program.flow(f"{label}.above_least_mw", upper=room.values) + least
        above = program.flow(f"{label}.above_least_mw", upper=np.where(span.values > 0.0, np.inf, 0.0))
        rows = np.flatnonzero(span.values > 0.0)
        program.require(
            f"{label}.above_least_mw ≤ available", above.isel({TIME: rows}) - size * span.isel({TIME: rows}) <= 0
        )
        return above + least

    def _ramps(self, program: Program, label: str, size: Amount, ready: xr.DataArray, delivered: Any) -> None:
        """Power changes within the ramp, plus what comes back or goes away with the availability."""
        ramp = self.ramp_share_per_hour * program.axis.step_hours
        if ramp >= 1.0 - self.least_stable_share or program.axis.count == 1:
            return
        labels = program.time[1:]
        later = delivered.isel({TIME: slice(1, None)})
        earlier = delivered.isel({TIME: slice(None, -1)}).assign_coords({TIME: labels})
        returning = np.diff(ready.values)
        up = xr.DataArray(ramp + np.maximum(returning, 0.0), coords=[labels])
        down = xr.DataArray(ramp + np.maximum(-returning, 0.0), coords=[labels])
        program.require(f"{label}_up", later - earlier - size * up <= 0)
        program.require(f"{label}_down", earlier - later - size * down <= 0)
