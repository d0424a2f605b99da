"""How does what sun and wind give become power at a site's bus?

A capacity factor is power per unit of installed power, one value a period. It is reckoned where and when the weather
was taken, then laid onto the plan's periods: the weather's first local hour becomes the plan's first local hour.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Protocol
from zoneinfo import ZoneInfo

import numpy as np
import xarray as xr

from wattloom.assets.contract import CostItem, Part, Size, Surroundings
from wattloom.domain.errors import InputError
from wattloom.domain.flows import TIME, WIND_AND_SUN, Amount, Power, SourceFlows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.domain.text import Text
    from wattloom.domain.time import TimeAxis
    from wattloom.domain.weather import Weather
    from wattloom.solve.program import Program

KW_PER_MW = 1000.0

FACTOR_MAX = 1.2
"""A capacity factor above this is taken for a series in another unit; solar on snow passes 1 for a moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantCost:
    """What a plant costs for each kW of its size."""

    item: str
    """Key of the glossary, such as solar_plant."""
    capital_cny_per_kw: float
    fixed_cny_per_kw_year: float
    life_years: float

    def of(self, size_mw: Amount) -> CostItem:
        """The cost of a size in MW."""
        return CostItem(
            item=self.item,
            capital_cny=size_mw * (self.capital_cny_per_kw * KW_PER_MW),
            life_years=self.life_years,
            fixed_cny_per_year=size_mw * (self.fixed_cny_per_kw_year * KW_PER_MW),
        )


class Renewable(Protocol):
    """A plant of wind or sun, as far as the two are alike."""

    KIND: ClassVar[str]
    COST_ITEM: ClassVar[str]
    """Key of the glossary, such as solar_plant."""

    @property
    def power_mw(self) -> Size:
        """Its size."""

    @property
    def capital_cost_cny_per_kw(self) -> float:
        """To build it."""

    @property
    def fixed_cny_per_kw_year(self) -> float:
        """To keep it."""

    @property
    def life_years(self) -> float:
        """Until it is built anew."""

    def factor(self, program: Program, name: str, site: Surroundings) -> xr.DataArray:
        """Power per unit of size in each period."""

    def note(self) -> Text:
        """How the yield was found."""


def weather_of(site: Surroundings, name: str) -> Weather:
    """The site's weather; refused where an asset needs it and the project has none."""
    if site.weather is None:
        raise InputError.one(
            f"assets.{name}",
            found="neither weather nor capacity_factor",
            expected="one of the two",
            remedy="name a weather dataset or file in the project, or give the asset a capacity_factor series",
        )
    return site.weather


def on_plan(values: NDArray[np.float64], weather: Weather, site: Surroundings) -> NDArray[np.float64]:
    """Values of the weather's periods on the plan's: means where these are longer, repeated where shorter."""
    _same_stretch(weather, site)
    if site.axis.step_minutes >= weather.axis.step_minutes:
        return np.asarray(values.reshape(site.axis.count, -1).mean(axis=1), dtype=np.float64)
    return np.repeat(values, site.axis.count // weather.axis.count)


def renewable_part(plant: Renewable, program: Program, name: str, site: Surroundings) -> Part:
    """A plant at a site: any power up to size × what the weather gives, the rest is curtailed; what its size costs."""
    size = site.sized(program, f"{name}.power_mw", plant.power_mw)
    factor = _checked(plant.factor(program, name, site), name)
    available, delivered = _up_to_resource(program, f"{site.prefix}{name}", size, factor)
    cost = PlantCost(
        item=plant.COST_ITEM,
        capital_cny_per_kw=plant.capital_cost_cny_per_kw,
        fixed_cny_per_kw_year=plant.fixed_cny_per_kw_year,
        life_years=plant.life_years,
    )
    return Part(
        name=name,
        kind=plant.KIND,
        inject_mw=delivered,
        sizes={"power_mw": size},
        costs=(cost.of(size),),
        source=SourceFlows(available_mw=available, delivered_mw=delivered, traits=WIND_AND_SUN),
        notes=(plant.note(),),
    )


def health(degradation_per_year: float, operating_year: int) -> float:
    """Part of the first year's power that is left in a year of operation.

    Example:
        >>> round(health(0.005, 11), 4)
        0.9511
    """
    return (1.0 - degradation_per_year) ** (operating_year - 1)


def _up_to_resource(program: Program, label: str, size_mw: Amount, factor: xr.DataArray) -> tuple[Power, Power]:
    """Available and delivered power. A fixed size bounds its flow; a chosen one needs a row where it yields."""
    available = size_mw * factor
    flow = f"{label}.delivered_mw"
    if isinstance(available, xr.DataArray):
        return available, 1.0 * program.flow(flow, upper=available.values)
    yields = np.flatnonzero(factor.values > 0.0)
    delivered = 1.0 * program.flow(flow, upper=np.where(factor.values > 0.0, np.inf, 0.0))
    if yields.size:
        within = delivered.isel({TIME: yields}) - size_mw * factor.isel({TIME: yields})
        program.require(f"{flow} ≤ available", within <= 0)
    return available, delivered


def _checked(factor: xr.DataArray, name: str) -> xr.DataArray:
    """The factor, or an error where it has gaps, is negative, or is in another unit."""
    values = factor.values
    lowest, highest = float(values.min()), float(values.max())
    if lowest >= 0.0 and highest <= FACTOR_MAX:
        return factor
    raise InputError.one(
        f"assets.{name}.capacity_factor",
        found=f"values from {lowest:g} to {highest:g} (nan means a gap)",
        expected=f"complete values from 0 to {FACTOR_MAX:g}, power per unit of installed power",
        remedy="divide the series by the installed power and fill or replace its gaps before the plan",
    )


def _same_stretch(weather: Weather, site: Surroundings) -> None:
    """Refuse weather of another length, of steps that do not fit, or that starts at another local hour of the year."""
    plan = site.axis
    longer, shorter = sorted((plan.step_minutes, weather.axis.step_minutes), reverse=True)
    starts = [_local_start(weather.axis, weather.place.time_zone), _local_start(plan, site.place.time_zone)]
    if longer % shorter == 0 and plan.hours == weather.axis.hours and starts[0] == starts[1]:
        return
    raise InputError.one(
        f"weather from {weather.source}",
        found=f"{weather.axis.hours:g} h in steps of {weather.axis.step_minutes} min from local {starts[0]}",
        expected=f"{plan.hours:g} h in steps that fit {plan.step_minutes} min from local {starts[1]}",
        remedy="cut the weather to the plan's stretch on its own place's clocks",
    )


def _local_start(axis: TimeAxis, zone: str) -> str:
    """Month, day and hour at which an axis starts, on the clocks of a zone."""
    return axis.start.astimezone(ZoneInfo(zone)).strftime("%m-%d %H:%M")
