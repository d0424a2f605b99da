"""Which member gives how much of what the pool is called for, at least cost, and is it always possible?

Members that are on or off as a whole are chosen first, by the cheapest set that the rest can fill up; the rest is the
program of the pool itself (`assets/kinds/pool`). A call beyond what members can give is answered as far as it goes, and
what lacks is told.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from wattloom.assets.kinds.pool.pool import add_givers
from wattloom.assets.kinds.pool.reach import Giver, Reach
from wattloom.domain.flows import TIME, total
from wattloom.domain.series import read_only
from wattloom.solve.path import Path
from wattloom.solve.program import Program

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from wattloom.domain.time import TimeAxis

SHORT_CNY_PER_MWH = 1e6
"""Dearer than any member, so that nothing lacks that could be given."""
OVER_CNY_PER_MWH = 1e4
"""Dearer than any member and cheaper than a shortfall: a whole load may give more than what lacks."""
WHOLE_MANY = 12
"""Whole members up to which every set of them is looked at."""
PROGRAMS_MAX = 24
"""Sets that are solved to the end, the most promising first."""
ROUNDING_MW = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What each member is told to give."""

    given_mw: Mapping[str, NDArray[np.float64]]
    """By member, shape (periods,)."""
    short_mw: NDArray[np.float64]
    """Of the call: what nobody can give."""
    over_mw: NDArray[np.float64]
    """Beyond the call, by members that give all or nothing."""
    cost_cny: float

    @property
    def total_mw(self) -> NDArray[np.float64]:
        """Of all members."""
        return np.asarray(np.sum(list(self.given_mw.values()), axis=0), dtype=np.float64)


def activate(givers: Sequence[Giver], called_mw: NDArray[np.float64], axis: TimeAxis) -> Told:
    """The cheapest way to give what is called for.

    Args:
        givers: who can give what.
        called_mw: of the pool, shape (axis.count,).
        axis: of the event.
    """
    whole = [one for one in givers if one.whole]
    rest = [one for one in givers if not one.whole]
    best: Told | None = None
    ways = sorted(_bounded(whole, rest, called_mw, axis), key=lambda way: way[0])
    for least, chosen in ways[:PROGRAMS_MAX]:
        if best is not None and least >= _weight(best, axis) - ROUNDING_MW:
            break
        found = _filled(chosen, whole, rest, called_mw, axis)
        if best is None or _weight(found, axis) < _weight(best, axis):
            best = found
    return best or _filled((), whole, rest, called_mw, axis)


def _bounded(
    whole: Sequence[Giver], rest: Sequence[Giver], called_mw: NDArray[np.float64], axis: TimeAxis
) -> Iterator[tuple[float, tuple[Giver, ...]]]:
    """Sets of whole members, with a cost below which none of them comes: the rest by merit order, energy unlimited."""
    order = sorted(rest, key=lambda one: one.cost_cny_per_mwh)
    for chosen in _sets(whole):
        given = np.sum([one.rate_mw for one in chosen], axis=0) + np.zeros(axis.count)
        left = np.maximum(called_mw - given, 0.0)
        cost = sum(_cost(one, one.rate_mw, axis) for one in chosen)
        cost += OVER_CNY_PER_MWH * axis.step_hours * float(np.maximum(given - called_mw, 0.0).sum())
        for one in order:
            taken = np.minimum(left, one.rate_mw)
            cost += float(one.cost_cny_per_mwh * axis.step_hours * taken.sum())
            left = left - taken
        yield cost + SHORT_CNY_PER_MWH * axis.step_hours * float(left.sum()), chosen


def _sets(whole: Sequence[Giver]) -> Iterator[tuple[Giver, ...]]:
    """Every set of a few; of many, the cheapest first and the largest first, one more at a time."""
    if len(whole) <= WHOLE_MANY:
        for size in range(len(whole) + 1):
            yield from combinations(whole, size)
        return
    for order in (
        sorted(whole, key=lambda one: one.cost_cny_per_mwh),
        sorted(whole, key=lambda one: -float(one.rate_mw.max())),
    ):
        for size in range(len(order) + 1):
            yield tuple(order[:size])


def _filled(
    chosen: tuple[Giver, ...],
    whole: Sequence[Giver],
    rest: Sequence[Giver],
    called_mw: NDArray[np.float64],
    axis: TimeAxis,
) -> Told:
    """Some whole members on, and the rest as its program finds it."""
    names = {one.name for one in chosen}
    given = {one.name: one.rate_mw if one.name in names else np.zeros(axis.count) for one in whole}
    floor = np.sum([one.rate_mw for one in chosen], axis=0) + np.zeros(axis.count)
    need = np.maximum(called_mw - floor, 0.0)
    reach = Reach.of(rest, step_hours=axis.step_hours, periods=axis.count)
    over = np.maximum(floor - called_mw, 0.0)
    if not rest:
        return _told(chosen, given, short=need, over=over, axis=axis)
    program = Program(axis)
    flows = add_givers(program, "pool", rest)
    lacking = program.flow("pool.short_mw", upper=0.0 if reach.holds(need) else np.inf)
    program.require("pool.called", total(1.0 * flow for flow in flows.values()) + lacking == program.series(need))
    program.cost("short", (SHORT_CNY_PER_MWH * axis.step_hours) * lacking.sum(TIME))
    for one in rest:
        paid_mw: Any = flows[one.name].sum(TIME)
        if one.even:
            highest = program.size(f"pool.{one.name}.highest_mw", upper=float(one.rate_mw.max()))
            program.require(f"pool.{one.name}.highest", flows[one.name] - highest <= 0)
            paid_mw = axis.count * highest
        program.cost(one.name, (one.cost_cny_per_mwh * axis.step_hours) * paid_mw)
    solution = program.solve(Path(method="simplex"))
    given |= {name: np.asarray(solution.value(flow).values, dtype=np.float64) for name, flow in flows.items()}
    return _told(
        (*chosen, *rest),
        given,
        short=np.asarray(solution.value(lacking).values, dtype=np.float64),
        over=over,
        axis=axis,
    )


def _told(
    paid: Sequence[Giver],
    given: Mapping[str, NDArray[np.float64]],
    *,
    short: NDArray[np.float64],
    over: NDArray[np.float64],
    axis: TimeAxis,
) -> Told:
    """The answer with its cost."""
    kept = {name: read_only(np.maximum(power, 0.0)) for name, power in given.items()}
    return Told(
        given_mw=kept,
        short_mw=read_only(np.where(short < ROUNDING_MW, 0.0, short)),
        over_mw=read_only(over),
        cost_cny=sum(_cost(one, kept[one.name], axis) for one in paid),
    )


def _cost(one: Giver, given_mw: NDArray[np.float64], axis: TimeAxis) -> float:
    """What a course of a member costs it."""
    paid_mw = axis.count * given_mw.max(initial=0.0) if one.even else given_mw.sum()
    return float(one.cost_cny_per_mwh * axis.step_hours * paid_mw)


def _weight(found: Told, axis: TimeAxis) -> float:
    """Cost, with what lacks and what is given in vain."""
    lacks = SHORT_CNY_PER_MWH * float(found.short_mw.sum()) + OVER_CNY_PER_MWH * float(found.over_mw.sum())
    return found.cost_cny + axis.step_hours * lacks
