"""Which ticks is the matcher timed on? Twelve provinces, sites drawn by chance, numbers that drift from tick to tick.

`Drawn` draws the problem in the product's own words. `Shared` reads the common benchmark (a folder with `instance.py`,
named by WATTLOOM_BENCH) and says the same in those words, so that both problems pass the same judge. All sizes and
prices are drawn, not measured: nothing here describes a real province.
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from wattloom.dispatch.matching.problem import (
    CorridorNumbers,
    Layout,
    LineNumbers,
    RegionNumbers,
    SiteNumbers,
    Tick,
)

REGIONS = ("hebei", "inner mongolia", "gansu", "ningxia", "qinghai", "guizhou", "sichuan", "chongqing", "jiangsu",
           "zhejiang", "shanghai", "guangdong")  # fmt: skip
GREEN = np.array([0, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0], dtype=bool)
STEPS = ("surplus green", "firm clean", "coal", "gas", "emergency")
RINGS = ((0, 1), (1, 2, 3, 4), (5, 6, 7), (8, 9, 10), (5, 11), (0, 8), (2, 6), (7, 11))
LINES = ((1, 0), (3, 8), (2, 8), (4, 2), (3, 9), (6, 10), (6, 8), (6, 9), (5, 11), (7, 6), (8, 10), (9, 10), (0, 8),
         (2, 3), (4, 6), (1, 8))  # fmt: skip
CARBON_T_PER_MWH = np.array([0.0, 0.02, 0.88, 0.45, 0.6])
CARBON_PRICE_CNY_PER_T = 100.0
SHORTFALL_CNY_PER_MWH = 30_000.0
UNSERVED_CNY_PER_MWH = ((3000, 6000), (250, 1500), (120, 900))
"""Movable inference, training, batch."""


class Stream(Protocol):
    """A tick that drifts."""

    tick: Tick

    def move(self, volatility: float) -> Tick:
        """The next tick; `volatility` is the standard deviation of the logarithm of every demand's change."""


class Drawn:
    """Ticks drawn in the product's own words."""

    def __init__(self, sites: int, seed: int) -> None:
        """Draw the first tick."""
        self._chance = np.random.default_rng(seed)
        self.tick = draw(sites, self._chance)

    def move(self, volatility: float) -> Tick:
        """Demands, surplus green, prices and previous power wander."""
        self.tick = drift(self.tick, self._chance, volatility)
        return self.tick


@dataclass(frozen=True, slots=True)
class _Fleet:
    """Sites as drawn."""

    region: NDArray[np.int64]
    size_mw: NDArray[np.float64]
    numbers: SiteNumbers


def layout_of(sites: int, region: NDArray[np.int64]) -> Layout:
    """Twelve provinces, their lines, and corridors: inference inside a ring, batch everywhere."""
    near = {(a, b) for ring in RINGS for a in ring for b in ring if a != b}
    pairs = [(a, b) for a in range(len(REGIONS)) for b in range(len(REGIONS)) if a != b]
    corridors = [(0, a, b) for a, b in pairs if (a, b) in near] + [(1, a, b) for a, b in pairs]
    kind, start, end = np.array(corridors, dtype=np.int64).T
    line_from, line_to = np.array(LINES, dtype=np.int64).T
    return Layout(
        regions=REGIONS,
        steps=STEPS,
        sites=tuple(f"dc{n}" for n in range(sites)),
        site_region=region,
        line_from=line_from,
        line_to=line_to,
        corridor_class=kind,
        corridor_from=start,
        corridor_to=end,
        latency_rings=tuple(frozenset(ring) for ring in RINGS),
    )


