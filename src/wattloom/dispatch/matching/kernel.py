"""Which prices clear twelve regions, and what does each site do at them? The loops that must end within a millisecond.

Only the regions' balances tie sites together: energy, work moved out (by class) and work moved in. A price on each
makes every site a problem of its own: fill its power window with the work that is worth most. The best prices are the
peak of a concave function; here every all-or-nothing choice is spread over a band of prices, the `width`, so that
the function is smooth and Newton's method climbs it in a few steps. Supply steps, lines and corridors are spread about
their share of last time (a proximal point), which leaves no error once the shares stay.

The compiler turns the innermost loop into vector instructions: no branch in it, no largest-of over it, and each array
written at fixed distances. A pass over the sites computes in single precision; set-points are found in double.
Everything is one module, because the compiler's store of finished code looks at one file only. Prices are in CNY/MWh;
inside a pass they are counted in widths.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from wattloom.dispatch.matching.tiles import (
    ARRIVES,
    BATCH,
    C_COST,
    C_LIMIT,
    C_SHARE,
    CHARGE,
    CHARGE_VALUE,
    CHARGED,
    DEMAND,
    DISCHARGE,
    DISCHARGE_VALUE,
    DISCHARGED,
    FACILITY,
    FEE,
    FIELDS,
    IDLE,
    IN,
    INFERENCE,
    LEAST,
    LIMIT,
    MEMORY,
    MISS,
    MOST,
    MOVE_IN,
    OUT_1,
    OUT_3,
    OUT_BATCH,
    OUT_INFERENCE,
    ROOT,
    SERVED,
    SETPOINTS,
    SHARE,
    SUMS,
    TILE,
    TRAINING,
    UNSERVED,
    Book,
)

SINGLE = np.float32
ZERO, HALF, ONE = SINGLE(0), SINGLE(0.5), SINGLE(1)
FLAT = SINGLE(1e-3)
"""Share of a site's power that stands in for a slope where there is none."""
NOTHING = SINGLE(1e-30)
MISS_MAX = SINGLE(1e-5)
"""Of a site's power: how far a pass in single precision may miss a window's end."""
MISS_MAX_DOUBLE = 1e-9
PIVOT_LEAST = 1e-12
TRIES = 2
"""A tile is done over once its missed windows are found."""
OVERRUN_MAX = 0.7
"""Of the balance in a step's direction before the step: by how much it may have turned after it."""
SHORTER_MAX = 6
"""How often a step is shortened before it is taken as it is."""
REACH_FIRST = 60.0
"""CNY/MWh that the farthest price of a step moves at first; doubled while steps of that length go well."""
CAUTION_FIRST, CAUTION_LEAST, CAUTION_MOST = 1e-5, 1e-8, 0.1
"""Slope that every balance is given beside its own, as a share of the load over a width."""


@njit(cache=True, fastmath=True, error_model="numpy", forceinline=True)
def _share(t: Any) -> Any:
    """How much of something is taken: none below 0, all above 1."""
    return min(max(t, ZERO), ONE)


@njit(cache=True, fastmath=True, error_model="numpy", forceinline=True)
def _moves(t: Any) -> Any:
    """1 where a share still answers to its price."""
    return ONE if (t > ZERO) & (t < ONE) else ZERO


@njit(cache=True, fastmath=True, error_model="numpy", forceinline=True)
def _offers(s: Any, n: int, price: Any, per_width: Any) -> Any:
    """What a MW of power is worth to each use at a site, in widths, and how ready movable work is to move.

    A movable class is worth at home what the better of moving and leaving it costs.
    """
    left_1, left_3 = s[UNSERVED + INFERENCE + n] * per_width, s[UNSERVED + BATCH + n] * per_width
    gain_1 = left_1 - (price[1] + s[OUT_INFERENCE + n]) * per_width
    gain_3 = left_3 - (price[2] + s[OUT_BATCH + n]) * per_width
    ready_1, ready_3 = _share(gain_1 + HALF), _share(gain_3 + HALF)
    off_1, off_3 = ready_1 - HALF, ready_3 - HALF
    worth = (
        s[UNSERVED + n] * per_width + HALF,
        left_1 - ready_1 * gain_1 + HALF * off_1 * off_1 + HALF,
        s[UNSERVED + TRAINING + n] * per_width + HALF,
        left_3 - ready_3 * gain_3 + HALF * off_3 * off_3 + HALF,
        (price[3] - s[MOVE_IN + n]) * per_width + HALF,
        HALF,
    )
    return worth, ready_1, ready_3


