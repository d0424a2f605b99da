"""How does a dispatched site enter a program, and what does it come to? The same lines for a plan and for its result.

In a program the IT power is an expression; after a split it is a number, and what is left to decide is the battery, the
cold store and what is drawn and given. A site without such things needs no solver.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from wattloom.assets.contract import Surroundings
from wattloom.assets.kinds.cluster.dispatched import Dispatched
from wattloom.assets.kinds.grid.connection import GridConnection
from wattloom.assets.site import BALANCE, Built, Site
from wattloom.dispatch.question import DispatchQuestion, DispatchSite, SiteDay
from wattloom.domain.charges import Basis, Charge, Charges, PriceBasis
from wattloom.domain.flows import TIME, total
from wattloom.domain.series import Series
from wattloom.solve.path import Path
from wattloom.solve.program import Program

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.assets.contract import Asset
    from wattloom.domain.time import TimeAxis

COMPUTING, GRID = "computing", "grid"
"""Names under which a site's computing and its connection stand among its assets."""
ENERGY, CARBON, DEMAND = "energy", "carbon", "demand_charge"
KG_PER_T = 1000.0
IMPORT_MW_ANY = 1e5
"""Stands for a connection without a limit: a hundred gigawatts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteProgram:
    """A site inside a program."""

    built: Built
    costs: Mapping[str, Any]
    """Expressions by item, CNY over the axis."""

    @property
    def balance(self) -> str:
        """Name of the requirement that power in equals power out."""
        return f"{self.built.site.around.prefix}{BALANCE}"


def add_site(program: Program, site: DispatchSite, it_mw: Any, *, carbon_price_cny_per_t: float) -> SiteProgram:
    """Write a site with its assets, connection and charges; the costs are returned and not yet the program's."""
    axis = program.axis
    prefix = f"{site.name}."
    around = Surroundings(
        axis=axis,
        place=site.place,
        weather=None,
        charges=_charges(program, site, carbon_price_cny_per_t),
        parts={},
        prefix=prefix,
        exports_allowed=site.export_price_cny_per_mwh is not None,
    )
    computing = Dispatched(
        it_mw=it_mw,
        overhead_fixed_mw=site.overhead_fixed_mw,
        overhead_slope=site.overhead_slope,
        cooling_share=site.cooling_share,
    )
    assets: dict[str, Asset] = {COMPUTING: computing, **site.assets, GRID: _connection(axis, site)}
    built = Site(assets=assets, around=around, discount_rate=0.0).add_to(program, costs=False)
    costs: dict[str, Any] = {}
    for part in built.parts.values():
        for cost in part.costs:
            item = CARBON if cost.item == CARBON else ENERGY
            costs[item] = total([costs.get(item, 0.0), cost.variable_cny_per_year])
    generated = total(
        (part.source.carbon_t_per_mwh * axis.step_hours) * part.source.delivered_mw.sum(TIME)
        for part in built.parts.values()
        if part.source and part.source.carbon_t_per_mwh
    )
    costs[CARBON] = total([costs.get(CARBON, 0.0), carbon_price_cny_per_t * generated])
    costs[DEMAND] = _demand_charge(program, site, built.parts[GRID].imported_mw)
    return SiteProgram(built=built, costs=costs)


def site_day(site: DispatchSite, it_mw: NDArray[np.float64], question: DispatchQuestion) -> SiteDay:
    """What a site does with the IT power that its jobs came to; its stores are dispatched once more around it."""
    axis = question.axis
    if not site.assets and site.export_price_cny_per_mwh is None:
        none = np.zeros(axis.count)
        draw = it_mw * (1.0 + site.overhead_slope) + site.overhead_fixed_mw
        return _counted(site, axis, it_mw, {"import_mw": draw} | dict.fromkeys(_FLOWS[1:], none))
    program = Program(axis)
    added = add_site(
        program, _unlimited(site), program.series(it_mw), carbon_price_cny_per_t=question.carbon_price_cny_per_t
    )
    for item, amount in added.costs.items():
        program.cost(f"{site.name} {item}", amount)
    solution = program.solve(Path(method="simplex"))
    parts = added.built.solved(solution)
    flows = {
        "import_mw": _array(axis, parts[GRID].imported_mw),
        "export_mw": _array(axis, parts[GRID].exported_mw),
        "generated_mw": _array(axis, total(part.source.delivered_mw for part in parts.values() if part.source)),
        "charged_mw": _array(axis, total(part.storage.charged_mw for part in parts.values() if part.storage)),
        "discharged_mw": _array(axis, total(part.storage.discharged_mw for part in parts.values() if part.storage)),
    }
    own = sum(
        float(part.source.carbon_t_per_mwh * part.source.delivered_mw.sum()) * axis.step_hours
        for part in parts.values()
        if part.source and part.source.carbon_t_per_mwh
    )
    kept = sum(float(cost.variable_cny_per_year) for name, part in parts.items() if name != GRID for cost in part.costs)
    return _counted(site, axis, it_mw, flows, own_carbon_t=own, own_cost_cny=kept)


