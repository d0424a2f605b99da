"""What may a battery take and give, what does it keep for an outage, and what does it cost?

Power conversion (MW) and cells (MWh) are sized apart. `energy_mwh` is what is bought; `stored_mwh` counts the usable
content, from empty at the lowest permitted depth. The converter works in one direction at a time, so within a period

    charged + discharged ≤ power

which holds for every way of sharing the period between the two, and is all the limit there is: at negative prices a
plan may charge and discharge in one period and burn energy by the losses, as a real converter could.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar

from wattloom.assets.contract import Bounds, CostItem, Help, Part, Size, Stage, Surroundings, Unit
from wattloom.assets.kinds.battery.ageing import Ageing
from wattloom.assets.kinds.battery.reserve import Reserve
from wattloom.assets.limits import KW_PER_MW, flow_below, largest, require_at_least
from wattloom.assets.storing import Keeping, require_content
from wattloom.domain.errors import InputError
from wattloom.domain.flows import TIME, Amount, Power, StorageFlows, total
from wattloom.domain.text import Text

if TYPE_CHECKING:
    from wattloom.domain.time import TimeAxis
    from wattloom.domain.workloads import Envelope
    from wattloom.solve.program import Program

ROUND_TRIP_EFFICIENCY = 0.85  # NREL ATB 2020 (atb.nrel.gov, utility-scale battery), after Cole and Frazier (2020).


@dataclass(frozen=True, slots=True, kw_only=True)
class Battery:
    """A battery with its converter, at the site's bus."""

    STAGE: ClassVar[Stage] = Stage.STORAGE

    power_mw: Annotated[
        Size, Unit("MW"), Bounds(0), Help("Power of the converter, the same in and out.", "变流器功率（充放相同）")
    ]
    energy_mwh: Annotated[Size, Unit("MWh"), Bounds(0), Help("Energy of the cells as bought.", "电芯标称能量")]
    capital_cost_cny_per_kw: Annotated[
        float, Unit("CNY/kW"), Bounds(0), Help("Power conversion, installed.", "功率变换系统造价")
    ]
    capital_cost_cny_per_kwh: Annotated[float, Unit("CNY/kWh"), Bounds(0), Help("Cells, installed.", "电芯系统造价")]
    fixed_cny_per_kw_year: Annotated[
        float, Unit("CNY/kW/year"), Bounds(0), Help("Upkeep, augmentation apart.", "固定运维费，不含补容")
    ]
    life_years: Annotated[
        float, Unit("year"), Bounds(0, open_below=True), Help("Years until all of it is bought again.", "寿命")
    ]
    round_trip_efficiency: Annotated[
        float | None,
        Unit("1"),
        Bounds(0, 1, open_below=True),
        Help("From bus to bus, split evenly; empty with no other efficiency: 0.85.", "往返效率；全空时取0.85"),
    ] = None
    charge_efficiency: Annotated[
        float | None, Unit("1"), Bounds(0, 1, open_below=True), Help("Bus to cells, in place of it.", "充电效率")
    ] = None
    discharge_efficiency: Annotated[
        float | None, Unit("1"), Bounds(0, 1, open_below=True), Help("Cells to bus, in place of it.", "放电效率")
    ] = None
    self_discharge_per_hour: Annotated[
        float, Unit("1/h"), Bounds(0, 1), Help("Share of the usable content lost in an hour.", "每小时自放电率")
    ] = 0.0
    depth_of_discharge: Annotated[
        float,
        Unit("1"),
        Bounds(0, 1, open_below=True),
        Help("Usable share of the energy; 1 where energy_mwh is told as usable.", "可用放电深度；按可用能量报价时为1"),
    ] = 1.0
    duration_h_min: Annotated[
        float | None, Unit("h"), Bounds(0), Help("Least energy for each MW of power.", "最短时长")
    ] = None
    duration_h_max: Annotated[
        float | None, Unit("h"), Bounds(0, open_below=True), Help("Most energy for each MW of power.", "最长时长")
    ] = None
    grid_forming: Annotated[bool, Help("Whether the converter holds the voltage by itself.", "是否构网型")] = False
    grid_forming_premium: Annotated[
        float | None,
        Unit("1"),
        Bounds(0),
        Help("Added cost of that, of the power conversion cost; needed with grid_forming.", "构网型溢价，占变流器造价"),
    ] = None
    firm_minutes: Annotated[
        float,
        Unit("min"),
        Bounds(0),
        Help("Minutes of the firm load for which charge is held in every period.", "每时段为刚性负荷保留的备电分钟数"),
    ] = 0.0
    calendar_fade_per_year: Annotated[
        float, Unit("1/year"), Bounds(0, 1), Help("Energy lost a year by age; 0: none counted.", "日历衰减；0为不计")
    ] = 0.0
    cycle_life: Annotated[
        float | None,
        Unit("cycles"),
        Bounds(0, open_below=True),
        Help("Full equivalent cycles to 80 %; empty: none counted.", "循环寿命（至80%）；空则不计"),
    ] = None
    cycles_per_year_max: Annotated[
        float | None, Unit("cycles/year"), Bounds(0), Help("Full equivalent cycles warranted a year.", "年循环次数上限")
    ] = None
    augmentation: Annotated[
        bool, Help("Whether cells are added as energy is lost, which then stays as built.", "是否逐年补容")
    ] = True
    augmentation_cost_cny_per_kwh: Annotated[
        float | None,
        Unit("CNY/kWh"),
        Bounds(0),
        Help("Price of added cells; empty: as the first ones.", "补容电芯造价"),
    ] = None

    def __post_init__(self) -> None:
        """Refuse half a pair of efficiencies or two ways of telling them, and grid forming without its price."""
        pair = [self.charge_efficiency, self.discharge_efficiency]
        if (pair.count(None) == 1) or (pair.count(None) == 0 and self.round_trip_efficiency is not None):
            raise InputError.one(
                "battery.charge_efficiency",
                found=f"charge {pair[0]}, discharge {pair[1]}, round trip {self.round_trip_efficiency}",
                expected="both one-way efficiencies, or the round trip alone",
                remedy="give charge_efficiency and discharge_efficiency, or round_trip_efficiency",
            )
        if self.grid_forming and self.grid_forming_premium is None:
            raise InputError.one(
                "battery.grid_forming_premium",
                found="nothing, with grid_forming: true",
                expected="the added cost as a share of the power conversion cost",
                remedy="give grid_forming_premium, such as the share in the converter's offer",
            )
        _ = self.ageing

    @property
    def ageing(self) -> Ageing:
        """What it loses by age and by use."""
        return Ageing(
            calendar_fade_per_year=self.calendar_fade_per_year,
            cycle_life=self.cycle_life,
            cycles_per_year_max=self.cycles_per_year_max,
            augmentation=self.augmentation,
        )

    @property
    def keeping(self) -> Keeping:
        """What it keeps of what it is given."""
        each_way = math.sqrt(self.round_trip_efficiency or ROUND_TRIP_EFFICIENCY)
        return Keeping(
            charge_efficiency=self.charge_efficiency or each_way,
            discharge_efficiency=self.discharge_efficiency or each_way,
            loss_per_hour=self.self_discharge_per_hour,
        )

    @property
    def reserve(self) -> Reserve:
        """What it holds for an outage."""
        return Reserve(minutes=self.firm_minutes, discharge_efficiency=self.keeping.discharge_efficiency)

    def usable_share(self, operating_year: int) -> float:
        """Usable content in a year of operation, of the energy as bought."""
        return self.depth_of_discharge * self.ageing.left(operating_year)

    def add_to(self, program: Program, name: str, site: Surroundings) -> Part:
        """Charge, discharge and content within the sizes; the reserve for an outage held; ageing paid for."""
        label = f"{site.prefix}{name}"
        power = site.sized(program, f"{name}.power_mw", self.power_mw)
        energy = site.sized(program, f"{name}.energy_mwh", self.energy_mwh)
        firm = total(part.firm_mw for part in site.parts.values()) if self.firm_minutes else 0.0
        charged, discharged = program.flow(f"{label}.charged_mw"), program.flow(f"{label}.discharged_mw")
        program.require(f"{label}.power", charged + discharged - power <= 0)
        stored = flow_below(
            program,
            f"{label}.stored_mwh",
            self.usable_share(site.operating_year) * energy,
            lower=self.reserve.floor_mwh(firm, site.axis.step_hours),
        )
        self.reserve.require(program, label, stored, firm)
        require_content(program, label, self.keeping, charged_mw=charged, discharged_mw=discharged, stored_mwh=stored)
        self._require_sizes(program, label, power, energy, firm)
        cycled_mwh = discharged.sum(TIME) * (site.axis.step_hours / self.keeping.discharge_efficiency)
        if self.cycles_per_year_max is not None:
            program.require(f"{label}.cycles", cycled_mwh - (self.cycles_per_year_max * site.years) * energy <= 0)
        return Part(
            name=name,
            kind="battery",
            inject_mw=1.0 * discharged,
            draw_mw=1.0 * charged,
            sizes={"power_mw": power, "energy_mwh": energy},
            costs=self._costs(power, energy, cycled_mwh),
            storage=StorageFlows(charged_mw=1.0 * charged, discharged_mw=1.0 * discharged, stored_mwh=1.0 * stored),
            grid_forming_mva=power if self.grid_forming else 0.0,
            notes=self._notes(),
        )

    def envelope(self, window: TimeAxis) -> Envelope | None:  # noqa: ARG002 - the contract's
        """None: a battery has content to move and no work of its own."""
        return None

    def _require_sizes(self, program: Program, label: str, power: Amount, energy: Amount, firm: Power) -> None:
        """Durations; power for the firm load, and energy for it as long as the battery lives."""
        if self.duration_h_min is not None:
            require_at_least(program, f"{label}.duration_h_min", energy - self.duration_h_min * power, 0.0)
        if self.duration_h_max is not None:
            require_at_least(program, f"{label}.duration_h_max", self.duration_h_max * power - energy, 0.0)
        if self.firm_minutes:
            left = self.usable_share(math.ceil(self.life_years)) * energy
            require_at_least(program, f"{label}.firm_power", power, largest(firm))
            require_at_least(program, f"{label}.firm_energy", left, self.reserve.mwh_for(largest(firm)))

    def _costs(self, power: Amount, energy: Amount, cycled_mwh: Amount) -> tuple[CostItem, ...]:
        """Power conversion, what grid forming adds, cells, and the cells that make up for ageing."""
        conversion = (self.capital_cost_cny_per_kw * KW_PER_MW) * power
        items = [
            CostItem(
                item="power_conversion",
                capital_cny=conversion,
                life_years=self.life_years,
                fixed_cny_per_year=(self.fixed_cny_per_kw_year * KW_PER_MW) * power,
            ),
            CostItem(
                item="cells",
                capital_cny=(self.capital_cost_cny_per_kwh * KW_PER_MW) * energy,
                life_years=self.life_years,
            ),
        ]
        if self.grid_forming:
            premium = self.grid_forming_premium or 0.0
            items.append(CostItem(item="grid_forming", capital_cny=premium * conversion, life_years=self.life_years))
        if self.augmentation and (self.calendar_fade_per_year or self.cycle_life):
            price = self.augmentation_cost_cny_per_kwh
            cells = (self.capital_cost_cny_per_kwh if price is None else price) * KW_PER_MW
            items.append(
                CostItem(
                    item="augmentation",
                    fixed_cny_per_year=(cells * self.calendar_fade_per_year) * energy,
                    variable_cny_per_year=(cells * self.ageing.fade_per_cycle) * cycled_mwh,
                )
            )
        return tuple(items)

    def _notes(self) -> tuple[Text, ...]:
        """What a reader must know."""
        aged = self.calendar_fade_per_year or self.cycle_life
        return () if aged else (UNAGED,)


UNAGED = Text(
    "No ageing of the battery is counted: neither calendar fade nor cycle life is given.",
    "未计储能老化：未给出日历衰减与循环寿命。",
)