@njit(cache=True, fastmath=True, error_model="numpy", forceinline=True)
def _sizes(s: Any, n: int) -> Any:
    """How much each use could take at a site, MW."""
    most = s[MOST + n]
    return s[DEMAND + n], s[DEMAND + INFERENCE + n], s[DEMAND + TRAINING + n], s[DEMAND + BATCH + n], most, most


@njit(cache=True, fastmath=True, error_model="numpy", forceinline=True)
def _taken(worth: Any, at: Any) -> Any:
    """Shares of the six uses where power costs `at`."""
    return (
        _share(worth[0] - at),
        _share(worth[1] - at),
        _share(worth[2] - at),
        _share(worth[3] - at),
        _share(worth[4] - at),
        _share(worth[5] - at),
    )


@njit(cache=True, fastmath=True, error_model="numpy", forceinline=True)
def _power(size: Any, t: Any) -> Any:
    """IT power of the shares."""
    return size[0] * t[0] + size[1] * t[1] + size[2] * t[2] + size[3] * t[3] + size[4] * (t[4] + t[5])


@njit(cache=True, fastmath=True, error_model="numpy", forceinline=True)
def _steepness(size: Any, t: Any) -> Any:
    """How fast power falls with its price; never nothing."""
    still = size[0] * _moves(t[0]) + size[1] * _moves(t[1]) + size[2] * _moves(t[2]) + size[3] * _moves(t[3])
    return still + size[4] * (_moves(t[4]) + _moves(t[5]))


@njit(cache=True, fastmath=True, error_model="numpy", forceinline=True)
def _closer(worth: Any, size: Any, at: Any, target: Any) -> Any:
    """A price at which power is nearer its target: one step of Newton's method."""
    t = _taken(worth, at)
    return at + (_power(size, t) - target) / (_steepness(size, t) + FLAT * size[4] + NOTHING)


@njit(cache=True, fastmath=True, error_model="numpy", forceinline=True)
def _filled(worth: Any, size: Any, home: Any, least: Any, start: Any) -> Any:
    """Price inside a site's window of power, the window's end that binds, and 1 where one does."""
    wish = _power(size, _taken(worth, home))
    target = min(max(wish, least), size[4])
    bound = ZERO if wish == target else ONE
    return start if bound > ZERO else home, target, bound


