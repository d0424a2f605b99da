"""Who serves, moves, waits and stores how much, now? One answer a tick, certified, from where the last one ended.

    matcher = Matcher(layout)
    match = matcher.match(tick, at_s=0.0)
    match.certificate.gap

The climb of the prices is tried first. Where its gap stays above `GAP_MAX` after its rounds, the exact program answers,
and the certificate says so. A tick that is refused leaves the last answer in force: `in_force` tells it with its age.
"""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wattloom.dispatch.matching import kernel, rows, tiles
from wattloom.dispatch.matching.answer import InForce, Match
from wattloom.dispatch.matching.answering import answered, certified, certified_exact, good_enough
from wattloom.dispatch.matching.certificate import Flows, Network, judge
from wattloom.dispatch.matching.checks import (
    around_limits,
    around_of,
    count_outside,
    fits,
    problems_of,
    row_limits,
    shapes_of,
    sound_around,
)
from wattloom.dispatch.matching.exact import Exact, ExactTick
from wattloom.dispatch.matching.problem import Layout, Tick
from wattloom.dispatch.matching.settling import settle
from wattloom.domain.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """How one climb is made."""

    width_cny_per_mwh: float
    miss_max: float
    """Of the IT power asked: by how much the balances may miss in sum."""
    steps_max: int = 40


COLD = (
    Round(width_cny_per_mwh=100.0, miss_max=1e-2),
    Round(width_cny_per_mwh=30.0, miss_max=1e-2),
)
"""Before the first answer: from wide bands to narrow ones."""
WARM = (
    Round(width_cny_per_mwh=12.0, miss_max=5e-4, steps_max=100),
    Round(width_cny_per_mwh=10.0, miss_max=2e-4),
    Round(width_cny_per_mwh=10.0, miss_max=1e-5),
    Round(width_cny_per_mwh=5.0, miss_max=1e-5),
    Round(width_cny_per_mwh=5.0, miss_max=2e-5),
    Round(width_cny_per_mwh=2.0, miss_max=2e-5),
    Round(width_cny_per_mwh=0.5, miss_max=5e-5),
)
"""Until the gap is small enough; each starts where the last ended."""


