"""How many green certificates are bought apart from power, and what do they cost?

One certificate stands for 1 MWh. It says nothing of the hour, so it counts in the share with certificates alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar

from wattloom.assets.contract import Bounds, CostItem, Help, Part, Size, Stage, Surroundings, Unit

if TYPE_CHECKING:
    from wattloom.domain.time import TimeAxis
    from wattloom.domain.workloads import Envelope
    from wattloom.solve.program import Program


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificates:
    """Certificates bought for a year."""

    STAGE: ClassVar[Stage] = Stage.EXCHANGE

    quantity_mwh: Annotated[
        Size, Unit("MWh/year"), Bounds(0), Help("Energy whose certificates are bought each year.", "年购买绿证对应电量")
    ]
    price_cny_per_certificate: Annotated[
        float,
        Unit("CNY"),
        Bounds(0),
        Help("Price of one certificate, which stands for 1 MWh.", "每张绿证价格（1兆瓦时）"),
    ]

    def add_to(self, program: Program, name: str, site: Surroundings) -> Part:
        """A quantity a year, and its price."""
        quantity = site.sized(program, f"{name}.quantity_mwh", self.quantity_mwh)
        bought = site.years * quantity
        return Part(
            name=name,
            kind="certificates",
            sizes={"quantity_mwh": quantity},
            costs=(CostItem(item="certificates", variable_cny_per_year=self.price_cny_per_certificate * bought),),
            certificates_mwh=bought,
        )

    def envelope(self, window: TimeAxis) -> Envelope | None:  # noqa: ARG002 - the contract's
        """None: a certificate has no work to shift."""
        return None