@njit(cache=True, fastmath=True, error_model="numpy", forceinline=True)
def _tile(s: Any, memory: Any, price: Any, width: Any, sums: Any) -> Any:
    """Add what the sites of a tile ask, and its slopes, to `sums`; how far windows are missed, MW."""
    per_width = ONE / width
    home_of = price[0] * per_width
    g0, g1, g2, g3, missed = ZERO, ZERO, ZERO, ZERO, ZERO
    h00, h01, h02, h03, h11, h12, h13, h22, h23, h33 = ZERO, ZERO, ZERO, ZERO, ZERO, ZERO, ZERO, ZERO, ZERO, ZERO
    for n in range(TILE):
        worth, ready_1, ready_3 = _offers(s, n, price, per_width)
        size, facility = _sizes(s, n), s[FACILITY + n]
        at, target, bound = _filled(worth, size, home_of * facility, s[LEAST + n], memory[ROOT + n] * per_width)
        at += bound * (_closer(worth, size, at, target) - at)
        at += bound * (_closer(worth, size, at, target) - at)
        t = _taken(worth, at)
        power = _power(size, t)
        miss = max(abs(power - target) - MISS_MAX * size[4], ZERO)
        missed += miss
        memory[MISS + n] = miss
        memory[ROOT + n] = at * width
        s1, s3, si = size[1] * _moves(t[1]), size[3] * _moves(t[3]), size[4] * _moves(t[4])
        steep = _steepness(size, t)
        charge = _share((s[CHARGE_VALUE + n] - price[0]) * per_width + HALF)
        discharge = _share((price[0] - s[DISCHARGE_VALUE + n]) * per_width + HALF)
        away_1, away_3 = size[1] * (ONE - t[1]), size[3] * (ONE - t[3])
        g0 += facility * power + s[CHARGE + n] * charge - s[DISCHARGE + n] * discharge
        g1 += away_1 * ready_1
        g2 += away_3 * ready_3
        g3 -= size[4] * t[4]
        # Where the window binds, what one use gains another loses; where not, all answer to the region's price.
        r1, r3 = s1 * ready_1, s3 * ready_3
        shared = bound / (steep + NOTHING)
        z1, z3, free = r1 * shared, r3 * shared, (ONE - bound) * facility
        h00 += s[CHARGE + n] * _moves(charge) + s[DISCHARGE + n] * _moves(discharge) + free * facility * steep
        h01 -= free * r1
        h02 -= free * r3
        h03 -= free * si
        h11 += away_1 * _moves(ready_1) + r1 * (ready_1 - z1)
        h22 += away_3 * _moves(ready_3) + r3 * (ready_3 - z3)
        h33 += si - si * si * shared
        h12 -= z1 * r3
        h13 -= z1 * si
        h23 -= z3 * si
    sums[0] += g0
    sums[1] += g1
    sums[2] += g2
    sums[3] += g3
    for k, h in enumerate((h00, h01, h02, h03, h11, h12, h13, h22, h23, h33)):
        sums[4 + k] += h * per_width
    return missed


@njit(cache=True, fastmath=True, error_model="numpy", forceinline=True)
def _refill(s: Any, memory: Any, price: Any, width: Any, miss_max: float) -> None:
    """Find the price inside each window of a tile that was missed, by Newton's method between closing bounds."""
    per_width = 1.0 / width
    for n in range(TILE):
        if not memory[MISS + n] > ZERO:
            continue
        worth, _, _ = _offers(s, n, price, per_width)
        size, home = _sizes(s, n), price[0] * s[FACILITY + n] * per_width
        at, target, _ = _filled(worth, size, home, s[LEAST + n], memory[ROOT + n] * per_width)
        low, high = min(home, 0.0) - 2.0, max(home, 0.0) + 2.0
        high = max(high, 1.0 + max(worth[0], worth[1], worth[2], worth[3], worth[4]))
        if not low < at < high:
            at = 0.5 * (low + high)
        for _ in range(100):
            t = _taken(worth, at)
            over = _power(size, t) - target
            if abs(over) <= miss_max * size[4] or high - low <= 1e-14 * max(1.0, abs(high)):
                break
            if over > 0.0:
                low = at
            else:
                high = at
            steep = _steepness(size, t)
            at = at + over / steep if steep > 0.0 else 0.5 * (low + high)
            if not low < at < high:
                at = 0.5 * (low + high)
        memory[ROOT + n] = SINGLE(at * width)


@njit(cache=True, fastmath=True, error_model="numpy", forceinline=True)
def _four(prices: Any, region: int, count: int) -> Any:
    """The four prices of a region."""
    return prices[region], prices[count + region], prices[2 * count + region], prices[3 * count + region]


