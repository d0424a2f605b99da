"""How much of what distant sources give arrives at the site, and what does the way cost?

A line takes the parts of its sources and gives back the same parts as the site's bus sees them: less by what is lost on
the way. Losses are a fixed share of the power sent; the true ones grow with its square, so give the share at mean load.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import numpy as np
import xarray as xr

from wattloom.assets.contract import Bounds, CostItem, Help, Names, Part, Size, Stage, Surroundings, Unit
from wattloom.domain.errors import InputError, Problem
from wattloom.domain.flows import TIME, Amount, Power, total
from wattloom.domain.text import Text

if TYPE_CHECKING:
    from wattloom.domain.time import TimeAxis
    from wattloom.solve.program import Program

KM_PER_LOSS_SHARE = 100.0
"""Length for which loss_share_per_100km is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectLine:
    """A dedicated line from some of the sources to the site's bus."""

    STAGE: ClassVar[Stage] = Stage.CARRIER

    sources: Annotated[
        tuple[str, ...],
        Names("asset"),
        Help("Names of the assets that reach the site over it.", "经专线送电的电源名称"),
    ]
    length_km: Annotated[float, Unit("km"), Bounds(0), Help("Length of the route.", "线路长度")]
    voltage_kv: Annotated[float, Unit("kV"), Bounds(0, 1000, open_below=True), Help("Voltage.", "电压等级")]
    capacity_mw: Annotated[
        Size, Unit("MW"), Bounds(0), Help("Most power that may enter it at the sources' end.", "电源侧最大送电功率")
    ]
    loss_share_per_100km: Annotated[
        float, Unit("1"), Bounds(0, 1), Help("Lost of the power sent, for each 100 km.", "每百公里线损率")
    ]
    capital_cost_cny_per_km: Annotated[
        float, Unit("CNY/km"), Bounds(0), Help("Towers, conductors and right of way.", "单位长度造价")
    ]
    capital_cost_cny_per_kw: Annotated[
        float, Unit("CNY/kW"), Bounds(0), Help("Substations and bays, per kW of capacity.", "变电与间隔单位造价")
    ] = 0.0
    fixed_share_per_year: Annotated[
        float, Unit("1"), Bounds(0, 1), Help("Upkeep a year, of the capital.", "年运维费占投资比例")
    ] = 0.0
    life_years: Annotated[float, Unit("year"), Bounds(0, open_below=True), Help("Life of the line.", "寿命")] = 30.0

    @property
    def loss_share(self) -> float:
        """Lost of the power sent, over the whole length."""
        return self.loss_share_per_100km * self.length_km / KM_PER_LOSS_SHARE

    def add_to(self, program: Program, name: str, site: Surroundings) -> Part:
        """Sources' power within the capacity and less the loss; the cost of the line."""
        carried = self._carried(name, site)
        capacity = site.sized(program, f"{name}.capacity_mw", self.capacity_mw)
        self._limit(program, f"{site.prefix}{name}", carried, capacity)
        capital = capacity * (self.capital_cost_cny_per_kw * 1000.0) + self.capital_cost_cny_per_km * self.length_km
        return Part(
            name=name,
            kind="direct_line",
            sizes={"capacity_mw": capacity},
            costs=(
                CostItem(
                    item="direct_line",
                    capital_cny=capital,
                    life_years=self.life_years,
                    fixed_cny_per_year=capital * self.fixed_share_per_year,
                ),
            ),
            replaces={part.name: self._behind(part) for part in carried},
            notes=(
                Text(
                    f"Line loss of {self.loss_share:.2%} of the power sent, the same at every load.",
                    f"线损按送电功率的 {self.loss_share:.2%} 计，不随负载变化。",
                ),
            ),
        )

    def envelope(self, window: TimeAxis) -> None:  # noqa: ARG002 - the contract's
        """A line has no work to shift."""
        return

    def _carried(self, name: str, site: Surroundings) -> tuple[Part, ...]:
        """The parts of the sources; all names that are none are refused at once."""
        known = sorted(other for other, part in site.parts.items() if part.source)
        problems = [
            Problem(
                where=f"assets.{name}.sources",
                found=source,
                expected="the name of a source of this project" + (f": {', '.join(known)}" if known else ""),
                remedy="correct the name, or add the source",
            )
            for source in self.sources
            if source not in known
        ]
        if not 0.0 <= self.loss_share < 1.0:
            problems.append(
                Problem(
                    where=f"assets.{name}.loss_share_per_100km",
                    found=f"{self.loss_share:.0%} lost over {self.length_km:g} km",
                    expected="less than all of the power",
                    remedy="write the share as 0.02 for 2 % in 100 km",
                )
            )
        if problems:
            raise InputError(problems)
        return tuple(site.parts[source] for source in dict.fromkeys(self.sources))

    def _behind(self, part: Part) -> Part:
        """A source's part as it is at the site's end of the line."""
        arriving = 1.0 - self.loss_share
        if part.source is None:
            return part
        sent = part.source.delivered_mw
        source = replace(
            part.source,
            delivered_mw=arriving * sent,
            line_loss_mw=total((part.source.line_loss_mw, self.loss_share * sent)),
        )
        return replace(part, inject_mw=arriving * part.inject_mw, source=source)

    @staticmethod
    def _limit(program: Program, label: str, carried: tuple[Part, ...], capacity: Amount) -> None:
        """Power sent within the capacity, in the periods where more could come."""
        sent: Power = total(part.source.delivered_mw for part in carried if part.source)
        available: Power = total(part.source.available_mw for part in carried if part.source)
        if not carried:
            return
        rows = _may_exceed(available, capacity)
        if rows is not None:
            sent = sent.isel({TIME: rows})
        if rows is None or rows.size:
            program.require(f"{label}.sent_mw ≤ capacity", sent - capacity <= 0)


def _may_exceed(available: Power, capacity: Amount) -> np.ndarray[Any, np.dtype[np.int64]] | None:
    """Periods in which sources of fixed size could overload a line of fixed capacity; None where a size is chosen."""
    if isinstance(available, xr.DataArray) and isinstance(capacity, float):
        return np.flatnonzero(available.values > capacity)
    return None
