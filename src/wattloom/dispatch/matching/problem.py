"""What must be decided in one tick? Who draws, moves, waits or stores how much, at what prices, within which limits.

A `Layout` says who there is and how they hang together; it stays. A `Tick` holds the numbers of this second. Powers are
MW, prices CNY/MWh, costs CNY per hour of the tick's set-points. Every array belongs to the layout's order.

At a site, IT work of four classes stands waiting (`demand_mw`). Each MW is served at home, moved out where its class
may move, or left: shed where it is fixed, deferred where it may wait, at `unserved_price`. The day's plan sets that
price, so that work near its deadline is dear to leave. What a site runs lies between its least power and its cap, both
within reach of its ramp; what falls short of the least power is burnt idle.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from wattloom.domain.errors import InputError, Problem

if TYPE_CHECKING:
    from numpy.typing import NDArray

CLASSES = ("fixed inference", "movable inference", "deferrable training", "movable batch")
"""Fixed inference is served at home or shed; movable inference may move inside its latency ring; training waits at
home; batch waits or moves anywhere that a corridor leads."""
MOVABLE = (1, 3)
"""The classes that may move, in the order of `Layout.corridor_class`: 0 is inference, 1 is batch."""
INFERENCE = 0


@dataclass(frozen=True, kw_only=True)
class Layout:
    """Who there is: regions, sites, lines and migration corridors, by name and by position."""

    regions: tuple[str, ...]
    steps: tuple[str, ...]
    """Supply steps of each region, such as surplus green, firm clean, coal, gas, emergency."""
    sites: tuple[str, ...]
    site_region: NDArray[np.int64]
    """Shape (site,): where it stands."""
    line_from: NDArray[np.int64]
    line_to: NDArray[np.int64]
    """Shape (line,): regions; a line carries either way."""
    corridor_class: NDArray[np.int64]
    """Shape (corridor,): 0 for movable inference, 1 for batch."""
    corridor_from: NDArray[np.int64]
    corridor_to: NDArray[np.int64]
    """Shape (corridor,): regions; a corridor leads one way."""
    latency_rings: tuple[frozenset[int], ...] = ()
    """Sets of regions near enough for an answer in time: an inference corridor stays inside one. None given: not
    checked."""

    def __post_init__(self) -> None:
        """Refuse what hangs together with nothing."""
        problems = [*self._outside(), *self._beside_the_rings()]
        if problems:
            raise InputError(problems)

    def _outside(self) -> list[Problem]:
        """Positions of regions that are not there, and lines or corridors from a region to itself."""
        found = []
        count = len(self.regions)
        for field in ("site_region", "line_from", "line_to", "corridor_from", "corridor_to"):
            value = getattr(self, field)
            found += [
                _problem(f"layout.{field}[{i}]", value[i], f"a region from 0 to {count - 1}", "name one that is there")
                for i in np.flatnonzero((value < 0) | (value >= count))
            ]
        if self.site_region.shape != (len(self.sites),):
            found.append(_problem("layout.site_region", self.site_region.shape, f"({len(self.sites)},)", "one a site"))
        for one, other in (("line_from", "line_to"), ("corridor_from", "corridor_to")):
            same = np.flatnonzero(getattr(self, one) == getattr(self, other))
            found += [_problem(f"layout.{one}[{i}]", "its own end", "another region", "leave it out") for i in same]
        return found

    def _beside_the_rings(self) -> list[Problem]:
        """Inference corridors between regions that share no latency ring."""
        if not self.latency_rings:
            return []
        return [
            _problem(
                f"layout.corridor[{i}] {self.regions[a]} → {self.regions[b]}",
                "inference outside every latency ring",
                "two regions of one ring",
                "take the corridor out or widen the ring",
            )
            for i, (k, a, b) in enumerate(zip(self.corridor_class, self.corridor_from, self.corridor_to, strict=True))
            if k == INFERENCE and not any({int(a), int(b)} <= ring for ring in self.latency_rings)
        ]

    @property
    def counts(self) -> tuple[int, int, int, int, int]:
        """Regions, steps, sites, lines, corridors."""
        return len(self.regions), len(self.steps), len(self.sites), self.line_from.size, self.corridor_from.size

    @cached_property
    def mark(self) -> bytes:
        """The same for two layouts that hang together alike; names count too."""
        arrays = (self.site_region, self.line_from, self.line_to, self.corridor_class, self.corridor_from)
        parts = [repr((self.regions, self.steps, self.sites)).encode(), *(array.tobytes() for array in arrays)]
        return b"|".join([*parts, self.corridor_to.tobytes()])


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionNumbers:
    """What a region offers and what it needs beside the sites."""

    supply_mw_max: NDArray[np.float64]
    """Shape (region, step): what is still free for the sites."""
    supply_price_cny_per_mwh: NDArray[np.float64]
    """Shape (region, step); below 0 where somebody pays for taking it."""
    supply_carbon_t_per_mwh: NDArray[np.float64]
    """Shape (region, step)."""
    other_draw_mw: NDArray[np.float64]
    """Shape (region,): draw that is served whatever happens."""
    carbon_price_cny_per_t: float
    shortfall_price_cny_per_mwh: float
    """Of energy that nobody has; above everything else, so that it is the last resort."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineNumbers:
    """What lines between regions carry; shape (line,)."""

    forward_mw_max: NDArray[np.float64]
    backward_mw_max: NDArray[np.float64]
    """Measured where the energy is sent."""
    loss_share: NDArray[np.float64]
    """Of what is sent."""
    fee_cny_per_mwh: NDArray[np.float64]
    """Inter-provincial transmission fee, on what is sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CorridorNumbers:
    """What migration corridors carry; shape (corridor,)."""

    it_mw_max: NDArray[np.float64]
    in_flight_mw: NDArray[np.float64]
    """Room that moves of earlier ticks still take."""
    cost_cny_per_mwh: NDArray[np.float64]
    """Transfer, for each MWh of IT work done away from home."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteNumbers:
    """What sites must and may do; shape (site,) unless said otherwise."""

    demand_mw: NDArray[np.float64]
    """Shape (site, class): IT power of the work that is there."""
    unserved_price_cny_per_mwh: NDArray[np.float64]
    """Shape (site, class): what leaving a MWh undone costs now, deadline and promise included."""
    facility_mw_per_it_mw: NDArray[np.float64]
    it_mw_max: NDArray[np.float64]
    """Power cap."""
    it_mw_min: NDArray[np.float64]
    """Least power of machines that are on."""
    previous_it_mw: NDArray[np.float64]
    ramp_mw: NDArray[np.float64]
    """How far IT power may go from the previous one; a cap below that reach wins, as a trip does."""
    landing_mw: NDArray[np.float64]
    """IT power of moves in flight that land here in this tick: served beside the four classes, inside the cap."""
    reserve_cut_mw: NDArray[np.float64]
    """IT power by which the site must stay able to fall, for an award."""
    reserve_raise_mw: NDArray[np.float64]
    """IT power by which it must stay able to rise."""
    move_out_inference_cny_per_mwh: NDArray[np.float64]
    move_out_batch_cny_per_mwh: NDArray[np.float64]
    move_in_cny_per_mwh: NDArray[np.float64]
    """Handling at the site for a MWh of IT work that leaves or comes."""
    charge_mw_max: NDArray[np.float64]
    discharge_mw_max: NDArray[np.float64]
    charge_value_cny_per_mwh: NDArray[np.float64]
    """Worth of a MWh drawn to be stored, loss counted: the plan's marginal value of what is in store."""
    discharge_value_cny_per_mwh: NDArray[np.float64]
    """Worth of what a MWh given back takes out of the store; not below the charge value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """The numbers of one decision."""

    layout: Layout
    regions: RegionNumbers
    lines: LineNumbers
    corridors: CorridorNumbers
    sites: SiteNumbers


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Where IT power of the four classes, work moved in and idle burn may lie; shape (site,)."""

    it_mw_least: NDArray[np.float64]
    it_mw_most: NDArray[np.float64]