@njit(cache=True, fastmath=True, error_model="numpy", forceinline=True)
def _ask_sites(b: Book, prices: Any, width: float) -> None:
    """Add what all sites ask at these prices to balance and slope."""
    count = b.step_mw.shape[0]
    for r in range(count):
        b.sums[:] = 0.0
        exact = _four(prices, r, count)
        price = (SINGLE(exact[0]), SINGLE(exact[1]), SINGLE(exact[2]), SINGLE(exact[3]))
        for t in range(b.tile_of[r], b.tile_of[r + 1]):
            s = b.sites_single[t * FIELDS * TILE : (t + 1) * FIELDS * TILE]
            memory = b.memory[t * MEMORY * TILE : (t + 1) * MEMORY * TILE]
            for _ in range(TRIES):
                b.trial_sums[:] = 0.0
                if _tile(s, memory, price, SINGLE(width), b.trial_sums) <= ZERO:
                    break
                _refill(b.sites[t * FIELDS * TILE : (t + 1) * FIELDS * TILE], memory, exact, width, 1e-7)
            for k in range(SUMS):
                b.sums[k] += b.trial_sums[k]
        place = 4
        for i in range(4):
            b.balance[i * count + r] += b.sums[i]
            for j in range(i, 4):
                b.slope[i * count + r, j * count + r] += b.sums[place]
                place += 1


@njit(cache=True, fastmath=True, error_model="numpy", forceinline=True)
def _ask_network(b: Book, prices: Any, width: float) -> None:
    """Add what supply, lines and corridors give to balance and slope, spread about their last shares."""
    per_width = 1.0 / width
    for r in range(b.step_mw.shape[0]):
        b.balance[r] += b.fixed_mw[r]
        for k in range(b.step_mw.shape[1]):
            share = _share((prices[r] - b.step_price[r, k]) * per_width + b.step_share[r, k])
            b.balance[r] -= b.step_mw[r, k] * share
            b.slope[r, r] += b.step_mw[r, k] * _moves(share) * per_width
    for k in range(b.line.shape[1]):
        i, j, arrives = b.line_ends[0, k], b.line_ends[1, k], b.line[ARRIVES, k]
        gain = prices[j] * arrives - prices[i] - b.line[FEE, k]
        share = _share(gain * per_width + b.line[SHARE, k])
        flow = b.line[LIMIT, k] * share
        b.balance[i] += flow
        b.balance[j] -= flow * arrives
        if 0.0 < share < 1.0:
            steep = b.line[LIMIT, k] * per_width
            b.slope[i, i] += steep
            b.slope[j, j] += steep * arrives * arrives
            b.slope[min(i, j), max(i, j)] -= steep * arrives
    for k in range(b.corridor.shape[1]):
        i, j = b.corridor_ends[0, k], b.corridor_ends[1, k]
        share = _share((prices[i] - prices[j] - b.corridor[C_COST, k]) * per_width + b.corridor[C_SHARE, k])
        flow = b.corridor[C_LIMIT, k] * share
        b.balance[i] -= flow
        b.balance[j] += flow
        if 0.0 < share < 1.0:
            steep = b.corridor[C_LIMIT, k] * per_width
            b.slope[i, i] += steep
            b.slope[j, j] += steep
            b.slope[i, j] -= steep


@njit(cache=True, fastmath=True, error_model="numpy", forceinline=True)
def _ask(b: Book, prices: Any, width: float) -> None:
    """Balance and slope at these prices."""
    b.balance[:] = 0.0
    b.slope[:] = 0.0
    _ask_sites(b, prices, width)
    _ask_network(b, prices, width)


@njit(cache=True, fastmath=True, error_model="numpy", forceinline=True)
def _factor(a: Any) -> None:
    """Upper triangle U of UᵀU = a, in place; four rows at a time, since a row is short. Rows come in fours."""
    count = a.shape[0]
    for j in range(0, count, 4):
        for i in range(j, j + 4):
            row = a[i]
            for above in range(j, i):
                factor, other = a[above, i], a[above]
                for k in range(count):
                    row[k] -= factor * other[k]
            scale = 1.0 / np.sqrt(max(row[i], PIVOT_LEAST))
            for k in range(count):
                row[k] *= scale
            row[:i] = 0.0
        for i in range(j + 4, count):
            f0, f1, f2, f3 = a[j, i], a[j + 1, i], a[j + 2, i], a[j + 3, i]
            row, s0, s1, s2, s3 = a[i, i:], a[j, i:], a[j + 1, i:], a[j + 2, i:], a[j + 3, i:]
            for k in range(count - i):
                row[k] -= f0 * s0[k] + f1 * s1[k] + f2 * s2[k] + f3 * s3[k]


