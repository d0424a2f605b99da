"""What does a day cost in the end? The award at the day-ahead price, the difference at the real-time price, the fee.

Whole watt-hours and prices on the grid of settlement, by its two forms, which must agree (market/settlement.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from wattloom.domain.money import PRICE_GRID_PER_CNY
from wattloom.market.settlement import Spot, deviation, in_deviation_form, in_difference_form

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.domain.time import TimeAxis
    from wattloom.market.bids.terms import DeviationTerms

WH_PER_MWH = 1_000_000
STEPS_PER_CNY_MWH = PRICE_GRID_PER_CNY // 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class SettledDay:
    """What one day came to, CNY, exact."""

    day_ahead_cny: Fraction
    """Of the award."""
    real_time_cny: Fraction
    """Of what was used above or below it; below zero is received."""
    fee_cny: Fraction
    """For deviating beyond the free share."""
    used_wh: int
    over_wh: int
    """Used above the award, all periods together."""
    under_wh: int

    @property
    def cost_cny(self) -> Fraction:
        """All of it."""
        return self.day_ahead_cny + self.real_time_cny + self.fee_cny


def settled_day(
    axis: TimeAxis,
    *,
    award_mw: NDArray[np.float64],
    draw_mw: NDArray[np.float64],
    prices_cny_per_mwh: tuple[NDArray[np.float64], NDArray[np.float64]],
    terms: DeviationTerms,
) -> SettledDay:
    """A day's settlement.

    Args:
        axis: of the day.
        award_mw: of the day ahead.
        draw_mw: as metered.
        prices_cny_per_mwh: day ahead and real time, as they cleared.
        terms: of deviation.
    """
    award, used = (whole_wh(power, axis.step_hours) for power in (award_mw, draw_mw))
    ahead, real = (price_steps(price) for price in prices_cny_per_mwh)
    none = np.zeros_like(award)
    spot = Spot(
        contract_wh=none,
        day_ahead_wh=award,
        real_time_wh=used,
        contract_steps=none,
        day_ahead_steps=ahead,
        real_time_steps=real,
    )
    items = in_difference_form(spot)
    other = in_deviation_form(spot)
    if sum(items.values()) != sum(other.values()):
        raise ArithmeticError("the two forms of settlement disagree; report it with the day's prices")
    rule = terms.rule
    fee = Fraction(0)
    if rule.over_price_cny_per_kwh or rule.under_price_cny_per_kwh:
        fee = sum((deviation(rule, int(a), int(u)).amount_cny for a, u in zip(award, used, strict=True)), Fraction(0))
    return SettledDay(
        day_ahead_cny=items["day_ahead_energy"],
        real_time_cny=items["real_time_deviation"],
        fee_cny=fee,
        used_wh=int(used.sum()),
        over_wh=int(np.maximum(used - award, 0).sum()),
        under_wh=int(np.maximum(award - used, 0).sum()),
    )


def whole_wh(power_mw: NDArray[np.float64], step_hours: float) -> NDArray[np.int64]:
    """Energy of each period in whole watt-hours."""
    return np.asarray(np.round(np.asarray(power_mw) * (step_hours * WH_PER_MWH)), dtype=np.int64)


def price_steps(price_cny_per_mwh: NDArray[np.float64]) -> NDArray[np.int64]:
    """Prices on the grid of settlement: thousandths of a CNY/MWh."""
    return np.asarray(np.round(np.asarray(price_cny_per_mwh) * STEPS_PER_CNY_MWH), dtype=np.int64)