def draw(sites: int, chance: np.random.Generator) -> Tick:
    """A first tick."""
    fleet = _draw_fleet(sites, chance)
    layout = layout_of(sites, fleet.region)
    facility = fleet.numbers.demand_mw.sum(axis=1) * fleet.numbers.facility_mw_per_it_mw
    draw_mw = np.bincount(fleet.region, weights=facility, minlength=len(REGIONS)) + 1.0
    typical, lines, corridors = float(draw_mw.mean()), len(LINES), layout.corridor_from.size
    green = np.where(GREEN, chance.uniform(0.6, 1.4, len(REGIONS)), chance.uniform(0.02, 0.2, len(REGIONS)))
    coal = np.where(GREEN, 290.0, 400.0) + chance.uniform(-20, 40, len(REGIONS))
    return Tick(
        layout=layout,
        regions=RegionNumbers(
            supply_mw_max=np.stack(
                [green * draw_mw, 0.25 * draw_mw, np.where(GREEN, 1.2, 0.65) * draw_mw, 0.5 * draw_mw, 20 * draw_mw],
                axis=1,
            ),
            supply_price_cny_per_mwh=np.stack(
                [
                    chance.uniform(5, 40, len(REGIONS)),
                    chance.uniform(180, 260, len(REGIONS)),
                    coal,
                    chance.uniform(620, 900, len(REGIONS)),
                    np.full(len(REGIONS), 8000.0),
                ],
                axis=1,
            ),
            supply_carbon_t_per_mwh=np.tile(CARBON_T_PER_MWH, (len(REGIONS), 1)),
            other_draw_mw=np.zeros(len(REGIONS)),
            carbon_price_cny_per_t=CARBON_PRICE_CNY_PER_T,
            shortfall_price_cny_per_mwh=SHORTFALL_CNY_PER_MWH,
        ),
        lines=LineNumbers(
            forward_mw_max=chance.uniform(0.05, 0.25, lines) * typical,
            backward_mw_max=chance.uniform(0.05, 0.25, lines) * typical,
            loss_share=chance.uniform(0.01, 0.06, lines),
            fee_cny_per_mwh=chance.uniform(15, 60, lines),
        ),
        corridors=CorridorNumbers(
            it_mw_max=chance.uniform(0.01, 0.08, corridors) * typical,
            in_flight_mw=chance.uniform(0.0, 0.003, corridors) * typical,
            cost_cny_per_mwh=chance.uniform(8, 45, corridors),
        ),
        sites=fleet.numbers,
    )


def _draw_fleet(sites: int, chance: np.random.Generator) -> _Fleet:
    """Sites: many small, some large; more of them where people live."""
    weight = np.where(GREEN, 1.0, 1.3)
    region = np.sort(chance.choice(len(REGIONS), size=sites, p=weight / weight.sum())).astype(np.int64)
    size = np.clip(chance.lognormal(np.log(25), 0.8, sites), 3, 400)
    used = chance.uniform(0.55, 0.95, sites)
    store = size * chance.choice([0.0, 0.1, 0.25], sites)
    full, worth = chance.uniform(0, 1, sites), chance.uniform(250, 480, sites)
    awarded = chance.random(sites) < 0.1
    numbers = SiteNumbers(
        demand_mw=(size * used)[:, None] * chance.dirichlet([3.0, 2.0, 3.0, 2.0], sites),
        unserved_price_cny_per_mwh=np.stack(
            [np.full(sites, 20_000.0), *(chance.uniform(*ends, sites) for ends in UNSERVED_CNY_PER_MWH)], axis=1
        ),
        facility_mw_per_it_mw=chance.uniform(np.where(GREEN, 1.08, 1.18)[region], np.where(GREEN, 1.25, 1.45)[region]),
        it_mw_max=size,
        it_mw_min=0.15 * size,
        previous_it_mw=np.minimum(size * used * chance.uniform(0.9, 1.05, sites), size),
        ramp_mw=size * chance.uniform(0.05, 0.25, sites),
        landing_mw=np.where(chance.random(sites) < 0.1, 0.01 * size, 0.0),
        reserve_cut_mw=np.where(awarded, 0.01 * size, 0.0),
        reserve_raise_mw=np.where(awarded, 0.01 * size, 0.0),
        move_out_inference_cny_per_mwh=chance.uniform(2, 25, sites),
        move_out_batch_cny_per_mwh=chance.uniform(5, 80, sites),
        move_in_cny_per_mwh=chance.uniform(0, 25, sites),
        charge_mw_max=store * np.minimum(1.0, (1 - full) * 4),
        discharge_mw_max=store * np.minimum(1.0, full * 4),
        charge_value_cny_per_mwh=0.95 * worth,
        discharge_value_cny_per_mwh=worth / 0.95,
    )  # fmt: skip
    return _Fleet(region, size, numbers)


