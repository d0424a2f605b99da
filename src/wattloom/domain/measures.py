"""How green, how efficient, how much carbon?

Each measure is one function with its denominator in its name.

Every function takes `Flows`. On expressions the `Ratio` it returns can bind a program; on arrays it has a value.
Measures of different kinds are never added or blended.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from wattloom.domain.flows import TIME, Amount, Flows, Power, Trait, number

LITRES_PER_M3 = 1000.0
"""Cubic metres a MWh are litres a kWh."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """A numerator over a denominator, both linear in the flows."""

    numerator: Amount
    denominator: Amount
    largest: float | None = None
    """Values above this are reported as this: a share never exceeds 1."""

    @property
    def value(self) -> float | None:
        """The ratio of two numbers; None where the denominator is zero."""
        below = number(self.denominator)
        if below == 0:
            return None
        ratio = number(self.numerator) / below
        return ratio if self.largest is None else min(ratio, self.largest)

    def excess_over(self, limit: float) -> Amount:
        """Numerator − limit × denominator: at or above zero exactly when the ratio is at or above the limit."""
        return self.numerator - limit * self.denominator


def green_share_hourly_of_load(flows: Flows) -> Ratio:
    """Load served by green energy of the site in the hour of use, of all consumption.

    What is not green is counted where it enters: import from the public grid, nuclear, fuel.
    """
    return _served_on_site(flows, Trait.GREEN)


def carbon_free_share_hourly_of_load(flows: Flows) -> Ratio:
    """As the hourly green share, with nuclear counted in."""
    return _served_on_site(flows, Trait.CARBON_FREE)


def green_share_annual_of_load(flows: Flows) -> Ratio:
    """Green energy given by the site over the year, exported or not, of all consumption; at most 1."""
    return Ratio(
        numerator=flows.energy_mwh(flows.delivered_mw(Trait.GREEN)),
        denominator=flows.energy_mwh(flows.load_mw()),
        largest=1.0,
    )


def green_share_with_certificates_of_load(flows: Flows) -> Ratio:
    """The hourly green share, plus green-power contracts and certificates bought; at most 1."""
    physical = green_share_hourly_of_load(flows)
    bought = flows.energy_mwh(flows.contracted_mw) + flows.certificates_mwh
    return Ratio(numerator=physical.numerator + bought, denominator=physical.denominator, largest=1.0)


def self_use_of_generation(flows: Flows) -> Ratio:
    """New energy used on site, of the new energy that was available, curtailed energy included below the line."""
    return Ratio(numerator=_self_used_mwh(flows), denominator=flows.energy_mwh(flows.available_mw(Trait.NEW_ENERGY)))


def self_use_of_load(flows: Flows) -> Ratio:
    """New energy used on site, of all consumption."""
    return Ratio(numerator=_self_used_mwh(flows), denominator=flows.energy_mwh(flows.load_mw()))


def export_of_generation(flows: Flows) -> Ratio:
    """Energy given to the public grid, of the new energy that was available."""
    return Ratio(
        numerator=flows.energy_mwh(flows.exported_mw),
        denominator=flows.energy_mwh(flows.available_mw(Trait.NEW_ENERGY)),
    )


def curtailment_of_generation(flows: Flows) -> Ratio:
    """New energy that was available and neither used nor exported nor lost on the line, of what was available."""
    return Ratio(
        numerator=flows.energy_mwh(flows.curtailed_mw(Trait.NEW_ENERGY)),
        denominator=flows.energy_mwh(flows.available_mw(Trait.NEW_ENERGY)),
    )


def pue(flows: Flows) -> Ratio:
    """Power usage effectiveness: all consumption over IT energy (ISO/IEC 30134-2)."""
    return Ratio(numerator=flows.energy_mwh(flows.load_mw()), denominator=flows.energy_mwh(flows.it_mw()))


def ref(flows: Flows) -> Ratio:
    """Renewable energy factor: renewable energy owned or bought over all consumption (ISO/IEC 30134-3); at most 1."""
    return green_share_with_certificates_of_load(flows)


def erf(flows: Flows) -> Ratio:
    """Energy reuse factor: heat used elsewhere over all consumption (ISO/IEC 30134-6)."""
    reused = sum((flows.energy_mwh(load.reused_heat_mw) for load in flows.loads.values()), start=0.0)
    return Ratio(numerator=reused, denominator=flows.energy_mwh(flows.load_mw()))


def carbon_location_t(flows: Flows, *, grid_t_per_mwh: float | Power) -> Amount:
    """Tonnes CO2 by location: all import at the factor of the grid it came from, plus what the site's sources emit."""
    return flows.energy_mwh(flows.imported_mw * grid_t_per_mwh) + _direct_t(flows)


