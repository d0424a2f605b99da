"""How do the assets of a site make one balance? Parts are added stage by stage; what is left is `Flows`.

sources ──(lines)──┐
stores  ◄─────────►├── bus ──► computing and its cooling
public grid ◄─────►┘
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from wattloom.assets.contract import Asset, CostItem, Part, Stage, Surroundings
from wattloom.domain.flows import TIME, Flows, total

if TYPE_CHECKING:
    from wattloom.solve.program import Program
    from wattloom.solve.solution import Solution

BALANCE = "balance"
"""Name of the requirement that power in equals power out in each period."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A place with its assets."""

    assets: Mapping[str, Asset]
    around: Surroundings
    discount_rate: float
    tie_break_cny_per_mwh: float = 0.0
    """Put on energy charged, and on no bill: of plans that cost the same, the one that moves less through stores."""

    def add_to(self, program: Program, *, costs: bool = True) -> Built:
        """Write every asset into a program, and the balance of the bus; `costs=False` leaves the objective free."""
        parts: dict[str, Part] = {}
        for name, asset in self._in_order():
            part = asset.add_to(program, name, replace(self.around, parts=parts))
            parts.update(part.replaces)
            parts[name] = part
        injected = total(part.inject_mw for part in parts.values())
        drawn = total(part.draw_mw for part in parts.values())
        program.require(f"{self.around.prefix}{BALANCE}", injected - drawn == 0)
        for part in parts.values() if costs else ():
            for item in part.costs:
                program.cost(f"{self.around.prefix}{part.name}.{item.item}", self.yearly(item))
        if self.tie_break_cny_per_mwh and costs:
            charged = total(part.storage.charged_mw.sum(TIME) for part in parts.values() if part.storage)
            program.cost(
                f"{self.around.prefix}tie break", charged * (self.tie_break_cny_per_mwh * program.axis.step_hours)
            )
        return Built(site=self, parts=parts)

    def yearly(self, item: CostItem) -> Any:
        """What a cost item comes to over the axis: capital as an annuity, plus what is kept and used."""
        standing = item.capital_cny * annuity(self.discount_rate, item.life_years) + item.fixed_cny_per_year
        return standing * self.around.years + item.variable_cny_per_year

    def _in_order(self) -> list[tuple[str, Asset]]:
        """By stage; within the exchange the public grid first, since contracts read what it draws."""
        ranked = sorted(self.assets.items(), key=lambda pair: pair[1].STAGE)
        exchange = [pair for pair in ranked if pair[1].STAGE is Stage.EXCHANGE]
        exchange.sort(key=lambda pair: not hasattr(pair[1], "capacity_mva"))
        return [pair for pair in ranked if pair[1].STAGE is not Stage.EXCHANGE] + exchange


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """A site inside a program: its parts, and its flows as expressions."""

    site: Site
    parts: Mapping[str, Part]
    solved_already: bool = False
    """Whether the parts hold arrays."""

    @property
    def flows(self) -> Flows:
        """The flows, as expressions while unsolved."""
        parts = self.parts
        return Flows(
            step_hours=self.site.around.axis.step_hours,
            sources={name: part.source for name, part in parts.items() if part.source},
            storages={name: part.storage for name, part in parts.items() if part.storage},
            loads={name: part.load for name, part in parts.items() if part.load},
            imported_mw=total(part.imported_mw for part in parts.values()),
            exported_mw=total(part.exported_mw for part in parts.values()),
            contracted_mw=total(part.contracted_mw for part in parts.values()),
            certificates_mwh=total(part.certificates_mwh for part in parts.values()),
            planned=not self.solved_already,
        )

    def solved(self, solution: Solution) -> dict[str, Part]:
        """The parts with every expression replaced by its value."""
        return {name: _valued(part, solution) for name, part in self.parts.items()}


def annuity(rate: float, years: float) -> float:
    """Yearly payment that pays back 1 over some years.

    Example:
        >>> round(annuity(0.07, 25), 6)
        0.085811
    """
    return 1.0 / years if rate == 0 else rate / (1.0 - (1.0 + rate) ** -years)


def _valued(part: Part, solution: Solution) -> Part:
    """A part with numbers and arrays."""
    value = solution.value
    return replace(
        part,
        inject_mw=value(part.inject_mw),
        draw_mw=value(part.draw_mw),
        sizes={key: value(size) for key, size in part.sizes.items()},
        costs=tuple(
            replace(
                item,
                capital_cny=value(item.capital_cny),
                fixed_cny_per_year=value(item.fixed_cny_per_year),
                variable_cny_per_year=value(item.variable_cny_per_year),
            )
            for item in part.costs
        ),
        source=part.source and _fields_valued(part.source, value),
        storage=part.storage and _fields_valued(part.storage, value),
        load=part.load and _fields_valued(part.load, value),
        imported_mw=value(part.imported_mw),
        exported_mw=value(part.exported_mw),
        contracted_mw=value(part.contracted_mw),
        certificates_mwh=value(part.certificates_mwh),
        cooling_mw=value(part.cooling_mw),
        firm_mw=value(part.firm_mw),
        grid_forming_mva=value(part.grid_forming_mva),
        replaces={},
    )


def _fields_valued(flows: Any, value: Any) -> Any:
    """A source, store or load with arrays."""
    names = [name for name in flows.__dataclass_fields__ if name not in {"traits", "carbon_t_per_mwh"}]
    return replace(flows, **{name: value(getattr(flows, name)) for name in names})
