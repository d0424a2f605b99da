"""What does the matcher answer, and what holds meanwhile? Set-points, flows and prices, with their certificate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from wattloom.dispatch.matching.certificate import Certificate


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """The answer to a tick, MW and CNY/MWh, in the layout's order."""

    served_it_mw: NDArray[np.float64]
    """Shape (class, site): at home."""
    moved_out_it_mw: NDArray[np.float64]
    """Shape (2, site): movable inference, batch."""
    moved_in_it_mw: NDArray[np.float64]
    idle_it_mw: NDArray[np.float64]
    """Burnt for want of work, where power may not fall further."""
    charge_mw: NDArray[np.float64]
    discharge_mw: NDArray[np.float64]
    """Shape (site,)."""
    supply_mw: NDArray[np.float64]
    """Shape (region, step)."""
    shortfall_mw: NDArray[np.float64]
    """Shape (region,): what nobody has."""
    forward_mw: NDArray[np.float64]
    backward_mw: NDArray[np.float64]
    """Shape (line,): sent."""
    corridor_it_mw: NDArray[np.float64]
    prices_cny_per_mwh: NDArray[np.float64]
    """Shape (4, region): of energy, of room for moved-out inference and batch, of moved-in work."""
    certificate: Certificate
    cpu_s: float

    @property
    def arrays(self) -> tuple[NDArray[np.float64], ...]:
        """All arrays, in the order of the fields."""
        return tuple(getattr(self, name) for name in self.__slots__[:-2])


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """The set-points that hold now."""

    match: Match
    age_s: float
    refused_since: int
    """Ticks refused after it."""
