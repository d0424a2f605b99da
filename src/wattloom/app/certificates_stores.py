"""When did what was stored come out again, and how much of it was green? First in, first out, by cycles of charging.

A cycle is what was charged until the store next gave back. What comes out is of the oldest cycle that still holds
something; of it, that part is green which was green when the cycle was charged. Green and other lose alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.ledger.certificates import Bundle

PPM = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Inside:
    """A bundle in a store, and what may come out for it."""

    bundle: Bundle
    allowed_wh: int
    ahead: int = 0
    """Periods of the stretch before the bundle's own first."""

    @property
    def first(self) -> int:
        """Period of the stretch in which the first of it was charged."""
        return self.ahead + int(np.flatnonzero(self.bundle.wh)[0])


def cycles(charge: NDArray[np.int64], discharge: NDArray[np.int64]) -> NDArray[np.int64]:
    """The cycle of each period in which something was charged; -1 elsewhere.

    Example:
        >>> cycles(np.array([5, 5, 0, 3, 0]), np.array([0, 0, 4, 0, 2])).tolist()
        [0, 0, -1, 1, -1]
    """
    found = np.full(len(charge), -1, dtype=np.int64)
    cycle, gave = 0, False
    for period in range(len(charge)):
        gave = gave or bool(discharge[period])
        if charge[period]:
            if gave and (found >= 0).any():
                cycle += 1
            gave = bool(discharge[period])
            found[period] = cycle
    return found


def came_out(
    charge: NDArray[np.int64], discharge: NDArray[np.int64], *, efficiency_ppm: int, inside: Sequence[Inside]
) -> list[NDArray[np.int64]]:
    """Green watt-hours that came out for each stored bundle, by period.

    Args:
        charge: all that went in, shape (periods,).
        discharge: all that came out.
        efficiency_ppm: round trip, in millionths.
        inside: stored bundles, each of one cycle.
    """
    of_period = cycles(charge, discharge)
    made = [np.zeros(len(charge), dtype=np.int64) for _ in inside]
    wait = [_Cycle.of(number, charge, of_period, efficiency_ppm, inside) for number in range(int(of_period.max()) + 1)]
    for period in np.flatnonzero(discharge):
        need = int(discharge[period])
        for cycle in wait:
            # What is charged in a period can come out in a later one only.
            if cycle.until < period and need and cycle.left:
                taken = min(need, cycle.left)
                need -= taken
                for place, wh in cycle.give(taken):
                    made[place][period] += wh
    return made


@dataclass(slots=True)
class _Cycle:
    """A cycle that empties."""

    until: int
    """Last period of charging."""
    whole: int
    """All that may come out."""
    left: int
    green: list[tuple[int, int]]
    """Place of a bundle, and what may come out for it."""
    told: int = 0
    """Green that came out so far."""

    @classmethod
    def of(
        cls,
        number: int,
        charge: NDArray[np.int64],
        of_period: NDArray[np.int64],
        efficiency_ppm: int,
        inside: Sequence[Inside],
    ) -> _Cycle:
        """A cycle by its number."""
        periods = np.flatnonzero(of_period == number)
        whole = int(Fraction(efficiency_ppm, PPM) * int(charge[periods].sum()))
        green = [(place, one.allowed_wh) for place, one in enumerate(inside) if of_period[one.first] == number]
        return cls(until=int(periods[-1]), whole=whole, left=whole, green=green)

    def give(self, wh: int) -> list[tuple[int, int]]:
        """What of it is green, by bundle, in their order: the difference of two floors, so that sums are exact."""
        self.left -= wh
        all_green = sum(allowed for _, allowed in self.green)
        upto = (self.whole - self.left) * all_green // self.whole
        found, start = [], 0
        for place, allowed in self.green:
            part = min(upto, start + allowed) - max(self.told, start)
            if part > 0:
                found.append((place, part))
            start += allowed
        self.told = upto
        return found
