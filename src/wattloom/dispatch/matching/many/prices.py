"""Which prices clear the regions of many ticks at once? The climb of `kernel`, written over whole arrays.

The smooth function, its steps and their caution are the kernel's. Here each tick has its own step length, and ticks
that have arrived leave the arrays once they are half of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from wattloom.dispatch.matching.kernel import (
    CAUTION_FIRST,
    CAUTION_LEAST,
    CAUTION_MOST,
    OVERRUN_MAX,
    REACH_FIRST,
    SHORTER_MAX,
)
from wattloom.dispatch.matching.many import sites
from wattloom.dispatch.matching.many.numbers import Numbers, State, Ties, chosen

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.dispatch.matching.many.arrays import Arrays

MISS_MAX = 1e-6
"""Of a site's power: how far a window's end may be missed while prices move."""
CROWD = 0.5
"""Share of ticks that have arrived at which they leave."""


class Aim(NamedTuple):
    """How one climb is made."""

    width: float
    miss_max: float
    """Of the IT power asked: by how much the balances may miss in sum."""
    steps_max: int


class _Way(NamedTuple):
    """How far each tick's climb has come; shape (tick, 1), but prices and directions (tick, 4 · region)."""

    trial: Any
    direction: Any
    length: Any
    before: Any
    """Balance along the direction where the step began."""
    caution: Any
    reach: Any
    shortened: Any
    cut: Any
    """1 where the step was cut to its reach."""
    steps: Any
    missed: Any
    """Share of the load that the balances miss at the prices taken last."""


def climb(arrays: Arrays, ties: Ties, p: Numbers, s: State, aim: Aim) -> tuple[State, NDArray[np.int64]]:
    """Prices at which each tick's balances miss by at most a share of its load; how often each tick was looked at."""
    xp, give, here = arrays.xp, arrays.given, arrays.here
    left, now, way = np.arange(s.prices.shape[0]), s, _begun(xp, s)
    q, order, parts, passes = p, [], [], np.zeros(left.size, dtype=np.int64)
    while left.size:
        now, way = _step(xp, ties, q, now, way, aim.width)
        passes[left] += 1
        arrived = (here(way.missed)[:, 0] <= aim.miss_max) | (here(way.steps)[:, 0] > aim.steps_max)
        if np.mean(arrived) >= CROWD:
            order.append(left[arrived])
            parts.append(chosen(xp, now, give(np.flatnonzero(arrived))))
            left, rest = left[~arrived], give(np.flatnonzero(~arrived))
            q, now, way = chosen(xp, q, rest), chosen(xp, now, rest), chosen(xp, way, rest)
    together = State(*(xp.concat(list(part), axis=0) for part in zip(*parts, strict=True)))
    there = chosen(xp, together, give(np.argsort(np.concatenate(order))))
    return _recentred(xp, ties, p, there, aim.width), passes


def _begun(xp: Any, s: State) -> _Way:
    """Before the first look."""
    count, _, regions = s.prices.shape
    flat = xp.reshape(s.prices, (count, 4 * regions))
    none = xp.zeros_like(flat[:, :1])
    return _Way(
        trial=flat,
        direction=xp.zeros_like(flat),
        length=none + 1.0,
        before=none,
        caution=none + CAUTION_FIRST,
        reach=none + REACH_FIRST,
        shortened=none,
        cut=none,
        steps=none,
        missed=none + float("inf"),
    )


def _step(xp: Any, ties: Ties, p: Numbers, s: State, way: _Way, width: float) -> tuple[State, _Way]:
    """Look at the trial prices: take them, or come back along the step where the peak was overrun."""
    balance, slope, root = _ask(xp, ties, p, s._replace(prices=xp.reshape(way.trial, s.prices.shape)), width)
    after = xp.sum(balance * way.direction, axis=1, keepdims=True)
    over = (way.steps > 0.0) & (after < -OVERRUN_MAX * way.before) & (way.shortened < SHORTER_MAX)
    caution, reach = _trust(xp, way, over)
    prices = xp.where(over, xp.reshape(s.prices, way.trial.shape), way.trial)
    steep = slope + (caution * p.load_mw / width)[:, :, None] * ties.eye_of_prices
    newton = xp.linalg.solve(steep, balance[:, :, None])[:, :, 0]
    direction = xp.where(over, way.direction, newton)
    full = xp.minimum(reach / xp.maximum(xp.max(xp.abs(direction), axis=1, keepdims=True), 1e-12), 1.0)
    shorter = way.length * xp.clip(way.before / xp.where(over, way.before - after, 1.0), 0.15, 0.7)
    length = xp.where(over, shorter, full)
    missed = xp.sum(xp.abs(balance), axis=1, keepdims=True) / p.load_mw
    return s._replace(prices=xp.reshape(prices, s.prices.shape), root=root), _Way(
        trial=prices + length * direction,
        direction=direction,
        length=length,
        before=xp.where(over, way.before, xp.sum(balance * direction, axis=1, keepdims=True)),
        caution=caution,
        reach=reach,
        shortened=xp.where(over, way.shortened + 1.0, 0.0),
        cut=xp.where(over, way.cut, xp.astype(full < 1.0, xp.float64)),
        steps=way.steps + xp.astype(~over, xp.float64),
        missed=xp.where(over, way.missed, missed),
    )


