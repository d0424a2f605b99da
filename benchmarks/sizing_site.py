"""How is the sizing problem told in the product's own terms? Sites of its solar, wind, battery, grid and cluster kinds.

Money in dollars here: the product's price fields are per kW, and a dollar per kW is a thousand dollars per MW.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar

import sizing_problem as problem
from wattloom.assets.contract import Choice, Part, Stage, Surroundings
from wattloom.assets.kinds.battery.storage import Battery
from wattloom.assets.kinds.cluster.cluster import Cluster
from wattloom.assets.kinds.cluster.workload import WorkloadClass
from wattloom.assets.kinds.grid.connection import GridConnection
from wattloom.assets.kinds.solar.plant import Solar
from wattloom.assets.kinds.wind.farm import Wind
from wattloom.assets.site import Site
from wattloom.domain.charges import Basis, Charge, Charges, PriceBasis
from wattloom.domain.flows import total
from wattloom.domain.series import Series
from wattloom.domain.time import TimeAxis
from wattloom.domain.weather import Place
from wattloom.domain.workloads import WorkloadKind
from wattloom.solve.program import Program

DOLLARS = 1000.0  # in a k$
RATED_MW = 2000.0  # Machines enough for the firm load and all that may catch up: the rated power never binds.
BATTERY_UPKEEP = 1 / problem.annuity(0.07, 15)  # $/kWh that cost 1 $/kWh a year: the kind knows upkeep by the kW only.


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """Lines to the neighbours, as a site sees them: load taken over is drawn, load handed over is injected."""

    STAGE: ClassVar[Stage] = Stage.EXCHANGE

    handed_over: list[Any]
    taken_over: list[Any]

    def add_to(self, program: Program, name: str, site: Surroundings) -> Part:  # noqa: ARG002 - the contract's
        """Power that need not be found here, and power for others' load."""
        out, into = total(1.0 * flow for flow in self.handed_over), total(1.0 * flow for flow in self.taken_over)
        return Part(name=name, kind="lines", inject_mw=out, draw_mw=into)

    def envelope(self, window: TimeAxis) -> None:
        """No work of their own."""


def sites_program(sites: list[problem.SiteData]) -> Program:
    """All sites and their lines in one program; the objective in dollars a year."""
    program = Program(TimeAxis(datetime(2026, 1, 1, tzinfo=UTC), 60, len(sites[0].price)))
    tied = problem.links(len(sites))
    flows = [program.coupling(f"line {n}: {i} to {j}", upper=problem.LINK_MW_MAX) for n, (i, j) in enumerate(tied)]
    for number, flow in enumerate(flows):
        program.cost(f"line {number}", DOLLARS * problem.LINK_COST * flow.sum())
    for number, data in enumerate(sites):
        assets = site_assets(data, program.axis)
        if tied:
            handed = [flow for (i, _), flow in zip(tied, flows, strict=True) if i == number]
            taken = [flow for (_, j), flow in zip(tied, flows, strict=True) if j == number]
            assets["lines"] = Lines(handed_over=handed, taken_over=taken)
        site = Site(assets=assets, around=_surroundings(data, program.axis, f"{number}."), discount_rate=0.07)
        imported = site.add_to(program).flows.imported_mw
        # In average MW: a row of yearly energy would be thousands of times its neighbours.
        program.require(f"{number}.green", imported.sum() / program.axis.count <= data.import_mw_mean_max)
    return program


def site_assets(data: problem.SiteData, axis: TimeAxis) -> dict[str, Any]:
    """The machines of one site."""
    mean_mw = float(data.firm_mw.mean()) + problem.ARRIVING_MW
    shares = {"firm": 1 - problem.ARRIVING_MW / mean_mw, "batch": problem.ARRIVING_MW / mean_mw}
    firm = WorkloadClass(kind=WorkloadKind.FIRM_SERVING, share=shares["firm"])
    batch = WorkloadClass(
        kind=WorkloadKind.BATCH,
        share=shares["batch"],
        window_hours=problem.HOURS_PER_DAY,
        cleared="daily",
        power_max=problem.SERVED_MW_MAX / problem.ARRIVING_MW,
    )
    chosen = Choice()
    return {
        "cluster": Cluster(
            it_mw=RATED_MW,
            utilisation=mean_mw / RATED_MW,
            overhead_fixed=0.0,
            overhead_slope=0.0,
            classes={"firm": firm, "batch": batch},
            load_shape=_series(data.firm_mw, axis, "1"),
        ),
        "solar": Solar(
            power_mw=chosen,
            capital_cost_cny_per_kw=550,
            fixed_cny_per_kw_year=10,
            life_years=25,
            capacity_factor=_series(data.solar, axis, "1"),
        ),
        "wind": Wind(
            power_mw=chosen,
            capital_cost_cny_per_kw=1000,
            fixed_cny_per_kw_year=25,
            life_years=25,
            capacity_factor=_series(data.wind, axis, "1"),
        ),
        "battery": Battery(
            power_mw=chosen,
            energy_mwh=chosen,
            capital_cost_cny_per_kw=80,
            capital_cost_cny_per_kwh=120 + BATTERY_UPKEEP,
            fixed_cny_per_kw_year=2,
            life_years=15,
            charge_efficiency=problem.EFFICIENCY,
            discharge_efficiency=problem.EFFICIENCY,
        ),
        "grid": GridConnection(
            capacity_mva=chosen,
            power_factor=1.0,
            capacity_charge_cny_per_mva_year=DOLLARS * problem.YEARLY_COST["grid"],
        ),
    }


def _surroundings(data: problem.SiteData, axis: TimeAxis, prefix: str) -> Surroundings:
    """A place whose clocks are UTC, and the price of grid energy."""
    energy = Charge(item="energy", basis=Basis.IMPORTED_ENERGY, price=DOLLARS * data.price)
    return Surroundings(
        axis=axis,
        place=Place(latitude_deg=36.0, longitude_deg=0.0, altitude_m=0.0, time_zone="UTC"),
        weather=None,
        charges=Charges(mode="single", items=(energy,), price_basis=PriceBasis.WITHOUT_VAT),
        parts={},
        prefix=prefix,
    )


def _series(values: problem.Array, axis: TimeAxis, unit: str) -> Series:
    """A series over the plan's periods."""
    return Series(axis=axis, values=values, unit=unit, source="sizing_problem")
