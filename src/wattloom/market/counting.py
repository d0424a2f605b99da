"""How much passed each meter in each cell of the month? Whole watt-hours, their value, the largest demand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from wattloom.domain.money import fits_int64

if TYPE_CHECKING:
    from numpy.typing import NDArray

MINUTES_PER_HOUR = 60


def energy_by_cell(energy_wh: NDArray[np.int64], cell: NDArray[np.int64], cells: int) -> NDArray[np.int64]:
    """Sums of energy; shape (points, cells) out of (points, periods)."""
    sums = np.zeros((energy_wh.shape[0], cells), dtype=np.int64)
    _energy(energy_wh, cell, sums)
    return sums


def value_by_cell(
    energy_wh: NDArray[np.int64], price_steps: NDArray[np.int64], cell: NDArray[np.int64], cells: int
) -> NDArray[np.int64]:
    """Sums of price times energy in steps of the amount grid; shape (points, cells).

    Whole numbers of 64 bits where they suffice, Python's own (dtype object) where a sum might pass them.
    """
    if fits_int64(price_steps, energy_wh):
        sums = np.zeros((energy_wh.shape[0], cells), dtype=np.int64)
        _value(energy_wh, price_steps, cell, sums)
        return sums
    large = np.zeros((energy_wh.shape[0], cells), dtype=object)
    for place in range(cells):
        within = cell == place
        large[:, place] = energy_wh[:, within].astype(object) @ price_steps[within].astype(object)
    return large


def energy_and_value_by_cell(
    energy_wh: NDArray[np.int64], price_steps: NDArray[np.int64], cell: NDArray[np.int64], cells: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Energy, value and largest energy of a period in one look at the meter; each as the function for it alone."""
    if not fits_int64(price_steps, energy_wh):
        alone = energy_by_cell(energy_wh, cell, cells), value_by_cell(energy_wh, price_steps, cell, cells)
        return (*alone, energy_wh.max(axis=1))
    energy = np.zeros((energy_wh.shape[0], cells), dtype=np.int64)
    value, peak = np.zeros_like(energy), np.zeros(energy_wh.shape[0], dtype=np.int64)
    _all(energy_wh, price_steps, cell, energy, value, peak)
    return energy, value, peak


def demand_w(peak_wh: NDArray[np.int64], step_minutes: int) -> NDArray[np.int64]:
    """The largest mean power of a period in W, from its energy; steps divide an hour."""
    return peak_wh * (MINUTES_PER_HOUR // step_minutes)


@njit(cache=True, nogil=True)
def _energy(energy: NDArray[np.int64], cell: NDArray[np.int64], sums: NDArray[np.int64]) -> None:
    """Add up, point by point."""
    for point in range(energy.shape[0]):
        for period in range(energy.shape[1]):
            sums[point, cell[period]] += np.int64(energy[point, period])


@njit(cache=True, nogil=True)
def _value(
    energy: NDArray[np.int64], price: NDArray[np.int64], cell: NDArray[np.int64], sums: NDArray[np.int64]
) -> None:
    """Add up price times energy, point by point."""
    for point in range(energy.shape[0]):
        for period in range(energy.shape[1]):
            sums[point, cell[period]] += price[period] * np.int64(energy[point, period])


@njit(cache=True, nogil=True)
def _all(
    energy: NDArray[np.int64],
    price: NDArray[np.int64],
    cell: NDArray[np.int64],
    sums: NDArray[np.int64],
    value: NDArray[np.int64],
    peak: NDArray[np.int64],
) -> None:
    """Energy, value and peak at once: the meter's values are read from memory a single time."""
    for point in range(energy.shape[0]):
        largest = np.int64(0)
        for period in range(energy.shape[1]):
            wh = np.int64(energy[point, period])
            place = cell[period]
            sums[point, place] += wh
            value[point, place] += price[period] * wh
            largest = max(largest, wh)
        peak[point] = largest
