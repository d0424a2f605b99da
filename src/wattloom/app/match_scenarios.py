"""What may go otherwise than in the base tick? Outages, price spikes, clouds, trips and calls for flexibility, drawn.

How likely each is and how far it goes is assumed: a study says what follows, not how often.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wattloom.dispatch.matching import Change, Scenario
from wattloom.domain.text import Text

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.app.match_inputs import MatchInputs
    from wattloom.dispatch.matching import Tick

LINES_OUT_MAX, REGIONS_DEAR_MAX, SITES_TRIPPED_MAX, REGIONS_CALLED_MAX = 3, 3, 10, 3
SPIKE = (1.5, 4.0)
"""Factor on the energy price of the thermal step."""
CLOUD = (0.1, 0.6)
"""What is left of the surplus green under the middle of a front."""
FRONT_WIDTH = 25.0
"""Of the drawing, 100 wide: how far a front's shade has faded to a third."""
CALLED = 0.3
"""Flexibility called: by how much the draw of the sites must fall; the 30 % that the field speaks of, assumed."""
MIXED = (2, 3)
"""How many happen at once in a mix."""
FAMILIES = ("line_outage", "price_spike", "cloud_front", "site_trip", "flexibility", "mix")
POWERS = ("it_mw_max", "reserve_cut_mw", "reserve_raise_mw", "landing_mw")
"""What a site that tripped has no more."""

LINES_OUT = Text("out of service: {lines}", "停运：{lines}")
DEAR = Text("thermal energy {factor} times as dear in {regions}", "{regions}火电电价升至 {factor} 倍")
CLOUDED = Text(
    "clouds about {region}, {left} of the surplus green left there", "云团覆盖{region}一带，富余绿电余 {left}"
)
TRIPPED = Text("{count} sites of {mw} MW trip: {names}", "{count} 个站点（{mw} MW）跳闸：{names}")
CALL = Text("sites of {regions} must fall by {share}", "{regions}各站点须降负荷 {share}")
AND, DASH = Text(", ", "、"), Text.same("–")
NAMES_MAX = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A scenario with what it is told as."""

    scenario: Scenario
    family: str
    said: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What scenarios are drawn on."""

    tick: Tick
    names: tuple[Text, ...]
    """Of the regions."""
    lines: tuple[Text, ...]
    """Each stands for two lines of the layout: one a direction."""
    at: NDArray[np.float64]
    """Shape (region, 2): where it is drawn."""


def ground(inputs: MatchInputs, tick: Tick, names: tuple[Text, ...]) -> Ground:
    """What the scenarios of a tick are drawn on."""
    at = np.array([entry.at for entry in inputs.project.regions.values()], dtype=np.float64)
    places = dict(zip(inputs.project.regions, names, strict=True))
    lines = tuple(places[line.ends[0]] + DASH + places[line.ends[1]] for line in inputs.project.lines.values())
    return Ground(tick=tick, names=names, lines=lines, at=at)


def drawn(on: Ground, *, count: int, seed: int) -> Iterator[Drawn]:
    """Scenarios of each family in turn; the same seed draws the same ones."""
    chance = np.random.default_rng(seed)
    families = [name for name in FAMILIES if name != "line_outage" or on.lines]
    single = [name for name in families if name != "mix"]
    for number in range(count):
        family = families[number % len(families)]
        parts = [family]
        if family == "mix":
            parts = list(chance.choice(single, size=int(chance.integers(MIXED[0], MIXED[1] + 1)), replace=False))
        made = [DRAWERS[part](on, chance) for part in parts]
        changes = tuple(change for found, _ in made for change in found)
        yield Drawn(
            scenario=Scenario(name=f"{family} {number + 1}", changes=changes),
            family=family,
            said=Text.joined([said for _, said in made], Text("; ", "；")),
        )