@njit(cache=True, fastmath=True, error_model="numpy", forceinline=True)
def _substitute(u: Any, v: Any) -> None:
    """Solve UᵀU x = v, in place of v."""
    count = v.size
    for j in range(count):
        v[j] /= u[j, j]
        factor, row, rest = v[j], u[j, j + 1 :], v[j + 1 :]
        for k in range(count - j - 1):
            rest[k] -= factor * row[k]
    for j in range(count - 1, -1, -1):
        row, rest, total = u[j, j + 1 :], v[j + 1 :], 0.0
        for k in range(count - j - 1):
            total += row[k] * rest[k]
        v[j] = (v[j] - total) / u[j, j]


@njit(cache=True, fastmath=True, error_model="numpy", forceinline=True)
def _climb(b: Book, width: float, miss_max: float, steps_max: int, load_mw: float) -> Any:
    """Move prices until the balances miss by at most a share of the load; steps, passes and the share missed.

    Along a step the balance itself, seen in the step's direction, tells whether the peak was overrun: it turns from
    positive to negative there, so that no value of the function is needed.
    """
    count, steps, passes, shortened = b.prices.size, 0, 0, 0
    caution, reach, length, before, cut = CAUTION_FIRST, REACH_FIRST, 1.0, 0.0, False
    b.trial[:] = b.prices
    while True:
        _ask(b, b.trial, width)
        passes += 1
        if steps > 0:
            after = np.sum(b.balance * b.direction)
            if after < -OVERRUN_MAX * before and shortened < SHORTER_MAX:
                length *= min(max(before / (before - after), 0.15), 0.7)
                shortened += 1
                b.trial[:] = b.prices + length * b.direction
                continue
            if shortened == 0:
                caution = max(caution * 0.2, CAUTION_LEAST)
                reach = 2.0 * reach if cut else reach
            else:
                caution, reach = min(caution * 4.0, CAUTION_MOST), max(0.5 * reach, REACH_FIRST)
            b.prices[:] = b.trial
        missed = np.sum(np.abs(b.balance)) / load_mw
        if missed <= miss_max or steps >= steps_max:
            return steps, passes, missed
        for i in range(count):
            b.slope[i, i] += caution * load_mw / width
            b.direction[i] = b.balance[i]
        _factor(b.slope)
        _substitute(b.slope, b.direction)
        before = np.sum(b.balance * b.direction)
        length = min(1.0, reach / max(np.max(np.abs(b.direction)), 1e-12))
        steps, shortened, cut = steps + 1, 0, length < 1.0
        b.trial[:] = b.prices + length * b.direction


@njit(cache=True, fastmath=True, error_model="numpy", forceinline=True)
def _recentre(b: Book, width: float) -> None:
    """Take the shares of supply, lines and corridors at the prices found as the new middle of their bands."""
    per_width, prices = 1.0 / width, b.prices
    for r in range(b.step_mw.shape[0]):
        for k in range(b.step_mw.shape[1]):
            b.step_share[r, k] = _share((prices[r] - b.step_price[r, k]) * per_width + b.step_share[r, k])
    for k in range(b.line.shape[1]):
        gain = prices[b.line_ends[1, k]] * b.line[ARRIVES, k] - prices[b.line_ends[0, k]] - b.line[FEE, k]
        b.line[SHARE, k] = _share(gain * per_width + b.line[SHARE, k])
    for k in range(b.corridor.shape[1]):
        gain = prices[b.corridor_ends[0, k]] - prices[b.corridor_ends[1, k]] - b.corridor[C_COST, k]
        b.corridor[C_SHARE, k] = _share(gain * per_width + b.corridor[C_SHARE, k])


