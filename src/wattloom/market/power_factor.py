"""What power factor did a month have, and what share of its bill does that add or take off?

The tables are facts of the rules (`rules.power_factor`); here is how they are read for a meter.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from math import isqrt
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wattloom.rules.power_factor import PowerFactorTable

HUNDREDTHS = 100


def share_at(table: PowerFactorTable, hundredths: int) -> Fraction:
    """The adjustment at a power factor; above zero is owed, below zero is taken off.

    Above the first row its share holds; between two rows it goes in equal steps of a hundredth, and below the last row
    the last step goes on.
    """
    if hundredths >= table.shares[0][0]:
        return table.shares[0][1]
    steps = list(pairwise(table.shares))
    (high, of_high), (low, of_low) = next((step for step in steps if hundredths >= step[1][0]), steps[-1])
    return of_high + (of_low - of_high) * Fraction(high - hundredths, high - low)


def power_factor_hundredths(active_wh: int, reactive_varh: int) -> int:
    """Active over apparent energy of the month in hundredths, the half up; 100 where nothing was drawn.

    Example:
        >>> power_factor_hundredths(3, 4)
        60
    """
    apparent_squared = active_wh**2 + reactive_varh**2
    if not apparent_squared:
        return HUNDREDTHS
    # Exact: a hundredth h is reached where 2h − 1 ≤ 200·active / apparent.
    return (isqrt((2 * HUNDREDTHS * active_wh) ** 2 // apparent_squared) + 1) // 2
