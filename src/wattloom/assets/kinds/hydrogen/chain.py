"""What does a chain of electrolyser, store and generator take and give, and what does it cost?

The chain is a store of electricity: green energy in gives green energy out, less the losses. Its three machines are
sized apart, and hydrogen is counted by its lower heating value. The program is linear and starts and stops nothing:
with a least load the electrolyser runs at or above it in every period of the year, hot and never switched off; without
one it follows its power down to zero. Both machines may run in one period; that only loses energy, so a plan does it
where the least load asks for it, or at negative prices.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar

from wattloom.assets.contract import Bounds, CostItem, Help, Part, Size, Stage, Surroundings, Unit
from wattloom.assets.limits import KW_PER_MW, flow_below, is_known
from wattloom.assets.storing import Keeping, require_content
from wattloom.domain.flows import Amount, StorageFlows
from wattloom.domain.text import Text

if TYPE_CHECKING:
    import linopy

    from wattloom.domain.time import TimeAxis
    from wattloom.domain.workloads import Envelope
    from wattloom.solve.program import Program


@dataclass(frozen=True, slots=True, kw_only=True)
class HydrogenChain:
    """An electrolyser, a store of hydrogen, and a fuel cell or turbine."""

    STAGE: ClassVar[Stage] = Stage.STORAGE

    electrolyser_mw: Annotated[Size, Unit("MW"), Bounds(0), Help("Power drawn by the electrolyser.", "电解槽耗电功率")]
    store_mwh: Annotated[
        Size, Unit("MWh"), Bounds(0), Help("Hydrogen in store, lower heating value.", "储氢量（低位热值）")
    ]
    generator_mw: Annotated[
        Size, Unit("MW"), Bounds(0), Help("Power given by the fuel cell or turbine.", "燃料电池或氢燃机出力")
    ]
    electrolyser_efficiency: Annotated[
        float,
        Unit("1"),
        Bounds(0, 1, open_below=True),
        Help("Hydrogen in store for each MWh drawn, compression included.", "电制氢效率（低位热值，含压缩）"),
    ]
    generator_efficiency: Annotated[
        float, Unit("1"), Bounds(0, 1, open_below=True), Help("Electricity for each MWh of hydrogen.", "氢发电效率")
    ]
    electrolyser_capital_cost_cny_per_kw: Annotated[
        float, Unit("CNY/kW"), Bounds(0), Help("Electrolyser and compressor, installed.", "电解槽与压缩造价")
    ]
    store_capital_cost_cny_per_kwh: Annotated[
        float, Unit("CNY/kWh"), Bounds(0), Help("Store, for each kWh of hydrogen.", "储氢造价")
    ]
    generator_capital_cost_cny_per_kw: Annotated[
        float, Unit("CNY/kW"), Bounds(0), Help("Fuel cell or turbine, installed.", "燃料电池或氢燃机造价")
    ]
    electrolyser_life_years: Annotated[
        float, Unit("year"), Bounds(0, open_below=True), Help("Life of the electrolyser.", "电解槽寿命")
    ]
    store_life_years: Annotated[
        float, Unit("year"), Bounds(0, open_below=True), Help("Life of the store.", "储氢装置寿命")
    ]
    generator_life_years: Annotated[
        float, Unit("year"), Bounds(0, open_below=True), Help("Life of the fuel cell or turbine.", "发电装置寿命")
    ]
    fixed_share_per_year: Annotated[
        float,
        Unit("1/year"),
        Bounds(0, 1),
        Help("Upkeep a year, of each machine's capital cost.", "年运维费占造价比例"),
    ]
    electrolyser_least_share: Annotated[
        float,
        Unit("1"),
        Bounds(0, 1),
        Help(
            "Share of its power that it never goes below; above 0 it never stops.",
            "电解槽最低负荷率；大于0则全年不停机",
        ),
    ] = 0.0
    loss_per_hour: Annotated[
        float, Unit("1/h"), Bounds(0, 1), Help("Share of the hydrogen lost in an hour.", "每小时储氢损失率")
    ] = 0.0

    def add_to(self, program: Program, name: str, site: Surroundings) -> Part:
        """Three sizes, the content of the store, and the least load where there is one."""
        label = f"{site.prefix}{name}"
        electrolyser = site.sized(program, f"{name}.electrolyser_mw", self.electrolyser_mw)
        store = site.sized(program, f"{name}.store_mwh", self.store_mwh)
        generator = site.sized(program, f"{name}.generator_mw", self.generator_mw)
        charged = self._electrolysis(program, label, electrolyser)
        discharged = flow_below(program, f"{label}.discharged_mw", generator)
        stored = flow_below(program, f"{label}.stored_mwh", store)
        keeping = Keeping(
            charge_efficiency=self.electrolyser_efficiency,
            discharge_efficiency=self.generator_efficiency,
            loss_per_hour=self.loss_per_hour,
        )
        require_content(program, label, keeping, charged_mw=charged, discharged_mw=discharged, stored_mwh=stored)
        return Part(
            name=name,
            kind="hydrogen",
            inject_mw=1.0 * discharged,
            draw_mw=1.0 * charged,
            sizes={"electrolyser_mw": electrolyser, "store_mwh": store, "generator_mw": generator},
            costs=self._costs(electrolyser, store, generator),
            storage=StorageFlows(charged_mw=1.0 * charged, discharged_mw=1.0 * discharged, stored_mwh=1.0 * stored),
            notes=self._notes(),
        )

    def envelope(self, window: TimeAxis) -> Envelope | None:  # noqa: ARG002 - the contract's
        """None: hydrogen has no work of its own."""
        return None

    def _electrolysis(self, program: Program, label: str, electrolyser: Amount) -> linopy.Variable:
        """The electrolyser's draw between its least load and its power."""
        least = self.electrolyser_least_share * electrolyser
        charged = flow_below(program, f"{label}.charged_mw", electrolyser, lower=least if is_known(least) else 0.0)
        if self.electrolyser_least_share and not is_known(least):
            program.require(f"{label}.least_load", charged - least >= 0)
        return charged

    def _costs(self, electrolyser: Amount, store: Amount, generator: Amount) -> tuple[CostItem, ...]:
        """Each machine with its own life."""
        machines = (
            ("electrolyser", electrolyser, self.electrolyser_capital_cost_cny_per_kw, self.electrolyser_life_years),
            ("hydrogen_store", store, self.store_capital_cost_cny_per_kwh, self.store_life_years),
            ("hydrogen_generator", generator, self.generator_capital_cost_cny_per_kw, self.generator_life_years),
        )
        return tuple(
            CostItem(
                item=item,
                capital_cny=(price * KW_PER_MW) * size,
                life_years=life,
                fixed_cny_per_year=(self.fixed_share_per_year * price * KW_PER_MW) * size,
            )
            for item, size, price, life in machines
        )

    def _notes(self) -> tuple[Text, ...]:
        """What a reader must know."""
        if not self.electrolyser_least_share:
            return (
                Text(
                    "The electrolyser follows its power down to zero: starts and stops are not counted.",
                    "电解槽功率可降至零，不计启停。",
                ),
            )
        return (
            Text(
                "The electrolyser never stops: with a least load it runs at or above it in every period of the year.",
                "电解槽不停机：设有最低负荷时，全年各时段均不低于该负荷运行。",
            ),
        )
