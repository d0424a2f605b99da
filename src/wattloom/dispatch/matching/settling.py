"""How does a plan at good prices become one that keeps every row? Small misses are mended where they cost least.

At the prices found, the balances between regions miss by a little. Corridors follow what sites send and take; what
finds no corridor is served at home; lines keep their flow, and supply fills each region's need, cheapest first.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from wattloom.dispatch.matching.tiles import (
    ARRIVES,
    BATCH,
    C_FLOW,
    C_LIMIT,
    C_SHARE,
    CHARGED,
    DISCHARGED,
    FACILITY,
    FIELDS,
    FLOW,
    IDLE,
    IN,
    INFERENCE,
    LEAST,
    LIMIT,
    MOST,
    OUT_1,
    OUT_3,
    SERVED,
    SETPOINTS,
    SHARE,
    TILE,
    TRAINING,
    Book,
)


@njit(cache=True, fastmath=True, error_model="numpy", forceinline=True)
def _match_corridors(b: Book, keep: Any) -> None:
    """Flows that fit what is moved out and what is moved in; `keep` is the share that stays of each, shape (3, region).

    Flows grow towards the exporters where there is room, then shrink to what arrivals take; what is left over of
    exports and imports does not happen.
    """
    count = b.step_mw.shape[0]
    asked, taken = np.zeros((3, count)), np.zeros((3, count))
    for k in range(b.corridor.shape[1]):
        b.corridor[C_FLOW, k] = b.corridor[C_LIMIT, k] * b.corridor[C_SHARE, k]
        i = b.corridor_ends[0, k]
        asked[i // count - 1, i % count] += b.corridor[C_FLOW, k]
    for k in range(b.corridor.shape[1]):
        i, j = b.corridor_ends[0, k], b.corridor_ends[1, k] - 3 * count
        out, flow = asked[i // count - 1, i % count], b.corridor[C_FLOW, k]
        if out > 0.0:
            flow = min(flow * (b.region_mw[i // count, i % count] / out), b.corridor[C_LIMIT, k])
        b.corridor[C_FLOW, k] = flow
        asked[2, j] += flow
    for k in range(b.corridor.shape[1]):
        i, j = b.corridor_ends[0, k], b.corridor_ends[1, k] - 3 * count
        if asked[2, j] > b.region_mw[3, j]:
            b.corridor[C_FLOW, k] *= b.region_mw[3, j] / asked[2, j]
        taken[i // count - 1, i % count] += b.corridor[C_FLOW, k]
        taken[2, j] += b.corridor[C_FLOW, k]
    for k in range(3):
        for r in range(count):
            there = b.region_mw[1 + k, r]
            keep[k, r] = min(1.0, taken[k, r] / there) if there > 0.0 else 1.0


@njit(cache=True, fastmath=True, error_model="numpy", forceinline=True)
def _settle_tile(s: Any, y: Any, keep_1: float, keep_3: float, keep_in: float) -> Any:
    """Serve at home what found no corridor, dearest first, and keep the window; energy asked, MW.

    Inference that stays takes free power, then that of batch, then that of training: it is dearer to leave.
    """
    energy = 0.0
    for n in range(TILE):
        served_1, served_2, served_3 = y[SERVED + INFERENCE + n], y[SERVED + TRAINING + n], y[SERVED + BATCH + n]
        out_1, out_3, moved_in = y[OUT_1 + n] * keep_1, y[OUT_3 + n] * keep_3, y[IN + n] * keep_in
        back_1, back_3 = y[OUT_1 + n] - out_1, y[OUT_3 + n] - out_3
        others = y[SERVED + n] + moved_in + y[IDLE + n]
        room = max(0.0, s[MOST + n] - (others + served_1 + served_2 + served_3))
        free = min(back_1, room)
        of_batch = min(back_1 - free, served_3)
        of_training = min(back_1 - free - of_batch, served_2)
        served_1 += free + of_batch + of_training
        served_2 -= of_training
        served_3 += min(back_3, room - free) - of_batch
        power = others + served_1 + served_2 + served_3
        burnt = max(0.0, s[LEAST + n] - power)
        y[SERVED + INFERENCE + n] = served_1
        y[SERVED + TRAINING + n] = served_2
        y[SERVED + BATCH + n] = served_3
        y[OUT_1 + n] = out_1
        y[OUT_3 + n] = out_3
        y[IN + n] = moved_in
        y[IDLE + n] += burnt
        energy += s[FACILITY + n] * (power + burnt) + y[CHARGED + n] - y[DISCHARGED + n]
    return energy


@njit(cache=True, fastmath=True, error_model="numpy", forceinline=True)
def _settle_sites(b: Book) -> None:
    """Corridors, sites and the energy that each region asks of its supply and its lines."""
    count = b.step_mw.shape[0]
    keep = np.zeros((3, count))
    _match_corridors(b, keep)
    for r in range(count):
        b.region_mw[0, r] = b.fixed_mw[r]
        for t in range(b.tile_of[r], b.tile_of[r + 1]):
            s = b.sites[t * FIELDS * TILE : (t + 1) * FIELDS * TILE]
            y = b.setpoints[t * SETPOINTS * TILE : (t + 1) * SETPOINTS * TILE]
            b.region_mw[0, r] += _settle_tile(s, y, keep[0, r], keep[1, r], keep[2, r])


@njit(cache=True, fastmath=True, error_model="numpy", forceinline=True)
def _less_discharge(b: Book, r: int, mw: float) -> float:
    """Give back so much less from the batteries of a region; how much it was."""
    total = 0.0
    for t in range(b.tile_of[r], b.tile_of[r + 1]):
        for n in range(TILE):
            total += b.setpoints[t * SETPOINTS * TILE + DISCHARGED + n]
    less = min(total, mw)
    for t in range(b.tile_of[r], b.tile_of[r + 1]):
        for n in range(TILE):
            b.setpoints[t * SETPOINTS * TILE + DISCHARGED + n] *= 1.0 - less / max(total, 1e-300)
    return less


@njit(cache=True, fastmath=True, error_model="numpy", forceinline=True)
def _settle_energy(b: Book) -> None:
    """Lines by their shares, then supply, cheapest first; a region with more than it needs takes less from others."""
    count, steps = b.step_mw.shape
    asked = b.region_mw[0]
    for k in range(b.line.shape[1]):
        flow = b.line[LIMIT, k] * b.line[SHARE, k]
        b.line[FLOW, k] = flow
        asked[b.line_ends[0, k]] += flow
        asked[b.line_ends[1, k]] -= flow * b.line[ARRIVES, k]
    for _ in range(count + 1):
        for k in range(b.line.shape[1]):
            i, j, arrives = b.line_ends[0, k], b.line_ends[1, k], b.line[ARRIVES, k]
            if asked[j] < 0.0 and b.line[FLOW, k] > 0.0:
                less = min(b.line[FLOW, k], -asked[j] / arrives)
                b.line[FLOW, k] -= less
                asked[i] -= less
                asked[j] += less * arrives
    for r in range(count):
        left = asked[r]
        if left < 0.0:
            left += _less_discharge(b, r, -left)
        for k in range(steps):
            step = b.step_order[r, k]
            b.supply_mw[r, step] = min(max(left, 0.0), b.step_mw[r, step])
            left -= b.supply_mw[r, step]


@njit(cache=True, fastmath=True, error_model="numpy")
def settle(b: Book) -> None:
    """Corridors, sites, lines, supply, one after the other."""
    _settle_sites(b)
    _settle_energy(b)
