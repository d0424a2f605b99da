"""Which part of the import does a green-power contract cover, and what does its green attribute cost?

The power comes over the public grid and is paid there like any other; the contract adds a premium for the green
attribute. A period's delivery is at most what the contract gives and at most what the site draws. The plan takes what
its goals ask for; with take-or-pay, the premium of that share of the contracted energy is paid whether taken or not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from wattloom.assets.contract import Bounds, CostItem, Help, Level, Part, Size, Stage, Surroundings, Unit
from wattloom.assets.limits import flow_below
from wattloom.domain.errors import InputError
from wattloom.domain.flows import TIME, Amount, Power, total

if TYPE_CHECKING:
    from wattloom.domain.time import TimeAxis
    from wattloom.domain.workloads import Envelope
    from wattloom.solve.program import Program


@dataclass(frozen=True, slots=True, kw_only=True)
class GreenContract:
    """Green power bought through the public grid."""

    STAGE: ClassVar[Stage] = Stage.EXCHANGE

    quantity_mw: Annotated[Size, Unit("MW"), Bounds(0), Help("Contracted power where the profile is 1.", "合同电力")]
    premium_cny_per_mwh: Annotated[
        float, Unit("CNY/MWh"), Bounds(0), Help("Price of the green attribute, on top of the energy.", "环境价值溢价")
    ]
    profile: Annotated[
        Level, Unit("1"), Bounds(0, 1), Help("Share of the quantity that comes in each period.", "合同曲线（0至1）")
    ] = 1.0
    take_or_pay_share: Annotated[
        float, Unit("1"), Bounds(0, 1), Help("Share of the contracted energy paid for in any case.", "照付不议比例")
    ] = 0.0

    def add_to(self, program: Program, name: str, site: Surroundings) -> Part:
        """Delivery within the contract and within the import; the premium of what is taken, or must be paid."""
        label = f"{site.prefix}{name}"
        quantity = site.sized(program, f"{name}.quantity_mw", self.quantity_mw)
        offered = quantity * site.level(program, self.profile)
        contracted = flow_below(program, f"{label}.contracted_mw", offered)
        program.require(f"{label}.contracted_mw ≤ import", contracted - self._uncovered_mw(name, site) <= 0)
        paid_mwh = self._paid_mwh(program, label, contracted, offered)
        return Part(
            name=name,
            kind="green_contract",
            sizes={"quantity_mw": quantity},
            costs=(CostItem(item="green_premium", variable_cny_per_year=self.premium_cny_per_mwh * paid_mwh),),
            contracted_mw=1.0 * contracted,
        )

    def envelope(self, window: TimeAxis) -> Envelope | None:  # noqa: ARG002 - the contract's
        """None: a contract has no work to shift."""
        return None

    def _paid_mwh(self, program: Program, label: str, contracted: Any, offered: Power) -> Amount:
        """Energy that the premium is paid for: what is taken, and at least the take-or-pay share of what is offered."""
        taken_mwh = contracted.sum(TIME) * program.axis.step_hours
        if not self.take_or_pay_share:
            return taken_mwh
        paid_mwh = program.each(f"{label}.paid_mwh", ["year"], dimension="term").sum("term")
        program.require(f"{label}.paid_mwh ≥ taken", paid_mwh - taken_mwh >= 0)
        owed_mwh = offered.sum(TIME) * (self.take_or_pay_share * program.axis.step_hours)
        program.require(f"{label}.paid_mwh ≥ take or pay", paid_mwh - owed_mwh >= 0)
        return paid_mwh

    @staticmethod
    def _uncovered_mw(name: str, site: Surroundings) -> Power:
        """Import that no earlier contract covers."""
        imported = total(part.imported_mw for part in site.parts.values())
        if isinstance(imported, float):
            raise InputError.one(
                f"assets.{name}",
                found="a green-power contract without a grid connection",
                expected="a grid connection at the same site, over which the power comes",
                remedy="add an asset of kind grid, or remove the contract",
            )
        covered = total(part.contracted_mw for part in site.parts.values())
        return imported - covered
