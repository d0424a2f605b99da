"""Who serves, moves, waits and stores how much in a thousand ticks, or on a hundred thousand sites, at once?

    many = ManyMatcher(layout, arrays_of("numpy"))
    many.start(base)                      # optional: where the others' climbs begin
    for match in many.matches(ticks): ... # in their order; what `Matcher` answers, within the gap

Sites and ticks are both axes of the arrays. Each answer is judged here, by the certificate of every other answer; where
a tick's gap stays above `GAP_MAX` after its rounds, the exact program answers it, and its certificate says so.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import count, islice
from typing import TYPE_CHECKING

import numpy as np

from wattloom.dispatch.matching import rows
from wattloom.dispatch.matching.answering import answered, certified, certified_exact, good_enough
from wattloom.dispatch.matching.certificate import Flows, Network, judge
from wattloom.dispatch.matching.checks import (
    around_limits,
    around_of,
    contradicts,
    count_outside,
    fits,
    named,
    problems_of,
    row_limits,
    shapes_of,
    sound_around,
)
from wattloom.dispatch.matching.exact import ExactTick
from wattloom.dispatch.matching.many import sites
from wattloom.dispatch.matching.many.numbers import State, beginning, chosen, given, numbers_of, open_window, ties_of
from wattloom.dispatch.matching.many.prices import Aim, climb
from wattloom.dispatch.matching.many.settling import Plan, settled
from wattloom.dispatch.matching.matcher import COLD, WARM, Round
from wattloom.domain.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.dispatch.matching.answer import Match
    from wattloom.dispatch.matching.many.arrays import Arrays
    from wattloom.dispatch.matching.many.numbers import Numbers
    from wattloom.dispatch.matching.problem import Layout, Tick

PLACE_MISS_MAX = 1e-11
"""Of a site's power: how far a window's end may be missed in the answer."""


class _Asked:
    """One tick on its way to an answer."""

    __slots__ = ("match", "matrix", "net", "passes", "tick")

    def __init__(self, tick: Tick, matrix: NDArray[np.float64], net: Network) -> None:
        """Not answered yet."""
        self.tick, self.matrix, self.net = tick, matrix, net
        self.match: Match | None = None
        self.passes = 0


class ManyMatcher:
    """Answers many ticks of one layout together."""

    def __init__(self, layout: Layout, arrays: Arrays) -> None:
        """Put the layout where the arrays are."""
        self.layout, self.arrays = layout, arrays
        self._ties = ties_of(layout, arrays)
        self._limits, self._around = row_limits(), around_limits(layout)
        self._first: State | None = None
        self._exact = ExactTick()

    def start(self, base: Tick) -> Match:
        """The answer to a tick; from now on, climbs begin where this one ended."""
        self._first = None
        matches, self._first = self._answers([(base, "base tick")])
        return matches[0]

    def matches(self, ticks: Iterable[Tick], *, names: Iterable[str] | None = None) -> Iterator[Match]:
        """Their answers in order; `InputError` for one that is unfit, by name, before any of its piece is answered."""
        size = max(1, self.arrays.piece // max(len(self.layout.sites), 1))
        waiting = zip(ticks, names or (f"tick {number}" for number in count()), strict=False)
        while piece := list(islice(waiting, size)):
            yield from self._answers(piece)[0]

    def _answers(self, piece: Sequence[tuple[Tick, str]]) -> tuple[list[Match], State]:
        """Answers of one piece, and where the climbs of its last ticks ended."""
        begun = time.thread_time()
        ticks, matrices = [tick for tick, _ in piece], []
        for tick, name in piece:
            with named(name):
                matrices.append(self._matrix(tick))
        numbers = numbers_of(ticks)
        nets = [_network(self.layout, numbers, row) for row in range(len(ticks))]
        asked = [_Asked(*parts) for parts in zip(ticks, matrices, nets, strict=True)]
        p, left = given(self.arrays, numbers), asked
        s = self._begin(left, p, numbers)
        for rounds, aim in enumerate(WARM, start=1):
            s, plan = self._round(left, p, s, aim)
            still = self._judge(left, plan, s, rounds)
            left = [left[row] for row in still]
            if not left:
                break
            keep = self.arrays.given(np.array(still, dtype=np.int64))
            p, s = chosen(self.arrays.xp, p, keep), chosen(self.arrays.xp, s, keep)
        for one in left:
            exact = self._exact.solve(one.tick)
            flows, certificate = certified_exact(exact, one.matrix, one.net, rounds=len(WARM))
            one.match = answered(exact.setpoints_mw, flows, exact.prices, certificate, 0.0)
        spent = (time.thread_time() - begun) / len(asked)
        return [replace(one.match, cpu_s=spent) for one in asked if one.match is not None], s

    def _matrix(self, tick: Tick) -> NDArray[np.float64]:
        """The sites' numbers as the judge reads them; `InputError` for a tick that is unfit."""
        if tick.layout is not self.layout and tick.layout.mark != self.layout.mark:
            raise InputError.one(
                "tick.layout", found="another layout", expected="the matcher's own", remedy="set out a matcher for it"
            )
        if not fits(tick):
            raise InputError(shapes_of(tick))
        matrix = np.empty((rows.COUNT, len(self.layout.sites)))
        rows.fill(matrix, tick.sites)
        if count_outside(matrix, self._limits) or not sound_around(around_of(tick), self._around) or contradicts(tick):
            raise InputError(problems_of(tick))
        matrix[rows.LEAST], matrix[rows.MOST] = open_window(tick.sites)
        return matrix

    def _begin(self, asked: list[_Asked], p: Numbers, numbers: Numbers) -> State:
        """Where the climbs of a piece begin: at the start's end, or after climbs that begin with nothing known."""
        arrays, ticks = self.arrays, numbers.step_mw.shape[0]
        if self._first is not None:
            return State(*(arrays.xp.broadcast_to(array, (ticks, *array.shape[1:])) for array in self._first))
        s = given(arrays, beginning(numbers))
        for aim in COLD:
            s = self._climb(asked, p, s, aim)
        return s

    def _climb(self, left: list[_Asked], p: Numbers, s: State, aim: Round) -> State:
        """Prices, and the count of looks at the sites."""
        s, passes = climb(self.arrays, self._ties, p, s, Aim(aim.width_cny_per_mwh, aim.miss_max, aim.steps_max))
        for one, more in zip(left, passes.tolist(), strict=True):
            one.passes += more
        return s

    def _round(self, left: list[_Asked], p: Numbers, s: State, aim: Round) -> tuple[State, Plan]:
        """Prices, and a plan at them that keeps the rows."""
        xp, ties, width = self.arrays.xp, self._ties, aim.width_cny_per_mwh
        s = self._climb(left, p, s, aim)
        filled = sites.fill(xp, ties, p, s, width=width, miss_max=PLACE_MISS_MAX)
        s = s._replace(root=filled.at * width)
        return s, settled(xp, ties, p, s, sites.placed(xp, p, filled, width))

    def _judge(self, left: list[_Asked], plan: Plan, s: State, rounds: int) -> list[int]:
        """Certify what is good enough; which of the ticks are not."""
        found, prices, still = Plan(*map(self.arrays.here, plan)), self.arrays.here(s.prices), []
        for row, one in enumerate(left):
            setpoints = np.array(found.setpoints[row])
            flows = Flows(found.supply[row], found.line[row], found.corridor[row])
            told = judge(one.matrix, setpoints, one.net, flows, prices[row])
            if good_enough(told):
                certificate = certified(told, method="prices", rounds=rounds, passes=one.passes)
                one.match = answered(setpoints, flows, prices[row], certificate, 0.0)
            else:
                still.append(row)
        return still


