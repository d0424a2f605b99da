"""Which wind farm, and how much of it?

Its size is the sum of the turbines' rated powers. What it could give is curtailed freely.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, ClassVar

import xarray as xr

from wattloom.assets.contract import Bounds, Help, Level, Part, Size, Stage, Surroundings, Unit
from wattloom.assets.kinds.wind.resource import turbine_of, wind_capacity_factor
from wattloom.assets.resource import health, on_plan, renewable_part, weather_of
from wattloom.domain.series import Series
from wattloom.domain.text import SILENT, Text

if TYPE_CHECKING:
    from wattloom.domain.time import TimeAxis
    from wattloom.solve.program import Program


@dataclass(frozen=True, slots=True, kw_only=True)
class Wind:
    """A wind farm of one turbine type."""

    STAGE: ClassVar[Stage] = Stage.SOURCE
    KIND: ClassVar[str] = "wind"
    COST_ITEM: ClassVar[str] = "wind_farm"

    power_mw: Annotated[Size, Unit("MW"), Bounds(0), Help("Rated power of all turbines.", "装机容量")]
    capital_cost_cny_per_kw: Annotated[
        float, Unit("CNY/kW"), Bounds(0), Help("Purchase and building, per kW.", "单位造价")
    ]
    fixed_cny_per_kw_year: Annotated[
        float, Unit("CNY/(kW·year)"), Bounds(0), Help("Upkeep a year, per kW.", "单位年运维费")
    ]
    life_years: Annotated[float, Unit("year"), Bounds(0, open_below=True), Help("Life of the farm.", "寿命")] = 25.0
    capacity_factor: Annotated[
        Level | None,
        Unit("1"),
        Bounds(0, 1.2),
        Help(
            "Power at the farm's gate per unit of power_mw, in place of weather; the fields below are then not used.",
            "每单位装机的场站出口出力，替代气象计算；给出后不再使用风机参数",
        ),
    ] = None
    turbine_type: Annotated[
        str,
        Help("Type in windpowerlib's library, such as V126/3450; needed with weather.", "windpowerlib 机型库中的型号"),
    ] = ""
    hub_height_m: Annotated[float, Unit("m"), Bounds(10, 250), Help("Height of the hubs above ground.", "轮毂高度")] = (
        120.0
    )
    hub_wind_speed_m_per_s_mean: Annotated[
        float | None,
        Unit("m/s"),
        Bounds(1, 20),
        Help(
            "Long-term mean at the hub, from a mast or an atlas; the weather's speeds are scaled to it; empty: as is.",
            "轮毂高度多年平均风速（测风或图谱），气象风速按其缩放；空则不缩放",
        ),
    ] = None
    roughness_length_m: Annotated[
        float,
        Unit("m"),
        Bounds(0, 2, open_below=True),
        Help("Roughness of the land, for the logarithmic wind profile: 0.03 open grass.", "地表粗糙度（对数风廓线）"),
    ] = 0.03
    shear_exponent: Annotated[
        float | None,
        Unit("1"),
        Bounds(0, 0.6),
        Help("Exponent of a power-law wind profile, in place of the roughness.", "风切变指数，给出后替代粗糙度"),
    ] = None
    density_correction: Annotated[
        bool, Help("Whether the power curve follows the density of the air at the hub.", "功率曲线是否按空气密度修正")
    ] = True
    wake_loss_share: Annotated[
        float,
        Unit("1"),
        Bounds(0, 1),
        Help("Lost in the wakes of other turbines; 0.08 is assumed.", "尾流损失率（默认 0.08 为假定值）"),
    ] = 0.08
    availability_share: Annotated[
        float,
        Unit("1"),
        Bounds(0, 1),
        Help("Part of the time that turbines are ready; 0.97 is assumed.", "可利用率（默认 0.97 为假定值）"),
    ] = 0.97
    degradation_per_year: Annotated[
        float, Unit("1"), Bounds(0, 0.1), Help("Power that the farm loses each year.", "年衰减率")
    ] = 0.0

    def add_to(self, program: Program, name: str, site: Surroundings) -> Part:
        """Power up to what the wind gives; the cost of the farm."""
        return renewable_part(self, program, name, site)

    def envelope(self, window: TimeAxis) -> None:  # noqa: ARG002 - the contract's
        """A farm has no work to shift."""
        return

    def profiled(self, name: str, site: Surroundings) -> Wind:
        """The same farm with its first year's yield written down, so that it can be averaged over longer periods."""
        if self.capacity_factor is not None:
            return self
        weather = weather_of(site, name)
        turbine = turbine_of(self.turbine_type, self.hub_height_m, where=f"assets.{name}.turbine_type")
        values = on_plan(wind_capacity_factor(self, turbine, weather), weather, site)
        return replace(
            self, capacity_factor=Series(axis=site.axis, values=values, unit="1", source=str(weather.source))
        )

    def factor(self, program: Program, name: str, site: Surroundings) -> xr.DataArray:
        """Power per unit of size in each period, in this year of operation."""
        left = health(self.degradation_per_year, site.operating_year)
        if self.capacity_factor is not None:
            return site.level(program, self.capacity_factor) * left
        weather = weather_of(site, name)
        turbine = turbine_of(self.turbine_type, self.hub_height_m, where=f"assets.{name}.turbine_type")
        return program.series(on_plan(wind_capacity_factor(self, turbine, weather), weather, site) * left)

    def note(self) -> Text:
        """How the yield was found."""
        if self.capacity_factor is not None:
            return Text("Yield per kW of turbines as the project gives it.", "单位风机容量的出力由项目文件给定。")
        scaled, mean = SILENT, self.hub_wind_speed_m_per_s_mean
        if mean is not None:
            scaled = Text(
                f", its speeds scaled to a mean of {mean:g} m/s at the hub", f"，风速按轮毂高度平均 {mean:g} m/s 缩放"
            )
        return Text(
            "Yield from weather by windpowerlib: {type} at {height}{scaled}.",
            "出力由 windpowerlib 按气象计算：{type}，轮毂高度 {height}{scaled}。",
        ).filled(type=self.turbine_type, height=f"{self.hub_height_m:g} m", scaled=scaled)
