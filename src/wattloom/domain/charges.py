"""What does each kWh, kVA and monthly peak cost at the connection point?

The grid asset prices these and knows no tariff.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from wattloom.domain.verdicts import Clause


class Basis(StrEnum):
    """What a charge is counted on, and so the unit of its price."""

    IMPORTED_ENERGY = "imported_energy"
    """CNY/MWh drawn from the public grid."""
    EXPORTED_ENERGY = "exported_energy"
    """CNY/MWh given to the public grid; negative is income."""
    ALL_CONSUMPTION = "all_consumption"
    """CNY/MWh consumed, self-use included."""
    SELF_USED_ENERGY = "self_used_energy"
    """CNY/MWh of the site's own generation used on site."""
    CONNECTION_CAPACITY = "connection_capacity"
    """CNY/MVA and year of connection capacity."""
    MONTHLY_PEAK = "monthly_peak"
    """CNY/MW of each month's largest mean import."""
    FIXED = "fixed"
    """CNY a year."""


class PriceBasis(StrEnum):
    """Whether a price holds value-added tax."""

    WITH_VAT = "with_vat"
    WITHOUT_VAT = "without_vat"


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """One line of the bill."""

    item: str
    """Official item name, a key of the glossary."""
    basis: Basis
    price: Any
    """A number, or an `xarray.DataArray` over "time" for energy; unit by the basis."""
    clause: Clause | None = None
    """Where the price is written; None for a price the user gave."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Charges:
    """All charges of one admissible way of being billed."""

    mode: str
    """Such as two_part_capacity, two_part_demand, single_part, capacity_1192."""
    items: tuple[Charge, ...]
    price_basis: PriceBasis
    monthly_peak_floor_of_capacity: float = 0.0
    """Each month's billed peak is at least this share of the connection capacity (MW for each MVA)."""

    def on(self, basis: Basis) -> tuple[Charge, ...]:
        """The charges that are counted on a basis."""
        return tuple(charge for charge in self.items if charge.basis is basis)

    def price_on(self, basis: Basis) -> Any:
        """Sum of the prices on a basis; 0.0 where there is none."""
        return sum((charge.price for charge in self.on(basis)), start=0.0)