def drift(tick: Tick, chance: np.random.Generator, volatility: float) -> Tick:
    """The next tick: every demand, the surplus green, the prices of firm steps and the previous power wander."""
    sites, regions = tick.sites, tick.regions
    demand = sites.demand_mw * np.exp(chance.normal(0, volatility, sites.demand_mw.shape))
    demand /= np.maximum(demand.sum(axis=1) / np.maximum(sites.it_mw_max, 1e-9), 1.0)[:, None]
    before = sites.previous_it_mw * np.exp(chance.normal(0, volatility, sites.previous_it_mw.shape))
    # The window must stay open around the reserve and what lands.
    before = np.clip(before, 0.2 * sites.it_mw_max, sites.it_mw_max)
    supply, price = regions.supply_mw_max.copy(), regions.supply_price_cny_per_mwh.copy()
    supply[:, 0] *= np.exp(chance.normal(0, 2 * volatility, supply.shape[0]))
    price[:, 1:4] *= np.exp(chance.normal(0, volatility / 2, (price.shape[0], 3)))
    return replace(
        tick,
        sites=replace(sites, demand_mw=demand, previous_it_mw=before),
        regions=replace(regions, supply_mw_max=supply, supply_price_cny_per_mwh=price),
    )


class Shared:
    """Ticks of the common benchmark, told in the product's words."""

    def __init__(self, folder: Path, sites: int, seed: int) -> None:
        """Draw its instance by the benchmark's own code."""
        self._source = load_module(folder / "instance.py")
        self.numbers: dict[str, Any] = self._source.make(sites, seed)
        self._chance = np.random.default_rng(seed + 1)
        self._layout = _shared_layout(self.numbers)
        self.tick = as_tick(self.numbers, self._layout)

    def move(self, volatility: float) -> Tick:
        """Its own next tick."""
        self._source.tick(self.numbers, self._chance, volatility)
        self.tick = as_tick(self.numbers, self._layout)
        return self.tick


def stream(sites: int, seed: int) -> Stream:
    """The common benchmark where WATTLOOM_BENCH names it, the drawn one elsewhere."""
    folder = os.environ.get("WATTLOOM_BENCH")
    return Shared(Path(folder), sites, seed) if folder else Drawn(sites, seed)


