"""What is left of a spread when everybody shifts? Prices move up the supply curve, until a further shift earns nothing.

Many sites, each too small to move the price, are in equilibrium where none can gain by shifting otherwise. With a
supply curve that rises with the residual load this is the cheapest way to serve everybody, found by Frank and Wolfe's
method: again and again the best shift at the present prices is mixed in. What a further best shift could still gain is
told with it, as the distance from equilibrium.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wattloom.domain.errors import InputError
from wattloom.market.value.shifting import Shift, Terms, best_shift

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

ROUNDS = 300
POINTS_MIN = 2
HALVINGS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplyCurve:
    """Price by residual load, straight between points, level beyond them."""

    load_mw: tuple[float, ...]
    price_cny_per_mwh: tuple[float, ...]

    def __post_init__(self) -> None:
        """Loads rise, prices do not fall: dearer plant comes later."""
        loads, prices = np.array(self.load_mw), np.array(self.price_cny_per_mwh)
        if (
            loads.size < POINTS_MIN
            or loads.shape != prices.shape
            or (np.diff(loads) <= 0).any()
            or (np.diff(prices) < 0).any()
        ):
            raise InputError.one("supply curve", found=f"{loads.size} loads and {prices.size} prices",
                                 expected="two points or more, loads that rise and prices that do not fall",
                                 remedy="sort the points by load, or fit them so that they rise")  # fmt: skip

    def price(self, load_mw: ArrayLike) -> NDArray[np.float64]:
        """At a residual load, in CNY/MWh.

        Example:
            >>> SupplyCurve(load_mw=(0, 100), price_cny_per_mwh=(200, 400)).price([50.0, 150.0]).tolist()
            [300.0, 400.0]
        """
        return np.interp(np.asarray(load_mw, dtype=np.float64), self.load_mw, self.price_cny_per_mwh)


@dataclass(frozen=True, slots=True, kw_only=True)
class Equilibrium:
    """A day with so many sites."""

    sites: int
    price_before: NDArray[np.float64]
    """Shape (periods,)."""
    price_after: NDArray[np.float64]
    change_mw: NDArray[np.float64]
    """Of all sites."""
    saved_cny: float
    """Of all sites: energy at the prices after, less what waiting costs."""
    alone_cny: float
    """What one site alone would save at the prices before."""
    gap_cny: float
    """Most that all sites could still gain together: 0 at equilibrium."""

    @property
    def saved_cny_per_site(self) -> float:
        """Of each."""
        return self.saved_cny / self.sites

    @property
    def left_share(self) -> float:
        """Of what one site alone would save."""
        return self.saved_cny_per_site / self.alone_cny if self.alone_cny > 0 else 0.0


def equilibrium(
    residual_mw: ArrayLike, curve: SupplyCurve, terms: Terms, *, sites: int, offset_cny_per_mwh: ArrayLike = 0.0
) -> Equilibrium:
    """A day's equilibrium of so many equal sites; restarts are left out, so that what is left is told from above.

    Args:
        residual_mw: load that the curve serves, without any shift, shape (periods,).
        curve: of the market.
        terms: of one site.
        sites: how many.
        offset_cny_per_mwh: of each period's price from the curve, which a shift does not change, shape (periods,).
    """
    load = np.asarray(residual_mw, dtype=np.float64)
    offset = np.broadcast_to(np.asarray(offset_cny_per_mwh, dtype=np.float64), load.shape)
    before = curve.price(load) + offset
    alone = best_shift(before, terms)
    change, cost, gap = np.zeros(load.size), 0.0, np.inf
    hours = 24.0 / load.size
    for _ in range(ROUNDS):
        price = curve.price(load + change) + offset
        best = best_shift(price, terms)
        gap = sites * (best.energy_saved_cny - best.delay_cny) - (_saved(price, change, hours) - cost)
        if gap <= 1e-6 * max(1.0, abs(sites * alone.net_cny)):
            break
        along = sites * best.change_mw - change
        dearer = sites * best.delay_cny - cost + float(offset @ along) * hours
        step = _step(curve, load + change, along, dearer)
        change = (1 - step) * change + step * sites * best.change_mw
        cost = (1 - step) * cost + step * sites * best.delay_cny
    after = curve.price(load + change) + offset
    return Equilibrium(
        sites=sites,
        price_before=before,
        price_after=after,
        change_mw=change,
        saved_cny=_saved(after, change, hours) - cost,
        alone_cny=_alone(alone),
        gap_cny=max(gap, 0.0),
    )


def _saved(price: NDArray[np.float64], change_mw: NDArray[np.float64], hours: float) -> float:
    """Energy cost that a change saves at prices."""
    return -float(price @ change_mw) * hours


def _alone(shift: Shift) -> float:
    """Saving of one site, without restarts."""
    return shift.energy_saved_cny - shift.delay_cny


def _step(curve: SupplyCurve, load_mw: NDArray[np.float64], along_mw: NDArray[np.float64], dearer_cny: float) -> float:
    """How far to go towards the new answer: where supply and waiting together cost least, found by halving."""
    hours, low, high = 24.0 / load_mw.size, 0.0, 1.0
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        slope = float(curve.price(load_mw + middle * along_mw) @ along_mw) * hours + dearer_cny
        low, high = (low, middle) if slope > 0 else (middle, high)
    return low
