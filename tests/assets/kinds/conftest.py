"""A small site for the tests of asset kinds: a hall of known load, a grid connection at known prices, and the asset."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pytest

from wattloom.assets.contract import Asset, Part, Stage, Surroundings
from wattloom.assets.kinds.grid import ASSET as GRID
from wattloom.assets.site import Built, Site
from wattloom.domain.charges import Basis, Charge, Charges, PriceBasis
from wattloom.domain.flows import LoadFlows
from wattloom.domain.time import TimeAxis
from wattloom.domain.weather import Place
from wattloom.solve.path import Path as SolverPath
from wattloom.solve.program import Program, Solution

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from wattloom.domain.workloads import Envelope

GOLDEN = Path(__file__).parents[1] / "golden"
PLACE = Place(latitude_deg=43.8, longitude_deg=87.6, altitude_m=800.0, time_zone="Asia/Shanghai")


@dataclass(frozen=True, kw_only=True)
class Hall:
    """A load that is known for each period."""

    STAGE: ClassVar[Stage] = Stage.LOAD

    it_mw: ArrayLike
    cooling_mw: ArrayLike = 0.0
    firm_mw: ArrayLike = 0.0
    firm_is_expression: bool = False

    def add_to(self, program: Program, name: str, site: Surroundings) -> Part:
        """A part of arrays, or with a firm load that the program holds at its value."""
        it, cooling = program.series(self.it_mw), program.series(self.cooling_mw)
        firm: Any = program.series(self.firm_mw)
        if self.firm_is_expression:
            firm = 1.0 * program.flow(f"{site.prefix}{name}.firm_mw", lower=firm.values, upper=firm.values)
        return Part(
            name=name,
            kind="hall",
            draw_mw=it + cooling,
            load=LoadFlows(it_mw=it, overhead_mw=cooling),
            cooling_mw=cooling,
            firm_mw=firm,
        )

    def envelope(self, window: TimeAxis) -> Envelope | None:  # noqa: ARG002 - the contract's
        """None."""
        return None


@dataclass(frozen=True, kw_only=True)
class Planned:
    """A site in a program, and what came of it."""

    program: Program
    built: Built
    solution: Solution

    @property
    def cost_cny(self) -> float:
        """The least cost."""
        return self.solution.objective

    def part(self, name: str = "store") -> Part:
        """An asset's part, solved."""
        return self.built.solved(self.solution)[name]

    def values(self, name: str, what: str) -> np.ndarray[Any, np.dtype[np.float64]]:
        """A variable of an asset."""
        return np.asarray(self.solution.value(1.0 * self.program.model.variables[f"{name}.{what}"]))


@dataclass(frozen=True, kw_only=True)
class Bus:
    """Prices and load of a short year, onto which assets are put."""

    import_price: ArrayLike
    it_mw: ArrayLike = 1.0
    cooling_mw: ArrayLike = 0.0
    firm_mw: ArrayLike = 0.0
    firm_is_expression: bool = False
    export_price: float | None = None
    around: Mapping[str, Any] = field(default_factory=dict)
    discount_rate: float = 0.0
    step_minutes: int = 60

    def axis(self) -> TimeAxis:
        """As many periods as there are prices."""
        return TimeAxis(datetime(2026, 1, 1, tzinfo=UTC), self.step_minutes, np.size(self.import_price))

    def surroundings(self) -> Surroundings:
        """Where the assets stand."""
        charge = Charge(item="energy", basis=Basis.IMPORTED_ENERGY, price=np.asarray(self.import_price))
        charges = Charges(mode="test", items=(charge,), price_basis=PriceBasis.WITHOUT_VAT)
        return Surroundings(axis=self.axis(), place=PLACE, weather=None, charges=charges, parts={}, **self.around)

    def hall(self) -> Hall:
        """The load."""
        return Hall(
            it_mw=self.it_mw,
            cooling_mw=self.cooling_mw,
            firm_mw=self.firm_mw,
            firm_is_expression=self.firm_is_expression,
        )

    def built(self, asset: Asset | Mapping[str, Asset], *, grid: bool = True) -> tuple[Program, Built]:
        """The program of a hall, the assets and the grid."""
        assets: dict[str, Any] = {"hall": self.hall()}
        assets |= asset if isinstance(asset, Mapping) else {"store": asset}
        if grid:
            assets["grid"] = GRID.fields(
                capacity_mva=1e6, energy_price_cny_per_mwh=0.0, export_price_cny_per_mwh=self.export_price
            )
        program = Program(self.axis())
        site = Site(assets=assets, around=self.surroundings(), discount_rate=self.discount_rate)
        return program, site.add_to(program)

    def plan(
        self,
        asset: Asset | Mapping[str, Asset],
        *,
        goal: Callable[[Program, Built], None] | None = None,
        grid: bool = True,
    ) -> Planned:
        """The cheapest year."""
        program, built = self.built(asset, grid=grid)
        if goal is not None:
            goal(program, built)
        return Planned(program=program, built=built, solution=program.solve(SolverPath(method="simplex")))


@pytest.fixture(scope="session")
def bus() -> type[Bus]:
    """The small site."""
    return Bus


@pytest.fixture
def golden() -> Callable[[str, Asset, Mapping[str, Part], Program], None]:
    """Compare an asset's rows, bounds and yearly cost with a written program; delete the file to write it anew."""

    def compare(name: str, asset: Asset, parts: Mapping[str, Part], program: Program) -> None:
        around = Bus(import_price=np.zeros(program.axis.count)).surroundings()
        site = Site(assets={}, around=around, discount_rate=0.0)
        part = asset.add_to(program, name, replace(around, parts=parts))
        for item in part.costs:
            program.cost(item.item, site.yearly(item))
        written = program.as_text()
        expected = GOLDEN / f"{name}.lp"
        if not expected.exists():
            expected.write_text(written, encoding="utf-8")
            pytest.fail(f"{expected.name} was not there and is written now: read it, then run again")
        assert written == expected.read_text(encoding="utf-8")

    return compare