def _network(layout: Layout, numbers: Numbers, row: int) -> Network:
    """What ties regions together in one tick, for the judge."""
    own = {name: _row(getattr(numbers, name), row) for name in ("line_mw", "line_fee", "arrives", "fixed_mw")}
    moved = [_row(array, row) for array in (numbers.corridor_mw, numbers.corridor_cost)]
    return Network(
        region_of=layout.site_region.astype(np.int64),
        step_price=np.ascontiguousarray(numbers.step_price[row]),
        step_mw=numbers.step_mw[row][:, :-1],
        shortfall_price=float(numbers.step_price[row, 0, -1]),
        fixed_mw=own["fixed_mw"],
        line_ends=np.stack(
            [np.concatenate([layout.line_from, layout.line_to]), np.concatenate([layout.line_to, layout.line_from])]
        ).astype(np.int64),
        line=np.stack([own["line_mw"], own["line_fee"], own["arrives"]]),
        corridor_ends=np.stack([layout.corridor_class, layout.corridor_from, layout.corridor_to]).astype(np.int64),
        corridor=np.stack(moved),
    )


def _row(array: NDArray[np.float64], row: int) -> NDArray[np.float64]:
    """Of a tick, where all may share one."""
    own: NDArray[np.float64] = array[row if array.shape[0] > 1 else 0]
    return own