def _line_outage(on: Ground, chance: np.random.Generator) -> tuple[list[Change], Text]:
    """Some lines carry nothing, either way."""
    out = _some(chance, len(on.lines), LINES_OUT_MAX)
    rows = np.concatenate([out, out + len(on.lines)])
    said = LINES_OUT.filled(lines=Text.joined([on.lines[k] for k in out], AND))
    return [Change(part="lines", field="forward_mw_max", factor=0.0, rows=rows)], said


def _price_spike(on: Ground, chance: np.random.Generator) -> tuple[list[Change], Text]:
    """Thermal energy is dear in some regions."""
    where, factor = _some(chance, len(on.names), REGIONS_DEAR_MAX), float(chance.uniform(*SPIKE))
    said = DEAR.filled(factor=f"{factor:.1f}", regions=_listed(on, where))
    return [Change(part="regions", field="supply_price_cny_per_mwh", factor=factor, rows=where, column=2)], said


def _cloud_front(on: Ground, chance: np.random.Generator) -> tuple[list[Change], Text]:
    """Less surplus green about a place, the less the nearer."""
    middle, left = int(chance.integers(len(on.names))), float(chance.uniform(*CLOUD))
    away = np.hypot(*(on.at - on.at[middle]).T)
    factor = 1.0 - (1.0 - left) * np.exp(-((away / FRONT_WIDTH) ** 2))
    rows = np.arange(len(on.names))
    said = CLOUDED.filled(region=on.names[middle], left=f"{100 * left:.0f} %")
    return [Change(part="regions", field="supply_mw_max", factor=factor, rows=rows, column=0)], said


def _site_trip(on: Ground, chance: np.random.Generator) -> tuple[list[Change], Text]:
    """Some sites are without power, large ones more likely."""
    size = on.tick.sites.it_mw_max
    count = min(int(chance.integers(1, SITES_TRIPPED_MAX + 1)), int(np.count_nonzero(size)))
    rows = np.sort(chance.choice(size.size, size=count, replace=False, p=size / size.sum())).astype(np.int64)
    names = [on.tick.layout.sites[n] for n in rows[:NAMES_MAX]] + ["…"] * (rows.size > NAMES_MAX)
    said = TRIPPED.filled(count=rows.size, mw=f"{size[rows].sum():,.0f}", names=", ".join(names))
    return [Change(part="sites", field=field, factor=0.0, rows=rows) for field in POWERS], said


def _flexibility(on: Ground, chance: np.random.Generator) -> tuple[list[Change], Text]:
    """The sites of some regions must draw less than they did; what they hold for an award is that."""
    where, sites = _some(chance, len(on.names), REGIONS_CALLED_MAX), on.tick.sites
    rows = np.flatnonzero(np.isin(on.tick.layout.site_region, where))
    cap = (1.0 - CALLED) * sites.previous_it_mw[rows] / np.maximum(sites.it_mw_max[rows], 1e-9)
    said = CALL.filled(regions=_listed(on, where), share=f"{100 * CALLED:.0f} %")
    changes = [Change(part="sites", field="it_mw_max", factor=np.minimum(cap, 1.0), rows=rows)]
    return changes + [Change(part="sites", field=field, factor=0.0, rows=rows) for field in POWERS[1:]], said


DRAWERS: dict[str, Callable[[Ground, np.random.Generator], tuple[list[Change], Text]]] = {
    "line_outage": _line_outage,
    "price_spike": _price_spike,
    "cloud_front": _cloud_front,
    "site_trip": _site_trip,
    "flexibility": _flexibility,
}


def _some(chance: np.random.Generator, of: int, most: int) -> NDArray[np.int64]:
    """From one up to so many of them."""
    count = int(chance.integers(1, min(most, of) + 1))
    return np.sort(chance.choice(of, size=count, replace=False)).astype(np.int64)


def _listed(on: Ground, where: NDArray[np.int64]) -> Text:
    """Regions in a row."""
    return Text.joined([on.names[r] for r in where], AND)