@njit(cache=True, fastmath=True, error_model="numpy", forceinline=True)
def _place_tile(s: Any, memory: Any, y: Any, price: Any, width: float) -> Any:
    """Set-points of a tile's sites at their prices; work moved out by class and moved in, and windows missed, MW."""
    per_width = 1.0 / width
    out_1, out_3, moved_in, missed = 0.0, 0.0, 0.0, 0.0
    for n in range(TILE):
        worth, ready_1, ready_3 = _offers(s, n, price, per_width)
        size, home = _sizes(s, n), price[0] * s[FACILITY + n] * per_width
        at, target, bound = _filled(worth, size, home, s[LEAST + n], memory[ROOT + n] * per_width)
        at += bound * (_closer(worth, size, at, target) - at)
        at += bound * (_closer(worth, size, at, target) - at)
        at += bound * (_closer(worth, size, at, target) - at)
        t = _taken(worth, at)
        miss = max(abs(_power(size, t) - target) - MISS_MAX_DOUBLE * size[4], 0.0)
        missed += miss
        memory[MISS + n] = miss
        memory[ROOT + n] = at * width
        away_1, away_3 = size[1] * (1.0 - t[1]) * ready_1, size[3] * (1.0 - t[3]) * ready_3
        y[SERVED + n] = size[0] * t[0]
        y[SERVED + INFERENCE + n] = size[1] * t[1]
        y[SERVED + TRAINING + n] = size[2] * t[2]
        y[SERVED + BATCH + n] = size[3] * t[3]
        y[OUT_1 + n] = away_1
        y[OUT_3 + n] = away_3
        y[IN + n] = size[4] * t[4]
        y[IDLE + n] = size[4] * t[5]
        y[CHARGED + n] = s[CHARGE + n] * _share((s[CHARGE_VALUE + n] - price[0]) * per_width + HALF)
        y[DISCHARGED + n] = s[DISCHARGE + n] * _share((price[0] - s[DISCHARGE_VALUE + n]) * per_width + HALF)
        out_1 += away_1
        out_3 += away_3
        moved_in += size[4] * t[4]
    return out_1, out_3, moved_in, missed


@njit(cache=True, fastmath=True, error_model="numpy", forceinline=True)
def _place_sites(b: Book, width: float) -> None:
    """Set-points of all sites at the prices, and what each region moves."""
    count = b.step_mw.shape[0]
    b.region_mw[:] = 0.0
    for r in range(count):
        price = _four(b.prices, r, count)
        for t in range(b.tile_of[r], b.tile_of[r + 1]):
            s = b.sites[t * FIELDS * TILE : (t + 1) * FIELDS * TILE]
            memory = b.memory[t * MEMORY * TILE : (t + 1) * MEMORY * TILE]
            y = b.setpoints[t * SETPOINTS * TILE : (t + 1) * SETPOINTS * TILE]
            moved = (0.0, 0.0, 0.0, 0.0)
            for _ in range(TRIES):
                moved = _place_tile(s, memory, y, price, width)
                if moved[3] <= 0.0:
                    break
                _refill(s, memory, price, width, 1e-12)
            for k in range(3):
                b.region_mw[1 + k, r] += moved[k]


@njit(cache=True, fastmath=True, error_model="numpy")
def clear(b: Book, width: float, miss_max: float, steps_max: int, load_mw: float) -> Any:
    """One round: prices, and the set-points that sites choose at them; steps, passes and the share missed.

    The only way in, with all that it calls inside it: a function that stands alone may be there twice, compiled with
    other liberties, and which of the two runs would depend on what was compiled before.
    """
    told = _climb(b, width, miss_max, steps_max, load_mw)
    _recentre(b, width)
    _place_sites(b, width)
    return told