def _trust(xp: Any, way: _Way, over: Any) -> tuple[Any, Any]:
    """Caution and reach of the next step: bolder where the last went well at once, more careful where not."""
    well, stays = way.shortened == 0.0, over | (way.steps == 0.0)
    caution = xp.where(well, xp.maximum(way.caution * 0.2, CAUTION_LEAST), xp.minimum(way.caution * 4.0, CAUTION_MOST))
    reach = xp.where(well, way.reach * (1.0 + way.cut), xp.maximum(way.reach * 0.5, REACH_FIRST))
    return xp.where(stays, way.caution, caution), xp.where(stays, way.reach, reach)


def _ask(xp: Any, ties: Ties, p: Numbers, s: State, width: float) -> tuple[Any, Any, Any]:
    """Balance and slope at the prices, shape (tick, 4 · region) and twice so, and the price inside each window."""
    filled = sites.fill(xp, ties, p, s, width=width, miss_max=MISS_MAX)
    asked = sites.ask(xp, ties, p, filled, width)
    energy = s.prices[:, 0, :]
    supply, line, corridor = shares(xp, ties, p, s, width)
    given, sent, moved = p.step_mw * supply, p.line_mw * line, p.corridor_mw * corridor
    out, into = moved @ ties.of_corridor_out, moved @ ties.of_corridor_in
    regions = energy.shape[1]
    balance = (
        asked.balance[0]
        + p.fixed_mw
        - xp.sum(given, axis=2)
        + sent @ ties.of_line_from
        - (sent * p.arrives) @ ties.of_line_to,
        asked.balance[1] - out[:, :regions],
        asked.balance[2] - out[:, regions:],
        asked.balance[3] + into,
    )
    steep = (
        xp.sum(p.step_mw * sites.still(xp, supply), axis=2) / width,
        p.line_mw * sites.still(xp, line) / width,
        p.corridor_mw * sites.still(xp, corridor) / width,
    )
    return xp.concat(list(balance), axis=1), _slope(xp, ties, p, asked, steep), filled.at * width


def _slope(xp: Any, ties: Ties, p: Numbers, asked: sites.Asked, steep: tuple[Any, Any, Any]) -> Any:
    """How all balances fall with all prices, shape (tick, 4 · region, 4 · region)."""
    supply, line, corridor = steep
    ticks, regions = supply.shape
    square = (ticks, regions, regions)
    of = {key: value[:, :, None] * ties.eye for key, value in asked.slope.items()}
    once, twice, both = ties.line_pairs
    lines = line @ once + (line * p.arrives**2) @ twice - (line * p.arrives) @ both
    of[0, 0] = of[0, 0] + supply[:, :, None] * ties.eye + xp.reshape(lines, square)
    out, pairs = corridor @ ties.of_corridor_out, corridor @ ties.corridor_pairs
    for k in range(2):
        of[1 + k, 1 + k] = of[1 + k, 1 + k] + out[:, k * regions : (k + 1) * regions, None] * ties.eye
        pair = pairs[:, k * regions * regions : (k + 1) * regions * regions]
        of[1 + k, 3] = of[1 + k, 3] - xp.reshape(pair, square)
    of[3, 3] = of[3, 3] + (corridor @ ties.of_corridor_in)[:, :, None] * ties.eye
    rows = [
        xp.concat([of[i, j] if i <= j else xp.matrix_transpose(of[j, i]) for j in range(4)], axis=2) for i in range(4)
    ]
    return xp.concat(rows, axis=1)


def shares(xp: Any, ties: Ties, p: Numbers, s: State, width: float) -> tuple[Any, Any, Any]:
    """Of supply steps, lines and corridors at the prices, spread about their shares of last time."""
    energy, into = s.prices[:, 0, :], s.prices[:, 3, :]
    out = xp.concat([s.prices[:, 1, :], s.prices[:, 2, :]], axis=1)
    arriving, leaving = (xp.take(energy, end, axis=1) for end in (ties.line_to, ties.line_from))
    left, reached = xp.take(out, ties.corridor_out, axis=1), xp.take(into, ties.corridor_in, axis=1)
    supply = (energy[:, :, None] - p.step_price) / width + s.step_share
    line = (arriving * p.arrives - leaving - p.line_fee) / width + s.line_share
    corridor = (left - reached - p.corridor_cost) / width + s.corridor_share
    return sites.share(xp, supply), sites.share(xp, line), sites.share(xp, corridor)


def _recentred(xp: Any, ties: Ties, p: Numbers, s: State, width: float) -> State:
    """Shares at the prices found, as the new middle of their bands."""
    supply, line, corridor = shares(xp, ties, p, s, width)
    return s._replace(step_share=supply, line_share=line, corridor_share=corridor)
