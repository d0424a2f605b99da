"""How far can cooling be made before it is needed: in a tank of chilled water, in ice, or in the halls themselves?

Everything is told as electricity: the content is what the chillers need not draw when it is used. Charging adds to the
chillers' draw, within what they can do beyond the cooling of the hour; discharging takes from it, and never more than
the draw for cooling there is. To the site's accounts it is a store: the load's own cooling stays as it would have been.
Charging and discharging in one period is not excluded; it loses energy, so a plan does it at negative prices only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar

from wattloom.assets.contract import Bounds, CostItem, Help, Level, Part, Size, Stage, Surroundings, Unit
from wattloom.assets.limits import KW_PER_MW, flow_below
from wattloom.assets.storing import Keeping, require_content
from wattloom.domain.errors import InputError
from wattloom.domain.flows import Power, StorageFlows, total

if TYPE_CHECKING:
    from wattloom.domain.time import TimeAxis
    from wattloom.domain.workloads import Envelope
    from wattloom.solve.program import Program


@dataclass(frozen=True, slots=True, kw_only=True)
class ColdStore:
    """A store of cold between the chillers and the halls."""

    STAGE: ClassVar[Stage] = Stage.STORAGE

    energy_mwh: Annotated[
        Size,
        Unit("MWh"),
        Bounds(0),
        Help("Content, as electricity that the chillers then need not draw.", "蓄冷量（折电量）"),
    ]
    chiller_spare_mw: Annotated[
        Level,
        Unit("MW"),
        Bounds(0),
        Help("Draw of the chillers beyond the cooling of the hour.", "制冷机组富余电功率"),
    ]
    charge_efficiency: Annotated[
        float,
        Unit("1"),
        Bounds(0, 2, open_below=True),
        Help(
            "Content for each MWh of extra draw: below 1 for ice, above 1 where nights make chillers better.",
            "蓄冷效率：制冰小于1，夜间机组能效更高时可大于1",
        ),
    ]
    loss_per_hour: Annotated[
        float, Unit("1/h"), Bounds(0, 1), Help("Share of the content lost in an hour.", "每小时冷损率")
    ]
    capital_cost_cny_per_kwh: Annotated[
        float, Unit("CNY/kWh"), Bounds(0), Help("Tank, piping and pumps; 0 for the halls themselves.", "蓄冷系统造价")
    ]
    fixed_cny_per_kwh_year: Annotated[float, Unit("CNY/kWh/year"), Bounds(0), Help("Upkeep.", "固定运维费")]
    life_years: Annotated[float, Unit("year"), Bounds(0, open_below=True), Help("Life of the store.", "寿命")]

    def add_to(self, program: Program, name: str, site: Surroundings) -> Part:
        """Extra draw within the chillers' spare, relief within the cooling draw, content within the size."""
        label = f"{site.prefix}{name}"
        energy = site.sized(program, f"{name}.energy_mwh", self.energy_mwh)
        charged = flow_below(program, f"{label}.charged_mw", site.level(program, self.chiller_spare_mw))
        discharged = flow_below(program, f"{label}.discharged_mw", self._cooling_mw(name, site))
        stored = flow_below(program, f"{label}.stored_mwh", energy)
        keeping = Keeping(
            charge_efficiency=self.charge_efficiency, discharge_efficiency=1.0, loss_per_hour=self.loss_per_hour
        )
        require_content(program, label, keeping, charged_mw=charged, discharged_mw=discharged, stored_mwh=stored)
        return Part(
            name=name,
            kind="cold_store",
            inject_mw=1.0 * discharged,
            draw_mw=1.0 * charged,
            sizes={"energy_mwh": energy},
            costs=(
                CostItem(
                    item="cold_store",
                    capital_cny=(self.capital_cost_cny_per_kwh * KW_PER_MW) * energy,
                    life_years=self.life_years,
                    fixed_cny_per_year=(self.fixed_cny_per_kwh_year * KW_PER_MW) * energy,
                ),
            ),
            # What is relieved here is no longer there for a second store.
            cooling_mw=-1.0 * discharged,
            storage=StorageFlows(charged_mw=1.0 * charged, discharged_mw=1.0 * discharged, stored_mwh=1.0 * stored),
        )

    def envelope(self, window: TimeAxis) -> Envelope | None:  # noqa: ARG002 - the contract's
        """None: cold has no work of its own."""
        return None

    @staticmethod
    def _cooling_mw(name: str, site: Surroundings) -> Power:
        """Draw for cooling that the store may take over: of all loads, less what earlier stores relieve."""
        if not any(part.load for part in site.parts.values()):
            raise InputError.one(
                f"assets.{name}",
                found="a cold store without a load that is cooled",
                expected="a computing facility with cooling at the same site",
                remedy="add the facility, or remove the cold store",
            )
        return total(part.cooling_mw for part in site.parts.values())
