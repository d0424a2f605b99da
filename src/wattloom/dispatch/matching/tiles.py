"""How do the numbers of a tick lie in memory, so that a loop over sites becomes vector instructions?

Sites lie in tiles of sixteen, field by field: all distances inside a tile are known when the loop is compiled, and a
region's last tile is filled up with sites of nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numba import njit

from wattloom.dispatch.matching import rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

TILE = 16
"""Sites in a tile: a multiple of what vector instructions take at once."""
DEMAND, UNSERVED, FACILITY, LEAST, MOST, CHARGE, DISCHARGE, CHARGE_VALUE, DISCHARGE_VALUE = (
    TILE * k for k in (0, 4, 8, 9, 10, 11, 12, 13, 14)
)
OUT_INFERENCE, OUT_BATCH, MOVE_IN = (TILE * k for k in (15, 16, 17))
FIELDS = 18
"""Numbers of a site in a tile."""
ROOT, MISS = 0, TILE
MEMORY = 2
"""What is remembered of a site: the price at which its power window fills, and by how much it was missed."""
INFERENCE, TRAINING, BATCH = TILE, 2 * TILE, 3 * TILE
SERVED, OUT_1, OUT_3, IN, IDLE, CHARGED, DISCHARGED = (TILE * k for k in (0, 4, 5, 6, 7, 8, 9))
SETPOINTS = 10
LIMIT, FEE, ARRIVES, SHARE, FLOW = range(5)
"""Rows of `Book.line`."""
C_LIMIT, C_COST, C_SHARE, C_FLOW = range(4)
"""Rows of `Book.corridor`."""
SUMS = 14
"""Of a region's sites: four balances, then the ten different slopes of these with the four prices."""
ROW_OF_FIELD = np.array(
    [
        *range(rows.DEMAND, rows.FACILITY + 1),
        rows.LEAST,
        rows.MOST,
        rows.CHARGE,
        rows.DISCHARGE,
        rows.CHARGE_VALUE,
        rows.DISCHARGE_VALUE,
        rows.OUT_INFERENCE,
        rows.OUT_BATCH,
        rows.MOVE_IN,
    ]
)
"""Where a field of a tile comes from."""
ROUNDING = 1e-9
"""Share of a cap by which the ends of a window may cross."""


class Book(NamedTuple):
    """All that a match works on, set out once."""

    tile_of: NDArray[np.int64]
    """Shape (region + 1,): first tile of each region."""
    slot_of: NDArray[np.int64]
    """Shape (site,): where it lies, counted over all tiles."""
    region_of: NDArray[np.int64]
    sites: NDArray[np.float64]
    sites_single: NDArray[np.float32]
    memory: NDArray[np.float32]
    setpoints: NDArray[np.float64]
    """Flat: tile, field, site of the tile."""
    prices: NDArray[np.float64]
    """Shape (4 · region,): energy, moved-out inference, moved-out batch, moved-in."""
    step_price: NDArray[np.float64]
    step_mw: NDArray[np.float64]
    step_share: NDArray[np.float64]
    step_order: NDArray[np.int64]
    """Shape (region, step): cheapest first; the last step is what nobody has."""
    fixed_mw: NDArray[np.float64]
    line_ends: NDArray[np.int64]
    """Shape (2, direction): from and to; each line twice, once a direction."""
    line: NDArray[np.float64]
    """Shape (5, direction): limit, fee, what arrives of 1, share, MW."""
    corridor_ends: NDArray[np.int64]
    """Shape (2, corridor): position of its price among those of moved out, and moved in."""
    corridor: NDArray[np.float64]
    """Shape (4, corridor): limit, cost, share, MW."""
    supply_mw: NDArray[np.float64]
    """Shape (region, step)."""
    slope: NDArray[np.float64]
    """Shape (4 · region, 4 · region): how the balances fall with the prices; upper triangle."""
    balance: NDArray[np.float64]
    """Shape (4 · region,): what is asked less what is there."""
    trial: NDArray[np.float64]
    direction: NDArray[np.float64]
    sums: NDArray[np.float64]
    trial_sums: NDArray[np.float64]
    """Shape (SUMS,): of a region, and of a tile."""
    region_mw: NDArray[np.float64]
    """Shape (4, region): energy asked, moved out by class, moved in."""