def load_module(path: Path) -> ModuleType:
    """A module by its file."""
    spec = importlib.util.spec_from_file_location(f"shared_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise SystemExit(f"{path} is no module")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _shared_layout(numbers: dict[str, Any]) -> Layout:
    """Who there is in the common benchmark."""
    return Layout(
        regions=REGIONS,
        steps=STEPS,
        sites=tuple(f"dc{n}" for n in range(numbers["N"])),
        site_region=np.asarray(numbers["reg"], dtype=np.int64),
        line_from=numbers["lines"][:, 0].astype(np.int64),
        line_to=numbers["lines"][:, 1].astype(np.int64),
        corridor_class=numbers["fk"].astype(np.int64),
        corridor_from=numbers["fa"].astype(np.int64),
        corridor_to=numbers["fb"].astype(np.int64),
    )


def as_tick(numbers: dict[str, Any], layout: Layout) -> Tick:
    """The common benchmark's arrays in the product's words; carbon is in its prices already, ramps in its windows."""
    sites, zero = numbers["N"], np.zeros(numbers["N"])
    lines, corridors = len(numbers["lcap"]), len(numbers["fm"])
    return Tick(
        layout=layout,
        regions=RegionNumbers(
            supply_mw_max=numbers["q"].copy(),
            supply_price_cny_per_mwh=numbers["c"].copy(),
            supply_carbon_t_per_mwh=np.zeros_like(numbers["c"]),
            other_draw_mw=numbers["base"].copy(),
            carbon_price_cny_per_t=0.0,
            shortfall_price_cny_per_mwh=SHORTFALL_CNY_PER_MWH,
        ),
        lines=LineNumbers(
            forward_mw_max=numbers["lcap"],
            backward_mw_max=numbers["lcap"],
            loss_share=np.zeros(lines),
            fee_cny_per_mwh=numbers["lw"],
        ),
        corridors=CorridorNumbers(
            it_mw_max=numbers["fT"], in_flight_mw=np.zeros(corridors), cost_cny_per_mwh=numbers["fm"]
        ),
        sites=SiteNumbers(
            demand_mw=numbers["d"].copy(),
            unserved_price_cny_per_mwh=numbers["w"],
            facility_mw_per_it_mw=numbers["pue"],
            it_mw_max=numbers["pmax"].copy(),
            it_mw_min=numbers["pmin"].copy(),
            previous_it_mw=zero,
            ramp_mw=np.full(sites, 1e6),
            landing_mw=zero,
            reserve_cut_mw=zero,
            reserve_raise_mw=zero,
            move_out_inference_cny_per_mwh=numbers["e1"],
            move_out_batch_cny_per_mwh=numbers["e3"],
            move_in_cny_per_mwh=numbers["h"],
            charge_mw_max=numbers["bc"],
            discharge_mw_max=numbers["bd"],
            charge_value_cny_per_mwh=numbers["mc"],
            discharge_value_cny_per_mwh=numbers["md"],
        ),
    )


def _islanded(tick: Tick) -> Tick:
    """Jiangsu alone: no line, no corridor."""
    alone, layout, lines, corridors = REGIONS.index("jiangsu"), tick.layout, tick.lines, tick.corridors
    cut = (layout.line_from == alone) | (layout.line_to == alone)
    shut = (layout.corridor_from == alone) | (layout.corridor_to == alone)
    return replace(
        tick,
        lines=replace(
            lines,
            forward_mw_max=np.where(cut, 0.0, lines.forward_mw_max),
            backward_mw_max=np.where(cut, 0.0, lines.backward_mw_max),
        ),
        corridors=replace(
            corridors,
            it_mw_max=np.where(shut, 0.0, corridors.it_mw_max),
            in_flight_mw=np.where(shut, 0.0, corridors.in_flight_mw),
        ),
    )


def _lines_out(tick: Tick) -> Tick:
    """No line carries anything."""
    none = np.zeros_like(tick.lines.forward_mw_max)
    return replace(tick, lines=replace(tick.lines, forward_mw_max=none, backward_mw_max=none))


def _supply_times(tick: Tick, factors: list[float]) -> Tick:
    """Supply steps larger or smaller."""
    regions = tick.regions
    return replace(tick, regions=replace(regions, supply_mw_max=regions.supply_mw_max * np.array(factors)))


def _negative(tick: Tick) -> Tick:
    """Some are paid for taking energy."""
    price = tick.regions.supply_price_cny_per_mwh.copy()
    price[:, 0], price[2, 1], price[3, :3] = -80.0, -300.0, -150.0
    return replace(tick, regions=replace(tick.regions, supply_price_cny_per_mwh=price))


def _identical(tick: Tick) -> Tick:
    """Every site is the first one."""
    sites = tick.sites
    same = {field: np.repeat(getattr(sites, field)[:1], sites.it_mw_max.size, axis=0) for field in sites.__slots__}
    return replace(tick, sites=SiteNumbers(**same))


def _nothing(tick: Tick) -> Tick:
    """Every seventh site has no power, no demand and no store."""
    sites = tick.sites
    power = [f for f in sites.__slots__ if f.endswith(("_mw", "_max", "_min")) and f != "facility_mw_per_it_mw"]
    fields = {field: getattr(sites, field).copy() for field in power}
    for value in fields.values():
        value[::7] = 0.0
    return replace(tick, sites=replace(sites, **fields))


def _free(tick: Tick) -> Tick:
    """All energy for nothing: prices settle nothing."""
    regions = tick.regions
    none = np.zeros_like(regions.supply_price_cny_per_mwh)
    return replace(tick, regions=replace(regions, supply_price_cny_per_mwh=none, supply_carbon_t_per_mwh=none))


HARD: dict[str, Callable[[Tick], Tick]] = {
    "region islanded": _islanded,
    "all lines out": _lines_out,
    "zero green": lambda tick: _supply_times(tick, [0.0, 1.0, 1.0, 1.0, 1.0]),
    "negative prices": _negative,
    "demand above all supply": lambda tick: _supply_times(tick, [0.2, 0.2, 0.2, 0.2, 0.0]),
    "identical sites": _identical,
    "sites of zero MW": _nothing,
    "green without end": lambda tick: _supply_times(tick, [30.0, 1.0, 1.0, 1.0, 1.0]),
    "energy for nothing": _free,
}
"""Ticks on which a solver may stumble."""
