"""What is an amount of money, to the last digit, and when is it rounded? Whole numbers inside, one rounding at the end.

Prices stand on a grid of a millionth of a yuan per kWh, energy in watt-hours: their product is a whole number of
billionths of a yuan, so that sums over any number of intervals are exact. Ratios (loss, band, tax) are kept as
fractions. Only the amount of an item is rounded, once, to the fen, in the way that its rule names.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import (
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_FLOOR,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    ROUND_UP,
    Context,
    Decimal,
)
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from wattloom.domain.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

FEN_PER_CNY = 100
PRICE_GRID_PER_CNY = 10**6
"""Steps of a price in one CNY/kWh: a millionth, which is a thousandth of a CNY/MWh."""
WH_PER_KWH = 1000
AMOUNT_GRID_PER_CNY = PRICE_GRID_PER_CNY * WH_PER_KWH
"""Steps of price times watt-hours in one CNY: a billionth."""
INT64_MAX = 2**63 - 1
DIGITS_OF_A_PRICE = 13
"""Significant digits in which a printed price, carried as a float through a formula, is itself again."""
DIGITS_OF_THE_REFERENCE = 80


class Rounding(StrEnum):
    """How a rule rounds; a value of the rule, so that another rule may say otherwise."""

    HALF_UP = "half_up"
    """The half away from zero: 四舍五入."""
    HALF_EVEN = "half_even"
    """The half to the even neighbour."""
    DOWN = "down"
    """Towards zero."""
    UP = "up"
    """Away from zero."""
    FLOOR = "floor"
    CEILING = "ceiling"


_DECIMAL_WORDS = {
    Rounding.HALF_UP: ROUND_HALF_UP,
    Rounding.HALF_EVEN: ROUND_HALF_EVEN,
    Rounding.DOWN: ROUND_DOWN,
    Rounding.UP: ROUND_UP,
    Rounding.FLOOR: ROUND_FLOOR,
    Rounding.CEILING: ROUND_CEILING,
}


def rounded(numerator: int, denominator: int, how: Rounding) -> int:
    """The whole number for a ratio with a denominator above zero.

    Example:
        >>> rounded(5, 2, Rounding.HALF_UP), rounded(-5, 2, Rounding.HALF_UP), rounded(5, 2, Rounding.HALF_EVEN)
        (3, -3, 2)
    """
    if how is Rounding.FLOOR:
        return numerator // denominator
    if how is Rounding.CEILING:
        return -(-numerator // denominator)
    size, rest = divmod(abs(numerator), denominator)
    up = {
        Rounding.DOWN: False,
        Rounding.UP: rest > 0,
        Rounding.HALF_UP: 2 * rest >= denominator,
        Rounding.HALF_EVEN: 2 * rest > denominator or (2 * rest == denominator and size % 2 == 1),
    }[how]
    return (size + up) * (1 if numerator >= 0 else -1)


def fen(amount_cny: Fraction, how: Rounding) -> int:
    """An exact amount as whole fen.

    Example:
        >>> fen(Fraction("4765.005"), Rounding.HALF_UP)
        476501
    """
    return rounded(amount_cny.numerator * FEN_PER_CNY, amount_cny.denominator, how)


def cny(amount_fen: int) -> Decimal:
    """Fen as CNY with two places, for people.

    Example:
        >>> str(cny(-476501))
        '-4765.01'
    """
    return Decimal(amount_fen).scaleb(-2)


def exact(value: float | str | Decimal | Fraction) -> Fraction:
    """A price as it was printed: a float stands for the decimal that a person wrote.

    Example:
        >>> exact(0.0567 * 1000)
        Fraction(567, 10)
    """
    return Fraction(f"{value:.{DIGITS_OF_A_PRICE}g}") if isinstance(value, float) else Fraction(value)


def on_grid(price_cny_per_kwh: float | str | Decimal | Fraction) -> int:
    """A price in steps of the grid; refused where it has more places than the grid.

    Example:
        >>> on_grid("0.2595")
        259500
    """
    steps = exact(price_cny_per_kwh) * PRICE_GRID_PER_CNY
    if steps.denominator != 1:
        raise InputError.one(
            "price",
            found=f"{price_cny_per_kwh} CNY/kWh",
            expected="at most six places after the point",
            remedy="state the rounding of the price, then give the rounded one",
        )
    return steps.numerator


def nearest_on_grid(price_cny_per_mwh: ArrayLike) -> NDArray[np.int64]:
    """Prices of a forecast or a plan in CNY/MWh, each at the nearest step of the grid; any shape."""
    steps_per_cny_per_mwh = PRICE_GRID_PER_CNY // WH_PER_KWH
    return np.rint(np.asarray(price_cny_per_mwh, dtype=np.float64) * steps_per_cny_per_mwh).astype(np.int64)


def amount_sum(price_steps: NDArray[np.int64], energy_wh: NDArray[np.int64]) -> int:
    """Σ price × energy in billionths of a yuan, exact however large.

    Args:
        price_steps: on the grid, shape (periods,).
        energy_wh: shape (periods,).
    """
    if fits_int64(price_steps, energy_wh):
        return int(np.dot(price_steps, energy_wh))
    return sum(p * e for p, e in zip(price_steps.tolist(), energy_wh.tolist(), strict=True))


def fits_int64(price_steps: NDArray[np.int64], energy_wh: NDArray[np.int64]) -> bool:
    """Whether no sum of products over the last axis can pass 64 bits."""
    if not price_steps.size or not energy_wh.size:
        return True
    largest = max(abs(int(price_steps.max())), abs(int(price_steps.min())))
    per_period = max(abs(int(energy_wh.max())), abs(int(energy_wh.min())))
    return largest * per_period * int(energy_wh.shape[-1]) <= INT64_MAX


def reference_fen(energy_wh: Iterable[int], price_cny_per_kwh: Iterable[Decimal], *, factors: Sequence[Decimal] = (),
                  divisors: Sequence[Decimal] = (), how: Rounding) -> int:  # fmt: skip
    """The same amount by decimal arithmetic of eighty digits, the slow way: the reference of the whole numbers."""
    context = Context(prec=DIGITS_OF_THE_REFERENCE)
    total = Decimal(0)
    for energy, price in zip(energy_wh, price_cny_per_kwh, strict=True):
        total = context.add(total, context.multiply(Decimal(energy).scaleb(-3), price))
    for factor in factors:
        total = context.multiply(total, factor)
    for divisor in divisors:
        total = context.divide(total, divisor)
    whole = context.multiply(total, Decimal(FEN_PER_CNY))
    return int(whole.to_integral_value(rounding=_DECIMAL_WORDS[how]))


def parted(total: int, weights: Sequence[int]) -> list[int]:
    """A whole amount parted by whole weights, exactly: income between owner, load and storage, a fee between users.

    Example:
        >>> parted(100, [1, 1, 1])
        [33, 33, 34]
    """
    whole = sum(weights)
    if whole <= 0 or min(weights) < 0:
        raise InputError.one("shares", found=str(list(weights)), expected="whole shares, one above zero",
                             remedy="name each side's share")  # fmt: skip
    ends = [0]
    for weight in weights:
        ends.append(ends[-1] + weight)
    return [total * b // whole - total * a // whole for a, b in pairwise(ends)]
