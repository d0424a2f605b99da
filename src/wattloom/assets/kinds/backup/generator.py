"""What does a generator on bought fuel give, how long may it run, and how much firm load does it cover?

Fuel that is not burnt is not curtailed energy: what is available is what is delivered. A renewable fuel is green and
carbon-free but never wind or sun, so the direct-connection ratios do not count it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from wattloom.assets.contract import Bounds, CostItem, Help, Part, Size, Stage, Surroundings, Unit
from wattloom.assets.limits import KW_PER_MW, flow_below, largest, require_at_least
from wattloom.domain.flows import TIME, Amount, SourceFlows, Trait, total

if TYPE_CHECKING:
    from wattloom.domain.time import TimeAxis
    from wattloom.domain.workloads import Envelope
    from wattloom.solve.program import Program


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupGenerator:
    """An engine, turbine or fuel cell on fuel from outside the site."""

    STAGE: ClassVar[Stage] = Stage.SOURCE

    fuel: Annotated[
        Literal["gas", "biogas", "biodiesel", "hydrogen", "ammonia", "methanol", "diesel"],
        Help("What it burns, bought from outside.", "外购燃料种类"),
    ]
    power_mw: Annotated[Size, Unit("MW"), Bounds(0), Help("Power at the bus.", "出力")]
    fuel_price_cny_per_mwh_fuel: Annotated[
        float, Unit("CNY/MWh"), Bounds(0), Help("Price of fuel, lower heating value.", "燃料价格（低位热值）")
    ]
    efficiency: Annotated[
        float, Unit("1"), Bounds(0, 1, open_below=True), Help("Electricity for each MWh of fuel.", "发电效率")
    ]
    emission_factor_t_per_mwh_fuel: Annotated[
        float, Unit("t/MWh"), Bounds(0), Help("Direct CO2 of each MWh of fuel; 0 for a renewable one.", "燃料排放因子")
    ]
    renewable: Annotated[bool, Help("Whether the fuel is renewable, so that its power is green.", "是否可再生燃料")]
    capital_cost_cny_per_kw: Annotated[float, Unit("CNY/kW"), Bounds(0), Help("Installed.", "造价")]
    fixed_cny_per_kw_year: Annotated[float, Unit("CNY/kW/year"), Bounds(0), Help("Upkeep.", "固定运维费")]
    life_years: Annotated[float, Unit("year"), Bounds(0, open_below=True), Help("Life of the generator.", "寿命")]
    variable_cny_per_mwh: Annotated[
        float, Unit("CNY/MWh"), Bounds(0), Help("Upkeep by use, for each MWh given.", "可变运维费")
    ] = 0.0
    hours_per_year_max: Annotated[
        float | None, Unit("h/year"), Bounds(0, 8784), Help("Full-load hours a year.", "年满负荷小时上限")
    ] = None
    energy_mwh_max: Annotated[
        float | None, Unit("MWh/year"), Bounds(0), Help("Energy given a year, such as fuel allows.", "年发电量上限")
    ] = None
    covers_firm_load: Annotated[
        bool, Help("Whether its power must reach the firm load, for an outage of the grid.", "是否须覆盖刚性负荷")
    ] = False
    firm_load_share: Annotated[
        float, Unit("1"), Bounds(0, 1), Help("Share of the firm load that it must reach.", "须覆盖的刚性负荷比例")
    ] = 1.0

    def add_to(self, program: Program, name: str, site: Surroundings) -> Part:
        """Power within its size, energy within the year's limits, and firm load covered where asked."""
        label = f"{site.prefix}{name}"
        power = site.sized(program, f"{name}.power_mw", self.power_mw)
        given = 1.0 * flow_below(program, f"{label}.delivered_mw", power)
        given_mwh = given.sum(TIME) * site.axis.step_hours
        if self.hours_per_year_max is not None:
            program.require(f"{label}.hours", given_mwh - (self.hours_per_year_max * site.years) * power <= 0)
        if self.energy_mwh_max is not None:
            program.require(f"{label}.energy", given_mwh <= self.energy_mwh_max * site.years)
        if self.covers_firm_load:
            covered = self.firm_load_share * largest(total(part.firm_mw for part in site.parts.values()))
            require_at_least(program, f"{label}.firm_power", power, covered)
        return Part(
            name=name,
            kind="backup",
            inject_mw=given,
            sizes={"power_mw": power},
            costs=self._costs(power, given_mwh),
            source=SourceFlows(
                available_mw=given,
                delivered_mw=given,
                traits=frozenset({Trait.GREEN, Trait.CARBON_FREE}) if self.renewable else frozenset(),
                carbon_t_per_mwh=self.emission_factor_t_per_mwh_fuel / self.efficiency,
            ),
        )

    def envelope(self, window: TimeAxis) -> Envelope | None:  # noqa: ARG002 - the contract's
        """None: a generator has no work to shift."""
        return None

    def _costs(self, power: Amount, given_mwh: Amount) -> tuple[CostItem, ...]:
        """The machine, and the fuel and upkeep of each MWh given."""
        each_mwh = self.fuel_price_cny_per_mwh_fuel / self.efficiency + self.variable_cny_per_mwh
        return (
            CostItem(
                item="backup_generator",
                capital_cny=(self.capital_cost_cny_per_kw * KW_PER_MW) * power,
                life_years=self.life_years,
                fixed_cny_per_year=(self.fixed_cny_per_kw_year * KW_PER_MW) * power,
            ),
            CostItem(item="fuel", variable_cny_per_year=each_mwh * given_mwh),
        )