@njit(cache=True)
def load(b: Book, matrix: Any) -> Any:
    """Put the matrix of a tick into the tiles and work out each window; the IT power asked, MW, and windows shut.

    Without fast arithmetic: a comparison with not-a-number must come out false.
    """
    asked, shut = 0.0, 0
    for n in range(b.slot_of.size):
        before, ramp, landing = matrix[rows.BEFORE, n], matrix[rows.RAMP, n], matrix[rows.LANDING, n]
        cap = min(matrix[rows.CAP, n], before + ramp)
        least = min(max(matrix[rows.FLOOR, n], before - ramp), cap)
        least = max(least + matrix[rows.CUT, n] - landing, 0.0)
        most = cap - matrix[rows.RAISE, n] - landing
        if not least <= most:
            shut += 0 if least <= most + ROUNDING * (1.0 + matrix[rows.CAP, n]) else 1
            least = most = max(min(least, most), 0.0)
        matrix[rows.LEAST, n], matrix[rows.MOST, n] = least, most
        for k in range(4):
            asked += matrix[rows.DEMAND + k, n]
    for n in range(b.slot_of.size):
        place = b.slot_of[n] // TILE * FIELDS * TILE + b.slot_of[n] % TILE
        for field in range(FIELDS):
            b.sites[place + TILE * field] = matrix[ROW_OF_FIELD[field], n]
    for k in range(b.sites.size):
        b.sites_single[k] = b.sites[k]
    return asked, shut


@njit(cache=True)
def load_around(b: Book, around: Any, matrix: Any) -> None:
    """Put the numbers that are not of sites into the book; `around` is in the order of `checks.around_of`."""
    count, steps, at = b.step_mw.shape[0], b.step_mw.shape[1] - 1, 0
    lines, corridors = b.line.shape[1] // 2, b.corridor.shape[1]
    size, carbon_price = count * steps, around[-2]
    mw, price, carbon = around[:size], around[size : 2 * size], around[2 * size : 3 * size]
    b.fixed_mw[:] = around[3 * size : 3 * size + count]
    at = 3 * size + count
    for k in range(lines):
        b.line[LIMIT, k], b.line[LIMIT, lines + k] = around[at + k], around[at + lines + k]
        b.line[ARRIVES, k] = b.line[ARRIVES, lines + k] = 1.0 - around[at + 2 * lines + k]
        b.line[FEE, k] = b.line[FEE, lines + k] = around[at + 3 * lines + k]
    at += 4 * lines
    for k in range(corridors):
        b.corridor[C_LIMIT, k] = around[at + k] - around[at + corridors + k]
        b.corridor[C_COST, k] = around[at + 2 * corridors + k]
    most = 1.0 + np.sum(b.line[LIMIT])
    for n in range(b.region_of.size):
        b.fixed_mw[b.region_of[n]] += matrix[rows.LANDING, n] * matrix[rows.FACILITY, n]
        most += matrix[rows.FACILITY, n] * matrix[rows.MOST, n] + matrix[rows.CHARGE, n]
    for r in range(count):
        for k in range(steps):
            b.step_mw[r, k] = mw[r * steps + k]
            b.step_price[r, k] = price[r * steps + k] + carbon_price * carbon[r * steps + k]
        # Nobody has it, so there is no end to it; a number above all that could be asked does.
        b.step_mw[r, steps], b.step_price[r, steps] = most + b.fixed_mw[r], around[-1]
        for k in range(steps + 1):
            place = k
            while place > 0 and b.step_price[r, b.step_order[r, place - 1]] > b.step_price[r, k]:
                b.step_order[r, place] = b.step_order[r, place - 1]
                place -= 1
            b.step_order[r, place] = k


@njit(cache=True)
def unload(b: Book, out: Any) -> None:
    """Write the set-points of the tiles to a matrix, shape (SETPOINTS, site)."""
    for n in range(b.slot_of.size):
        place = b.slot_of[n] // TILE * SETPOINTS * TILE + b.slot_of[n] % TILE
        for k in range(SETPOINTS):
            out[k, n] = b.setpoints[place + TILE * k]
