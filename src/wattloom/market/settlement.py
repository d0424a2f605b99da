"""What does the spot market settle, on top of contracts and of the day-ahead result? Two forms that must agree.

Quantities are whole watt-hours, prices stand on the grid of a millionth of a CNY/kWh and may be negative: all sums are
whole numbers of billionths of a yuan. Amounts are told from the buyer's side: above zero is paid, below is received.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from wattloom.domain.errors import InputError, Problem
from wattloom.domain.money import AMOUNT_GRID_PER_CNY, PRICE_GRID_PER_CNY, WH_PER_KWH, amount_sum

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.domain.verdicts import Clause


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """One point's contracts, day-ahead result and metered energy with their prices; each of shape (periods,)."""

    contract_wh: NDArray[np.int64]
    day_ahead_wh: NDArray[np.int64]
    real_time_wh: NDArray[np.int64]
    contract_steps: NDArray[np.int64]
    day_ahead_steps: NDArray[np.int64]
    real_time_steps: NDArray[np.int64]

    def __post_init__(self) -> None:
        """Refuse fractions and unequal lengths."""
        shape = self.contract_wh.shape
        arrays = {name: getattr(self, name) for name in self.__slots__}
        problems = [
            Problem(
                where=f"spot.{name}",
                found=f"{values.dtype} of shape {values.shape}",
                expected=f"int64 of shape {shape}",
                remedy="bring quantities to whole Wh and prices onto the grid, on one axis",
            )
            for name, values in arrays.items()
            if values.dtype != np.int64 or values.shape != shape
        ]
        if problems:
            raise InputError(problems)


def in_deviation_form(spot: Spot) -> dict[str, Fraction]:
    """Contracts at their price, then what the day ahead differs at its price, then what the meter differs at its own.

    Returns:
        CNY, exact: contract_energy, day_ahead_deviation, real_time_deviation.
    """
    return {
        "contract_energy": _cny(spot.contract_steps, spot.contract_wh),
        "day_ahead_deviation": _cny(spot.day_ahead_steps, spot.day_ahead_wh - spot.contract_wh),
        "real_time_deviation": _cny(spot.real_time_steps, spot.real_time_wh - spot.day_ahead_wh),
    }


def in_difference_form(spot: Spot, reference_steps: NDArray[np.int64] | None = None) -> dict[str, Fraction]:
    """All of the day ahead at its price, the meter's difference at its own, contracts as a difference to a reference.

    Args:
        spot: quantities and prices.
        reference_steps: what contracts are settled against; the day-ahead price where None, and only then is the sum
            the same as in the deviation form.

    Returns:
        CNY, exact: day_ahead_energy, real_time_deviation, contract_difference.
    """
    reference = spot.day_ahead_steps if reference_steps is None else reference_steps
    return {
        "day_ahead_energy": _cny(spot.day_ahead_steps, spot.day_ahead_wh),
        "real_time_deviation": _cny(spot.real_time_steps, spot.real_time_wh - spot.day_ahead_wh),
        "contract_difference": contract_for_difference(spot.contract_wh, spot.contract_steps, reference),
    }


def contract_for_difference(
    quantity_wh: NDArray[np.int64], strike_steps: NDArray[np.int64], reference_steps: NDArray[np.int64]
) -> Fraction:
    """What the buyer pays the seller, CNY: quantity × (strike − reference); below zero the seller pays."""
    return _cny(strike_steps - reference_steps, quantity_wh)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviationRule:
    """What a deviation from the contract costs beyond its price; provinces differ, so every value is the rule's."""

    over_share: Fraction
    """Of the contracted energy: as much may be used above it for nothing."""
    under_share: Fraction
    over_price_cny_per_kwh: Fraction
    """For each kWh beyond that."""
    under_price_cny_per_kwh: Fraction
    clause: Clause


@dataclass(frozen=True, slots=True, kw_only=True)
class Deviation:
    """A deviation and what it costs."""

    over_wh: Fraction
    """Used above contract and allowance."""
    under_wh: Fraction
    amount_cny: Fraction
    clause: Clause


def deviation(rule: DeviationRule, contract_wh: int, actual_wh: int) -> Deviation:
    """The deviation item of a stretch that the rule judges as a whole: a month, or one period of it."""
    over = max(actual_wh - contract_wh * (1 + rule.over_share), Fraction(0))
    under = max(contract_wh * (1 - rule.under_share) - actual_wh, Fraction(0))
    owed = (over * rule.over_price_cny_per_kwh + under * rule.under_price_cny_per_kwh) / WH_PER_KWH
    return Deviation(over_wh=over, under_wh=under, amount_cny=owed, clause=rule.clause)


def weighted_price_cny_per_kwh(price_steps: NDArray[np.int64], energy_wh: NDArray[np.int64]) -> Fraction:
    """The mean price of a market, each period by its energy, exact; refused where nothing was traded."""
    traded = int(energy_wh.sum())
    if not traded:
        raise InputError.one(
            "reference price", found="no energy", expected="energy in at least one period",
            remedy="give the market's volumes, or its published mean",
        )  # fmt: skip
    return Fraction(amount_sum(price_steps, energy_wh), traded * PRICE_GRID_PER_CNY)


def _cny(price_steps: NDArray[np.int64], energy_wh: NDArray[np.int64]) -> Fraction:
    """Σ price × energy."""
    return Fraction(amount_sum(price_steps, energy_wh), AMOUNT_GRID_PER_CNY)
