"""How much energy went from where to where, in each period?

One type for two lives. Inside a program the fields are linear expressions; once solved, or read from meters, they are
arrays. Both speak the same arithmetic (`+ - * sum`), so that a rule or a measure is written once and either binds a
program or judges a year.

Where non-green energy is counted: once, at the point where it enters the site. Energy from the public grid that is
stored and discharged later is therefore never green, and the losses of every store are borne by the green energy.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from enum import StrEnum
from typing import Any

import xarray as xr

Power = Any
"""Mean power of each period in MW: an `xarray.DataArray` over "time", or a linear expression over it."""
Amount = Any
"""A number, or a linear expression without dimensions."""

TIME = "time"


class Trait(StrEnum):
    """What a source may be counted as."""

    NEW_ENERGY = "new_energy"
    """Wind or sun: what the direct-connection ratios count."""
    GREEN = "green"
    """Renewable: counts towards green shares."""
    CARBON_FREE = "carbon_free"
    """No carbon at the source: nuclear counts here and not as green."""


WIND_AND_SUN = frozenset(Trait)
NUCLEAR = frozenset({Trait.CARBON_FREE})


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFlows:
    """A generator at the site: what it could give and what it gave."""

    available_mw: Power
    """Installed × resource, whether used or not."""
    delivered_mw: Power
    """Given to the site's bus, after curtailment and line losses."""
    line_loss_mw: Power = 0.0
    """Lost on the way from the generator to the site's bus."""
    traits: frozenset[Trait] = frozenset()
    carbon_t_per_mwh: float = 0.0
    """Direct emissions for each MWh delivered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageFlows:
    """A store: what it drew and what it gave back, both non-negative, at the site's bus."""

    charged_mw: Power
    discharged_mw: Power
    stored_mwh: Power
    """Content at the end of each period."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadFlows:
    """A consumer: computing, and what it takes to keep computing."""

    it_mw: Power
    """Power of the IT equipment."""
    overhead_mw: Power
    """Cooling, conversion losses, lighting."""
    reused_heat_mw: Power = 0.0
    """Heat that someone else uses."""
    backlog_mwh: Power = 0.0
    """IT work, in MWh, that has arrived and still waits, at the end of each period."""

    @property
    def total_mw(self) -> Power:
        """IT and overhead together."""
        return self.it_mw + self.overhead_mw


@dataclass(frozen=True, slots=True, kw_only=True)
class Flows:
    """Everything that flowed at one connection point."""

    step_hours: float
    sources: Mapping[str, SourceFlows] = field(default_factory=dict)
    storages: Mapping[str, StorageFlows] = field(default_factory=dict)
    loads: Mapping[str, LoadFlows] = field(default_factory=dict)
    imported_mw: Power = 0.0
    """Drawn from the public grid."""
    exported_mw: Power = 0.0
    """Given to the public grid."""
    contracted_mw: Power = 0.0
    """The part of the import that a green-power contract covers in the same period."""
    certificates_mwh: Amount = 0.0
    """Green certificates bought apart from power, over the whole stretch."""
    planned: bool = False
    """True inside a program. Meters count what a store loses as used on site; a plan may not gain by losing it."""

    def energy_mwh(self, power_mw: Power) -> Amount:
        """Energy of a power over the whole stretch."""
        return power_mw.sum(TIME) * self.step_hours if hasattr(power_mw, "sum") else power_mw

    def load_mw(self) -> Power:
        """All consumption at the site."""
        return total(load.total_mw for load in self.loads.values())

    def it_mw(self) -> Power:
        """Power of the IT equipment."""
        return total(load.it_mw for load in self.loads.values())

    def delivered_mw(self, trait: Trait | None = None, *, without: bool = False) -> Power:
        """What sources gave to the bus: all, those with a trait, or those without it."""
        return total(s.delivered_mw for s in self.sources.values() if trait is None or (trait in s.traits) != without)

    def available_mw(self, trait: Trait) -> Power:
        """What sources with a trait could have given."""
        return total(s.available_mw for s in self.sources.values() if trait in s.traits)

    def curtailed_mw(self, trait: Trait) -> Power:
        """What sources with a trait could have given and did not, line losses apart."""
        return total(
            s.available_mw - s.delivered_mw - s.line_loss_mw for s in self.sources.values() if trait in s.traits
        )

    def map(self, turn: Callable[[Any], Any]) -> Flows:
        """The same flows with every power and amount turned into something else, such as its value in a solution."""
        turned: Flows = _turned(self, turn)
        return turned


def total(powers: Any) -> Power:
    """The sum of some powers; 0.0 where there are none."""
    result: Power = None
    for power in powers:
        if isinstance(power, float | int) and power == 0:
            continue
        result = power if result is None else result + power
    return 0.0 if result is None else result


def _turned(value: Any, turn: Callable[[Any], Any]) -> Any:
    """Rebuild a flows value with its leaves turned; fixed facts stay."""
    changes: dict[str, Any] = {}
    for item in fields(value):
        current = getattr(value, item.name)
        if item.name in {"step_hours", "traits", "carbon_t_per_mwh", "planned"}:
            continue
        if isinstance(current, Mapping):
            changes[item.name] = {
                key: _turned(part, turn) if is_dataclass(part) else turn(part) for key, part in current.items()
            }
        else:
            changes[item.name] = turn(current)
    return replace(value, **changes)


def number(value: Any) -> float:
    """A plain number out of a zero-dimensional array or a number."""
    return float(value.item()) if isinstance(value, xr.DataArray) else float(value)
