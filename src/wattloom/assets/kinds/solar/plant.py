"""Which solar plant, and how much of it?

Its size is the direct-current peak power of the modules, on which prices are quoted; behind its inverters it gives at
most size ÷ dc_ac_ratio. What it could give is curtailed freely.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import xarray as xr

from wattloom.assets.contract import Bounds, Help, Level, Part, Size, Stage, Surroundings, Unit
from wattloom.assets.kinds.solar.resource import solar_capacity_factor
from wattloom.assets.resource import health, on_plan, renewable_part, weather_of
from wattloom.domain.series import Series
from wattloom.domain.text import Text

if TYPE_CHECKING:
    from wattloom.domain.time import TimeAxis
    from wattloom.solve.program import Program


@dataclass(frozen=True, slots=True, kw_only=True)
class Solar:
    """A photovoltaic plant: modules on fixed frames or single-axis trackers, and their inverters."""

    STAGE: ClassVar[Stage] = Stage.SOURCE
    KIND: ClassVar[str] = "solar"
    COST_ITEM: ClassVar[str] = "solar_plant"

    power_mw: Annotated[
        Size, Unit("MW"), Bounds(0), Help("Direct-current peak power of the modules.", "组件直流峰值功率")
    ]
    capital_cost_cny_per_kw: Annotated[
        float, Unit("CNY/kW"), Bounds(0), Help("Purchase and building, per kW of direct current.", "单位直流容量造价")
    ]
    fixed_cny_per_kw_year: Annotated[
        float,
        Unit("CNY/(kW·year)"),
        Bounds(0),
        Help("Upkeep a year, per kW of direct current.", "单位直流容量年运维费"),
    ]
    life_years: Annotated[float, Unit("year"), Bounds(0, open_below=True), Help("Life of the plant.", "寿命")] = 25.0
    capacity_factor: Annotated[
        Level | None,
        Unit("1"),
        Bounds(0, 1.2),
        Help(
            "Alternating power per unit of power_mw, in place of weather; the fields below are then not used.",
            "每单位 power_mw 的交流出力，替代气象计算；给出后不再使用组件参数",
        ),
    ] = None
    mounting: Annotated[
        Literal["fixed", "single_axis"],
        Help("Fixed frames, or trackers on one horizontal axis.", "固定支架或平单轴跟踪"),
    ] = "fixed"
    tilt_deg: Annotated[
        float | None,
        Unit("deg"),
        Bounds(0, 90),
        Help("Tilt of fixed modules from the horizontal; empty: the latitude.", "固定组件倾角；空则取纬度"),
    ] = None
    azimuth_deg: Annotated[
        float,
        Unit("deg"),
        Bounds(0, 360),
        Help(
            "Where modules face, or the tracker's axis points: 90 east, 180 south.",
            "组件朝向或跟踪轴方位：90 东，180 南",
        ),
    ] = 180.0
    tracker_angle_deg_max: Annotated[
        float, Unit("deg"), Bounds(0, 90), Help("How far trackers turn to either side.", "跟踪支架最大转角")
    ] = 60.0
    ground_cover: Annotated[
        float,
        Unit("1"),
        Bounds(0, 1, open_below=True),
        Help("Module width over row distance; trackers turn back by it.", "组件宽度与行距之比，用于跟踪支架反向跟踪"),
    ] = 0.4
    albedo: Annotated[float, Unit("1"), Bounds(0, 1), Help("Light that the ground reflects.", "地面反射率")] = 0.25
    sky_model: Annotated[
        Literal["perez", "haydavies"], Help("How diffuse light comes onto tilted modules.", "散射辐射转换模型")
    ] = "perez"
    cell_temperature: Annotated[
        Literal["sapm", "pvsyst", "faiman"], Help("How cells warm up, on open racks.", "电池温度模型（开放支架）")
    ] = "sapm"
    temperature_share_per_c: Annotated[
        float,
        Unit("1/°C"),
        Bounds(-0.01, 0),
        Help(
            "Change of power for each °C of the cells above 25 °C; -0.0035 is assumed.",
            "功率温度系数（默认 -0.0035 为假定值）",
        ),
    ] = -0.0035
    losses_share: Annotated[
        float,
        Unit("1"),
        Bounds(0, 1),
        Help(
            "Lost before the inverters: soiling, mismatch, wiring, standstill; 0.14 as in PVWatts.",
            "逆变器前损失：积尘、失配、线损、停机；默认 0.14 同 PVWatts",
        ),
    ] = 0.14
    dc_ac_ratio: Annotated[
        float,
        Unit("1"),
        Bounds(0.5, 3),
        Help("Modules over inverters, kW by kW; 1.2 is assumed.", "容配比（默认 1.2 为假定值）"),
    ] = 1.2
    inverter_efficiency: Annotated[
        float,
        Unit("1"),
        Bounds(0.5, 1),
        Help("Nominal efficiency of the inverters; 0.96 as in PVWatts.", "逆变器额定效率（默认同 PVWatts）"),
    ] = 0.96
    degradation_per_year: Annotated[
        float,
        Unit("1"),
        Bounds(0, 0.1),
        Help("Power that modules lose each year; 0.005 is assumed.", "组件年衰减率（默认 0.005 为假定值）"),
    ] = 0.005

    def add_to(self, program: Program, name: str, site: Surroundings) -> Part:
        """Power up to what the light gives; the cost of the plant."""
        return renewable_part(self, program, name, site)

    def envelope(self, window: TimeAxis) -> None:  # noqa: ARG002 - the contract's
        """A plant has no work to shift."""
        return

    def profiled(self, name: str, site: Surroundings) -> Solar:
        """The same plant with its first year's yield written down, so that it can be averaged over longer periods."""
        if self.capacity_factor is not None:
            return self
        weather = weather_of(site, name)
        values = on_plan(solar_capacity_factor(self, weather), weather, site)
        return replace(
            self, capacity_factor=Series(axis=site.axis, values=values, unit="1", source=str(weather.source))
        )

    def factor(self, program: Program, name: str, site: Surroundings) -> xr.DataArray:
        """Alternating power per unit of size in each period, in this year of operation."""
        left = health(self.degradation_per_year, site.operating_year)
        if self.capacity_factor is not None:
            return site.level(program, self.capacity_factor) * left
        weather = weather_of(site, name)
        return program.series(on_plan(solar_capacity_factor(self, weather, health=left), weather, site))

    def note(self) -> Text:
        """How the yield was found."""
        if self.capacity_factor is not None:
            return Text("Yield per kW of modules as the project gives it.", "单位组件容量的出力由项目文件给定。")
        models = f"{self.sky_model}, {self.cell_temperature}"
        return Text(
            f"Yield from weather by pvlib: {models}, PVWatts modules and inverters.",
            f"出力由 pvlib 按气象计算：{models.replace(', ', '、')} 模型，组件与逆变器采用 PVWatts 模型。",
        )