class Matcher:
    """Remembers prices and shares from tick to tick; all memory is set out at the start."""

    def __init__(self, layout: Layout) -> None:
        """Set out the memory for a layout."""
        self.layout = layout
        self._book, self._net = _set_out(layout)
        self._limits, self._around = row_limits(), around_limits(layout)
        self._matrix = np.zeros((rows.COUNT, len(layout.sites)))
        self._exact = ExactTick()
        self._warm = False
        self._last: tuple[Match, float] | None = None
        self._refused = 0

    def match(self, tick: Tick, *, at_s: float = 0.0) -> Match:
        """The answer to a tick at an instant; `InputError` where it is unfit, and then nothing has changed.

        `SolveError` where neither way gave an answer that passes; the last one stays in force then too.
        """
        begun = time.thread_time()
        try:
            load_mw = self._load(tick)
        except InputError:
            self._refused += 1
            raise
        match = self._climbed(load_mw, begun)
        if match is None:
            self._warm = False  # Should the exact program fail as well, the next climb starts afresh.
            match = self._solved(tick, begun)
        self._warm, self._last, self._refused = True, (match, at_s), 0
        return match

    def in_force(self, *, at_s: float) -> InForce | None:
        """The last good answer and its age; None before the first."""
        if self._last is None:
            return None
        match, since_s = self._last
        return InForce(match=match, age_s=at_s - since_s, refused_since=self._refused)

    def state(self) -> bytes:
        """All that the next answer depends on beside its tick.

        The solver's last basis does not travel: it is put away here too, so that both go on alike.
        """
        self._exact = ExactTick()
        parts = [array.tobytes() for array in self._remembered()]
        return b"".join([_mark(self.layout), bytes([self._warm]), *parts])

    def restore(self, state: bytes) -> None:
        """Go on from a state of the same layout; `InputError` where it is of another."""
        mark = _mark(self.layout)
        arrays = self._remembered()
        if len(state) != len(mark) + 1 + sum(a.nbytes for a in arrays) or not state.startswith(mark):
            raise InputError.one(
                "matcher state",
                found=f"{len(state)} bytes of another layout or release",
                expected="a state of this layout",
                remedy="start without a state: the first answer takes a few milliseconds more",
            )
        self._warm, place = bool(state[len(mark)]), len(mark) + 1
        for array in arrays:
            array[...] = np.frombuffer(state, array.dtype, array.size, place).reshape(array.shape)
            place += array.nbytes
        self._exact = ExactTick()

    def _remembered(self) -> tuple[NDArray[np.generic], ...]:
        """Prices, shares and the price inside each window."""
        b = self._book
        return b.prices, b.step_share, b.line[tiles.SHARE], b.corridor[tiles.C_SHARE], b.memory

    def _load(self, tick: Tick) -> float:
        """Read the numbers; the IT power asked, MW."""
        if tick.layout is not self.layout and tick.layout.mark != self.layout.mark:
            raise InputError.one(
                "tick.layout",
                found="another layout",
                expected="the matcher's own",
                remedy="set out a matcher for it",
            )
        if not fits(tick):
            raise InputError(shapes_of(tick))
        matrix = self._matrix
        rows.fill(matrix, tick.sites)
        around, corridors = around_of(tick), tick.corridors
        if count_outside(matrix, self._limits) or not sound_around(around, self._around):
            raise InputError(problems_of(tick))
        load_mw, shut = tiles.load(self._book, matrix)
        if shut or (corridors.in_flight_mw > corridors.it_mw_max).any():
            raise InputError(problems_of(tick))
        tiles.load_around(self._book, around, matrix)
        self._net = self._net._replace(shortfall_price=float(tick.regions.shortfall_price_cny_per_mwh))
        return float(max(load_mw, 1.0))

    def _climbed(self, load_mw: float, begun: float) -> Match | None:
        """The first answer of the climb that is good enough, or None."""
        b, passes, steps = self._book, 0, 0
        if not self._warm:
            _start(b)
            for wide in COLD:
                passes += kernel.clear(b, wide.width_cny_per_mwh, wide.miss_max, wide.steps_max, load_mw)[1]
        for count, aim in enumerate(WARM, start=1):
            told = kernel.clear(b, aim.width_cny_per_mwh, aim.miss_max, aim.steps_max, load_mw)
            settle(b)
            passes += told[1]
            steps += told[0]
            setpoints = np.empty((rows.SETPOINTS, b.slot_of.size))
            tiles.unload(b, setpoints)
            flows = Flows(b.supply_mw, b.line[tiles.FLOW], b.corridor[tiles.C_FLOW])
            judged = judge(self._matrix, setpoints, self._net, flows, b.prices.reshape(4, -1))
            if good_enough(judged):
                certificate = certified(judged, method="prices", rounds=count, passes=passes)
                return answered(setpoints, flows, b.prices, certificate, time.thread_time() - begun)
        return None

    def _solved(self, tick: Tick, begun: float) -> Match:
        """The exact answer; the climb goes on from its prices next time."""
        exact = self._exact.solve(tick)
        b = self._book
        _follow(b, exact)
        flows, certificate = certified_exact(exact, self._matrix, self._net, rounds=len(WARM))
        return answered(exact.setpoints_mw, flows, exact.prices, certificate, time.thread_time() - begun)