def window(sites: SiteNumbers) -> Window:
    """Cap, least power, ramp, reserve and landing moves in one."""
    reach_low, reach_high = sites.previous_it_mw - sites.ramp_mw, sites.previous_it_mw + sites.ramp_mw
    most = np.minimum(sites.it_mw_max, reach_high)
    least = np.minimum(np.maximum(sites.it_mw_min, reach_low), most)
    return Window(
        it_mw_least=np.maximum(least + sites.reserve_cut_mw - sites.landing_mw, 0.0),
        it_mw_most=most - sites.reserve_raise_mw - sites.landing_mw,
    )


def step_prices(regions: RegionNumbers) -> NDArray[np.float64]:
    """Price plus carbon of each supply step, shape (region, step)."""
    return regions.supply_price_cny_per_mwh + regions.carbon_price_cny_per_t * regions.supply_carbon_t_per_mwh


def fixed_draw_mw(tick: Tick) -> NDArray[np.float64]:
    """What each region must feed whatever is decided: other draw and landing moves, shape (region,)."""
    landing = tick.sites.landing_mw * tick.sites.facility_mw_per_it_mw
    return tick.regions.other_draw_mw + np.bincount(
        tick.layout.site_region, weights=landing, minlength=len(tick.layout.regions)
    )


def _problem(where: str, found: object, expected: str, remedy: str) -> Problem:
    """Four parts."""
    return Problem(where=where, found=str(found), expected=expected, remedy=remedy)