_FLOWS = ("import_mw", "export_mw", "generated_mw", "charged_mw", "discharged_mw")


def _counted(
    site: DispatchSite,
    axis: TimeAxis,
    it_mw: NDArray[np.float64],
    flows: Mapping[str, NDArray[np.float64]],
    *,
    own_carbon_t: float = 0.0,
    own_cost_cny: float = 0.0,
) -> SiteDay:
    """Money and carbon of what was drawn and given."""
    hours, imported, exported = axis.step_hours, flows["import_mw"], flows["export_mw"]
    sold = 0.0 if site.export_price_cny_per_mwh is None else site.export_price_cny_per_mwh
    peak = float(imported.max())
    return SiteDay(
        name=site.name,
        flexible_it_mw=it_mw - site.firm_it_mw,
        it_mw=it_mw,
        draw_mw=it_mw * (1.0 + site.overhead_slope) + site.overhead_fixed_mw,
        energy_cost_cny=float(imported @ site.import_price_cny_per_mwh - np.sum(exported * sold)) * hours
        + own_cost_cny,
        carbon_t=float(imported @ site.carbon_kg_per_mwh) * hours / KG_PER_T + own_carbon_t,
        demand_charge_cny=float(site.demand_charge_cny_per_mw * max(peak - site.peak_mw_so_far, 0.0)),
        peak_import_mw=peak,
        **flows,
    )


def _charges(program: Program, site: DispatchSite, carbon_price_cny_per_t: float) -> Charges:
    """What each MWh costs, carbon apart."""
    energy = Charge(item=ENERGY, basis=Basis.IMPORTED_ENERGY, price=program.series(site.import_price_cny_per_mwh))
    carbon_cny_per_mwh = site.carbon_kg_per_mwh * (carbon_price_cny_per_t / KG_PER_T)
    carbon = Charge(item=CARBON, basis=Basis.IMPORTED_ENERGY, price=program.series(carbon_cny_per_mwh))
    items = (energy, carbon) if carbon_price_cny_per_t else (energy,)
    return Charges(mode="dispatch", items=items, price_basis=PriceBasis.WITH_VAT)


def _connection(axis: TimeAxis, site: DispatchSite) -> GridConnection:
    """The connection with its limit in each period."""
    limit = np.minimum(site.import_mw_max, IMPORT_MW_ANY)
    sold = site.export_price_cny_per_mwh
    return GridConnection(
        capacity_mva=float(limit.max()),
        power_factor=1.0,
        import_mw_max=_series(axis, limit, "MW", site),
        export_price_cny_per_mwh=None if sold is None else _series(axis, sold, "CNY/MWh", site),
    )


def _unlimited(site: DispatchSite) -> DispatchSite:
    """The site with a connection that carries whatever its jobs came to: an excess is counted, not refused."""
    return replace(site, import_mw_max=np.maximum(site.import_mw_max, IMPORT_MW_ANY))


def _demand_charge(program: Program, site: DispatchSite, imported_mw: Any) -> Any:
    """For each MW by which the highest import lies above the peak so far."""
    if not site.demand_charge_cny_per_mw:
        return 0.0
    peak = program.each(f"{site.name}.peak_mw", ["window"], dimension="stretch", lower=site.peak_mw_so_far)
    highest = peak.sum("stretch")
    program.require(f"{site.name}.import_mw ≤ peak", imported_mw - highest <= 0)
    return site.demand_charge_cny_per_mw * (highest - site.peak_mw_so_far)


def _series(axis: TimeAxis, values: NDArray[np.float64], unit: str, site: DispatchSite) -> Series:
    """Values of a site as a series."""
    return Series(axis=axis, values=np.broadcast_to(values, (axis.count,)), unit=unit, source=f"site {site.name}")


def _array(axis: TimeAxis, power: Any) -> NDArray[np.float64]:
    """A power as an array, also where there is none."""
    return np.array(np.broadcast_to(np.asarray(power, dtype=np.float64), (axis.count,)))
