"""Which figures does a year come to? The measures of `domain`, with the factors of the rules, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from wattloom.domain import measures
from wattloom.domain.flows import Trait, number

if TYPE_CHECKING:
    from wattloom.domain.flows import Amount, Flows, Power
    from wattloom.domain.time import TimeAxis
    from wattloom.rules.contract import RulePack

SHARES = {
    "green_share_hourly": measures.green_share_hourly_of_load,
    "green_share_annual": measures.green_share_annual_of_load,
    "green_share_with_certificates": measures.green_share_with_certificates_of_load,
    "carbon_free_share_hourly": measures.carbon_free_share_hourly_of_load,
    "self_use_of_generation": measures.self_use_of_generation,
    "self_use_of_load": measures.self_use_of_load,
    "export_of_generation": measures.export_of_generation,
    "curtailment_of_generation": measures.curtailment_of_generation,
    "pue": measures.pue,
    "ref": measures.ref,
    "erf": measures.erf,
}
"""By name in the summary; one function each, defined once in `domain.measures`."""


def figures(flows: Flows, axis: TimeAxis, pack: RulePack | None) -> dict[str, float | None]:
    """Every measure of a solved year; None where it has no meaning, such as self-use without generation."""
    result: dict[str, float | None] = {name: share(flows).value for name, share in SHARES.items()}
    result |= {
        "load_mwh": _energy(flows, flows.load_mw()),
        "it_mwh": _energy(flows, flows.it_mw()),
        "load_mean_mw": _energy(flows, flows.load_mw()) / axis.hours,
        "available_mwh": _energy(flows, flows.available_mw(Trait.NEW_ENERGY)),
        "delivered_mwh": _energy(flows, flows.delivered_mw()),
        "import_mwh": _energy(flows, flows.imported_mw),
        "export_mwh": _energy(flows, flows.exported_mw),
        "contracted_mwh": _energy(flows, flows.contracted_mw),
        "certificates_mwh": number(flows.certificates_mwh),
        "import_peak_mw": measures.peak_import_mw(flows),
        "islanded_hours": measures.islanded_hours(flows),
        "storage_loss_mwh": sum(
            _energy(flows, store.charged_mw) - _energy(flows, store.discharged_mw) for store in flows.storages.values()
        ),
    }
    return result | _carbon(flows, pack)


def _carbon(flows: Flows, pack: RulePack | None) -> dict[str, float | None]:
    """Carbon by location and by market, each with its own factor; None without a factor."""
    facts = pack.facts if pack else {}
    location, untracked = facts.get("emission_factor_t_per_mwh"), facts.get("untracked_emission_factor_t_per_mwh")
    by_location = by_market = None
    if location and location.value is not None:
        by_location = number(measures.carbon_location_t(flows, grid_t_per_mwh=float(location.value)))
    if untracked and untracked.value is not None:
        by_market = number(measures.carbon_market_t(flows, untracked_t_per_mwh=float(untracked.value)))
    cue = measures.cue_kg_per_kwh(flows, carbon_t=by_location).value if by_location is not None else None
    return {"carbon_location_t": by_location, "carbon_market_t": by_market, "cue_kg_per_kwh": cue}


def _energy(flows: Flows, power: Power) -> float:
    """Energy of an array as a number."""
    energy: Amount = flows.energy_mwh(power)
    return float(energy) if isinstance(energy, float | int | np.floating) else number(xr.DataArray(energy))