def _set_out(layout: Layout) -> tuple[tiles.Book, Network]:
    """All memory of a layout."""
    regions, steps, sites, lines, corridors = layout.counts
    order = np.argsort(layout.site_region, kind="stable")
    per_region = np.bincount(layout.site_region, minlength=regions)
    tile_of = np.concatenate([[0], np.cumsum(-(-per_region // tiles.TILE))]).astype(np.int64)
    first = np.concatenate([[0], np.cumsum(per_region)])[:-1]
    slot_of = np.empty(sites, dtype=np.int64)
    region = layout.site_region[order]
    slot_of[order] = tile_of[region] * tiles.TILE + np.arange(sites) - first[region]
    slots, ends = int(tile_of[-1]) * tiles.TILE, (layout.line_from, layout.line_to)
    line_ends = np.stack([np.concatenate(ends), np.concatenate(ends[::-1])])
    out = regions * (1 + layout.corridor_class) + layout.corridor_from
    corridor_ends = np.stack([out, 3 * regions + layout.corridor_to])
    book = tiles.Book(
        tile_of=tile_of,
        slot_of=slot_of,
        region_of=layout.site_region.astype(np.int64),
        sites=np.zeros(slots * tiles.FIELDS),
        sites_single=np.zeros(slots * tiles.FIELDS, dtype=np.float32),
        memory=np.zeros(slots * tiles.MEMORY, dtype=np.float32),
        setpoints=np.zeros(slots * tiles.SETPOINTS),
        prices=np.zeros(4 * regions),
        step_price=np.zeros((regions, steps + 1)),
        step_mw=np.zeros((regions, steps + 1)),
        step_share=np.zeros((regions, steps + 1)),
        step_order=np.zeros((regions, steps + 1), dtype=np.int64),
        fixed_mw=np.zeros(regions),
        line_ends=line_ends.astype(np.int64),
        line=np.zeros((5, 2 * lines)),
        corridor_ends=corridor_ends.astype(np.int64),
        corridor=np.zeros((4, corridors)),
        supply_mw=np.zeros((regions, steps + 1)),
        slope=np.zeros((4 * regions, 4 * regions)),
        balance=np.zeros(4 * regions),
        trial=np.zeros(4 * regions),
        direction=np.zeros(4 * regions),
        sums=np.zeros(tiles.SUMS),
        trial_sums=np.zeros(tiles.SUMS),
        region_mw=np.zeros((4, regions)),
    )
    corridor = np.stack([layout.corridor_class, layout.corridor_from, layout.corridor_to]).astype(np.int64)
    net = Network(
        region_of=book.region_of,
        step_price=book.step_price,
        step_mw=book.step_mw[:, :-1],
        shortfall_price=0.0,
        fixed_mw=book.fixed_mw,
        line_ends=book.line_ends,
        line=book.line,
        corridor_ends=corridor,
        corridor=book.corridor,
    )
    return book, net


def _start(b: tiles.Book) -> None:
    """Where a climb begins that nothing is known of: at the middle of the supply's prices."""
    regions = b.step_mw.shape[0]
    dearest = np.sort(b.step_price, axis=1)
    typical = np.median(dearest[:, :-1])
    b.prices[:regions] = typical
    b.prices[regions:] = typical + 100.0
    b.step_share[:], b.line[tiles.SHARE], b.corridor[tiles.C_SHARE] = 0.5, 0.0, 0.0
    b.memory[:] = typical


def _follow(b: tiles.Book, exact: Exact) -> None:
    """Take prices and shares from an optimum."""
    b.prices[:] = exact.prices.ravel()
    np.clip(exact.supply_mw / np.maximum(b.step_mw, 1e-9), 0.0, 1.0, out=b.step_share)
    np.clip(exact.line_mw / np.maximum(b.line[tiles.LIMIT], 1e-9), 0.0, 1.0, out=b.line[tiles.SHARE])
    np.clip(exact.corridor_mw / np.maximum(b.corridor[tiles.C_LIMIT], 1e-9), 0.0, 1.0, out=b.corridor[tiles.C_SHARE])


def _mark(layout: Layout) -> bytes:
    """A state of another layout or of other widths is told by its first bytes."""
    kind = f"matcher 1 {tiles.TILE} {tiles.MEMORY}".encode()
    return hashlib.sha256(kind + layout.mark).digest()