def carbon_market_t(flows: Flows, *, untracked_t_per_mwh: float) -> Amount:
    """Tonnes CO2 by market: import not covered by contract or certificate, at the factor of untracked energy."""
    tracked = flows.energy_mwh(flows.contracted_mw) + flows.certificates_mwh
    untracked = flows.energy_mwh(flows.imported_mw) - tracked
    if isinstance(untracked, float | int | np.floating | xr.DataArray):
        untracked = max(0.0, number(untracked))
    return untracked * untracked_t_per_mwh + _direct_t(flows)


def cue_kg_per_kwh(flows: Flows, *, carbon_t: float) -> Ratio:
    """Carbon usage effectiveness: kg CO2 for each kWh of IT energy (ISO/IEC 30134-8)."""
    return Ratio(numerator=carbon_t, denominator=flows.energy_mwh(flows.it_mw()))


def wue_l_per_kwh(flows: Flows, *, water_l: float) -> Ratio:
    """Water usage effectiveness: litres for each kWh of IT energy (ISO/IEC 30134-9)."""
    return Ratio(numerator=water_l / LITRES_PER_M3, denominator=flows.energy_mwh(flows.it_mw()))


def peak_import_mw(flows: Flows) -> float:
    """Largest mean power drawn from the public grid in any period. Arrays only."""
    return _largest(flows.imported_mw)


def islanded_hours(flows: Flows, *, below_mw: float = 1e-3) -> float:
    """Hours in which the site draws nothing from the public grid. Arrays only."""
    imported = flows.imported_mw
    if not isinstance(imported, xr.DataArray):
        return float(flows.load_mw().sizes[TIME]) * flows.step_hours
    return float((imported <= below_mw).sum()) * flows.step_hours


def _served_on_site(flows: Flows, trait: Trait) -> Ratio:
    """Load less everything that entered without the trait, over load."""
    load = flows.energy_mwh(flows.load_mw())
    entered = flows.energy_mwh(flows.imported_mw) + flows.energy_mwh(flows.delivered_mw(trait, without=True))
    return Ratio(numerator=load - entered, denominator=load)


def _self_used_mwh(flows: Flows) -> Amount:
    """New energy given to the bus and not exported, as meters tell it: what stores lose counts as used on site.

    Inside a program that loss does not help. Otherwise a plan would burn energy in a battery to look self-used.
    """
    used = flows.energy_mwh(flows.delivered_mw(Trait.NEW_ENERGY)) - flows.energy_mwh(flows.exported_mw)
    if not flows.planned:
        return used
    return used - sum(
        (flows.energy_mwh(store.charged_mw - store.discharged_mw) for store in flows.storages.values()), start=0.0
    )


def _direct_t(flows: Flows) -> Amount:
    """Tonnes emitted by the site's own sources."""
    parts: list[Any] = [
        flows.energy_mwh(s.delivered_mw) * s.carbon_t_per_mwh for s in flows.sources.values() if s.carbon_t_per_mwh
    ]
    return sum(parts, start=0.0)


def _largest(power: Power) -> float:
    """Largest value of an array; a constant is its own."""
    return float(power.max()) if isinstance(power, xr.DataArray) else float(power)
